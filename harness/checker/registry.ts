/**
 * Rule id → its checker. One line per rule; variants of a rule share its checker. The catalogue and this table must
 * name the same rules, which the architecture suite sees to.
 */
import { inv01 } from "../invariant/inv-01.ts";
import { inv02 } from "../invariant/inv-02.ts";
import { inv03 } from "../invariant/inv-03.ts";
import { inv04 } from "../invariant/inv-04.ts";
import { inv05 } from "../invariant/inv-05.ts";
import { inv06 } from "../invariant/inv-06.ts";
import type { Checker } from "./checker.ts";
import { memb25 } from "./rules/memb-25.ts";
import { node03 } from "./rules/node-03.ts";
import { node06 } from "./rules/node-06.ts";
import { node07 } from "./rules/node-07.ts";
import { node10 } from "./rules/node-10.ts";
import { node11 } from "./rules/node-11.ts";
import { node12 } from "./rules/node-12.ts";
import { raft03 } from "./rules/raft-03.ts";
import { raft04 } from "./rules/raft-04.ts";
import { raft05 } from "./rules/raft-05.ts";
import { raft06 } from "./rules/raft-06.ts";
import { raft08 } from "./rules/raft-08.ts";
import { raft11 } from "./rules/raft-11.ts";
import { rst05 } from "./rules/rst-05.ts";
import { upd06 } from "./rules/upd-06.ts";
import { upd07 } from "./rules/upd-07.ts";
import { upd13 } from "./rules/upd-13.ts";
import { upd15 } from "./rules/upd-15.ts";
import { upd17 } from "./rules/upd-17.ts";

export const checkers: ReadonlyMap<string, Checker> = new Map<string, Checker>([
  ["INV-01", inv01],
  ["INV-02", inv02],
  ["INV-03", inv03],
  ["INV-04", inv04],
  ["INV-05", inv05],
  ["INV-06", inv06],
  ["MEMB-25", memb25],
  ["NODE-03", node03],
  ["NODE-06", node06],
  ["NODE-07", node07],
  ["NODE-10", node10],
  ["NODE-11", node11],
  ["NODE-12", node12],
  ["RAFT-03", raft03],
  ["RAFT-04", raft04],
  ["RAFT-05", raft05],
  ["RAFT-06", raft06],
  ["RAFT-08", raft08],
  ["RAFT-11", raft11],
  ["RST-05", rst05],
  ["UPD-06", upd06],
  ["UPD-07", upd07],
  ["UPD-13", upd13],
  ["UPD-15", upd15],
  ["UPD-17", upd17],
]);

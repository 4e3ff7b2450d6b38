/**
 * Rule id → its checker. One line per rule; variants of a rule share its checker. The catalogue and this table must
 * name the same rules, which the architecture suite sees to.
 */
import type { Checker } from "./checker.ts";
import { node03 } from "./rules/node-03.ts";
import { node06 } from "./rules/node-06.ts";
import { node07 } from "./rules/node-07.ts";
import { node10 } from "./rules/node-10.ts";
import { node11 } from "./rules/node-11.ts";
import { node12 } from "./rules/node-12.ts";
import { rst05 } from "./rules/rst-05.ts";
import { upd06 } from "./rules/upd-06.ts";
import { upd07 } from "./rules/upd-07.ts";
import { upd13 } from "./rules/upd-13.ts";
import { upd15 } from "./rules/upd-15.ts";
import { upd17 } from "./rules/upd-17.ts";

export const checkers: ReadonlyMap<string, Checker> = new Map<string, Checker>([
  ["NODE-03", node03],
  ["NODE-06", node06],
  ["NODE-07", node07],
  ["NODE-10", node10],
  ["NODE-11", node11],
  ["NODE-12", node12],
  ["RST-05", rst05],
  ["UPD-06", upd06],
  ["UPD-07", upd07],
  ["UPD-13", upd13],
  ["UPD-15", upd15],
  ["UPD-17", upd17],
]);

/** Losing and regaining the quorum on one, three and five managers (RAFT-03, RAFT-06, RAFT-08). */
import { scenario } from "../../harness/world/scenario.ts";
import { quorumScript } from "./quorum.ts";

const three = { managers: 3, workers: 2 };
const five = { managers: 5, workers: 0 };
const one = { managers: 1, workers: 1 };

scenario({ name: "quorum-1-crash", rules: ["RAFT-03/crash"], shape: one, limitMs: 240_000, script: quorumScript("crash") });
scenario({ name: "quorum-1-partition", rules: ["RAFT-03/partition"], shape: one, limitMs: 240_000, script: quorumScript("partition") });
scenario({
  name: "quorum-3-crash",
  rules: ["RAFT-03/crash", "RAFT-06/crash", "RAFT-08/crash"],
  shape: three,
  limitMs: 480_000,
  script: quorumScript("crash"),
});
scenario({
  name: "quorum-3-partition",
  rules: ["RAFT-03/partition", "RAFT-06/partition", "RAFT-08/partition"],
  shape: three,
  limitMs: 480_000,
  script: quorumScript("partition"),
});
scenario({ name: "quorum-5-crash", rules: ["RAFT-03/crash"], shape: five, limitMs: 420_000, script: quorumScript("crash") });
scenario({ name: "quorum-5-partition", rules: ["RAFT-03/partition"], shape: five, limitMs: 420_000, script: quorumScript("partition") });

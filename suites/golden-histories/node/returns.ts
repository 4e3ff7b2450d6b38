/** Nodes that come back (NODE-12): recordings on real Docker 20.10 and lies about them. */
import { told } from "../../../harness/checker/testing/edits.ts";
import { unproved } from "../../../harness/checker/testing/lie.ts";
import type { Recorded } from "../recorded.ts";

const replicated = { slot: { not: 0 } };

export const returnRecordings: readonly Recorded[] = [
  {
    name: "node-returns-from-drain",
    file: new URL("node-returns-from-drain.ndjson.gz", import.meta.url),
    rules: ["NODE-12/drain"],
    lies: [
      {
        id: "node-12-rebalanced",
        rule: "NODE-12/drain",
        doctored: "20 s after the node is active a task of a full slot is put there",
        tell: told([
          {
            read: "GET /tasks",
            from: { written: "POST /nodes/*/update", nth: 1, plusMs: 20_000 },
            where: { node: "$w2", state: "running", desired: "running", ...replicated },
            one: true,
            copy: { id: "doctored", node: "$w1", state: "starting" },
          },
        ]),
        outcome: "fail",
        says: "w1 gets no replicated task by coming back",
      },
      {
        id: "node-12-healthy-task-stopped",
        rule: "NODE-12/drain",
        doctored: "20 s after the node is active a healthy task elsewhere is told to shut down",
        tell: told([
          {
            read: "GET /tasks",
            from: { written: "POST /nodes/*/update", nth: 1, plusMs: 20_000 },
            where: { node: "$w2", state: "running", desired: "running", ...replicated },
            one: true,
            set: { desired: "shutdown" },
          },
        ]),
        outcome: "fail",
        says: "runs on where it is; observed it is running, desired shutdown",
      },
      {
        id: "node-12-global-stays-away",
        rule: "NODE-12/drain",
        doctored: "the global task does not return to the node",
        tell: told([
          { read: "GET /tasks", from: { written: "POST /nodes/*/update", nth: 1 }, where: { slot: 0, node: "$w1" }, drop: true },
        ]),
        outcome: "fail",
        says: "the global task is back on w1 within 10.0 s",
      },
      {
        rule: "NODE-12/drain",
        doctored: "nobody asked for tasks from 40 s after the return on",
        tell: told([{ silent: "GET /tasks", from: { written: "POST /nodes/*/update", nth: 1, plusMs: 40_000 } }]),
        outcome: "inconclusive",
        says: "exposure heldMs was",
      },
    ],
  },
  {
    name: "node-returns-from-power-off",
    file: new URL("node-returns-from-power-off.ndjson.gz", import.meta.url),
    rules: ["NODE-12/power-off"],
    lies: [
      {
        id: "node-12-rebalanced-after-power-off",
        rule: "NODE-12/power-off",
        doctored: "20 s after the node's power is back a task of a full slot is put there",
        tell: told([
          {
            read: "GET /tasks",
            from: { fault: "fault-removed", plusMs: 20_000 },
            where: { node: "$w2", state: "running", desired: "running", ...replicated },
            one: true,
            copy: { id: "doctored", node: "$w1", state: "starting" },
          },
        ]),
        outcome: "fail",
        says: "w1 gets no replicated task by coming back",
      },
      {
        rule: "NODE-12/power-off",
        doctored: "the loss of the node was not proved",
        tell: unproved,
        outcome: "inconclusive",
        says: "no node came back",
      },
    ],
  },
];

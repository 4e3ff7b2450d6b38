/** Nodes paused and drained (NODE-10, NODE-11): recordings on real Docker 20.10 and lies about them. */
import { told } from "../../../harness/checker/testing/edits.ts";
import type { When } from "../../../harness/checker/testing/edits.ts";
import type { Recorded } from "../recorded.ts";

const set: When = { written: "POST /nodes/*/update" };
const later = (when: When, plusMs: number): When => ({ ...when, plusMs });
const replicated = { slot: { not: 0 } };

export const availabilityRecordings: readonly Recorded[] = [
  {
    name: "node-paused",
    file: new URL("node-paused.ndjson.gz", import.meta.url),
    rules: ["NODE-10"],
    lies: [
      {
        id: "node-10-new-task",
        rule: "NODE-10",
        doctored: "tasks of the scale-up are put on the paused node",
        tell: told([{ read: "GET /tasks", from: set, where: { old: false, node: "$w2", ...replicated }, set: { node: "$w1" } }]),
        outcome: "fail",
        says: "no new task on w1, which is paused",
      },
      {
        id: "node-10-running-task-stopped",
        rule: "NODE-10",
        doctored: "tasks of the paused node are shut down after 1 s",
        tell: told([
          {
            read: "GET /tasks",
            from: later(set, 1000),
            where: { old: true, node: "$w1", ...replicated },
            set: { state: "shutdown", desired: "shutdown" },
          },
        ]),
        outcome: "fail",
        says: "runs on at w1, which is paused",
      },
      {
        id: "node-10-global-restarted",
        rule: "NODE-10",
        doctored: "the global task that failed on the paused node is started again there",
        tell: told([
          {
            read: "GET /tasks",
            where: { slot: 0, node: "$w1", state: "failed" },
            copy: { id: "doctored", state: "running", desired: "running" },
          },
        ]),
        outcome: "fail",
        says: "no new task on w1, which is paused; observed task doctored",
      },
      {
        id: "node-10-failed-task-not-replaced",
        rule: "NODE-10",
        doctored: "the slot that failed on the paused node stays empty",
        tell: told([
          { read: "GET /tasks", where: { old: false, slot: { in: [1, 2, 3, 4] } }, drop: true },
          { stretch: 3, from: { written: "POST /containers/*/kill" } },
        ]),
        outcome: "fail",
        says: "which failed on the paused w1, runs elsewhere within 11.0 s",
      },
      {
        id: "node-10-global-never-back",
        rule: "NODE-10",
        doctored: "the global task does not return when the node is active",
        tell: told([
          {
            read: "GET /tasks",
            from: { written: "POST /nodes/*/update", nth: 1 },
            where: { slot: 0, node: "$w1", old: false },
            drop: true,
          },
          { stretch: 80, from: { written: "POST /nodes/*/update", nth: 1 } },
        ]),
        outcome: "fail",
        says: "the global task is back within 20.0 s of w1 being active",
      },
      {
        rule: "NODE-10",
        doctored: "no container was killed on the paused node",
        tell: told([{ silent: "POST /containers/*/kill", from: set }]),
        // The tasks did end: without the kill it is the swarm that ended them.
        outcome: "fail",
        says: "runs on at w1, which is paused",
      },
      {
        rule: "NODE-10",
        doctored: "nobody asked for tasks while the node was paused",
        tell: told([{ silent: "GET /tasks", from: set, to: { written: "POST /nodes/*/update", nth: 1 } }]),
        outcome: "inconclusive",
        says: "exposure scaledUp was 0",
      },
    ],
  },
  {
    name: "node-drained",
    file: new URL("node-drained.ndjson.gz", import.meta.url),
    rules: ["NODE-11"],
    lies: [
      {
        id: "node-11-task-stays",
        rule: "NODE-11",
        doctored: "the replicated tasks of the drained node run on",
        tell: told([
          { read: "GET /tasks", from: set, where: { old: true, node: "$w1", ...replicated }, set: { state: "running" } },
          { stretch: 8, from: set },
        ]),
        outcome: "fail",
        says: "no service task on w1 within 15.0 s of the drain",
      },
      {
        id: "node-11-global-stays",
        rule: "NODE-11",
        doctored: "the global task of the drained node runs on",
        tell: told([
          { read: "GET /tasks", from: set, where: { slot: 0, node: "$w1" }, set: { state: "running", desired: "running" } },
          { stretch: 8, from: set },
        ]),
        outcome: "fail",
        says: "no service task on w1 within 15.0 s of the drain",
      },
      {
        id: "node-11-overlap",
        rule: "NODE-11",
        doctored: "replacements start when they are prepared, before the old tasks stopped",
        tell: told([
          { read: "GET /tasks", from: set, where: { old: false, state: "ready" }, set: { state: "starting", desired: "running" } },
        ]),
        outcome: "fail",
        says: "starts after the old task stopped",
      },
      {
        id: "node-11-waits-for-the-restart-delay",
        rule: "NODE-11",
        doctored: "replacements stay prepared, as if the restart delay of 30 s were waited for",
        tell: told([
          { read: "GET /tasks", from: set, where: { old: false, ...replicated }, set: { state: "ready", desired: "ready" } },
          { stretch: 8, from: set },
        ]),
        outcome: "fail",
        says: "4 tasks run elsewhere within 15.0 s of the drain, the restart delay skipped; observed 2 do",
      },
      {
        id: "node-11-new-task",
        rule: "NODE-11",
        doctored: "tasks of the scale-up are put on the drained node",
        tell: told([{ read: "GET /tasks", where: { old: false, slot: { in: [5, 6] }, node: "$w2" }, set: { node: "$w1" } }]),
        outcome: "fail",
        says: "no new task on w1, which is drained",
      },
      {
        id: "node-11-plain-container-gone",
        rule: "NODE-11",
        doctored: "the plain container is gone from the drained node's engine",
        tell: told([{ read: "GET /containers/json", asked: "w1", from: later(set, 500), where: { task: "" }, drop: true }]),
        outcome: "fail",
        says: "stays up on the drained w1",
      },
      {
        rule: "NODE-11",
        doctored: "the drained node's engine was never asked",
        tell: told([{ silent: "GET /containers/json", from: set }]),
        outcome: "inconclusive",
        says: "exposure plainSeen was 0",
      },
    ],
  },
];

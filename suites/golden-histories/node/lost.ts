/** Nodes lost or cut off (NODE-03, NODE-06, NODE-07): recordings on real Docker 20.10 and lies about them. */
import { told } from "../../../harness/checker/testing/edits.ts";
import type { When } from "../../../harness/checker/testing/edits.ts";
import { unproved } from "../../../harness/checker/testing/lie.ts";
import type { Recorded } from "../recorded.ts";

const lost: When = { fault: "fault-installed" };
const down: When = { first: { read: "GET /nodes", where: { id: "$w1", state: "down" } } };
const later = (when: When, plusMs: number): When => ({ ...when, plusMs });
const replicated = { slot: { not: 0 } };

export const lostRecordings: readonly Recorded[] = [
  {
    name: "worker-lost",
    file: new URL("worker-lost.ndjson.gz", import.meta.url),
    rules: ["NODE-03/power-off", "NODE-06"],
    lies: [
      {
        id: "node-03-down-too-early",
        rule: "NODE-03/power-off",
        doctored: "the lost worker reads down 3 s after its loss",
        tell: told([
          { read: "GET /nodes", from: later(lost, 3000), where: { id: "$w1" }, set: { state: "down", message: "heartbeat failure" } },
        ]),
        outcome: "fail",
        says: "w1 is not down before 7.0 s",
      },
      {
        id: "node-03-never-down",
        rule: "NODE-03/power-off",
        doctored: "the lost worker reads ready for ever",
        tell: told([
          { read: "GET /nodes", where: { id: "$w1" }, set: { state: "ready", message: "" } },
          { stretch: 2.5, from: lost },
        ]),
        outcome: "fail",
        says: "w1 is down at most 20.0 s after it was lost",
      },
      {
        rule: "NODE-03/power-off",
        doctored: "the loss of the worker was not proved",
        tell: unproved,
        outcome: "inconclusive",
        says: "(power-off) was indeterminate",
      },
      {
        id: "node-06-no-replacement",
        rule: "NODE-06",
        doctored: "no task is created for the slots of the lost worker",
        tell: told([{ read: "GET /tasks", where: { old: false, ...replicated }, drop: true }]),
        outcome: "fail",
        says: "is prepared at once; observed none",
      },
      {
        id: "node-06-no-restart-delay",
        rule: "NODE-06",
        doctored: "replacements run as soon as they exist",
        tell: told([{ read: "GET /tasks", where: { old: false, ...replicated }, set: { desired: "running", state: "running" } }]),
        outcome: "fail",
        says: "waits for the restart delay of 3.0 s",
      },
      {
        id: "node-06-replaced-before-down",
        rule: "NODE-06",
        doctored: "a replacement exists 2 s after the loss, long before the worker is down",
        tell: told([
          {
            read: "GET /tasks",
            from: later(lost, 2000),
            where: { old: true, node: "$w1", ...replicated },
            copy: { id: "doctored", node: "$w2", state: "ready", desired: "ready" },
          },
        ]),
        outcome: "fail",
        says: "is not filled anew before its node is down",
      },
      {
        id: "node-06-global-replaced",
        rule: "NODE-06",
        doctored: "the global task of the lost worker gets a second one elsewhere",
        tell: told([
          {
            read: "GET /tasks",
            from: down,
            where: { slot: 0, node: "$w1" },
            copy: { id: "doctored", node: "$w2", state: "assigned", desired: "running" },
          },
        ]),
        outcome: "fail",
        says: "a global task of a node that is down gets no replacement",
      },
      {
        id: "node-06-last-report-changed",
        rule: "NODE-06",
        doctored: "the tasks of the dead worker read failed",
        tell: told([
          { read: "GET /tasks", from: later(down, 500), where: { old: true, node: "$w1", ...replicated }, set: { state: "failed" } },
        ]),
        outcome: "fail",
        says: "the last that w1 reported; observed state failed",
      },
      {
        rule: "NODE-06",
        doctored: "the loss of the worker was not proved",
        tell: unproved,
        outcome: "inconclusive",
        says: "no node was proved lost",
      },
    ],
  },
  {
    name: "engine-away",
    file: new URL("engine-away.ndjson.gz", import.meta.url),
    rules: ["NODE-03/engine-kill"],
    lies: [
      {
        id: "node-03-down-for-a-short-absence",
        rule: "NODE-03/engine-kill",
        doctored: "the worker reads down for 2 s, 9 s after its engine was killed and 5 s after it was back",
        tell: told([
          { read: "GET /nodes", from: later(lost, 9000), to: later(lost, 11_000), where: { id: "$w2" }, set: { state: "down" } },
        ]),
        outcome: "fail",
        says: "w2 never down: its engine was back after",
      },
      {
        rule: "NODE-03/engine-kill",
        doctored: "nobody asked for the nodes from 10 s after the kill on",
        tell: told([{ silent: "GET /nodes", from: later(lost, 10_000) }]),
        outcome: "inconclusive",
        says: "exposure outages was 0",
      },
    ],
  },
  {
    name: "worker-cut-off",
    file: new URL("worker-cut-off.ndjson.gz", import.meta.url),
    rules: ["NODE-07"],
    lies: [
      {
        id: "node-07-old-copy-ends-in-the-cut",
        rule: "NODE-07",
        doctored: "the cut-off worker's engine lists no task from 3 s after the cut on",
        tell: told([{ read: "GET /containers/json", asked: "w1", from: later(lost, 3000), where: { task: { not: "" } }, drop: true }]),
        outcome: "fail",
        says: "the old copy runs on at w1",
      },
      {
        id: "node-07-old-copy-stays",
        rule: "NODE-07",
        doctored: "after the heal the worker's engine goes on listing the old copy",
        tell: told([
          { repeat: "GET /containers/json", asked: "w1", from: { fault: "heal-start" } },
          { stretch: 15, from: { fault: "fault-removed" } },
        ]),
        outcome: "fail",
        says: "the old copy is stopped within 30.0 s of the heal",
      },
      {
        id: "node-07-new-copy-dropped",
        rule: "NODE-07",
        doctored: "after the heal the new copy is shut down",
        tell: told([
          { read: "GET /tasks", from: { fault: "fault-removed" }, where: { old: false }, set: { state: "shutdown", desired: "shutdown" } },
        ]),
        outcome: "fail",
        says: "stays; observed it is shutdown",
      },
      {
        rule: "NODE-07",
        doctored: "the cut was not proved",
        tell: unproved,
        outcome: "inconclusive",
        says: "no worker was proved cut off",
      },
      {
        rule: "NODE-07",
        doctored: "the worker's engine was not asked while both copies ran",
        tell: told([{ silent: "GET /containers/json", from: lost, to: { fault: "heal-start" } }]),
        outcome: "inconclusive",
        says: "exposure bothCopies was 0",
      },
    ],
  },
];

/** Recordings on real Docker 20.10 and lies about replacements of failed tasks, and what must be said to them. */
import { told } from "../../../harness/checker/testing/edits.ts";
import type { When } from "../../../harness/checker/testing/edits.ts";
import type { Recorded } from "../recorded.ts";

const failed: When = { first: { read: "GET /tasks", where: { state: "failed" } } };
const later = (when: When, plusMs: number): When => ({ ...when, plusMs });

export const restartRecordings: readonly Recorded[] = [
  {
    name: "task-fails",
    file: new URL("task-fails.ndjson.gz", import.meta.url),
    rules: ["RST-05"],
    lies: [
      {
        id: "rst-05-no-replacement",
        rule: "RST-05",
        doctored: "no replacement is shown for 2.5 s after the failures",
        tell: told([{ read: "GET /tasks", from: failed, to: later(failed, 2500), where: { old: false }, drop: true }]),
        outcome: "fail",
        says: "exists within 1.0 s of the failure; observed there is none",
      },
      {
        id: "rst-05-no-delay",
        rule: "RST-05",
        doctored: "replacements are created with desired running",
        tell: told([{ read: "GET /tasks", where: { old: false, desired: "ready" }, set: { desired: "running" } }]),
        outcome: "fail",
        says: "waits as desired ready for the restart delay of 4.0 s",
      },
      {
        id: "rst-05-replacement-never-starts",
        rule: "RST-05",
        doctored: "replacements stay ready",
        tell: told([
          { read: "GET /tasks", where: { old: false }, set: { state: "ready", desired: "ready" } },
          { stretch: 5, from: failed },
        ]),
        outcome: "fail",
        says: "runs within 14.0 s of the failure; observed it is ready",
      },
      {
        rule: "RST-05",
        doctored: "replacements stay ready, and an observer stalled for half a second, little beside the bound they missed",
        tell: (events) =>
          told([
            { read: "GET /tasks", where: { old: false }, set: { state: "ready", desired: "ready" } },
            { stretch: 5, from: failed },
          ])(events).map((event) => (event.kind === "stall" ? { ...event, ms: 500 } : event)),
        outcome: "fail",
        says: "runs within 14.0 s of the failure; observed it is ready",
      },
      {
        id: "rst-05-failed-task-still-wanted",
        rule: "RST-05",
        doctored: "failed tasks keep desired running",
        tell: told([{ read: "GET /tasks", where: { state: "failed" }, set: { desired: "running" } }]),
        outcome: "fail",
        says: "gets desired shutdown within 1.0 s; observed desired running",
      },
      {
        rule: "RST-05",
        doctored: "nobody asked for tasks for 1 s after the failures",
        tell: told([{ silent: "GET /tasks", from: later(failed, 300), to: later(failed, 1300) }]),
        outcome: "inconclusive",
        says: "exposure sampleGapMsMax was",
      },
    ],
  },
];

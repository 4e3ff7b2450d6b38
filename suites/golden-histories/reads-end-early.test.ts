/** Nobody looked any more when a bound was due: that is no pass, however good everything was until then. */
import { expect, test } from "vitest";
import { told } from "../../harness/checker/testing/edits.ts";
import type { When } from "../../harness/checker/testing/edits.ts";
import { goodEvents, judged, sayings } from "./recorded.ts";
import { recordings } from "./recordings.ts";

const down: When = { first: { read: "GET /nodes", where: { id: "$w1", state: "down" } }, plusMs: 300 };
const active: When = { written: "POST /nodes/*/update", nth: 1, plusMs: 200 };
const failed: When = { first: { read: "GET /tasks", where: { state: "failed" } }, plusMs: 4600 };
const rolledBack: When = { first: { read: "GET /services/*", where: { update: "rollback_completed" } }, plusMs: 0 };

test.each([
  ["NODE-06", "worker-lost", down],
  ["NODE-10", "node-paused", active],
  ["RST-05", "task-fails", failed],
  ["UPD-15", "update-rolls-back", rolledBack],
] as const)("%s on the recording of %s", (rule, name, from) => {
  const recorded = recordings.find((one) => one.name === name);
  if (recorded === undefined) throw new Error(`no recording of ${name}`);
  const judgement = judged(told([{ silent: "GET /tasks", from }])(goodEvents(recorded)), rule);
  expect({ outcome: judgement.outcome, said: sayings(judgement) }).toEqual({
    outcome: "inconclusive",
    said: expect.arrayContaining([expect.stringContaining("nobody looked until")]),
  });
});

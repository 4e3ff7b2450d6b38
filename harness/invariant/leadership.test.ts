/** Changes of leader, counted from what one manager said in answers that came one after the other. */
import { expect, test } from "vitest";
import { SmallHistory } from "../checker/testing/small-history.ts";
import type { AttemptHistory, Operation } from "../history/attempt.ts";
import { leaderChanges } from "./leadership.ts";

const built = new SmallHistory(3);
built.answered("m1", { method: "GET", path: "/nodes" }, []);
const [pattern] = built.history().operations;

/** Reads through m1, each with its leader and when it was asked and answered. */
function history(reads: readonly (readonly [leader: string, from: number, to: number])[]): AttemptHistory {
  const operations = reads.flatMap(([leader, invokedAt, endedAt], seq): Operation[] =>
    pattern === undefined ? [] : [{ ...pattern, seq, invokedAt, endedAt, view: [{ id: `id-of-${leader}`, leader: true, state: "ready" }] }],
  );
  return { ...built.history(), operations };
}

test("each change between successive answers counts", () => {
  expect(
    leaderChanges(
      history([
        ["m1", 0, 1],
        ["m2", 2, 3],
        ["m1", 4, 5],
      ]),
    ),
  ).toBe(2);
});

test("answers that overlap have no order: a slow one that still names the old leader is no change back", () => {
  expect(
    leaderChanges(
      history([
        ["m1", 0, 1],
        ["m1", 2, 20],
        ["m2", 3, 10],
        ["m2", 21, 22],
      ]),
    ),
  ).toBe(1);
});

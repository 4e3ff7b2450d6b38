import * as fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate, evaluateBounds } from "./bounds.ts";

const constants = { ElectionTick: 10_000, HeartbeatPeriod: 5000, TaskHistoryLimit: 5 };
const ms = (formula: string) => evaluate(formula, constants);

test.each([
  ["2 * ElectionTick + 5s", 25_000],
  ["max(30s, 3 * HeartbeatPeriod)", 30_000],
  ["min(1min, 90s) - 500ms", 59_500],
  ["(ElectionTick + HeartbeatPeriod) / 2", 7500],
  ["1.5h", 5_400_000],
  ["max(1s, min(3s, 2s), 500ms)", 2000],
  ["1s - 2s - 3s", -4000],
])("bounds: %s is %d ms", (formula, expected) => {
  expect(ms(formula)).toEqual({ value: expected, dimension: "time" });
});

test("bounds: bare numbers and constants named Limit or Count are counts", () => {
  expect(ms("2 * TaskHistoryLimit")).toEqual({ value: 10, dimension: "count" });
  expect(ms("30s / HeartbeatPeriod")).toEqual({ value: 6, dimension: "count" });
});

test.each([
  ["ElectionTick + 5", /adds a time and a bare number/],
  ["ElectionTick * HeartbeatPeriod", /multiplies two times/],
  ["Electiontick + 5s", /no constant Electiontick; it has ElectionTick, HeartbeatPeriod, TaskHistoryLimit/],
  ["toString", /no constant toString/],
  ["5 parsecs", /goes on after its end/],
  ["5parsecs", /units ms, s, min, h; not parsecs/],
  ["avg(1s, 2s)", /knows max and min, not avg/],
  ["max(1s, 2)", /compares times with bare numbers/],
  ["(1s + 2s", /misses a "\)"/],
  ["1s +", /ends where a value was expected/],
  ["1s # 2", /cannot be read from "# 2" on/],
  ["", /ends where a value was expected/],
  ["1s / 0", /divides by zero/],
])("bounds: %s is refused, saying why", (formula, why) => {
  expect(() => ms(formula)).toThrow(why);
});

test("bounds: agree with plain arithmetic on random sums of products", () => {
  const term = fc.record({ factor: fc.integer({ min: 1, max: 50 }), seconds: fc.integer({ min: 0, max: 99 }) });
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 6 }), (terms) => {
      const formula = terms.map((t) => `${t.factor} * ${t.seconds}s`).join(" + ");
      expect(ms(formula).value).toBe(terms.reduce((sum, t) => sum + t.factor * t.seconds * 1000, 0));
    }),
  );
});

test("bounds: the shortest time of a rule ignores its counts", () => {
  expect(evaluateBounds({ election: "45s", heal: "30s", kept: "3" }, constants)).toEqual({
    values: { election: 45_000, heal: 30_000, kept: 3 },
    shortestMs: 30_000,
  });
});

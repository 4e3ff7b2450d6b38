import { expect, test } from "vitest";
import type { Rule } from "./catalogue.ts";
import { select } from "./selection.ts";
import type { SelectionWish } from "./selection.ts";
import { fakeRule } from "./testing/fake-gate.ts";

const rules: readonly Rule[] = [
  { ...fakeRule, id: "RAFT-05", profiles: ["smoke", "core"] },
  { ...fakeRule, id: "RAFT-06", scenarios: [], variants: { crash: ["a"], partition: ["b"] } },
  { ...fakeRule, id: "NODE-11", profiles: ["smoke", "core"], capabilities: ["power-off"] },
  { ...fakeRule, id: "INV-01", arms: "simulation", armsWhy: "needs virtual time" },
  { ...fakeRule, id: "UPD-06", status: "draft" },
];
const wish: SelectionWish = { profile: "core", patterns: [], arm: "containers", lacks: {} };
const refs = (...patterns: readonly string[]) => select(rules, { ...wish, patterns }).refs;

test("selection: a profile is the set of rules that name it; variants are named each, drafts are left out", () => {
  expect(select(rules, { ...wish, profile: "smoke" }).refs).toEqual(["RAFT-05", "NODE-11"]);
  expect(refs()).toEqual(["RAFT-05", "RAFT-06/crash", "RAFT-06/partition", "NODE-11"]);
});

test.each([
  [["RAFT-05"], ["RAFT-05"]],
  [["raft-06"], ["RAFT-06/crash", "RAFT-06/partition"]],
  [
    ["RAFT-06/crash", "NODE-11"],
    ["RAFT-06/crash", "NODE-11"],
  ],
  [["RAFT-*"], ["RAFT-05", "RAFT-06/crash", "RAFT-06/partition"]],
  [["*/partition"], ["RAFT-06/partition"]],
  [["raft"], ["RAFT-05", "RAFT-06/crash", "RAFT-06/partition"]],
  [
    ["RAFT-0[5]", "RAFT-06/{crash,other}"],
    ["RAFT-05", "RAFT-06/crash"],
  ],
])("selection: --rule %j is %j", (patterns, expected) => {
  expect(refs(...patterns)).toEqual(expected);
});

test.each([
  ["RAFT-5", /unknown rule RAFT-5; the nearest is RAFT-05/],
  ["RAFT-06/crsh", /nearest is RAFT-06\/crash/],
  ["UPD-06", /unknown rule UPD-06/],
])("selection: %s is refused, naming the nearest", (pattern, why) => {
  expect(() => refs(pattern)).toThrow(why);
});

test("selection: what the arm or the target cannot be asked is skipped with a code and a text", () => {
  expect(select(rules, { ...wish, patterns: ["NODE-11", "INV-01"], lacks: { "power-off": "the engine refuses it" } })).toEqual({
    refs: [],
    skips: [
      { rule: "NODE-11", code: "environment", text: "needs power-off: the engine refuses it" },
      { rule: "INV-01", code: "not-applicable", text: "judged on simulation only: needs virtual time" },
    ],
  });
});

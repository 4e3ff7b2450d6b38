/** MEMB-25: a demotion that got no answer says nothing. */
import { expect, test } from "vitest";
import { SmallHistory } from "../testing/small-history.ts";
import { memb25 } from "./memb-25.ts";

const demotion = { method: "POST", path: "/nodes/id-of-m1/update?version=1", body: { Role: "worker" } };
const refusal = "attempting to demote the last manager of the swarm";

test("a demotion without an answer is neither a wrong answer nor an exposure", () => {
  const built = new SmallHistory(1);
  built.failed("m1", demotion, "fail", refusal, 400);
  built.failed("m1", demotion, "info", "no answer within 5000 ms");
  const { findings, exposure } = memb25({ history: built.history(), bounds: {} });
  expect(findings).toEqual([]);
  expect(exposure).toMatchObject({ demotions: 1 });
});

test("another refusal than 400 is a finding", () => {
  const built = new SmallHistory(1);
  built.failed("m1", demotion, "info", refusal, 500);
  expect(memb25({ history: built.history(), bounds: {} }).findings).toHaveLength(1);
});

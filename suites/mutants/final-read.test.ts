/**
 * The final read of the chaos scripts reaches every manager, and INV-01 says so when one was left out: a loss that shows
 * through one manager alone would go unseen otherwise.
 */
import { expect, test } from "vitest";
import { audit } from "../../harness/checker/marks.ts";
import { readAttempt } from "../../harness/history/attempt.ts";
import type { HistoryEvent } from "../../harness/history/event.ts";
import { inv01 } from "../../harness/invariant/inv-01.ts";
import type { NodeInfo } from "../../harness/sut/sut.ts";
import { createWorld } from "../../harness/world/core.ts";
import type { World } from "../../harness/world/world.ts";
import { readEverywhere } from "../consensus/traffic.ts";

const nodes: readonly NodeInfo[] = ["m1", "m2", "m3", "w1"].map((name) => ({
  name,
  role: name.startsWith("m") ? "manager" : "worker",
  address: "",
  id: `id-${name}`,
  apiPort: 0,
}));
const facts = {
  name: "still",
  claims: { reads: "linearizable" as const },
  constants: {},
  images: { v1: "", v2: "", broken: "", missing: "" },
  lacks: {},
};
const shape = { managers: 3, workers: 1 };

/** What INV-01 misses after a script whose reads are all answered at once. */
async function missedBy(script: (world: World) => Promise<void>): Promise<readonly string[] | undefined> {
  const events: HistoryEvent[] = [];
  const { world, recorder } = createWorld(
    {
      now: () => events.length,
      sleep: () => Promise.resolve(),
      exchange: { send: () => Promise.resolve({ kind: "answer", status: 200, body: [] }), async *open() {} },
      install: () => Promise.resolve({ state: "skipped" }),
      remove: () => Promise.resolve({ state: "skipped" }),
      probe: () => Promise.resolve(undefined),
      record: (event) => events.push({ ...event, seq: events.length }),
      random: () => () => 0.5,
    },
    { attempt: "a#1", seed: "1", cluster: { shape, nodes, facts } },
  );
  recorder.write({ kind: "attempt-start", context: { scenario: "a", rules: ["INV-01"], shape, nodes, facts, seed: "1" } }, "main");
  audit.set(world, {});
  await script(world);
  return inv01({ history: readAttempt("a#1", events), bounds: {} }).missing;
}

test("final read: every manager is asked, so INV-01 misses none", async () => {
  expect(await missedBy((world) => readEverywhere(world))).toEqual([]);
});

test("a manager that was not asked is missed by name", async () => {
  expect(await missedBy((world) => readEverywhere(world, ["m1", "m3"]))).toEqual(["no list of services from m2 after the audit began"]);
});

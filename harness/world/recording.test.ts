/**
 * What a world writes down of a call, and when: an interval in the history may be wider than the truth, never narrower.
 */
import { describe, expect, test } from "vitest";
import type { Outcome } from "../client/exchange.ts";
import type { Recorded } from "../history/event.ts";
import { createWorld } from "./core.ts";
import type { WorldPort } from "./port.ts";

/** A world whose only node takes 10 ms to read a request and 10 ms more to answer it. */
function slowNode(outcome: Outcome) {
  const events: Recorded[] = [];
  const truth = { sentAt: -1, answeredAt: -1 };
  let clock = 100;
  const port: WorldPort = {
    now: () => clock,
    sleep: () => Promise.resolve(),
    exchange: {
      send: async () => {
        truth.sentAt = clock;
        clock += 10;
        await Promise.resolve();
        clock += 10;
        truth.answeredAt = clock;
        return outcome;
      },
      async *open() {},
    },
    install: () => Promise.resolve({ state: "skipped" }),
    remove: () => Promise.resolve({ state: "skipped" }),
    probe: () => Promise.resolve(undefined),
    record: (event) => events.push(event),
    random: () => () => 0.5,
  };
  const facts = {
    name: "slow",
    claims: { reads: "linearizable" as const },
    constants: {},
    images: { v1: "", v2: "", broken: "", missing: "" },
    lacks: {},
  };
  const cluster = { shape: { managers: 1, workers: 0 }, nodes: [], facts };
  return { events, truth, ...createWorld(port, { attempt: "a#1", seed: "1", cluster }) };
}

describe("recording:", () => {
  test("an invocation is stamped before its request leaves, its completion after the answer", async () => {
    const { world, events, truth } = slowNode({ kind: "answer", status: 200, body: [] });
    await world.call("m1", { method: "GET", path: "/nodes" });
    const [invoke, end] = events;
    expect(events.map(({ kind }) => kind)).toEqual(["invoke", "ok"]);
    expect(invoke?.t).toBeLessThanOrEqual(truth.sentAt);
    expect(end?.t).toBeGreaterThanOrEqual(truth.answeredAt);
  });

  test("a write that nobody answered is recorded as in doubt", async () => {
    const { world, events } = slowNode({ kind: "no-answer", sent: true, error: "deadline" });
    await world.call("m1", { method: "POST", path: "/services/create", body: { Name: "web" } });
    expect(events.map(({ kind }) => kind)).toEqual(["invoke", "info"]);
    expect(events[0]).toMatchObject({ request: { method: "POST", path: "/services/create", body: { Name: "web" } } });
  });
});

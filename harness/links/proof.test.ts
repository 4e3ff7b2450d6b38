/** The proof as a pure function: from what was expected and seen to doubts. */
import { describe, expect, test } from "vitest";
import type { CanaryReply } from "./agent/protocol.ts";
import type { SeenCell } from "./canary.ts";
import { expectCells, expectHealed } from "./expect.ts";
import type { ExpectedCell } from "./expect.ts";
import { linkState } from "./link-state.ts";
import type { LinkEffect } from "./link-state.ts";
import type { LinkKey } from "../nemesis/overlap.ts";
import { doubtCanaries, doubtTraffic, slowCells } from "./proof.ts";
import { stepsBetween } from "./steps.ts";
import type { RawProxy } from "./toxiproxy.ts";

function cellOf(effects: Readonly<Partial<Record<LinkKey, LinkEffect>>>, protocol: "tcp" | "udp" = "tcp"): ExpectedCell {
  const state = linkState(["a", "b"], new Map(Object.entries(effects) as [LinkKey, LinkEffect][]));
  const dial = state.get("a>b");
  const cell = dial === undefined ? undefined : expectCells(dial).find((each) => each.protocol === protocol);
  if (cell === undefined) throw new Error("no cell");
  return cell;
}

function seen(cell: ExpectedCell, reply: Partial<CanaryReply>, arrived: boolean): SeenCell {
  const full: CanaryReply = { peer: cell.to, protocol: cell.protocol, nonce: "n", outcome: "echo", tookMs: 1, ...reply };
  const replies = Array.from({ length: cell.samples }, () => full);
  return { from: cell.from, to: cell.to, protocol: cell.protocol, replies, arrived: arrived ? replies.length : 0 };
}

function doubts(cell: ExpectedCell, reply: Partial<CanaryReply>, arrived: boolean): readonly string[] {
  return doubtCanaries([cell], [seen(cell, reply, arrived)]);
}

describe("a link without a fault", () => {
  const cell = cellOf({});
  test("echo and arrival leave no doubt", () => expect(doubts(cell, { echoMs: 1 }, true)).toEqual([]));
  test("silence is doubted", () => expect(doubts(cell, { outcome: "silent" }, true)).toHaveLength(1));
  test("an echo without an arrival is doubted", () =>
    expect(doubts(cell, { echoMs: 1 }, false)).toEqual(["canary tcp a→b did not arrive, wanted to arrive"]));
  test("a canary that was not sent is doubted", () => expect(doubtCanaries([cell], [])).toEqual(["canary tcp a→b was not sent"]));
});

describe("loss is judged by arrivals, not by echoes alone", () => {
  const cut = cellOf({ "a>b": { kind: "partition" } });
  test("silent and not arrived is a cut", () => expect(doubts(cut, { outcome: "silent" }, false)).toEqual([]));
  test("silent but arrived is not", () =>
    expect(doubts(cut, { outcome: "silent" }, true)).toEqual(["canary tcp a→b arrived, wanted to be lost"]));
  test("the way back cut: must arrive and stay without echo", () => {
    const back = cellOf({ "b>a": { kind: "partition" } });
    expect(doubts(back, { outcome: "silent" }, true)).toEqual([]);
    expect(doubts(back, { outcome: "silent" }, false)).toHaveLength(1);
  });
  test("UDP follows each direction by itself", () => {
    expect(cellOf({ "a>b": { kind: "partition" } }, "udp")).toMatchObject({ arrives: false, outcomes: ["silent"] });
    expect(cellOf({ "b>a": { kind: "partition" } }, "udp")).toMatchObject({ arrives: true, outcomes: ["silent"] });
    expect(cellOf({ "a>b": { kind: "latency" } }, "udp")).toMatchObject({ arrives: true, outcomes: ["echo"] });
  });
  test("hidden, refused and reset dials end each in their way", () => {
    expect(cellOf({ "a>b": { kind: "partition-silent" } }).outcomes).toEqual(["connect-timeout"]);
    expect(cellOf({ "a>b": { kind: "partition-refuse" } }).outcomes).toEqual(["refused"]);
    expect(cellOf({ "a>b": { kind: "reset" } })).toMatchObject({ arrives: false, outcomes: ["reset", "closed"] });
    expect(cellOf({ "b>a": { kind: "reset" } })).toMatchObject({ arrives: true, outcomes: ["reset", "closed"] });
  });
});

describe("slow faults are judged by time", () => {
  test("latency of both directions adds up", () => {
    const cell = cellOf({ "a>b": { kind: "latency", args: { latencyMs: 100 } }, "b>a": { kind: "latency", args: { latencyMs: 50 } } });
    expect(doubts(cell, { echoMs: 151 }, true)).toEqual([]);
    expect(doubts(cell, { echoMs: 101 }, true)).toEqual(["canary tcp a→b came back in 101 ms, wanted at least 135 ms"]);
  });
  test("a latency too long to wait for may end silent, but never early", () => {
    const cell = cellOf({ "a>b": { kind: "latency", args: { latencyMs: 60_000 } } });
    expect(cell.limitMs).toBeLessThanOrEqual(1000);
    expect(doubts(cell, { outcome: "silent" }, false)).toEqual([]);
    expect(doubts(cell, { echoMs: 5 }, true)).toHaveLength(1);
  });
  test("jitter must vary", () => {
    const cell = cellOf({ "a>b": { kind: "jitter", args: { jitterMs: 100 } } });
    expect(doubts(cell, { echoMs: 100 }, true)).toEqual(["canary tcp a→b varied by 0 ms, wanted at least 10 ms"]);
  });
  test("bandwidth: a known number of bytes takes its time", () => {
    const cell = cellOf({ "a>b": { kind: "bandwidth", args: { rateKiBs: 100 } } });
    expect(cell.paddingBytes).toBeGreaterThan(20_000);
    expect(doubts(cell, { echoMs: 290 }, true)).toEqual([]);
    expect(doubts(cell, { echoMs: 4 }, true)).toHaveLength(1);
  });
  test("slow-close: an early end is doubted, a missing one is not", () => {
    const cell = cellOf({ "a>b": { kind: "slow-close", args: { delayMs: 500 } } });
    expect(doubts(cell, { echoMs: 1, closeMs: 510 }, true)).toEqual([]);
    expect(doubts(cell, { echoMs: 1 }, true)).toEqual([]);
    expect(doubts(cell, { echoMs: 1, closeMs: 3 }, true)).toHaveLength(1);
  });
  test("after a heal the same bytes must be faster than they were; only slowness is asked again", () => {
    const before = cellOf({ "a>b": { kind: "bandwidth", args: { rateKiBs: 100 } } });
    const healed = expectHealed(cellOf({}), before);
    expect(healed.paddingBytes).toBe(before.paddingBytes);
    expect(doubts(healed, { echoMs: 2 }, true)).toEqual([]);
    expect(doubts(healed, { echoMs: 300 }, true)).toHaveLength(1);
    expect(slowCells([healed], [seen(healed, { echoMs: 300 }, true)])).toEqual([healed]);
    expect(slowCells([healed], [seen(healed, { outcome: "silent" }, false)])).toEqual([]);
  });
});

test("traffic: a link group that carried nothing is doubted", () => {
  expect(doubtTraffic([{ from: "w1", port: 2377, anyOf: ["m1", "m2"], packets: 1 }])).toEqual([]);
  expect(doubtTraffic([{ from: "w1", port: 2377, anyOf: ["m1", "m2"], packets: 0 }])).toEqual([
    "no connection of w1 to port 2377 of m1, m2 has passed a proxy yet",
  ]);
});

describe("steps", () => {
  const proxy = (toxics: RawProxy["toxics"], enabled = true): RawProxy => ({ name: "p", listen: "l", upstream: "u", enabled, toxics });
  const toxic = (stream: string, type: string, attributes: Readonly<Record<string, number>>) => ({
    name: `${stream}-${type}`,
    type,
    stream,
    toxicity: 1,
    attributes,
  });
  const cut = linkState(["a", "b"], new Map([["a>b", { kind: "partition" }]])).get("a>b")?.proxy ?? { enabled: true, toxics: [] };
  const words = (steps: ReturnType<typeof stepsBetween>): readonly string[] =>
    steps.map((step) => (step.do === "remove-toxic" ? `- ${step.name}` : step.do === "add-toxic" ? `+ ${step.toxic.name}` : step.do));

  test("what is as wanted needs none", () => {
    const as = [toxic("upstream", "slow_close", { delay: 3_600_000 }), toxic("upstream", "timeout", { timeout: 0 })];
    expect(stepsBetween(proxy(as), cut)).toEqual([]);
  });
  test("half of a silence is taken down before it is put up in the right order", () => {
    expect(words(stepsBetween(proxy([toxic("upstream", "timeout", { timeout: 0 })]), cut))).toEqual([
      "- upstream-timeout",
      "+ upstream-slow_close",
      "+ upstream-timeout",
    ]);
  });
  test("latency is taken to nothing and drained before it goes", () => {
    const steps = stepsBetween(proxy([toxic("downstream", "latency", { latency: 9, jitter: 0 })]), { enabled: true, toxics: [] });
    expect(words(steps)).toEqual(["update-toxic", "drain", "- downstream-latency"]);
  });
  test("toxics go before a proxy is disabled", () => {
    expect(words(stepsBetween(proxy([toxic("upstream", "bandwidth", { rate: 1 })]), { enabled: false, toxics: [] }))).toEqual([
      "- upstream-bandwidth",
      "disable",
    ]);
  });
});

/**
 * The result speaks of the faults: how many were asked for and proved, and which were in force when a rule was broken.
 * A report without them would make a failure under a partition look like one on a calm day.
 */
import { expect, test } from "vitest";
import type { EventKind, HistoryEvent, Recorded } from "../history/event.ts";
import { resultOf } from "./result.ts";
import type { RunInfo } from "./result.ts";
import { fakeRule } from "./testing/fake-gate.ts";
import { fakeFacts } from "./testing/fake-provider.ts";

type Draft = { [K in EventKind]: Omit<Extract<Recorded, { kind: K }>, "t" | "attempt" | "proc"> }[EventKind];

const rule = { ...fakeRule, scenarios: ["quorum-lost"] };
const run: RunInfo = {
  id: "r1",
  startedAt: "2026-01-01T00:00:00.000Z",
  command: ["gate"],
  seed: "7",
  arm: "containers",
  timing: "parity",
  jobs: 1,
  facts: fakeFacts,
  suite: { name: "swarmproof", version: "0", revision: "r", catalogueDigest: "d" },
  environment: { node: "24", os: "Linux", kernel: "6", containerRuntime: "20.10", cpus: 2, memoryBytes: 1 },
  selected: ["RAFT-05"],
  skips: [],
};
const context = { scenario: "quorum-lost", rules: ["RAFT-05"], shape: { managers: 3, workers: 2 }, nodes: [], facts: fakeFacts, seed: "7" };
const cut = { fault: "f1", faultKind: "partition", symbolic: { from: ["leader"] }, concrete: { links: [{ from: "m1", to: "m2" }] } };
const lost = { fault: "f2", faultKind: "pause", symbolic: { on: ["w1"] }, concrete: { nodes: ["w1"] } };
const finding = { expected: "no write without a majority", observed: "a write", t: 5 };

/** One event a millisecond; the finding lies where the cut is in force and the pause is over. */
const drafts: readonly Draft[] = [
  { kind: "attempt-start", context },
  { kind: "fault-start", ...lost },
  { kind: "fault-installed", ...lost, state: "indeterminate", why: "not seen" },
  { kind: "fault-removed", fault: "f2", state: "removed" },
  { kind: "fault-start", ...cut },
  { kind: "fault-installed", ...cut, state: "installed" },
  { kind: "attempt-end", script: "completed" },
  {
    kind: "judgement",
    rule: "RAFT-05",
    judgement: { rule: "RAFT-05", outcome: "fail", findings: [finding], exposure: {}, reasons: [] },
  },
];
const events: readonly HistoryEvent[] = [
  { kind: "run-start", seq: 0, t: 0, attempt: "run", proc: "gate", run },
  ...drafts.map((draft, index): HistoryEvent => ({ ...draft, seq: index + 1, t: index, attempt: "quorum-lost#1", proc: "main" })),
];

test("result: faults asked for and proved are counted, those in force at a finding are named", () => {
  const result = resultOf([rule], events);
  expect(result.exposure).toMatchObject({ faultsInjected: 2, faultsProven: 1 });
  const attempt = result.rules[0]?.variants[0]?.attempts[0];
  expect(attempt?.failure?.faults).toEqual([{ fault: "f1", kind: "partition", nodes: ["m1", "m2"] }]);
});

test("result: the run and its failing rule are told", () => {
  const result = resultOf([rule], events);
  expect(result.run).toMatchObject({ id: "r1", state: "incomplete", seed: "7" });
  expect(result.rules.map(({ id, verdict }) => [id, verdict])).toEqual([["RAFT-05", "fail"]]);
});

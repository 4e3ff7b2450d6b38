/**
 * The events of a small whole run, for tests of everything that is drawn from a journal: one rule passed with a fault,
 * one failed with a fault in force, one was not to be asked.
 */
import type { Judgement } from "../../checker/checker.ts";
import { eventSchema } from "../../history/event.ts";
import type { HistoryEvent, Recorded } from "../../history/event.ts";
import type { Rule } from "../catalogue.ts";
import type { RunInfo } from "../result.ts";
import { fakeRule } from "./fake-gate.ts";
import { fakeFacts } from "./fake-provider.ts";

export const sampleRules: readonly Rule[] = [
  { ...fakeRule, id: "RAFT-05", scenarios: ["quorum-lost"] },
  { ...fakeRule, id: "RAFT-06", kind: "liveness", scenarios: [], variants: { crash: ["leader-lost"], partition: ["leader-cut"] } },
  { ...fakeRule, id: "NODE-11", capabilities: ["clock"], scenarios: ["drift"] },
];

export const sampleInfo: RunInfo = {
  id: "2026-11-21T06-00-00Z-abcd",
  startedAt: "2026-11-21T06:00:00.000Z",
  command: ["./swarmproof", "gate"],
  seed: "7",
  profile: "core",
  arm: "containers",
  timing: "parity",
  jobs: 1,
  facts: fakeFacts,
  suite: { name: "swarmproof", version: "0.1.0", revision: "abc", catalogueDigest: "d" },
  environment: { node: "v24", os: "Linux", kernel: "6", containerRuntime: "Docker", cpus: 2, memoryBytes: 1 },
  selected: ["RAFT-05", "RAFT-06/crash"],
  skips: [{ rule: "NODE-11", code: "environment", text: "needs clock: a fake has no clock" }],
};

export const sampleProperty = {
  property: "quorum-campaigns",
  seed: 7,
  wanted: 3,
  ran: 2,
  violated: 0,
  broken: 0,
  held: 2,
  endedBy: "time limit",
} as const;

export const sampleFinding = { expected: "a new leader within 45 s", observed: "none for 60.2 s on m2 and m3", t: 900 };

function judgement(rule: string, outcome: Judgement["outcome"]): Judgement {
  return { rule, outcome, findings: outcome === "fail" ? [sampleFinding] : [], exposure: { writes: 6 }, reasons: [] };
}

function attempt(scenario: string, rule: string, t: number, outcome: Judgement["outcome"]): readonly Recorded[] {
  const at = { attempt: `${scenario}#1`, proc: "main" };
  const context = { scenario, rules: [rule], shape: { managers: 3, workers: 2 }, nodes: [], facts: fakeFacts, seed: `7/${scenario}#1` };
  const fault = { fault: "f1", faultKind: "power-off", symbolic: { on: ["leader"] }, concrete: { nodes: ["m1"] } };
  return [
    { ...at, kind: "attempt-start", t, context },
    { ...at, kind: "note", t: t + 1, text: "phase before: 5 ms pass" },
    { ...at, kind: "invoke", t: t + 5, op: 0, node: "m1", request: { method: "GET", path: "/nodes" }, deadlineMs: 1000 },
    { ...at, kind: "ok", t: t + 9, op: 0, status: 200, view: [] },
    { ...at, kind: "fault-start", t: t + 10, ...fault },
    { ...at, kind: "fault-installed", t: t + 12, ...fault, state: "installed" },
    { ...at, kind: "wait", t: t + 13, wait: 0, form: "until", condition: "a new leader", limitMs: 60 },
    { ...at, kind: "wait-end", t: t + 70, wait: 0, met: outcome === "pass" },
    ...(outcome === "pass"
      ? ([
          { ...at, kind: "heal-start", t: t + 71, fault: "f1" },
          { ...at, kind: "fault-removed", t: t + 80, fault: "f1", state: "removed" },
        ] as const)
      : []),
    { ...at, kind: "attempt-end", t: t + 90, script: outcome === "pass" ? "completed" : "missed" },
    { ...at, kind: "judgement", t: t + 100, rule, judgement: judgement(rule, outcome) },
  ];
}

/** Ends without `run-end` when the run is to look killed. */
export function sampleEvents(whole = true): readonly HistoryEvent[] {
  const run = { attempt: "run", proc: "gate" } as const;
  const recorded: readonly Recorded[] = [
    { ...run, kind: "run-start", t: 0, run: sampleInfo },
    ...attempt("quorum-lost", "RAFT-05", 100, "pass"),
    ...attempt("leader-lost", "RAFT-06/crash", 800, "fail"),
    { ...run, kind: "cluster", t: 1900, what: "property", data: sampleProperty },
    ...(whole ? ([{ ...run, kind: "run-end", t: 2000, state: "complete" }] as const) : []),
  ];
  return recorded.map((event, seq) => eventSchema.parse({ ...event, seq }));
}

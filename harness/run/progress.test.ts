import { expect, test } from "vitest";
import type { Judgement } from "../checker/checker.ts";
import { Progress } from "./progress.ts";
import { sampleEvents } from "./testing/sample-run.ts";

/** Everything that is said while the sample run goes by. */
function said(options: { readonly quiet: boolean }): readonly string[] {
  const chunks: string[] = [];
  const progress = new Progress({
    stream: { write: (text: string) => chunks.push(text) },
    live: false,
    colour: false,
    now: () => 0,
    evidenceOf: (attempt) => `evidence/${attempt}`,
    nextOf: (rule) => `./swarmproof gate --rule ${rule} --keep`,
    awaited: (_rule, scenario) => !scenario.endsWith("-campaigns"),
    ...options,
  });
  progress.line("fake@1 · containers");
  progress.busy("c1", "cluster: engines");
  progress.busy("c1", "cluster: engines");
  progress.busy("c1", undefined);
  const events = sampleEvents();
  for (const event of events) {
    progress.event(event);
    if (event.kind !== "judgement") continue;
    const own = events.filter((one) => one.attempt === event.attempt);
    progress.judged({ attempt: event.attempt, judgements: [event.judgement as Judgement], events: own, kept: false });
  }
  progress.end();
  return chunks.join("").trimEnd().split("\n");
}

const failure = [
  "RAFT-06/crash fail (leader-lost#1)",
  "  expected  a new leader within 45 s",
  "  seen      none for 60.2 s on m2 and m3",
  "  fault     f1 power-off m1, installed 0.1 s before",
  "  evidence  evidence/leader-lost#1",
  "  next      ./swarmproof gate --rule RAFT-06/crash --keep",
];

test("progress: plain lines say what began and ended, each once, and a failure in full", () => {
  expect(said({ quiet: false })).toEqual([
    "fake@1 · containers",
    "  cluster: engines",
    "  quorum-lost#1: starts",
    "  quorum-lost#1: fault f1 power-off m1 is being installed",
    "  quorum-lost#1: fault f1 installed",
    "  quorum-lost#1: fault f1 removed",
    "pass  RAFT-05  quorum-lost#1  0.1 s",
    "  leader-lost#1: starts",
    "  leader-lost#1: fault f1 power-off m1 is being installed",
    "  leader-lost#1: fault f1 installed",
    ...failure,
  ]);
});

test("progress: quiet says only what is not a pass", () => {
  expect(said({ quiet: true })).toEqual(failure);
});

test("progress: a generated campaign without a violation is one line, whatever exposure it lacked", () => {
  const chunks: string[] = [];
  const progress = new Progress({
    stream: { write: (text: string) => chunks.push(text) },
    live: false,
    colour: false,
    quiet: false,
    now: () => 0,
    evidenceOf: () => "",
    nextOf: () => "",
    awaited: () => false,
  });
  const undecided = {
    outcome: "inconclusive",
    findings: [],
    exposure: {},
    reasons: ["exposure snapshots was 3, at least 500 wanted"],
  } as const;
  const judgements = ["INV-03", "INV-05"].map((rule) => ({ rule, ...undecided }));
  progress.judged({ attempt: "quorum-campaigns#1", judgements, events: [], kept: false });
  progress.end();
  expect(chunks).toEqual(["  quorum-campaigns#1: nothing found against INV-03 INV-05  0.0 s\n"]);
});

import { describe, expect, test } from "vitest";
import type { AttemptHistory, FaultSpan, Operation } from "../history/attempt.ts";
import { judge } from "./judge.ts";
import type { JudgeInput } from "./judge.ts";

const operation: Operation = {
  op: 1,
  proc: "main",
  node: "m1",
  method: "GET",
  path: "/nodes",
  body: undefined,
  invokedAt: 1,
  endedAt: 2,
  result: "ok",
  status: 200,
  error: undefined,
  view: [],
  seq: 1,
};
const span: FaultSpan = {
  fault: "f1",
  kind: "partition",
  concrete: undefined,
  nodes: ["m1"],
  startedAt: 1,
  provedAt: 2,
  healStartedAt: 3,
  removedAt: 4,
  state: "installed",
  healState: "removed",
  why: undefined,
};
const history: AttemptHistory = {
  attempt: "s#1",
  context: {
    scenario: "s",
    rules: ["RAFT-05"],
    shape: { managers: 3, workers: 2 },
    nodes: [],
    seed: "1",
    facts: {
      name: "t",
      claims: { reads: "stale-until-stepdown" },
      constants: {},
      images: { v1: "", v2: "", broken: "", missing: "" },
      lacks: {},
    },
  },
  operations: [operation],
  faults: [span],
  marks: [],
  probes: [],
  chunks: [],
  stallMs: 0,
  script: "completed",
  scriptError: undefined,
  startedAt: 0,
  endedAt: 10,
};
const finding = { expected: "a write is refused", observed: "it was acknowledged" };
const good: JudgeInput = {
  rule: "RAFT-05",
  terms: { kind: "safety", exposure: { writes: 5 } },
  history,
  output: { findings: [], exposure: { writes: 5 } },
  casualties: [],
  shortestBoundMs: 10_000,
};
const liveness: JudgeInput = { ...good, terms: { kind: "liveness", exposure: {} }, output: { findings: [finding], exposure: {} } };
const on = (input: JudgeInput, change: Partial<AttemptHistory>): JudgeInput => ({ ...input, history: { ...input.history, ...change } });

describe("judge: findings", () => {
  test("any finding of a safety rule is a fail, with the finding in the judgement", () => {
    const judgement = judge({ ...good, output: { findings: [finding], exposure: { writes: 5 } } });
    expect(judgement).toEqual({ rule: "RAFT-05", outcome: "fail", findings: [finding], exposure: { writes: 5 }, reasons: [] });
  });

  test.each(["safety", "durability", "api"] as const)(
    "a %s finding stands under stalls, unproved faults, casualties and a broken script",
    (kind) => {
      const input = {
        ...good,
        terms: { kind, exposure: {} },
        casualties: ["gateway"],
        output: { findings: [finding], exposure: {}, missing: ["no cut"] },
      };
      const worst = on(input, { stallMs: 60_000, script: "harness-error", faults: [{ ...span, state: "indeterminate" }] });
      expect(judge(worst).outcome).toBe("fail");
    },
  );

  test("a liveness finding with a calm observer is a fail, even when the script missed its condition", () => {
    expect(judge(liveness).outcome).toBe("fail");
    expect(judge(on(liveness, { script: "missed" })).outcome).toBe("fail");
  });

  test("a liveness finding is inconclusive under a stall above a fifth of the bound, and a fail at a fifth", () => {
    expect(judge(on(liveness, { stallMs: 2000 })).outcome).toBe("fail");
    const judgement = judge(on(liveness, { stallMs: 2001 }));
    expect(judgement.outcome).toBe("inconclusive");
    expect(judgement.reasons).toEqual([expect.stringMatching(/stalled for 2001 ms.*bound of 10000 ms/)]);
  });

  test("a liveness finding is inconclusive when a fault or its end was not proved", () => {
    expect(judge(on(liveness, { faults: [{ ...span, state: "indeterminate", why: "canary arrived" }] })).outcome).toBe("inconclusive");
    expect(judge(on(liveness, { faults: [{ ...span, healState: "indeterminate" }] })).outcome).toBe("inconclusive");
  });

  test("a liveness finding with a dead part of ours or a broken script is an error", () => {
    expect(judge({ ...liveness, casualties: ["toxiproxy of m1"] })).toMatchObject({
      outcome: "error",
      reasons: ["ended by itself: toxiproxy of m1"],
    });
    expect(judge(on(liveness, { script: "unfinished" })).outcome).toBe("error");
  });
});

describe("judge: a missed bound in a safety rule", () => {
  const late = { expected: "a write within 45 s", observed: "none", timing: true as const };
  const missed: JudgeInput = { ...good, output: { findings: [late], exposure: { writes: 5 } } };

  test("is a fail with a calm observer, and what is stored does not say what kind of finding it was", () => {
    const { expected, observed } = late;
    expect(judge(missed)).toMatchObject({ outcome: "fail", findings: [{ expected, observed }] });
    expect(judge(missed).findings[0]).not.toHaveProperty("timing");
  });

  test("is inconclusive under a stall or an unproved fault, an error when a part of ours died", () => {
    expect(judge(on(missed, { stallMs: 2001 })).outcome).toBe("inconclusive");
    expect(judge(on(missed, { faults: [{ ...span, healState: "indeterminate" }] })).outcome).toBe("inconclusive");
    expect(judge({ ...missed, casualties: ["gateway"] }).outcome).toBe("error");
  });

  test("is excused only by a stall above a fifth of the bound it missed, the rule's shortest when it names none", () => {
    const slow: JudgeInput = { ...missed, output: { findings: [{ ...late, boundMs: 45_000 }], exposure: { writes: 5 } } };
    expect(judge(on(slow, { stallMs: 9000 })).outcome).toBe("fail");
    expect(judge(on(slow, { stallMs: 9001 }))).toMatchObject({
      outcome: "inconclusive",
      reasons: [expect.stringMatching(/stalled for 9001 ms.*bound of 45000 ms/)],
    });
    const both: JudgeInput = { ...missed, output: { findings: [late, { ...late, boundMs: 45_000 }], exposure: { writes: 5 } } };
    expect(judge(on(both, { stallMs: 9000 })).outcome).toBe("fail");
    expect(judge(on(both, { stallMs: 9001 })).outcome).toBe("inconclusive");
    expect(judge(slow).findings[0]).not.toHaveProperty("boundMs");
  });

  test("does not soften another finding beside it", () => {
    const both = { ...missed, output: { findings: [late, finding], exposure: {} } };
    expect(judge(on(both, { stallMs: 60_000 })).outcome).toBe("fail");
  });
});

describe("judge: without findings", () => {
  test("the whole script, proved faults and enough exposure are a pass", () => {
    expect(judge(good)).toEqual({ rule: "RAFT-05", outcome: "pass", findings: [], exposure: { writes: 5 }, reasons: [] });
  });

  test("a missing precondition is inconclusive, never a pass", () => {
    const judgement = judge({ ...good, output: { findings: [], exposure: { writes: 5 }, missing: ["no proved cut"] } });
    expect(judgement).toMatchObject({ outcome: "inconclusive", reasons: ["no proved cut"] });
  });

  test("a condition that timed out is inconclusive, never a violation", () => {
    const judgement = judge(on(good, { script: "missed", scriptError: "new leader: not met within 45 s" }));
    expect(judgement).toMatchObject({ outcome: "inconclusive", reasons: ["the script ended early: new leader: not met within 45 s"] });
  });

  test.each(["skipped", "indeterminate"] as const)("a fault that was %s is inconclusive", (state) => {
    const judgement = judge(on(good, { faults: [span, { ...span, fault: "f2", state, why: "no leader" }] }));
    expect(judgement).toMatchObject({ outcome: "inconclusive", reasons: [`fault f2 (partition) was ${state}: no leader`] });
  });

  test("a zero-traffic run is inconclusive: exposure below its minimum", () => {
    const judgement = judge({ ...good, output: { findings: [], exposure: { writes: 0 } } });
    expect(judgement).toMatchObject({ outcome: "inconclusive", reasons: ["exposure writes was 0, at least 5 wanted"] });
  });

  test("a zero-traffic run is inconclusive also for a rule that declares no minimum", () => {
    const input = on({ ...good, terms: { kind: "safety", exposure: {} } }, { operations: [{ ...operation, result: "fail" }] });
    expect(judge(input)).toMatchObject({ outcome: "inconclusive", reasons: ["no traffic: not one call was answered"] });
  });

  test("exposure that the checker did not measure is inconclusive", () => {
    expect(judge({ ...good, output: { findings: [], exposure: {} } }).reasons).toEqual(["exposure writes was not measured"]);
  });

  test("an exposure key ending in Max is an upper limit", () => {
    const gaps = (gapMsMax: number) =>
      judge({ ...good, terms: { kind: "safety", exposure: { gapMsMax: 250 } }, output: { findings: [], exposure: { gapMsMax } } });
    expect(gaps(250).outcome).toBe("pass");
    expect(gaps(251)).toMatchObject({ outcome: "inconclusive", reasons: ["exposure gapMsMax was 251, at most 250 wanted"] });
    expect(gaps(Number.NaN).outcome).toBe("inconclusive");
  });

  test.each([
    ["harness-error", "the script broke: boom"],
    ["unfinished", "the script's end is not in the history: boom"],
  ] as const)("a script that ended as %s is an error of ours", (script, reason) => {
    expect(judge(on(good, { script, scriptError: "boom" }))).toMatchObject({ outcome: "error", reasons: [reason] });
  });

  test("a part of ours that died is an error, even with every exposure met", () => {
    expect(judge({ ...good, casualties: ["gateway"] })).toMatchObject({ outcome: "error", reasons: ["ended by itself: gateway"] });
  });

  test("a stall alone does not take a pass away", () => {
    expect(judge(on({ ...good, terms: { kind: "liveness", exposure: {} } }, { stallMs: 9000 })).outcome).toBe("pass");
  });
});

import { describe, expect, test } from "vitest";
import type { AttemptOutcome } from "../checker/checker.ts";
import type { HistoryEvent } from "../history/event.ts";
import type { Rule } from "./catalogue.ts";
import { fakeRule } from "./testing/fake-gate.ts";
import { decide, verdictsOf } from "./verdicts.ts";

const simple: Rule = { ...fakeRule, id: "RAFT-05", scenarios: ["lost", "kept"] };
const varied: Rule = { ...fakeRule, id: "RAFT-06", scenarios: [], variants: { crash: ["crash"], partition: ["cut"] } };

let seq = 0;
const judged = (rule: string, attempt: string, outcome: AttemptOutcome): HistoryEvent => {
  const findings = outcome === "fail" ? [{ expected: "a", observed: "b" }] : [];
  const reasons = outcome === "inconclusive" || outcome === "error" ? [`why ${outcome}`] : [];
  seq += 1;
  return { kind: "judgement", seq, t: seq, attempt, proc: "gate", rule, judgement: { rule, outcome, findings, exposure: {}, reasons } };
};
const verdict = (rules: readonly Rule[], selected: readonly string[], events: readonly HistoryEvent[]) =>
  verdictsOf({ rules, selected, skips: [] }, events).map((one) => [one.rule.id, one.verdict]);
const ofSimple = (...events: readonly HistoryEvent[]) => verdict([simple], ["RAFT-05"], events)[0]?.[1];

describe("rule verdicts", () => {
  test("a rule passes when all its scenarios did", () => {
    expect(ofSimple(judged("RAFT-05", "lost#1", "pass"), judged("RAFT-05", "kept#1", "pass"))).toBe("pass");
  });

  test("a rule is judged only if all its scenarios were: one that never reported makes it an error", () => {
    const [one] = verdictsOf({ rules: [simple], selected: ["RAFT-05"], skips: [] }, [judged("RAFT-05", "lost#1", "pass")]);
    expect(one).toMatchObject({ verdict: "error", reasons: ["scenario kept was never judged"] });
  });

  test("a failing attempt is never repeated to green", () => {
    const events = [judged("RAFT-05", "lost#1", "inconclusive"), judged("RAFT-05", "lost#2", "fail"), judged("RAFT-05", "lost#3", "pass")];
    expect(ofSimple(...events, judged("RAFT-05", "kept#1", "pass"))).toBe("fail");
  });

  test("an inconclusive or erroneous attempt may be followed by a pass", () => {
    const kept = judged("RAFT-05", "kept#1", "pass");
    expect(ofSimple(judged("RAFT-05", "lost#1", "error"), judged("RAFT-05", "lost#2", "pass"), kept)).toBe("pass");
    expect(ofSimple(judged("RAFT-05", "lost#1", "error"), judged("RAFT-05", "lost#2", "inconclusive"), kept)).toBe("inconclusive");
  });

  test("the worst scenario decides, fail before error before inconclusive", () => {
    const lost = (outcome: AttemptOutcome) => judged("RAFT-05", "lost#1", outcome);
    const kept = (outcome: AttemptOutcome) => judged("RAFT-05", "kept#1", outcome);
    expect(ofSimple(lost("fail"), kept("error"))).toBe("fail");
    expect(ofSimple(lost("inconclusive"), kept("error"))).toBe("error");
    expect(ofSimple(lost("inconclusive"), kept("pass"))).toBe("inconclusive");
    expect(ofSimple(lost("fail"))).toBe("fail");
  });

  test("a rule with variants passes when all selected ones do, and says which were left out", () => {
    const events = [judged("RAFT-06/crash", "crash#1", "pass"), judged("RAFT-06/partition", "cut#1", "fail")];
    expect(verdict([varied], ["RAFT-06/crash", "RAFT-06/partition"], events)).toEqual([["RAFT-06", "fail"]]);
    const [one] = verdictsOf({ rules: [varied], selected: ["RAFT-06/crash"], skips: [] }, events);
    expect(one).toMatchObject({ verdict: "pass", reasons: ["RAFT-06/partition: deselected: not among the rules asked for"] });
  });

  test("a campaign outside the listed scenarios can fail a rule, and neither passes nor clouds it", () => {
    const listed = [judged("RAFT-05", "lost#1", "pass"), judged("RAFT-05", "kept#1", "pass")];
    expect(ofSimple(...listed, judged("RAFT-05", "campaigns#1", "inconclusive"))).toBe("pass");
    expect(ofSimple(...listed, judged("RAFT-05", "campaigns#2", "fail"))).toBe("fail");
    expect(ofSimple(judged("RAFT-05", "lost#1", "pass"), judged("RAFT-05", "campaigns#1", "pass"))).toBe("error");
  });

  test("attempts that bear on no verdict are not shown with it", () => {
    const events = [judged("RAFT-05", "lost#1", "pass"), judged("RAFT-05", "kept#1", "pass")];
    const shown = (...more: readonly HistoryEvent[]) =>
      verdictsOf({ rules: [simple], selected: ["RAFT-05"], skips: [] }, [...events, ...more])[0]?.variants[0]?.attempts.map(
        (one) => one.attempt,
      );
    expect(shown(judged("RAFT-05", "campaigns#1", "inconclusive"))).toEqual(["lost#1", "kept#1"]);
    expect(shown(judged("RAFT-05", "campaigns#1", "fail"))).toEqual(["lost#1", "kept#1", "campaigns#1"]);
  });

  test("a SHOULD that is not met is a warning", () => {
    expect(verdict([{ ...simple, level: "SHOULD" }], ["RAFT-05"], [judged("RAFT-05", "lost#1", "fail")])).toEqual([["RAFT-05", "warn"]]);
  });

  test("a cluster that never started is told as the reason", () => {
    const failed: HistoryEvent = {
      kind: "cluster",
      seq: 0,
      t: 0,
      attempt: "run",
      proc: "gate",
      what: "start-failed",
      data: { scenario: "lost", error: "no space" },
    };
    const [one] = verdictsOf({ rules: [simple], selected: ["RAFT-05"], skips: [] }, [failed, judged("RAFT-05", "kept#1", "pass")]);
    expect(one?.reasons).toEqual(["no cluster for lost: no space"]);
  });
});

describe("exit codes", () => {
  const one = (verdictOf: "pass" | "fail" | "warn" | "inconclusive" | "error" | "blocked" | "skipped", rule: Partial<Rule> = {}) => ({
    rule: { ...fakeRule, ...rule },
    verdict: verdictOf,
    reasons: [],
    variants: [],
  });
  const skippedAs = (code: string) => ({
    ...one("skipped"),
    variants: [{ ref: "RAFT-05", verdict: "skipped" as const, reasons: [], attempts: [], skip: { code, text: "" } }],
  });
  const code = (...verdicts: Parameters<typeof decide>[0]) => decide(verdicts).exitCode;

  test("0: every scored MUST rule passed or does not apply", () => {
    expect(code(one("pass"), skippedAs("not-claimed"), skippedAs("not-applicable"))).toBe(0);
    expect(code(one("pass"), one("warn", { level: "SHOULD" }), one("inconclusive", { level: "SHOULD" }))).toBe(0);
  });
  test("1 stands whatever else went wrong", () => expect(code(one("fail"), one("error"), one("inconclusive"), one("pass"))).toBe(1));
  test("3 before 4: an error of ours hides nothing but a failure", () =>
    expect(code(one("error"), one("inconclusive"), one("pass"))).toBe(3));
  test("3: an error on a SHOULD rule is still ours", () => expect(code(one("error", { level: "SHOULD" }), one("pass"))).toBe(3));
  test.each(["inconclusive", "blocked"] as const)("4: a MUST rule is %s", (state) => expect(code(one(state), one("pass"))).toBe(4));
  test("4: a MUST rule that this environment cannot ask", () => expect(code(skippedAs("environment"), one("pass"))).toBe(4));
  test("5: nothing selected, or nothing executed", () => {
    expect(code()).toBe(5);
    expect(code(skippedAs("not-claimed"))).toBe(5);
  });
  test("an unscored rule never gates", () => expect(code(one("fail", { status: "unscored" }), one("pass"))).toBe(0));
  test("130 and 143 over everything", () => {
    expect(decide([one("fail")], { interrupted: 130 })).toMatchObject({ exitCode: 130, decision: "interrupted" });
    expect(decide([one("error")], { interrupted: 143 })).toMatchObject({ exitCode: 143, reasons: ["interrupted", "not judged: RAFT-05"] });
  });
  test("3: a run that broke by itself", () =>
    expect(decide([one("pass")], { broken: "vitest ended with signal SIGKILL" }).exitCode).toBe(3));
});

/**
 * What an attempt says about a rule: the same way for all rules, from the checker's output and the history's own
 * account of faults, stalls and the script's end. Pure; a stored history gets the same outcome again.
 *
 * Findings of a safety rule stand whatever else went wrong. A liveness finding, or a missed bound in any other rule, is
 * only as good as the observer: a stalled observer, an unproved fault or a part of ours that died explains it as well as
 * the target does. Without findings nothing less than the whole script, proved faults and enough exposure makes a pass (design: verdicts).
 */
import type { AttemptHistory } from "../history/attempt.ts";
import type { AttemptOutcome, CheckerOutput, Finding, Judgement } from "./checker.ts";

/** What the catalogue says about a rule, as far as judging needs it. */
export interface RuleTerms {
  readonly kind: "safety" | "liveness" | "durability" | "api";
  /** Smallest counts for a verdict; a key ending in `Max` is an upper limit. */
  readonly exposure: Readonly<Record<string, number>>;
}

export interface JudgeInput {
  /** `RULE` or `RULE/variant`, repeated in the judgement. */
  readonly rule: string;
  readonly terms: RuleTerms;
  readonly history: AttemptHistory;
  readonly output: CheckerOutput;
  /** Nodes, proxies or gateways that ended without being told to. */
  readonly casualties: readonly string[];
  /** The shortest time the rule is held to, milliseconds; absent when it has none. */
  readonly shortestBoundMs?: number;
}

/** The best that an attempt can still get after its script ended so. */
const atBest = {
  completed: "pass",
  missed: "inconclusive",
  "harness-error": "error",
  unfinished: "error",
} as const satisfies Record<AttemptHistory["script"], AttemptOutcome>;

/** A stall above this part of the bound may itself be the violation. */
const stallShareMax = 1 / 5;

export function judge(input: JudgeInput): Judgement {
  const { output } = input;
  const findings = output.findings.map(stored);
  const judged = (outcome: AttemptOutcome, reasons: readonly string[]): Judgement => ({
    rule: input.rule,
    outcome,
    findings,
    exposure: output.exposure,
    reasons,
  });
  const broken = breakages(input);
  const unproved = unprovedFaults(input.history);
  if (findings.length > 0) {
    const firm = input.terms.kind !== "liveness" && output.findings.some((finding) => finding.timing !== true);
    if (firm) return judged("fail", []);
    if (broken.length > 0) return judged("error", broken);
    const shaken = [...stalls(input), ...unproved];
    return shaken.length > 0 ? judged("inconclusive", shaken) : judged("fail", []);
  }
  if (broken.length > 0) return judged("error", broken);
  const doubts = [...unfinished(input.history), ...(output.missing ?? []), ...unproved, ...shortfalls(input)];
  if (doubts.length > 0) return judged("inconclusive", doubts);
  return judged(atBest[input.history.script], []);
}

/** As it goes into the journal: what kind of finding it is concerns nobody but the judge. */
function stored({ expected, observed, t, seq }: Finding): Finding {
  return { expected, observed, ...(t === undefined ? {} : { t }), ...(seq === undefined ? {} : { seq }) };
}

/** Ours that broke: the attempt says nothing for the target. */
function breakages({ history, casualties }: JudgeInput): readonly string[] {
  const reasons = casualties.map((casualty) => `ended by itself: ${casualty}`);
  if (atBest[history.script] === "error") {
    const how = history.script === "unfinished" ? "the script's end is not in the history" : "the script broke";
    reasons.push(history.scriptError === undefined ? how : `${how}: ${history.scriptError}`);
  }
  return reasons;
}

function unfinished(history: AttemptHistory): readonly string[] {
  if (atBest[history.script] !== "inconclusive") return [];
  return [`the script ended early: ${history.scriptError ?? "a condition was missed"}`];
}

function unprovedFaults(history: AttemptHistory): readonly string[] {
  return history.faults.flatMap((span) => {
    const because = span.why === undefined ? "" : `: ${span.why}`;
    if (span.state !== "installed") return [`fault ${span.fault} (${span.kind}) was ${span.state}${because}`];
    if (span.healState === "indeterminate") return [`fault ${span.fault} (${span.kind}) was not proved gone${because}`];
    return [];
  });
}

/** A stall explains an attempt only if it explains every finding: each by the bound that it missed. */
function stalls({ history, output, shortestBoundMs = Infinity }: JudgeInput): readonly string[] {
  const longestMs = Math.max(...output.findings.map((finding) => finding.boundMs ?? shortestBoundMs));
  if (history.stallMs <= longestMs * stallShareMax) return [];
  return [`an observer stalled for ${Math.round(history.stallMs)} ms, more than a fifth of the bound of ${longestMs} ms`];
}

/** What was not at stake often or long enough. An attempt in which nothing was answered shows nothing about anything. */
function shortfalls({ terms, history, output }: JudgeInput): readonly string[] {
  const reasons = Object.entries(terms.exposure).flatMap(([key, limit]) => {
    const got = output.exposure[key];
    if (got === undefined || Number.isNaN(got)) return [`exposure ${key} was not measured`];
    if (key.endsWith("Max")) return got > limit ? [`exposure ${key} was ${got}, at most ${limit} wanted`] : [];
    return got < limit ? [`exposure ${key} was ${got}, at least ${limit} wanted`] : [];
  });
  if (!history.operations.some((operation) => operation.result === "ok")) reasons.push("no traffic: not one call was answered");
  return reasons;
}

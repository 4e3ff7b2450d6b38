/**
 * Attempts → variants → rules → the exit code. Pure: drawn from the journal and the catalogue alone, so that `recheck`
 * draws it again. A rule is judged only if all its scenarios were; a failing attempt is never outvoted.
 */
import type { AttemptOutcome, Judgement } from "../checker/checker.ts";
import type { AttemptContext } from "../history/attempt.ts";
import type { HistoryEvent } from "../history/event.ts";
import type { Rule } from "./catalogue.ts";
import { ruleIdOf } from "./judging.ts";
import { refsOf, scenariosOf } from "./selection.ts";
import type { RuleSkip } from "./selection.ts";

export type Verdict = "pass" | "fail" | "warn" | "inconclusive" | "error" | "blocked" | "skipped";

/** What one attempt said about one rule. */
export interface AttemptRecord extends Judgement {
  /** `<scenario>#<number>`. */
  readonly attempt: string;
  readonly scenario: string;
  readonly number: number;
  readonly seed: string;
  readonly startedAt: number;
  readonly durationMs: number;
}

export interface VariantVerdict {
  /** `RULE` or `RULE/variant`. */
  readonly ref: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly skip?: { readonly code: string; readonly text: string };
  /** Those that bear on the verdict, in order. */
  readonly attempts: readonly AttemptRecord[];
}

export interface RuleVerdict {
  readonly rule: Rule;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  /** One entry, of the rule's own name, for a rule without variants. Variants that were not selected are skipped. */
  readonly variants: readonly VariantVerdict[];
}

/** Selected and not to be run, or run: everything the verdicts speak about. */
export interface Asked {
  readonly rules: readonly Rule[];
  readonly selected: readonly string[];
  readonly skips: readonly RuleSkip[];
}

/** From worst to best; the first that applies to any part applies to the whole. */
const worstFirst = ["fail", "error", "inconclusive", "blocked", "pass"] as const satisfies readonly Verdict[];

export function verdictsOf(asked: Asked, events: readonly HistoryEvent[]): readonly RuleVerdict[] {
  const attempts = attemptsOf(events);
  const failedStarts = startFailures(events);
  const mentioned = new Set([...asked.selected, ...asked.skips.map((skip) => skip.rule)].map(ruleIdOf));
  return asked.rules
    .filter((rule) => mentioned.has(rule.id))
    .map((rule) => {
      const variants = refsOf(rule).map((ref) => variantVerdict(rule, ref, asked, attempts, failedStarts));
      return ruleVerdict(rule, variants);
    });
}

function ruleVerdict(rule: Rule, variants: readonly VariantVerdict[]): RuleVerdict {
  const judged = variants.filter((variant) => variant.verdict !== "skipped");
  const prefix = (variant: VariantVerdict, reason: string): string => (variant.ref === rule.id ? reason : `${variant.ref}: ${reason}`);
  const reasons = variants.flatMap((variant) => variant.reasons.map((reason) => prefix(variant, reason)));
  if (judged.length === 0) return { rule, verdict: "skipped", reasons, variants };
  const worst = worstFirst.find((verdict) => judged.some((variant) => variant.verdict === verdict)) ?? "error";
  return { rule, verdict: worst === "fail" && rule.level === "SHOULD" ? "warn" : worst, reasons, variants };
}

function variantVerdict(
  rule: Rule,
  ref: string,
  asked: Asked,
  all: readonly AttemptRecord[],
  failedStarts: ReadonlyMap<string, string>,
): VariantVerdict {
  const skip = asked.skips.find((one) => one.rule === ref);
  if (skip !== undefined) return skipped(ref, skip.code, skip.text);
  if (!asked.selected.includes(ref)) return skipped(ref, "deselected", "not among the rules asked for");
  const attempts = all.filter((attempt) => attempt.rule === ref);
  const listed = scenariosOf(rule, ref);
  // Generated campaigns are asked for no exposure: a violation they show counts, that they showed none does not.
  const campaigns = new Set(
    attempts.flatMap(({ scenario, outcome }) => (outcome === "fail" && !listed.includes(scenario) ? [scenario] : [])),
  );
  const bearing = [...listed, ...campaigns];
  const parts = bearing.map((scenario) => scenarioVerdict(scenario, attempts, failedStarts));
  const verdict = worstFirst.find((one) => parts.some((part) => part.verdict === one)) ?? "error";
  return {
    ref,
    verdict,
    reasons: parts.filter((part) => part.verdict === verdict).flatMap((part) => part.reasons),
    attempts: attempts.filter((attempt) => bearing.includes(attempt.scenario)),
  };
}

function skipped(ref: string, code: string, text: string): VariantVerdict {
  return { ref, verdict: "skipped", reasons: [`${code}: ${text}`], skip: { code, text }, attempts: [] };
}

interface Part {
  readonly verdict: AttemptOutcome;
  readonly reasons: readonly string[];
}

/** Any failing attempt fails; else any passing one passes, since only inconclusive and erroneous ones were repeated. */
function scenarioVerdict(scenario: string, attempts: readonly AttemptRecord[], failedStarts: ReadonlyMap<string, string>): Part {
  const own = attempts.filter((attempt) => attempt.scenario === scenario);
  const decisive = own.find((one) => one.outcome === "fail") ?? own.find((one) => one.outcome === "pass") ?? own.at(-1);
  if (decisive === undefined) {
    const why = failedStarts.get(scenario);
    return {
      verdict: "error",
      reasons: [why === undefined ? `scenario ${scenario} was never judged` : `no cluster for ${scenario}: ${why}`],
    };
  }
  const all = decisive.findings.map((finding) => `expected ${finding.expected}; seen ${finding.observed}`);
  // One shows it; the others are with the attempt.
  const reasons = all.length > 1 ? [...all.slice(0, 1), `and ${all.length - 1} more, all in result.json`] : all;
  return { verdict: decisive.outcome, reasons: decisive.outcome === "fail" ? reasons : decisive.reasons };
}

/** Every judgement in the journal with the attempt it speaks of, in order. */
export function attemptsOf(events: readonly HistoryEvent[]): readonly AttemptRecord[] {
  const starts = new Map<string, { readonly t: number; readonly context: AttemptContext }>();
  const records: AttemptRecord[] = [];
  for (const event of events) {
    if (event.kind === "attempt-start") starts.set(event.attempt, { t: event.t, context: event.context as AttemptContext });
    if (event.kind !== "judgement") continue;
    const start = starts.get(event.attempt);
    const [scenario = event.attempt, number = "1"] = event.attempt.split("#");
    records.push({
      ...(event.judgement as Judgement),
      attempt: event.attempt,
      scenario,
      number: Number(number),
      seed: start?.context.seed ?? "",
      startedAt: start?.t ?? event.t,
      durationMs: Math.round(event.t - (start?.t ?? event.t)),
    });
  }
  return records;
}

/** Scenario → why no cluster could be started for it, the last time. */
function startFailures(events: readonly HistoryEvent[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const event of events) {
    if (event.kind !== "cluster" || event.what !== "start-failed") continue;
    const { scenario, error } = event.data as { readonly scenario: string; readonly error: string };
    found.set(scenario, error);
  }
  return found;
}

export interface Decision {
  readonly exitCode: number;
  readonly decision: "passed" | "failed" | "undecided" | "broken" | "nothing" | "interrupted";
  /** One sentence each, worst first. */
  readonly reasons: readonly string[];
}

export interface RunEnd {
  /** 130 or 143 when a signal ended the run. */
  readonly interrupted?: 130 | 143;
  /** Why the run is not whole though no signal came; a failure of ours. */
  readonly broken?: string;
}

/** The exit code and its reasons (design: exit codes; precedence 1 3 4 5, an interruption over all). */
export function decide(verdicts: readonly RuleVerdict[], end: RunEnd = {}): Decision {
  const scored = verdicts.filter((one) => one.rule.status === "scored");
  const must = scored.filter((one) => one.rule.level === "MUST");
  const say = (list: readonly RuleVerdict[], what: string): readonly string[] =>
    list.length === 0 ? [] : [`${what}: ${list.map((one) => one.rule.id).join(", ")}`];
  const failed = say(
    must.filter((one) => one.verdict === "fail"),
    "failed",
  );
  const broken = [
    ...(end.broken === undefined ? [] : [end.broken]),
    ...say(
      scored.filter((one) => one.verdict === "error"),
      "harness errors",
    ),
  ];
  const open = say(
    must.filter((one) => one.verdict === "inconclusive" || one.verdict === "blocked"),
    "inconclusive or blocked",
  );
  const unasked = say(must.filter(skippedForOurReasons), "not asked here");
  const executed = verdicts.some((one) => one.verdict !== "skipped");
  const nothing = executed ? [] : ["no rule was executed"];
  const reasons = [...failed, ...broken, ...open, ...unasked, ...nothing];
  if (end.interrupted !== undefined) {
    const unjudged = say(
      verdicts.filter((one) => one.verdict === "error"),
      "not judged",
    );
    return { exitCode: end.interrupted, decision: "interrupted", reasons: ["interrupted", ...failed, ...unjudged] };
  }
  if (failed.length > 0) return { exitCode: 1, decision: "failed", reasons };
  if (broken.length > 0) return { exitCode: 3, decision: "broken", reasons };
  if (open.length + unasked.length > 0) return { exitCode: 4, decision: "undecided", reasons };
  if (!executed) return { exitCode: 5, decision: "nothing", reasons };
  return { exitCode: 0, decision: "passed", reasons: [`${must.length} MUST rules passed or do not apply`] };
}

/** A skip that a claim of conformance does not survive. Variants the user left out were not selected. */
function skippedForOurReasons(one: RuleVerdict): boolean {
  return one.variants.some((variant) => variant.skip?.code === "environment" || variant.skip?.code === "disabled");
}

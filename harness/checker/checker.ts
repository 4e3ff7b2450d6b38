/**
 * What a checker is: a pure function of one attempt's history. It counts what was at stake (exposure) and names
 * every violation it found; whether that makes a verdict is decided in `judge.ts`, the same way for all rules.
 */
import type { AttemptHistory } from "../history/attempt.ts";

export interface Finding {
  readonly expected: string;
  readonly observed: string;
  /** Milliseconds of the run, and the place in `events.jsonl` where it shows. */
  readonly t?: number;
  readonly seq?: number;
  /**
   * Only a bound was missed. In a rule that is not about liveness such a finding is no better than its observer, while
   * any other stands by itself.
   */
  readonly timing?: true;
  /** The bound that was missed, milliseconds: a stall far below it excuses nothing. The rule's shortest when absent. */
  readonly boundMs?: number | undefined;
}

export interface CheckerInput {
  readonly history: AttemptHistory;
  /** The bounds of the rule in milliseconds (or counts), evaluated for this target from the catalogue's formulas. */
  readonly bounds: Readonly<Record<string, number>>;
}

export interface CheckerOutput {
  /** What the target did against the rule; empty when nothing. */
  readonly findings: readonly Finding[];
  /** How often and how long the rule was really at stake; keys are those of the catalogue's `exposure`. */
  readonly exposure: Readonly<Record<string, number>>;
  /** Facts without which nothing can be said (`no proved cut`); any makes the attempt inconclusive unless there are findings. */
  readonly missing?: readonly string[];
}

/** What one part of a rule comes to. */
export type Part = Required<Pick<CheckerOutput, "findings" | "missing">>;

export function together(parts: readonly Part[]): Part {
  return { findings: parts.flatMap((part) => part.findings), missing: parts.flatMap((part) => part.missing) };
}

export type Checker = (input: CheckerInput) => CheckerOutput;

export type AttemptOutcome = "pass" | "fail" | "inconclusive" | "error";

export interface Judgement {
  readonly rule: string;
  readonly outcome: AttemptOutcome;
  readonly findings: readonly Finding[];
  readonly exposure: Readonly<Record<string, number>>;
  /** Why inconclusive or error; empty otherwise. */
  readonly reasons: readonly string[];
}

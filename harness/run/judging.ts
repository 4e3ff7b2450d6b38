/**
 * Judges one rule on one attempt out of stored events: the same call serves the live run and `recheck`. A checker that
 * throws is our failure, never the target's.
 */
import type { Checker, Judgement } from "../checker/checker.ts";
import { judge } from "../checker/judge.ts";
import { readAttempt } from "../history/attempt.ts";
import type { AttemptHistory } from "../history/attempt.ts";
import type { HistoryEvent } from "../history/event.ts";
import { evaluateBounds } from "./bounds.ts";
import type { Rule } from "./catalogue.ts";

/** `RULE/variant` → `RULE`. */
export function ruleIdOf(ref: string): string {
  return ref.split("/", 1)[0] ?? ref;
}

export interface Bench {
  readonly rules: readonly Rule[];
  readonly checkers: ReadonlyMap<string, Checker>;
}

/** One judgement per rule reference, in their order. `events` may hold other attempts too. */
export function judgeAttempt(
  bench: Bench,
  attempt: string,
  refs: readonly string[],
  events: readonly HistoryEvent[],
): readonly Judgement[] {
  let history: AttemptHistory;
  try {
    history = readAttempt(attempt, events);
  } catch (error) {
    return refs.map((ref) => broken(ref, `the history cannot be read: ${messageOf(error)}`));
  }
  const casualties = casualtiesOf(attempt, events);
  return refs.map((ref) => {
    try {
      return judgeRule(bench, ref, history, casualties);
    } catch (error) {
      return broken(ref, messageOf(error));
    }
  });
}

function judgeRule(bench: Bench, ref: string, history: AttemptHistory, casualties: readonly string[]): Judgement {
  const id = ruleIdOf(ref);
  const rule = bench.rules.find((one) => one.id === id);
  if (rule === undefined) throw new Error(`rule ${id} is not in the catalogue`);
  const checker = bench.checkers.get(id);
  if (checker === undefined) throw new Error(`rule ${id} has no checker in harness/checker/registry.ts`);
  const { values, shortestMs } = evaluateBounds(rule.bounds, history.context.facts.constants);
  const output = checker({ history, bounds: values });
  const shortest = shortestMs === undefined ? {} : { shortestBoundMs: shortestMs };
  return judge({ rule: ref, terms: rule, history, output, casualties, ...shortest });
}

/** What of ours ended by itself during the attempt, as the gate noted it. */
export function casualtiesOf(attempt: string, events: readonly HistoryEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.kind === "cluster" && event.what === "casualty" && event.attempt === attempt ? [String(event.data)] : [],
  );
}

function broken(rule: string, reason: string): Judgement {
  return { rule, outcome: "error", findings: [], exposure: {}, reasons: [reason] };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

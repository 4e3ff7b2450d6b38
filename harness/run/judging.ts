/**
 * Judges one rule on one attempt out of stored events: the same call serves the live run and `recheck`. A checker that
 * throws is our failure, never the target's.
 */
import { messageOf } from "../error-text.ts";
import type { Checker, Judgement, Finding } from "../checker/checker.ts";
import { judge } from "../checker/judge.ts";
import { readAttempt } from "../history/attempt.ts";
import type { AttemptHistory } from "../history/attempt.ts";
import type { EventOf, HistoryEvent } from "../history/event.ts";
import type { Casualty } from "../sut/sut.ts";
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
  const casualties = ended(attempt, events, "lab").map((event) => String(event.data));
  const crashes = ended(attempt, events, "target").map(crash);
  return refs.map((ref) => {
    try {
      return judgeRule({ bench, ref, history, casualties, crashes });
    } catch (error) {
      return broken(ref, messageOf(error));
    }
  });
}

interface Case {
  readonly bench: Bench;
  readonly ref: string;
  readonly history: AttemptHistory;
  readonly casualties: readonly string[];
  readonly crashes: readonly Finding[];
}

function judgeRule({ bench, ref, history, casualties, crashes }: Case): Judgement {
  const id = ruleIdOf(ref);
  const rule = bench.rules.find((one) => one.id === id);
  if (rule === undefined) throw new Error(`rule ${id} is not in the catalogue`);
  const checker = bench.checkers.get(id);
  if (checker === undefined) throw new Error(`rule ${id} has no checker in harness/checker/registry.ts`);
  const { values, shortestMs } = evaluateBounds(rule.bounds, history.context.facts.constants);
  const said = checker({ history, bounds: values });
  const output = { ...said, findings: [...crashes, ...said.findings] };
  const shortest = shortestMs === undefined ? {} : { shortestBoundMs: shortestMs };
  return judge({ rule: ref, terms: rule, history, output, casualties, ...shortest });
}

/** How the journal names what ended by itself during an attempt, by whose it was. */
export const whatEnded = { lab: "casualty", target: "crash" } as const satisfies Record<Casualty["whose"], string>;

function ended(attempt: string, events: readonly HistoryEvent[], whose: Casualty["whose"]): readonly EventOf<"cluster">[] {
  return events.filter((event) => event.kind === "cluster").filter((event) => event.attempt === attempt && event.what === whatEnded[whose]);
}

/** A target that falls over under a rule has not kept it, whatever the rule speaks of. */
function crash({ data, t, seq }: EventOf<"cluster">): Finding {
  return { expected: "every node runs on until it is told to end", observed: String(data), t, seq };
}

function broken(rule: string, reason: string): Judgement {
  return { rule, outcome: "error", findings: [], exposure: {}, reasons: [reason] };
}

/**
 * What is said when an attempt is not a pass: what was expected, what was seen, the fault in force, where the evidence
 * lies and the next command to type.
 */
import type { Judgement } from "../checker/checker.ts";
import { readAttempt } from "../history/attempt.ts";
import type { HistoryEvent } from "../history/event.ts";
import { seconds } from "./activity.ts";
import { faultsInForce } from "./result.ts";

export interface FailureContext {
  readonly attempt: string;
  readonly events: readonly HistoryEvent[];
  readonly evidence: string;
  /** The command that puts the rule at stake again. */
  readonly next: string;
}

/** At most this many further findings are listed; all are in `result.json`. */
const furtherMax = 3;

export function failureText(judgement: Judgement, context: FailureContext): readonly string[] {
  const [first, ...further] = judgement.findings;
  const head = `${judgement.rule} ${judgement.outcome} (${context.attempt})`;
  const seen =
    first === undefined
      ? judgement.reasons.map((reason) => `  because   ${reason}`)
      : [
          `  expected  ${first.expected}`,
          `  seen      ${first.observed}`,
          ...further.slice(0, furtherMax).map((one) => `  also      ${one.observed}`),
        ];
  const more = further.length > furtherMax ? [`  also      ${further.length - furtherMax} more, all in result.json`] : [];
  const doubt = first === undefined ? [] : judgement.reasons.map((reason) => `  but       ${reason}`);
  return [
    head,
    ...seen,
    ...more,
    ...doubt,
    `  fault     ${faultLine(context, first?.t)}`,
    `  evidence  ${context.evidence}`,
    `  next      ${context.next}`,
  ];
}

function faultLine({ attempt, events }: FailureContext, t: number | undefined): string {
  try {
    const history = readAttempt(attempt, events);
    const at = t ?? history.endedAt;
    const spans = faultsInForce(history, at);
    if (spans.length === 0) return "none in force at that moment";
    return spans
      .map((span) => `${span.fault} ${span.kind} ${span.nodes.join(" ")}, ${span.state} ${seconds(at - span.startedAt)} before`)
      .join("; ");
  } catch {
    return "unknown: the history is not whole";
  }
}

/**
 * A recording of a good run with the rules it shows kept, and the lies told about it. Judged by the very call that
 * judges a live run, over the bounds the target had when it was recorded.
 */
import { checkers } from "../../harness/checker/registry.ts";
import type { Judgement } from "../../harness/checker/checker.ts";
import type { Events, Lie } from "../../harness/checker/testing/lie.ts";
import { attemptOf, readRecording } from "../../harness/checker/testing/recording.ts";
import { loadCatalogue } from "../../harness/run/catalogue.ts";
import { judgeAttempt } from "../../harness/run/judging.ts";

export interface Recorded {
  /** Scenario that was recorded. */
  readonly name: string;
  readonly file: URL;
  /** Rules it keeps with exposure met, as `RULE` or `RULE/variant`. */
  readonly rules: readonly string[];
  readonly lies: readonly Lie[];
}

const catalogue = new URL("../catalogue/", import.meta.url).pathname;

export function judged(events: Events, rule: string): Judgement {
  const [judgement] = judgeAttempt({ rules: loadCatalogue(catalogue), checkers }, attemptOf(events), [rule], events);
  if (judgement === undefined) throw new Error(`no judgement of ${rule}`);
  return judgement;
}

export const goodEvents = (recorded: Recorded): Events => readRecording(recorded.file);

/** Everything a judgement says, one line each. */
export function sayings(judgement: Judgement): readonly string[] {
  return [...judgement.findings.map((finding) => `expected ${finding.expected}; observed ${finding.observed}`), ...judgement.reasons];
}

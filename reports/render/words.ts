/**
 * How verdicts are shown to people: always glyph and word, colour only on top of them.
 */
import { styleText } from "node:util";
import type { Result, RuleResult } from "../../harness/run/result.ts";

type Verdict = RuleResult["verdict"];

const looks = {
  pass: ["✓", "green"],
  fail: ["✗", "red"],
  warn: ["!", "yellow"],
  inconclusive: ["?", "yellow"],
  error: ["✗", "magenta"],
  blocked: ["–", "yellow"],
  skipped: ["–", "dim"],
} as const satisfies Record<Verdict, readonly [string, string]>;

export function verdictWord(verdict: Verdict, colour: boolean): string {
  const [glyph, tint] = looks[verdict];
  const word = `${glyph} ${verdict}`;
  return colour ? styleText(tint, word, { validateStream: false }) : word;
}

/** `3 pass, 1 fail`; verdicts that did not occur are left out. */
export function tally(rules: readonly { readonly verdict: Verdict }[]): string {
  const order = ["pass", "fail", "warn", "inconclusive", "error", "blocked", "skipped"] as const;
  const counts = order.map((verdict) => [verdict, rules.filter((rule) => rule.verdict === verdict).length] as const);
  return counts.flatMap(([verdict, count]) => (count === 0 ? [] : [`${count} ${verdict}`])).join(", ");
}

/** `74 s`, `2.5 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `writes 240, leaderChanges 3`. */
export function exposureText(exposure: Readonly<Record<string, number>>): string {
  return Object.entries(exposure)
    .map(([key, value]) => `${key} ${Math.round(value * 10) / 10}`)
    .join(", ");
}

/** `quorum-campaigns: 2 of 3 campaigns ran (time limit), 0 violated a rule, 0 broke in the harness (seed 7)`. */
export function propertyText(one: Result["properties"][number]): string {
  const broke = one.broken === 0 ? "" : `, ${one.broken} broke in the harness`;
  const restless = one.ran - one.violated - one.broken - one.held;
  const open = restless === 0 ? "" : `, ${restless} did not settle`;
  return `${one.property}: ${one.ran} of ${one.wanted} campaigns ran (${one.endedBy}), ${one.violated} violated a rule${broke}${open} (seed ${one.seed})`;
}

/**
 * Which rules a run puts at stake: by profile or by `--rule` (ids, `RAFT-06/crash`, areas, globs), less those that this
 * target or arm cannot be asked, each with its code. Pure.
 */
import picomatch from "picomatch";
import type { Capability } from "../sut/sut.ts";
import type { Rule } from "./catalogue.ts";
import { ruleIdOf } from "./judging.ts";
import { UsageError, unknownWord } from "./usage.ts";

export const profiles = ["smoke", "core", "orchestration", "networking", "security", "chaos", "cli", "field"] as const;
export type Profile = (typeof profiles)[number];

export interface SelectionWish {
  readonly profile: Profile;
  /** From `--rule`; they take the place of the profile when there are any. */
  readonly patterns: readonly string[];
  readonly arm: "simulation" | "containers";
  readonly lacks: Readonly<Partial<Record<Capability, string>>>;
}

export interface RuleSkip {
  readonly rule: string;
  readonly code: string;
  readonly text: string;
}

export interface Selection {
  /** `RULE`, or `RULE/variant` for each variant of a rule that has them; in the order of the catalogue. */
  readonly refs: readonly string[];
  /** Selected, but not to be run. */
  readonly skips: readonly RuleSkip[];
}

/** `RULE` alone, or one reference per variant. */
export function refsOf(rule: Rule): readonly string[] {
  const variants = Object.keys(rule.variants);
  return variants.length === 0 ? [rule.id] : variants.map((variant) => `${rule.id}/${variant}`);
}

/** The scenarios that must all have been judged for this reference. */
export function scenariosOf(rule: Rule, ref: string): readonly string[] {
  const variant = ref.split("/")[1];
  return variant === undefined ? rule.scenarios : (rule.variants[variant] ?? []);
}

/** Whether the rule waits for this scenario. Generated campaigns are too short for its exposure: they can only violate it. */
export function awaits(rules: readonly Rule[], ref: string, scenario: string): boolean {
  const rule = rules.find((one) => one.id === ruleIdOf(ref));
  return rule !== undefined && scenariosOf(rule, ref).includes(scenario);
}

/** Throws `UsageError`, naming the nearest rule, for a pattern that matches none. */
export function select(rules: readonly Rule[], wish: SelectionWish): Selection {
  const live = rules.filter((rule) => rule.status === "scored" || rule.status === "unscored");
  const wanted = wish.patterns.length === 0 ? byProfile(live, wish.profile) : byPatterns(live, wish.patterns);
  const refs: string[] = [];
  const skips: RuleSkip[] = [];
  for (const { rule, ref } of wanted) {
    const skip = unaskable(rule, wish);
    if (skip === undefined) refs.push(ref);
    else skips.push({ rule: ref, ...skip });
  }
  return { refs, skips };
}

interface Candidate {
  readonly rule: Rule;
  readonly ref: string;
}

function candidates(rules: readonly Rule[]): readonly Candidate[] {
  return rules.flatMap((rule) => refsOf(rule).map((ref) => ({ rule, ref })));
}

function byProfile(rules: readonly Rule[], profile: Profile): readonly Candidate[] {
  return candidates(rules.filter((rule) => rule.profiles.includes(profile)));
}

function byPatterns(rules: readonly Rule[], patterns: readonly string[]): readonly Candidate[] {
  const all = candidates(rules);
  const tests = patterns.map((pattern) => {
    const matches = picomatch(pattern, { nocase: true });
    const test = (one: Candidate): boolean => names(one).some((name) => matches(name));
    if (!all.some(test)) throw new UsageError(unknownWord("rule", pattern, [...new Set(all.flatMap(names))]), "./swarmproof list");
    return test;
  });
  return all.filter((one) => tests.some((test) => test(one)));
}

/** What a pattern may name it by: `RAFT`, `RAFT-06`, `RAFT-06/crash`. */
function names({ rule, ref }: Candidate): readonly string[] {
  return [...new Set([rule.id.split("-", 1)[0] ?? rule.id, rule.id, ref])];
}

function unaskable(rule: Rule, { arm, lacks }: SelectionWish): Omit<RuleSkip, "rule"> | undefined {
  if (rule.arms !== "both" && rule.arms !== arm) {
    return { code: "not-applicable", text: `judged on ${rule.arms} only: ${rule.armsWhy ?? "see the catalogue"}` };
  }
  const lacking = rule.capabilities.find((capability) => lacks[capability] !== undefined);
  return lacking === undefined ? undefined : { code: "environment", text: `needs ${lacking}: ${lacks[lacking] ?? ""}` };
}

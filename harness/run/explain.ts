/**
 * What `explain RULE` says of a rule: its promise, where that is written, how it is put at stake, what a verdict needs
 * and what it is held to on one target. Pure.
 */
import type { TargetFacts } from "../sut/sut.ts";
import { evaluateBounds } from "./bounds.ts";
import type { Rule } from "./catalogue.ts";

export function explanation(rule: Rule, facts: TargetFacts): readonly string[] {
  return [
    `${rule.id}  ${rule.title}`,
    `${rule.level}, ${rule.kind}, ${rule.status}${rule.unscoredWhy === undefined ? "" : `: ${rule.unscoredWhy}`}`,
    "",
    rule.statement.trim(),
    "",
    ...list("source", rule.source),
    ...list("profiles", [rule.profiles.join(", ")]),
    ...list("arms", [`${rule.arms}${rule.armsWhy === undefined ? "" : `: ${rule.armsWhy}`}`]),
    ...list(
      "needs",
      rule.capabilities.map((one) => `${one}${facts.lacks[one] === undefined ? "" : ` (${facts.name} lacks it: ${facts.lacks[one]})`}`),
    ),
    ...list("put at stake by", [
      ...rule.scenarios,
      ...Object.entries(rule.variants).map(([name, scenarios]) => `/${name}: ${scenarios.join(", ")}`),
    ]),
    ...list("in", rule.suites),
    ...list("at least at stake", Object.entries(rule.exposure).map(exposure)),
    ...list(`held to, on ${facts.name}`, bounds(rule, facts)),
    ...list("inconclusive when", [rule.inconclusive.trim()]),
    ...list("known to bite on", rule.mutants),
    "",
    `next: ./swarmproof gate --target ${facts.name} --rule ${rule.id}`,
  ];
}

function list(title: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `${(index === 0 ? title : "").padEnd(24)}  ${line}`);
}

function exposure([key, limit]: readonly [string, number]): string {
  return key.endsWith("Max") ? `${key} at most ${limit}` : `${key} ${limit}`;
}

function bounds(rule: Rule, facts: TargetFacts): readonly string[] {
  const { values } = evaluateBounds(rule.bounds, facts.constants);
  return Object.entries(rule.bounds).map(([name, formula]) => `${name} = ${formula} = ${values[name]} ms`.replace(/^(\S+) = \1 =/, "$1 ="));
}

/**
 * `junit.xml` from a result: one test case per rule and variant, with the rule's id, level and seed as properties, the
 * reason of every skip, and error apart from failure. Text is stripped of what XML 1.0 cannot carry.
 */
import { stripVTControlCharacters } from "node:util";
import Builder from "fast-xml-builder";
import type { Result, RuleResult } from "../../harness/run/result.ts";

type Variant = RuleResult["variants"][number];

export function junit(result: Result): string {
  const cases = result.rules.flatMap((rule) => rule.variants.map((variant) => testCase(rule, variant)));
  const count = (verdicts: readonly string[]): number =>
    result.rules.flatMap((rule) => rule.variants).filter((variant) => verdicts.includes(variant.verdict)).length;
  const totals = {
    "@_tests": cases.length,
    "@_failures": count(["fail"]),
    "@_errors": count(["error", "inconclusive", "blocked"]),
    "@_skipped": count(["skipped"]),
    "@_time": ((Date.parse(result.run.endedAt) - Date.parse(result.run.startedAt)) / 1000).toFixed(3),
  };
  const suite = {
    "@_name": `${result.target.project}@${result.target.version}`,
    ...totals,
    "@_timestamp": result.run.startedAt,
    properties: { property: properties({ seed: result.run.seed, arm: result.run.arm, timing: result.run.timing, run: result.run.id }) },
    testcase: cases,
  };
  const builder = new Builder({ ignoreAttributes: false, format: true, suppressEmptyNode: true });
  const document = {
    "?xml": { "@_version": "1.0", "@_encoding": "UTF-8" },
    testsuites: { "@_name": "swarmproof", ...totals, testsuite: suite },
  };
  return builder.build(document);
}

function testCase(rule: RuleResult, variant: Variant): object {
  const seconds = variant.attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0) / 1000;
  return {
    "@_classname": rule.id,
    "@_name": clean(variant.ref === rule.id ? rule.title : `${variant.ref}: ${rule.title}`),
    "@_time": seconds.toFixed(3),
    properties: {
      property: properties({ rule: variant.ref, level: rule.level, kind: rule.kind, attempts: String(variant.attempts.length) }),
    },
    ...outcome(variant),
  };
}

function outcome({ verdict, reasons, skip, attempts }: Variant): object {
  const text = clean(reasons.join("\n"));
  const failure = attempts.find((attempt) => attempt.failure !== undefined)?.failure;
  if (verdict === "pass") return {};
  if (verdict === "skipped") return { skipped: { "@_message": clean(`${skip?.code ?? ""}: ${skip?.text ?? ""}`) } };
  if (verdict !== "fail") return { error: { "@_type": verdict, "@_message": text, "#text": text } };
  return { failure: { "@_type": "AssertionError", "@_message": clean(failure?.summary ?? text), "#text": text } };
}

function properties(table: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(table).map(([name, value]) => ({ "@_name": name, "@_value": clean(value) }));
}

/** XML 1.0 has no way to write most control characters, not even escaped; terminal colours go first, whole. */
export function clean(text: string): string {
  return stripVTControlCharacters(text)
    .toWellFormed()
    .replaceAll(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, "\uFFFD");
}

/**
 * Adds to Allure results, once the run is over, what only the journal knows: the rules a scenario served, its attempts
 * as steps with faults and waits, the fault log and the logs of the nodes. Suites themselves never speak to Allure.
 */
import { randomUUID } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { Status } from "allure-js-commons";
import type { Attachment, Label, StepResult, TestResult } from "allure-js-commons";
import type { HistoryEvent } from "../history/event.ts";
import { faultEventsOf, step, stepsOf } from "./allure-steps.ts";
import type { Result, RuleResult } from "./result.ts";
import { evidenceOf } from "./session.ts";

export interface AllureSource {
  readonly result: Result;
  readonly events: readonly HistoryEvent[];
  /** The bundle's evidence directory. */
  readonly evidence: string;
}

/** Does nothing where no result was written. Skipped tests keep their reason and get nothing more. */
export function enrichAllure(directory: string, source: AllureSource): void {
  if (!existsSync(directory)) return;
  for (const file of readdirSync(directory).filter((name) => name.endsWith("-result.json"))) {
    const path = join(directory, file);
    const result = JSON.parse(readFileSync(path, "utf8")) as TestResult;
    const attempts = attemptsOf(result.name ?? "", source);
    if (attempts.length > 0) writeFileSync(path, JSON.stringify(enriched(result, attempts, directory, source)));
  }
}

interface Attempt {
  readonly id: string;
  readonly seed: string;
  readonly outcome: string;
  readonly rules: readonly RuleResult[];
}

/** The attempts of one scenario, in order, each with the rules it was judged for. */
function attemptsOf(scenario: string, { result }: AllureSource): readonly Attempt[] {
  const found = new Map<string, Attempt>();
  for (const rule of result.rules) {
    for (const attempt of rule.variants.flatMap((variant) => variant.attempts).filter((one) => one.scenario === scenario)) {
      const known = found.get(attempt.id);
      const outcome = known === undefined || known.outcome === "pass" ? attempt.outcome : known.outcome;
      found.set(attempt.id, { id: attempt.id, seed: attempt.seed, outcome, rules: [...(known?.rules ?? []), rule] });
    }
  }
  return [...found.values()].sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
}

function enriched(result: TestResult, attempts: readonly Attempt[], directory: string, source: AllureSource): TestResult {
  const { run, target, profiles } = source.result;
  const rules = [...new Set(attempts.flatMap((attempt) => attempt.rules))];
  const labels: Label[] = [
    ...rules.flatMap((rule) => [
      { name: "rule", value: rule.id },
      { name: "level", value: rule.level },
      { name: "kind", value: rule.kind },
    ]),
    ...profiles.map((profile) => ({ name: "profile", value: profile.name })),
  ];
  const known = new Set<string>();
  const once = labels.filter(({ name, value }) => !known.has(`${name} ${value}`) && known.add(`${name} ${value}`));
  return {
    ...result,
    labels: [...result.labels, ...once],
    parameters: [
      ...result.parameters,
      { name: "implementation", value: `${target.project}@${target.version}` },
      { name: "seed", value: run.seed, excluded: true },
    ],
    description: rules.map((rule) => `${rule.id}: ${rule.title} (${rule.verdict})`).join("\n\n"),
    steps: [...result.steps, ...attempts.map((attempt) => attemptStep(attempt, directory, source))],
  };
}

function attemptStep(attempt: Attempt, directory: string, { result, events, evidence }: AllureSource): StepResult {
  const own = events.filter((event) => event.attempt === attempt.id);
  const epoch = Date.parse(result.run.startedAt);
  const status = attempt.outcome === "pass" ? Status.PASSED : attempt.outcome === "fail" ? Status.FAILED : Status.BROKEN;
  const parts = { start: own[0]?.t ?? 0, stop: own.at(-1)?.t ?? 0, epoch, status, steps: [...stepsOf(own, epoch)] };
  const log = faultEventsOf(own).map((event) => JSON.stringify(event));
  const attachments = [
    ...(log.length === 0 ? [] : [attachText(directory, "fault log", `${log.join("\n")}\n`)]),
    ...attachFiles(directory, evidenceOf(evidence, attempt.id), (name) => attempt.outcome !== "pass" || name.endsWith("-engine.log")),
  ];
  return { ...step(`${attempt.id}: ${attempt.outcome}`, parts), attachments };
}

function attachText(directory: string, name: string, text: string): Attachment {
  const source = `${randomUUID()}-attachment.jsonl`;
  writeFileSync(join(directory, source), text);
  return { name, type: "text/plain", source };
}

/** By path: logs are too large to travel inside a result. Of a passing attempt the logs of the nodes are enough. */
function attachFiles(directory: string, from: string, wanted: (name: string) => boolean): readonly Attachment[] {
  if (!existsSync(from)) return [];
  return readdirSync(from)
    .filter(wanted)
    .sort()
    .map((name) => {
      const source = `${randomUUID()}-attachment${extname(name)}`;
      copyFileSync(join(from, name), join(directory, source));
      return { name, type: name.endsWith(".json") ? "application/json" : "text/plain", source };
    });
}

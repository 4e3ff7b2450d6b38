/**
 * `result.json`: what a run found, for machines. Authored here in zod; the JSON Schema 2020-12 of it is published in
 * `reports/schema/result.schema.json`. Drawn from the journal and the catalogue alone. Within a major version only
 * additions are made.
 */
import { z } from "zod";
import type { AttemptHistory } from "../history/attempt.ts";
import { readAttempt } from "../history/attempt.ts";
import type { HistoryEvent } from "../history/event.ts";
import type { TargetFacts } from "../sut/sut.ts";
import type { Rule } from "./catalogue.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { RuleSkip } from "./selection.ts";
import { verdictsOf } from "./verdicts.ts";
import type { AttemptRecord, RuleVerdict, VariantVerdict } from "./verdicts.ts";

const verdict = z.enum(["pass", "fail", "warn", "inconclusive", "error", "blocked", "skipped"]);
const skip = z.object({ code: z.enum(["not-claimed", "not-applicable", "deselected", "environment", "disabled"]), text: z.string() });
const finding = z.object({ expected: z.string(), observed: z.string(), t: z.number().optional(), seq: z.int().optional() });

const attempt = z.object({
  /** `<scenario>#<number>`, as in `events.jsonl`. */
  id: z.string(),
  scenario: z.string(),
  n: z.int().positive(),
  outcome: z.enum(["pass", "fail", "inconclusive", "error"]),
  seed: z.string(),
  durationMs: z.number(),
  exposure: z.record(z.string(), z.number()),
  reasons: z.array(z.string()),
  failure: z
    .object({
      summary: z.string(),
      expected: z.string(),
      observed: z.string(),
      findings: z.array(finding),
      /** Faults in force at the first finding: kind and nodes. */
      faults: z.array(z.object({ fault: z.string(), kind: z.string(), nodes: z.array(z.string()) })),
      /** Rule and normalised error without ids and times: what waivers and comparisons go by. */
      fingerprint: z.string(),
    })
    .optional(),
  repro: z.object({ argv: z.array(z.string()), determinism: z.enum(["deterministic", "seeded-schedule", "statistical"]) }),
});

const variant = z.object({
  /** `RULE/variant`; the rule's own id where it has none. */
  ref: z.string(),
  verdict,
  reasons: z.array(z.string()),
  skip: skip.optional(),
  attempts: z.array(attempt),
});

const rule = z.object({
  id: z.string().regex(/^[A-Z]+-[0-9]{2,3}$/),
  title: z.string(),
  level: z.enum(["MUST", "SHOULD"]),
  kind: z.enum(["safety", "liveness", "durability", "api"]),
  scored: z.boolean(),
  unscoredReason: z.string().optional(),
  verdict,
  reasons: z.array(z.string()),
  source: z.array(z.string()),
  variants: z.array(variant).min(1),
});

const property = z.object({
  property: z.string(),
  seed: z.int(),
  wanted: z.int(),
  ran: z.int(),
  violated: z.int(),
  broken: z.int(),
  held: z.int(),
  endedBy: z.enum(["all ran", "violation", "time limit"]),
});

export const resultSchema = z
  .object({
    schemaVersion: z.literal("1.0"),
    run: z.object({
      id: z.string(),
      startedAt: z.iso.datetime(),
      endedAt: z.iso.datetime(),
      state: z.enum(["complete", "incomplete"]),
      why: z.string().optional(),
      seed: z.string(),
      command: z.array(z.string()),
      arm: z.enum(["simulation", "containers"]),
      timing: z.enum(["parity", "fast"]),
      jobs: z.int().positive(),
    }),
    target: z.object({
      project: z.string(),
      version: z.string(),
      claims: z.record(z.string(), z.string()),
      constants: z.record(z.string(), z.number()),
      images: z.record(z.string(), z.string()),
      lacks: z.record(z.string(), z.string()),
    }),
    suite: z.object({ name: z.string(), version: z.string(), revision: z.string(), catalogueDigest: z.string() }),
    environment: z.object({
      node: z.string(),
      os: z.string(),
      kernel: z.string(),
      containerRuntime: z.string(),
      cpus: z.int(),
      memoryBytes: z.number(),
    }),
    exposure: z.object({ operations: z.int(), faultsInjected: z.int(), faultsProven: z.int() }),
    profiles: z.array(
      z.object({
        name: z.string(),
        result: z.enum(["conformant", "partial", "non-conformant", "inconclusive", "incomplete"]),
        counts: z.object({
          pass: z.int(),
          fail: z.int(),
          warn: z.int(),
          inconclusive: z.int(),
          error: z.int(),
          blocked: z.int(),
          skipped: z.int(),
        }),
      }),
    ),
    rules: z.array(rule),
    /** Generated properties: how many campaigns were wanted and how many ran; each is an attempt in `events.jsonl`. */
    properties: z.array(property),
  })
  .meta({ $id: "urn:swarmproof:result:1", title: "Result of a swarmproof run" });

export type Result = z.infer<typeof resultSchema>;
export type RuleResult = Result["rules"][number];

/** Carried by the `run-start` event: everything about a run that its other events do not say. */
export interface RunInfo {
  readonly id: string;
  readonly startedAt: string;
  readonly command: readonly string[];
  readonly seed: string;
  /** Absent when rules were named instead. */
  readonly profile?: string;
  readonly arm: "simulation" | "containers";
  readonly timing: "parity" | "fast";
  readonly jobs: number;
  readonly facts: TargetFacts;
  /** The target as it was named on the command line; the name of its facts when absent. */
  readonly target?: string;
  readonly suite: Result["suite"];
  readonly environment: Result["environment"];
  readonly selected: readonly string[];
  readonly skips: readonly RuleSkip[];
}

/** Throws when the journal does not begin with `run-start`. */
export function runInfoOf(events: readonly HistoryEvent[]): RunInfo {
  const first = events[0];
  if (first?.kind !== "run-start") throw new Error("the journal does not begin with run-start; it is no run's");
  return first.run as RunInfo;
}

export function verdictsOfRun(rules: readonly Rule[], events: readonly HistoryEvent[]): readonly RuleVerdict[] {
  const info = runInfoOf(events);
  return verdictsOf({ rules, selected: info.selected, skips: info.skips }, events);
}

export function resultOf(rules: readonly Rule[], events: readonly HistoryEvent[]): Result {
  const info = runInfoOf(events);
  const verdicts = verdictsOfRun(rules, events);
  const end = events.findLast((event) => event.kind === "run-end");
  const endedMs = Date.parse(info.startedAt) + (events.at(-1)?.t ?? 0);
  const [project = info.facts.name, version = ""] = info.facts.name.split("@");
  const state = end?.state ?? "incomplete";
  const why = end === undefined ? "the run ended without saying so" : end.why;
  return resultSchema.parse({
    schemaVersion: "1.0",
    run: {
      id: info.id,
      startedAt: info.startedAt,
      endedAt: new Date(endedMs).toISOString(),
      state,
      ...(why === undefined ? {} : { why }),
      seed: info.seed,
      command: [...info.command],
      arm: info.arm,
      timing: info.timing,
      jobs: info.jobs,
    },
    target: {
      project,
      version,
      claims: info.facts.claims,
      constants: info.facts.constants,
      images: info.facts.images,
      lacks: info.facts.lacks,
    },
    suite: info.suite,
    environment: info.environment,
    exposure: exposureOf(events),
    profiles: info.profile === undefined ? [] : [profileOf(info.profile, verdicts, state)],
    rules: verdicts.map((one) => ruleResult(one, info, events)),
    properties: events.flatMap((event) => (event.kind === "cluster" && event.what === "property" ? [property.parse(event.data)] : [])),
  });
}

function exposureOf(events: readonly HistoryEvent[]): Result["exposure"] {
  const count = (test: (event: HistoryEvent) => boolean): number => events.filter(test).length;
  return {
    operations: count((event) => event.kind === "invoke"),
    faultsInjected: count((event) => event.kind === "fault-start"),
    faultsProven: count((event) => event.kind === "fault-installed" && event.state === "installed"),
  };
}

/** A profile is conformant only when every scored MUST rule of it passed or does not apply to the target. */
function profileOf(name: string, verdicts: readonly RuleVerdict[], state: "complete" | "incomplete"): Result["profiles"][number] {
  const must = verdicts.filter((one) => one.rule.status === "scored" && one.rule.level === "MUST");
  const some = (...wanted: readonly string[]): boolean => must.some((one) => wanted.includes(one.verdict));
  const unasked = must.some((one) =>
    one.variants.some((v) => v.skip !== undefined && !["not-claimed", "not-applicable"].includes(v.skip.code)),
  );
  const counts = Object.fromEntries(verdict.options.map((one) => [one, verdicts.filter((v) => v.verdict === one).length]));
  const whole = some("inconclusive", "error", "blocked") ? "inconclusive" : unasked ? "partial" : "conformant";
  const result = some("fail") ? "non-conformant" : state === "incomplete" ? "incomplete" : whole;
  return { name, result, counts: counts as Result["profiles"][number]["counts"] };
}

function ruleResult(one: RuleVerdict, info: RunInfo, events: readonly HistoryEvent[]): z.input<typeof rule> {
  const { id, title, level, kind, source, status, unscoredWhy } = one.rule;
  return {
    id,
    title,
    level,
    kind,
    scored: status === "scored",
    ...(unscoredWhy === undefined ? {} : { unscoredReason: unscoredWhy }),
    verdict: one.verdict,
    reasons: [...one.reasons],
    source: [...source],
    variants: one.variants.map((part) => variantResult(part, info, events)),
  };
}

function variantResult(part: VariantVerdict, info: RunInfo, events: readonly HistoryEvent[]): z.input<typeof variant> {
  return {
    ref: part.ref,
    verdict: part.verdict,
    reasons: [...part.reasons],
    ...(part.skip === undefined ? {} : { skip: skip.parse(part.skip) }),
    attempts: part.attempts.map((record) => attemptResult(record, info, events)),
  };
}

function attemptResult(record: AttemptRecord, info: RunInfo, events: readonly HistoryEvent[]): z.input<typeof attempt> {
  const failure = record.outcome === "fail" ? failureOf(record, events) : undefined;
  return {
    id: record.attempt,
    scenario: record.scenario,
    n: record.number,
    outcome: record.outcome,
    seed: record.seed,
    durationMs: record.durationMs,
    exposure: record.exposure,
    reasons: [...record.reasons],
    ...(failure === undefined ? {} : { failure }),
    repro: { argv: reproOf(record.rule, info), determinism: info.arm === "simulation" ? "deterministic" : "seeded-schedule" },
  };
}

/** The command that puts one rule at stake again, with the same draws. */
export function reproOf(ref: string, info: Pick<RunInfo, "facts" | "target" | "seed">): string[] {
  return ["./swarmproof", "gate", "--target", info.target ?? info.facts.name, "--rule", ref, "--seed", info.seed];
}

function failureOf(record: AttemptRecord, events: readonly HistoryEvent[]): z.input<typeof attempt>["failure"] {
  const first = record.findings[0] ?? { expected: "", observed: "" };
  const history = readAttempt(record.attempt, events);
  const faults = faultsInForce(history, first.t ?? history.endedAt);
  return {
    summary: `expected ${first.expected}; seen ${first.observed}`,
    expected: first.expected,
    observed: first.observed,
    findings: [...record.findings],
    faults: faults.map(({ fault, kind, nodes }) => ({ fault, kind, nodes: [...nodes] })),
    fingerprint: fingerprintOf(record.rule, first),
  };
}

/** Faults installed, or possibly so, at `t`. */
export function faultsInForce(history: AttemptHistory, t: number): AttemptHistory["faults"] {
  return history.faults.filter(
    (span) => span.state !== "skipped" && span.startedAt <= t && (span.removedAt === undefined || t <= span.removedAt),
  );
}

/**
 * One run of the gate, from the selection of rules to the sealed bundle. Starts and stops everything: provider, control
 * socket, Vitest, progress. Returns the exit code and never throws for what the target does.
 */
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { checkers } from "../checker/registry.ts";
import { Journal, readJournal } from "../history/journal.ts";
import type { HistoryEvent } from "../history/event.ts";
import type { SutProvider, TargetFacts } from "../sut/sut.ts";
import { observerClock } from "../world/live.ts";
import { createBundle, seal, sha256, shownPath, writeInto } from "./bundle.ts";
import type { Bundle } from "./bundle.ts";
import { loadCatalogue } from "./catalogue.ts";
import type { Rule } from "./catalogue.ts";
import type { Plan } from "./control.ts";
import { serveControl } from "./control-server.ts";
import { enrichAllure } from "./allure-enrich.ts";
import { ruleIdOf } from "./judging.ts";
import { Progress } from "./progress.ts";
import type { ProgressOptions } from "./progress.ts";
import { reproOf, resultOf, verdictsOfRun } from "./result.ts";
import type { Result, RunInfo } from "./result.ts";
import { awaits, select } from "./selection.ts";
import type { Profile, Selection } from "./selection.ts";
import { evidenceOf, Session } from "./session.ts";
import { environmentOf, suiteOf } from "./surroundings.ts";
import { EnvironmentError } from "./usage.ts";
import { decide } from "./verdicts.ts";
import type { Decision, RunEnd } from "./verdicts.ts";
import { runVitest } from "./vitest-run.ts";

export interface GateOptions {
  readonly root: string;
  readonly facts: TargetFacts;
  /** As it was named on the command line. */
  readonly target?: string;
  readonly profile: Profile;
  readonly rules: readonly string[];
  readonly seed: string;
  readonly jobs: number;
  readonly timeLimitMs?: number;
  readonly keep: boolean;
  readonly out?: string;
  readonly quiet: boolean;
  readonly live: boolean;
  readonly colour: boolean;
  readonly command: readonly string[];
}

/** What the run is given by its owner, so that tests can give it something else. */
export interface GateParts {
  readonly stderr: ProgressOptions["stream"];
  readonly openProvider: (progress: (text: string) => void, signal: AbortSignal) => Promise<SutProvider>;
  /** Aborted with the exit code (130 or 143) as its reason when a signal came. */
  readonly interrupted: AbortSignal;
  /** Files drawn from the result: name → text. */
  readonly render: (result: Result, decision: Decision) => Readonly<Record<string, string>>;
}

export interface GateOutcome {
  readonly decision: Decision;
  readonly result: Result;
  readonly bundle: Bundle;
}

const attemptsMax = 3;

export async function gate(options: GateOptions, parts: GateParts): Promise<GateOutcome> {
  const rules = loadCatalogue(join(options.root, "suites", "catalogue"));
  const selection = select(rules, { profile: options.profile, patterns: options.rules, arm: "containers", lacks: options.facts.lacks });
  const plan: Plan = {
    arm: "containers",
    selected: selection.refs,
    seed: options.seed,
    originNs: String(process.hrtime.bigint()),
    attemptsMax,
    ...(options.timeLimitMs === undefined ? {} : { timeLimitMs: options.timeLimitMs }),
  };
  const now = observerClock(plan.originNs);
  const startedAt = new Date().toISOString();
  const bundle = createBundle(
    options.root,
    `${startedAt.slice(0, 19).replaceAll(":", "-")}Z-${randomBytes(2).toString("hex")}`,
    options.out,
  );
  const catalogue = `${JSON.stringify(rules, null, 2)}\n`;
  writeInto(bundle, "catalogue.json", catalogue);
  const info = await runInfo(options, { bundle, startedAt, selection, catalogueDigest: sha256(catalogue) });
  const journal = new Journal(join(bundle.directory, "events.jsonl"));
  const write = (event: RunEvent): HistoryEvent => journal.append({ t: now(), attempt: "run", proc: "gate", ...event });
  write({ kind: "run-start", run: info });
  const progress = progressOf({ options, parts, rules, bundle, info, now });
  progress.line(headline(options, selection));
  const end = await conduct({ options, parts, rules, plan, journal, bundle, progress, now });
  const why = end.broken ?? (end.interrupted === undefined ? undefined : `interrupted, exit code ${end.interrupted}`);
  write({ kind: "run-end", state: why === undefined ? "complete" : "incomplete", ...(why === undefined ? {} : { why }) });
  journal.close();
  progress.end();
  return finish(rules, bundle, end, parts);
}

type RunEvent =
  | { readonly kind: "run-start"; readonly run: RunInfo }
  | { readonly kind: "run-end"; readonly state: "complete" | "incomplete"; readonly why?: string }
  | { readonly kind: "note"; readonly text: string };

interface Conduct {
  readonly options: GateOptions;
  readonly parts: GateParts;
  readonly rules: readonly Rule[];
  readonly plan: Plan;
  readonly journal: Journal;
  readonly bundle: Bundle;
  readonly progress: Progress;
  readonly now: () => number;
}

/** Everything between the first and the last event of the run. Clusters are gone when it returns, but for kept ones. */
async function conduct(run: Conduct): Promise<RunEnd> {
  if (run.plan.selected.length === 0) return {};
  let provider: SutProvider | undefined;
  try {
    const { interrupted, openProvider } = run.parts;
    provider = await openProvider((text) => run.progress.busy("set-up", text), interrupted);
    run.progress.busy("set-up", undefined);
    interrupted.throwIfAborted();
    await sweep(provider, run);
    return await serve(provider, run);
  } catch (error) {
    if (run.parts.interrupted.aborted) return { interrupted: signalCode(run.parts.interrupted) };
    const message = error instanceof Error ? error.message : String(error);
    const next = error instanceof EnvironmentError ? error.next : "./swarmproof doctor";
    run.progress.important(`harness error: ${message}\nnext: ${next}`);
    return { broken: message };
  } finally {
    await provider?.close().catch((error: unknown) => run.progress.important(`closing: ${String(error)}`));
  }
}

async function sweep(provider: SutProvider, { progress, journal, now }: Conduct): Promise<void> {
  progress.busy("sweep", "looking for what dead runs left");
  const swept = await provider.sweep();
  progress.busy("sweep", undefined);
  if (swept.length === 0) return;
  progress.important(`swept ${swept.length} things that a dead run left: ${swept.join(", ")}`);
  journal.append({ kind: "cluster", t: now(), attempt: "run", proc: "gate", what: "swept", data: swept });
}

async function serve(provider: SutProvider, run: Conduct): Promise<RunEnd> {
  const { options, parts, rules, plan, journal, bundle, progress, now } = run;
  const session = new Session({
    plan,
    bench: { rules, checkers },
    journal,
    provider,
    jobs: options.jobs,
    keep: options.keep,
    evidenceDirectory: join(bundle.directory, "evidence"),
    now,
    observer: { event: progress.event, busy: progress.busy, judged: progress.judged },
  });
  const control = await serveControl(session);
  const interrupt = (): void => {
    progress.important("interrupted: removing containers, the bundle is kept and marked incomplete");
    session.interrupt();
  };
  parts.interrupted.addEventListener("abort", interrupt, { once: true });
  try {
    const vitest = await runVitest({
      root: options.root,
      project: "conformance",
      files: [...suitesOf(rules, plan.selected), ...propertySuites(options)],
      workers: options.jobs,
      control: control.path,
      log: join(bundle.directory, "vitest.log"),
      allureResults: join(bundle.directory, "allure-results"),
      signal: parts.interrupted,
    });
    if (parts.interrupted.aborted) return { interrupted: signalCode(parts.interrupted) };
    // 0 and 1 are ordinary ends, but a run in which nobody ever asked for a cluster did not do what it was told.
    if (session.leased > 0 && (vitest.exitCode === 0 || vitest.exitCode === 1)) return {};
    progress.important(vitest.tail);
    return {
      broken: `Vitest ended with ${vitest.signal ?? vitest.exitCode ?? "nothing"}, ${session.leased} clusters were asked for; see vitest.log`,
    };
  } finally {
    parts.interrupted.removeEventListener("abort", interrupt);
    await control.close();
    await session.close();
    for (const sut of session.kept) progress.important((await sut.describeKept?.()) ?? `cluster ${sut.id} is kept`);
  }
}

/** Suite files that put the selected rules at stake, each once, below the root. */
export function suitesOf(rules: readonly Rule[], refs: readonly string[]): readonly string[] {
  const ids = new Set(refs.map(ruleIdOf));
  const files = rules.filter((rule) => ids.has(rule.id)).flatMap((rule) => rule.suites);
  // The catalogue names them below `suites/` or below the root.
  return [...new Set(files.map((file) => (file.startsWith("suites/") ? file : join("suites", file))))].sort();
}

const propertyEnding = ".property.test.ts";

/**
 * Suites of generated properties. They run with a profile, smoke excepted, or when a time limit was given; `--time-limit
 * 0` leaves them out. Each looks for itself whether its rules were selected.
 */
export function propertySuites({
  root,
  profile,
  rules,
  timeLimitMs,
}: Pick<GateOptions, "root" | "profile" | "rules" | "timeLimitMs">): readonly string[] {
  const wanted = timeLimitMs === undefined ? rules.length === 0 && profile !== "smoke" : timeLimitMs > 0;
  if (!wanted) return [];
  const files = readdirSync(join(root, "suites"), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(propertyEnding))
    .map((file) => join("suites", file))
    .sort();
}

/** Everything else in the bundle follows from the journal and the catalogue. */
function finish(rules: readonly Rule[], bundle: Bundle, end: RunEnd, { render }: GateParts): GateOutcome {
  const { events } = readJournal(join(bundle.directory, "events.jsonl"));
  const result = resultOf(rules, events);
  const decision = decide(verdictsOfRun(rules, events), end);
  writeInto(bundle, "result.json", `${JSON.stringify(result, null, 2)}\n`);
  writeInto(
    bundle,
    "gate.json",
    `${JSON.stringify({ schemaVersion: "1.0", run: result.run.id, state: result.run.state, ...decision }, null, 2)}\n`,
  );
  for (const [name, text] of Object.entries(render(result, decision))) writeInto(bundle, name, text);
  enrichAllure(join(bundle.directory, "allure-results"), { result, events, evidence: join(bundle.directory, "evidence") });
  seal(bundle);
  return { decision, result, bundle };
}

function signalCode(interrupted: AbortSignal): 130 | 143 {
  return interrupted.reason === 143 ? 143 : 130;
}

interface Beginning {
  readonly bundle: Bundle;
  readonly startedAt: string;
  readonly selection: Selection;
  readonly catalogueDigest: string;
}

async function runInfo(options: GateOptions, { bundle, startedAt, selection, catalogueDigest }: Beginning): Promise<RunInfo> {
  return {
    id: bundle.id,
    startedAt,
    command: options.command,
    seed: options.seed,
    ...(options.rules.length === 0 ? { profile: options.profile } : {}),
    arm: "containers",
    timing: "parity",
    jobs: options.jobs,
    facts: options.facts,
    ...(options.target === undefined ? {} : { target: options.target }),
    suite: await suiteOf(options.root, catalogueDigest),
    environment: await environmentOf(),
    selected: selection.refs,
    skips: selection.skips,
  };
}

/** The first line: what is judged, where, how. */
function headline(options: GateOptions, selection: Selection): string {
  const what = options.rules.length === 0 ? `profile ${options.profile}` : `rules ${options.rules.join(" ")}`;
  const count = `${selection.refs.length} to judge`;
  return `${options.facts.name} · containers · timing parity · ${what}, ${count} · jobs ${options.jobs} · seed ${options.seed}`;
}

function progressOf({
  options,
  parts,
  rules,
  bundle,
  info,
  now,
}: {
  readonly options: GateOptions;
  readonly parts: GateParts;
  readonly rules: readonly Rule[];
  readonly bundle: Bundle;
  readonly info: RunInfo;
  readonly now: () => number;
}): Progress {
  return new Progress({
    stream: parts.stderr,
    live: options.live,
    colour: options.colour,
    quiet: options.quiet,
    now,
    evidenceOf: (attempt) => shownPath(evidenceOf(join(bundle.directory, "evidence"), attempt)),
    nextOf: (rule) => `${reproOf(rule, info).join(" ")} --keep`,
    awaited: (rule, scenario) => awaits(rules, rule, scenario),
  });
}

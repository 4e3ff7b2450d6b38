/**
 * `swarmproof test`: the project's own tests, part by part: checks, unit and architecture tests, self-tests on
 * containers, and the gate with profile smoke. Every part runs even when an earlier one failed. Leaving containers out
 * is a skip on a person's machine and a failure in CI.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { execa } from "execa";
import { engineLine } from "./engine-line.ts";
import { gateCounts, lastLine, leftOut, neverEmpty, total, vitestCounts } from "./test-report.ts";
import type { Counts, PartResult } from "./test-report.ts";
import { runVitest } from "./vitest-run.ts";

export interface TestOptions {
  readonly root: string;
  /** Adds the gate with profile core. */
  readonly all: boolean;
  readonly ci: boolean;
  readonly interrupted: AbortSignal;
  readonly say: (text: string) => void;
}

export interface TestOutcome {
  readonly counts: Counts;
  readonly exitCode: number;
  readonly lastLine: string;
}

type Outcome = Counts & { readonly notes: readonly string[] };
interface Part {
  readonly name: string;
  readonly containers: boolean;
  readonly run: (options: TestOptions, directory: string) => Promise<Outcome>;
}

const notesMax = 20;

export async function runTests(options: TestOptions): Promise<TestOutcome> {
  const directory = join(options.root, ".swarmproof", "test");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const noEngine = await engineMissing();
  const parts: PartResult[] = [];
  for (const part of partsOf(options.all)) {
    if (options.interrupted.aborted) break;
    const result =
      part.containers && noEngine !== undefined ? leftOut(part.name, noEngine, options.ci) : await runPart(part, options, directory);
    tell(result, options);
    parts.push(result);
  }
  const counts = total(parts);
  const line = lastLine(counts);
  const interrupted = options.interrupted.aborted;
  const code = interrupted ? (options.interrupted.reason === 143 ? 143 : 130) : counts.failed === 0 ? 0 : 1;
  writeFileSync(join(directory, "summary.json"), `${JSON.stringify({ ...counts, exitCode: code, lastLine: line, parts }, null, 2)}\n`);
  return { counts, exitCode: code, lastLine: line };
}

function partsOf(all: boolean): readonly Part[] {
  return [
    { name: "check", containers: false, run: runCheck },
    vitestPart("unit", false),
    vitestPart("architecture", false),
    vitestPart("containers-selftest", true),
    gatePart("smoke"),
    ...(all ? [gatePart("core")] : []),
  ];
}

async function runPart(part: Part, options: TestOptions, directory: string): Promise<PartResult> {
  options.say(`${part.name}: running`);
  const started = performance.now();
  const outcome = await part
    .run(options, directory)
    .catch((error: unknown) => ({ passed: 0, failed: 1, skipped: 0, notes: [error instanceof Error ? error.message : String(error)] }));
  return neverEmpty({ name: part.name, ms: Math.round(performance.now() - started), ...outcome });
}

function tell(part: PartResult, { say }: TestOptions): void {
  say(`${part.name}: ${lastLine(part)} in ${Math.round(part.ms / 1000)} s`);
  for (const note of part.notes.slice(0, notesMax)) say(`  ${note}`);
  if (part.notes.length > notesMax) say(`  and ${part.notes.length - notesMax} more, in .swarmproof/test/summary.json`);
}

async function engineMissing(): Promise<string | undefined> {
  try {
    await new Docker().ping();
    return undefined;
  } catch (error) {
    return engineLine(error);
  }
}

async function runCheck({ root, interrupted }: TestOptions, directory: string): Promise<Outcome> {
  const { exitCode, all } = await execa("npm", ["run", "--silent", "check"], {
    cwd: root,
    all: true,
    reject: false,
    cancelSignal: interrupted,
  });
  writeFileSync(join(directory, "check.log"), all);
  if (exitCode === 0) return { passed: 1, failed: 0, skipped: 0, notes: [] };
  return {
    passed: 0,
    failed: 1,
    skipped: 0,
    notes: [`npm run check ended with ${exitCode ?? "a signal"}; see .swarmproof/test/check.log`, ...all.split("\n").slice(-8)],
  };
}

function vitestPart(project: string, containers: boolean): Part {
  const run = async ({ root, interrupted }: TestOptions, directory: string): Promise<Outcome> => {
    const json = join(directory, `${project}.json`);
    const end = await runVitest({ root, project, files: [], log: join(directory, `${project}.log`), json, signal: interrupted });
    return vitestCounts(existsSync(json) ? readFileSync(json, "utf8") : undefined, end.exitCode);
  };
  return { name: project, containers, run };
}

function gatePart(profile: string): Part {
  const run = async ({ root, interrupted }: TestOptions): Promise<Outcome> => {
    const cli = join(root, "harness", "bin", "swarmproof.ts");
    const child = await execa(process.execPath, [cli, "gate", "--profile", profile, "--json"], {
      cwd: root,
      reject: false,
      stderr: "inherit",
      maxBuffer: 256 * 1024 * 1024,
      cancelSignal: interrupted,
      forceKillAfterDelay: 60_000,
    });
    return gateCounts(child.stdout, child.exitCode);
  };
  return { name: `gate --profile ${profile}`, containers: true, run };
}

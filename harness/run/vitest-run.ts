/**
 * Runs Vitest as a child process on named suites and says how it ended. Its exit code decides nothing about a rule:
 * that is drawn from the journal. Its output goes to a file of the bundle.
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { controlVariable } from "./control-client.ts";

export interface VitestWish {
  readonly root: string;
  readonly project: string;
  /** Paths below the root; empty: all of the project. */
  readonly files: readonly string[];
  readonly workers?: number;
  /** Where the gate listens; absent for tests that need none. */
  readonly control?: string;
  readonly log: string;
  /** Vitest's JSON report. */
  readonly json?: string;
  readonly allureResults?: string;
  readonly signal: AbortSignal;
}

export interface VitestEnd {
  /** 0 and 1 are ordinary ends; absent when a signal ended it or it could not be started. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Last lines of its output. */
  readonly tail: string;
}

/** Directory of Allure results, for the reporter: one that is named on the command line is given no options. */
export const allureVariable = "SWARMPROOF_ALLURE_RESULTS";

const tailLines = 30;
/** After this a child that was told to end is killed. */
const killMsMax = 5000;

export async function runVitest(wish: VitestWish): Promise<VitestEnd> {
  const vitest = join(wish.root, "node_modules", "vitest", "vitest.mjs");
  const lines: string[] = [];
  const log = createWriteStream(wish.log);
  const child = execa(process.execPath, [vitest, ...argumentsOf(wish)], {
    cwd: wish.root,
    all: true,
    buffer: false,
    reject: false,
    stdin: "ignore",
    cancelSignal: wish.signal,
    forceKillAfterDelay: killMsMax,
    env: {
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
      ...(wish.control === undefined ? {} : { [controlVariable]: wish.control }),
      ...(wish.allureResults === undefined ? {} : { [allureVariable]: wish.allureResults }),
    },
  });
  for await (const line of child.iterable({ from: "all" })) {
    log.write(`${line}\n`);
    lines.push(line);
    if (lines.length > tailLines) lines.shift();
  }
  const { exitCode, signal } = await child;
  log.end();
  return { exitCode, signal, tail: lines.join("\n") };
}

function argumentsOf({ root, project, files, workers, json, allureResults }: VitestWish): readonly string[] {
  const reporters = [
    "--reporter=default",
    ...(json === undefined ? [] : ["--reporter=json", `--outputFile.json=${json}`]),
    ...(allureResults === undefined ? [] : [`--reporter=${join(root, "harness/run/allure-reporter.ts")}`]),
  ];
  const parallel = workers === undefined ? [] : workers === 1 ? ["--no-file-parallelism"] : [`--maxWorkers=${workers}`];
  return ["run", `--root=${root}`, `--project=${project}`, ...reporters, ...parallel, ...files.map((file) => join(root, file))];
}

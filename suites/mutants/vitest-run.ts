/**
 * Runs test files in a Vitest of their own, with or without a planted bug, and says which tests were green or red.
 * The bug travels by `SWARMPROOF_MUTANT`, read by `vitest.config.ts`.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { z } from "zod";

export const root = join(import.meta.dirname, "../..");

export interface TestSeen {
  /** Titles from the outermost `describe` on, joined by a space. */
  readonly name: string;
  readonly status: string;
  /** Why it is red, colours taken out. */
  readonly said: string;
}

const testSchema = z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() });
const reportSchema = z.object({
  testResults: z.array(z.object({ assertionResults: z.array(testSchema) })),
});

export interface TestRun {
  readonly project: string;
  readonly files: readonly string[];
  readonly mutant?: string;
  /** Full names of the tests to run; absent: all of the files. */
  readonly only?: readonly string[];
}

/** Throws with what Vitest said when it ran nothing. */
export async function runTests({ project, files, mutant, only }: TestRun): Promise<readonly TestSeen[]> {
  const directory = await mkdtemp(join(tmpdir(), "swarmproof-mutant-"));
  try {
    const report = join(directory, "report.json");
    const chosen = only === undefined ? [] : ["--testNamePattern", only.map((name) => `^${escaped(name)}$`).join("|")];
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    const command = [vitest, "run", "--project", project, "--reporter=json", `--outputFile=${report}`, ...chosen, ...files];
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^VITEST|^SWARMPROOF_MUTANT$/.test(name)));
    const ended = await execa(process.execPath, command, {
      cwd: root,
      reject: false,
      extendEnv: false,
      env: { ...environment, ...(mutant === undefined ? {} : { SWARMPROOF_MUTANT: mutant }) },
      all: true,
    });
    const text = await readFile(report, "utf8").catch(() => undefined);
    if (text === undefined) throw new Error(`vitest ended with ${String(ended.exitCode)} and no report: ${ended.all}`);
    const seen = reportSchema.parse(JSON.parse(text)).testResults.flatMap((file) => file.assertionResults);
    if (seen.length === 0) throw new Error(`vitest ran no test of ${files.join(", ")}: ${ended.all}`);
    return seen.map(({ fullName, status, failureMessages }) => ({
      name: fullName.trim(),
      status,
      said: stripVTControlCharacters((failureMessages ?? []).join("\n")),
    }));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Titles are joined by a space in reports and by ` > ` where patterns are matched: any space may be either. */
function escaped(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replaceAll(" ", " (?:> )?");
}

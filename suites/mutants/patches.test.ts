/**
 * Every planted bug still fits its source, still type-checks, has an id of its own and names a test that exists.
 */
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { patched } from "../../harness/mutants/patcher.ts";
import type { Mutant } from "../../harness/mutants/patcher.ts";
import { harnessBugs } from "./harness-bugs.ts";
import { root, runTests } from "./vitest-run.ts";

test("ids are unique", () => {
  expect(new Set(harnessBugs.map(({ id }) => id)).size).toBe(harnessBugs.length);
});

test.each(harnessBugs)("$id fits $file exactly once", async (mutant) => {
  const text = await readFile(join(root, mutant.file), "utf8");
  expect(patched(text, mutant)).not.toBe(text);
});

test("an unknown bug, or one that does not fit, ends Vitest with exit code 3 before any test", async () => {
  await expect(runTests({ project: "unit", files: ["harness/mutants/patcher.test.ts"], mutant: "H0" })).rejects.toThrow(
    /ended with 3.*no mutant H0/s,
  );
});

test("with all bugs planted together the sources still type-check", { timeout: 120_000 }, async () => {
  const copy = join(tmpdir(), `swarmproof-patched-${process.pid}`);
  try {
    await copySources(copy);
    for (const mutant of harnessBugs) await plant(copy, mutant);
    const checked = await execa(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--noEmit"], {
      cwd: copy,
      reject: false,
      all: true,
    });
    const patchedFiles = new Set(harnessBugs.map(({ file }) => file));
    expect(checked.all.split("\n").filter((line) => patchedFiles.has(line.split("(")[0] ?? ""))).toEqual([]);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});

async function copySources(copy: string): Promise<void> {
  await mkdir(copy);
  const parts = ["harness", "suites", "reports", "cluster-impl", "tsconfig.json", "package.json", "vitest.config.ts"];
  for (const part of parts) await cp(join(root, part), join(copy, part), { recursive: true });
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
}

async function plant(copy: string, mutant: Mutant): Promise<void> {
  const path = join(copy, mutant.file);
  await writeFile(path, patched(await readFile(path, "utf8"), mutant));
}

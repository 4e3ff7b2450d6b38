/**
 * Every planted bug still fits its source, still type-checks, has an id of its own and names a test that exists.
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
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

test.each(rounds(harnessBugs))("planted together, $ids still type-check", { timeout: 120_000 }, async ({ bugs }) => {
  const copy = await mkdtemp(join(tmpdir(), "swarmproof-patched-"));
  try {
    await copySources(copy);
    for (const mutant of bugs) await plant(copy, mutant);
    const checked = await execa(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--noEmit"], {
      cwd: copy,
      reject: false,
      all: true,
    });
    const planted = new Set(bugs.map(({ file }) => file));
    expect(checked.all.split("\n").filter((line) => planted.has(line.split("(")[0] ?? ""))).toEqual([]);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});

/** Bugs that change the same text cannot be planted in one copy. */
function rounds(bugs: readonly Mutant[]): readonly { readonly ids: string; readonly bugs: readonly Mutant[] }[] {
  const made: Mutant[][] = [];
  for (const bug of bugs) {
    const free = made.find((round) => round.every((other) => other.file !== bug.file || other.find !== bug.find));
    if (free === undefined) made.push([bug]);
    else free.push(bug);
  }
  return made.map((round) => ({ ids: round.map(({ id }) => id).join(" "), bugs: round }));
}

async function copySources(copy: string): Promise<void> {
  const parts = ["harness", "suites", "reports", "cluster-impl", "tsconfig.json", "package.json", "vitest.config.ts"];
  for (const part of parts) await cp(join(root, part), join(copy, part), { recursive: true });
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
}

async function plant(copy: string, mutant: Mutant): Promise<void> {
  const path = join(copy, mutant.file);
  await writeFile(path, patched(await readFile(path, "utf8"), mutant));
}

/** `.ci/run`: its last line and its exit code are counted from real results, whatever the start script in front of it did. */
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const RUN = resolve(import.meta.dirname, "../../.ci/run");

let project = "";
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "ci-run-"));
  await mkdir(join(project, ".ci"));
  await copyFile(RUN, join(project, ".ci/run"));
});
afterEach(() => rm(project, { recursive: true, force: true }));

/** `.ci/run` in front of a start script with the given text. */
async function ci(script: string) {
  await writeFile(join(project, "swarmproof"), `#!/bin/sh\n${script}\n`);
  await chmod(join(project, "swarmproof"), 0o755);
  const ended = await execa(join(project, ".ci/run"), [], { reject: false, stdin: "ignore" });
  return { status: ended.exitCode, last: ended.stdout.trimEnd().split("\n").at(-1) };
}

describe(".ci/run", () => {
  it.each([
    ["all passed", "echo 12 passed, 0 failed", 0, "12 passed, 0 failed"],
    ["some skipped", "echo 12 passed, 0 failed, 3 skipped; echo later progress >&2", 0, "12 passed, 0 failed, 3 skipped"],
    ["some failed", "echo 12 passed, 2 failed; exit 1", 1, "12 passed, 2 failed"],
    ["some failed, status forgotten", "echo 12 passed, 2 failed", 1, "12 passed, 2 failed"],
    ["nothing ran", "echo 0 passed, 0 failed", 1, "0 passed, 1 failed"],
    ["no engine", "exit 3", 3, "0 passed, 1 failed"],
    ["no count", "true", 1, "0 passed, 1 failed"],
    ["a crash after the count", "echo 12 passed, 0 failed, 1 skipped; exit 4", 4, "12 passed, 1 failed, 1 skipped"],
    ["a count inside other text", "echo 'suite: 5 passed, 0 failed'; echo 7 passed, 0 failed", 0, "7 passed, 0 failed"],
  ])("%s", async (_, script, status, last) => {
    expect(await ci(script)).toEqual({ status, last });
  });

  it("runs `test` with CI set, without a terminal, and goes ahead", async () => {
    expect(await ci('[ "$CI $1 $2" = "true test --yes" ] && [ ! -t 0 ] && echo 1 passed, 0 failed')).toEqual({
      status: 0,
      last: "1 passed, 0 failed",
    });
  });
});

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { looksOf, rulesFlag, timeFlag } from "./options.ts";

const cli = join(import.meta.dirname, "swarmproof.ts");
const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  execa(process.execPath, [cli, ...words], { reject: false, env, cwd: mkdtempSync(join(tmpdir(), "cli-")) });

test.each([
  [["gat"], "unknown verb gat; the nearest is gate", "./swarmproof --help"],
  [["gate", "--profil", "smoke"], "unknown flag --profil; the nearest is --profile", "./swarmproof gate --help"],
  [["gate", "--rule", "RAFT-5"], "unknown rule RAFT-5; the nearest is RAFT-05", "./swarmproof list"],
  [["gate", "--rule", "RAFT-06/crsh"], "unknown rule RAFT-06/crsh; the nearest is RAFT-06/crash", "./swarmproof list"],
  [["gate", "--target", "moby@20.1"], "unknown target moby@20.1; the nearest is moby@20.10", "./swarmproof gate --help"],
  [["gate", "--profile", "smok"], "unknown profile smok; the nearest is smoke", "./swarmproof gate --help"],
  [["gate", "--arm", "simulatio"], "unknown arm simulatio; the nearest is simulation", "./swarmproof gate --help"],
  [["gate", "--jobs", "none"], "a whole number from 1 to 16 is wanted", "./swarmproof gate --help"],
  [["explain", "RAFT-5"], "unknown rule RAFT-5; the nearest is RAFT-05", "./swarmproof list"],
  [["recheck", "nowhere"], "nowhere: there is no such bundle", "./swarmproof gate"],
  [["gate", "--arm", "simulation"], "the simulation arm runs the reference swarm", "./swarmproof gate --target moby@20.10"],
])("cli: %j is refused with 2, says why and what to type next", async (words, why, next) => {
  const { exitCode, stderr, stdout } = await run(words);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toContain(why);
  expect(stderr).toContain(`next: ${next}`);
});

test("cli: without an engine gate ends with 3, the line of doctor and the way without one", async () => {
  const { exitCode, stderr } = await run(["gate", "--rule", "RAFT-05", "--out", "bundle"], { DOCKER_HOST: "tcp://127.0.0.1:9" });
  expect(exitCode).toBe(3);
  expect(stderr).toContain("no container engine answers");
  expect(stderr).toContain("./swarmproof doctor");
  expect(stderr).toContain("./swarmproof gate --arm simulation");
});

test("cli: a bad target.yaml is refused with line and column", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "target-")), "target.yaml");
  writeFileSync(file, "name: mine@1\nimage:\n  reference: x\nprots: {}\n");
  const { exitCode, stderr } = await run(["gate", "--target", file]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/target\.yaml:\d+:\d+: /);
});

test("cli: explain works the bounds out for the target", async () => {
  const { exitCode, stdout } = await run(["explain", "RAFT-05"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("stepDown = 2 * ElectionTick + 5s = 25000 ms");
  expect(stdout).toContain("next: ./swarmproof gate --target moby@20.10 --rule RAFT-05");
});

test("flags: rules may be repeated or joined; a comma within braces belongs to the glob", () => {
  expect(rulesFlag("RAFT-05,RAFT-06/{crash,partition}", ["NODE-11"])).toEqual(["NODE-11", "RAFT-05", "RAFT-06/{crash,partition}"]);
});

test.each([
  ["90s", 90_000],
  ["10m", 600_000],
  ["2min", 120_000],
  ["1.5h", 5_400_000],
  ["30", 30_000],
])("flags: a time limit of %s is %d ms", (text, ms) => {
  expect(timeFlag(text)).toBe(ms);
});

test("flags: a pipe, CI and NO_COLOR get plain lines without colour", () => {
  const tty = { isTTY: true };
  expect(looksOf(true, tty, {})).toEqual({ live: true, colour: true });
  expect(looksOf(true, {}, {})).toEqual({ live: false, colour: false });
  expect(looksOf(true, tty, { NO_COLOR: "1" })).toEqual({ live: false, colour: false });
  expect(looksOf(true, tty, { CI: "true" })).toMatchObject({ live: false });
  expect(looksOf(false, tty, {})).toEqual({ live: true, colour: false });
});

/**
 * Bugs planted in the part of the harness that works on containers, each with the self-test that must turn red: an
 * install that does nothing and a heal that forgets a link may not be reported as done.
 */
import { describe, expect, test } from "vitest";
import { harnessBugs } from "../harness-bugs.ts";
import { runTests } from "../vitest-run.ts";

const project = "containers-selftest";
const bugs = harnessBugs.filter(({ killedBy }) => killedBy.project === project);
const files = [...new Set(bugs.map(({ killedBy }) => killedBy.file))];
const tests = [...new Set(bugs.flatMap(({ killedBy }) => killedBy.tests))];

describe("planted harness bugs on containers", () => {
  test("without any, every self-test named is green", async () => {
    const seen = await runTests({ project, files, only: tests });
    const ran = seen.filter(({ name }) => tests.includes(name));
    expect(ran.map(({ name, status }) => [name, status])).toEqual(tests.map((name) => [name, "passed"]));
  });

  test.for(bugs)("$id, $why: caught", async ({ id, killedBy }, { annotate }) => {
    const seen = await runTests({ project, files: [killedBy.file], only: killedBy.tests, mutant: id });
    const named = killedBy.tests.map((name) => seen.find((one) => one.name === name));
    expect(named.map((one) => one?.status)).toEqual(killedBy.tests.map(() => "failed"));
    for (const one of named) expect(one?.said).toMatch(killedBy.says ?? /./);
    await annotate(named.map((one) => one?.said.split("\n")[0]).join("\n"));
  });
});

/**
 * Every bug planted in the harness turns its self-test red, and that test is green without it. Bugs whose self-test
 * needs containers are planted in `selftest/`.
 */
import { describe, expect, test } from "vitest";
import { harnessBugs } from "./harness-bugs.ts";
import { runTests } from "./vitest-run.ts";

const cheap = harnessBugs.filter(({ killedBy }) => killedBy.project === "unit");
const files = [...new Set(cheap.map(({ killedBy }) => killedBy.file))];

describe("planted harness bugs", () => {
  test("without any, every self-test named is green", { timeout: 120_000 }, async () => {
    const seen = await runTests({ project: "unit", files });
    const red = cheap.flatMap(({ id, killedBy }) =>
      killedBy.tests.filter((name) => seen.find((one) => one.name === name)?.status !== "passed").map((name) => `${id}: ${name}`),
    );
    expect(red).toEqual([]);
  });

  test.each(cheap)("$id, $why: caught", { timeout: 120_000 }, async ({ id, killedBy }) => {
    const seen = await runTests({ project: "unit", files: [killedBy.file], mutant: id });
    const status = killedBy.tests.map((name) => seen.find((one) => one.name === name)?.status);
    expect(status).toEqual(killedBy.tests.map(() => "failed"));
    // A file that is red from end to end was broken, not caught.
    expect(seen.some((one) => one.status === "passed")).toBe(true);
  });
});

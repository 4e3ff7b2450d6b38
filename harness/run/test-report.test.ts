import { expect, test } from "vitest";
import { gateCounts, lastLine, leftOut, neverEmpty, total, vitestCounts } from "./test-report.ts";

const file = (name: string, status: string, tests: readonly string[], message = "") => ({
  name,
  status,
  message,
  assertionResults: tests.map((one, i) => ({ status: one, fullName: `${name} ${i}` })),
});
const report = (files: readonly ReturnType<typeof file>[]) => {
  const all = files.flatMap((one) => one.assertionResults);
  const count = (status: string) => all.filter((one) => one.status === status).length;
  return JSON.stringify({
    numPassedTests: count("passed"),
    numFailedTests: count("failed"),
    numPendingTests: count("skipped"),
    numTodoTests: 0,
    testResults: files,
  });
};
const gate = (exitCode: number, ...verdicts: readonly string[]) =>
  JSON.stringify({
    bundle: "b",
    gate: { exitCode, reasons: ["why"] },
    rules: verdicts.map((verdict, i) => ({ variants: [{ ref: `RAFT-0${i}`, verdict, reasons: [`why ${verdict}`] }] })),
  });

test("counts: taken from Vitest's own report, failures named", () => {
  expect(vitestCounts(report([file("a", "failed", ["passed", "failed"]), file("b", "passed", ["passed", "skipped"])]), 1)).toEqual({
    passed: 2,
    failed: 1,
    skipped: 1,
    notes: ["failed: a 1"],
  });
});

test("counts: a file that did not load is a failure, though Vitest counts no test of it", () => {
  expect(vitestCounts(report([file("a", "failed", [], "SyntaxError: boom\n at x")]), 1)).toMatchObject({
    failed: 1,
    notes: ["failed as a whole: a: SyntaxError: boom"],
  });
});

test("counts: an end without a report, or red without a failed test, is a failure", () => {
  expect(vitestCounts(undefined, 0).failed).toBe(1);
  expect(vitestCounts(report([file("a", "passed", ["passed"])]), 1)).toMatchObject({ passed: 1, failed: 1 });
  expect(vitestCounts(report([file("a", "passed", ["passed"])]), undefined).notes).toEqual([
    "Vitest ended with a signal though no test failed",
  ]);
});

test("counts: a part in which nothing ran is red, though Vitest ended with 0", () => {
  const counts = vitestCounts(report([]), 0);
  expect(neverEmpty({ name: "unit", ms: 1, ...counts })).toMatchObject({ failed: 1, notes: ["nothing ran in this part"] });
  expect(neverEmpty({ name: "gate", ms: 1, ...gateCounts(gate(0), 0) }).failed).toBe(1);
});

test("counts: of the gate, each rule or variant is a test; inconclusive and error are failures", () => {
  expect(gateCounts(gate(1, "pass", "warn", "fail", "inconclusive", "error", "skipped"), 1)).toEqual({
    passed: 2,
    failed: 3,
    skipped: 1,
    notes: ["fail: RAFT-02: why fail", "inconclusive: RAFT-03: why inconclusive", "error: RAFT-04: why error", "bundle b"],
  });
  expect(gateCounts("", 3)).toMatchObject({ failed: 1, notes: ["the gate gave no result and ended with 3"] });
  expect(gateCounts(gate(4, "pass"), 4)).toMatchObject({ passed: 1, failed: 1 });
});

test("counts: the last line is what CI reads", () => {
  const parts = [
    { passed: 3, failed: 0, skipped: 0 },
    { passed: 1, failed: 2, skipped: 0 },
  ];
  expect(lastLine(total(parts))).toBe("4 passed, 2 failed");
  expect(lastLine({ passed: 4, failed: 0, skipped: 1 })).toBe("4 passed, 0 failed, 1 skipped");
});

test("counts: containers left out are a skip for a person and a failure in CI", () => {
  expect(leftOut("gate", "no engine", false)).toMatchObject({ failed: 0, skipped: 1 });
  expect(leftOut("gate", "no engine", true)).toMatchObject({ failed: 1, skipped: 0, notes: ["left out: no engine"] });
});

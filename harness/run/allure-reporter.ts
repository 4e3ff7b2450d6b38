/**
 * Writes an Allure result as soon as a test ends, so that a run can be watched and a killed one leaves what it had.
 * The adapter itself writes only at the end of the run; it also drops the reason of a skip and doubles labels.
 * Steps and attachments are added after the run, from the journal (`allure-enrich.ts`).
 */
import { Status } from "allure-js-commons";
import type { TestResult } from "allure-js-commons";
import Base from "allure-vitest/reporter";
import type { RunnerTask } from "vitest";
import type { TestCase } from "vitest/node";
import { allureVariable } from "./vitest-run.ts";

/** `TestCase.task` is there at run time and is not in the types of the reporter API. */
type WithTask = TestCase & { readonly task: RunnerTask };

// Vitest loads reporters by their default export.
// oxlint-disable-next-line import/no-default-export
export default class StreamingAllureReporter extends Base {
  constructor() {
    super({ resultsDir: process.env[allureVariable] ?? "allure-results", listeners: [{ beforeTestResultWrite: tidy }] });
  }

  onTestCaseResult(test: TestCase): void {
    const { task } = test as WithTask;
    // A test that was skipped before it ran has no result, and the adapter passes over it.
    task.result ??= { state: "skip" };
    skipNote = test.result().state === "skipped" ? noteOf(test) : undefined;
    this.handleTask(task);
    skipNote = undefined;
  }

  /** All tests were written when they ended; only messages of the run itself are left. */
  override onTestRunEnd(): void {
    super.onTestRunEnd([]);
  }
}

/** Reason of the skip that is being written; the listener is told nothing but the result. */
let skipNote: string | undefined;

function tidy(result: TestResult): void {
  const seen = new Set<string>();
  result.labels = result.labels.filter(({ name, value }) => {
    const key = `${name}\0${value}`;
    const first = !seen.has(key);
    seen.add(key);
    return first;
  });
  if (result.status === Status.SKIPPED) result.statusDetails = { ...result.statusDetails, message: skipNote ?? "no reason given" };
}

function noteOf(test: TestCase): string | undefined {
  const result = test.result();
  return "note" in result ? result.note : undefined;
}

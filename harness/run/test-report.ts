/**
 * Counts of a `test` run, taken from what each part really reported. A part in which nothing ran is red. Pure.
 */
import { z } from "zod";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface PartResult extends Counts {
  readonly name: string;
  readonly ms: number;
  /** What went wrong or was left out, for people. */
  readonly notes: readonly string[];
}

const vitestReport = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(""),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** From Vitest's JSON report. A file that failed as a whole (it did not load) counts as one failure. */
export function vitestCounts(json: string | undefined, exitCode: number | undefined): Counts & { readonly notes: readonly string[] } {
  if (json === undefined) return { passed: 0, failed: 1, skipped: 0, notes: ["Vitest wrote no report"] };
  const report = vitestReport.parse(JSON.parse(json));
  const failedTests = report.testResults.flatMap((file) =>
    file.assertionResults.filter((test) => test.status === "failed").map((test) => `failed: ${test.fullName}`),
  );
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const brokenNotes = broken.map((file) => `failed as a whole: ${file.name}: ${file.message.split("\n")[0] ?? ""}`);
  const failed = report.numFailedTests + broken.length;
  const unexplained = failed === 0 && exitCode !== 0 ? [`Vitest ended with ${exitCode ?? "a signal"} though no test failed`] : [];
  return {
    passed: report.numPassedTests,
    failed: failed + unexplained.length,
    skipped: report.numPendingTests + report.numTodoTests,
    notes: [...failedTests, ...brokenNotes, ...unexplained],
  };
}

const gateReport = z.object({
  rules: z.array(z.object({ variants: z.array(z.object({ ref: z.string(), verdict: z.string(), reasons: z.array(z.string()) })) })),
  gate: z.object({ exitCode: z.int(), reasons: z.array(z.string()) }),
  bundle: z.string(),
});

/** From `gate --json`: a rule or variant is one test. What is neither a pass nor a skip is a failure. */
export function gateCounts(json: string, exitCode: number | undefined): Counts & { readonly notes: readonly string[] } {
  const parsed = gateReport.safeParse(readJson(json));
  if (!parsed.success)
    return { passed: 0, failed: 1, skipped: 0, notes: [`the gate gave no result and ended with ${exitCode ?? "a signal"}`] };
  const variants = parsed.data.rules.flatMap((rule) => rule.variants);
  const passed = variants.filter((one) => one.verdict === "pass" || one.verdict === "warn").length;
  const skipped = variants.filter((one) => one.verdict === "skipped").length;
  const bad = variants.filter((one) => !["pass", "warn", "skipped"].includes(one.verdict));
  const unexplained =
    bad.length === 0 && exitCode !== 0 ? [`the gate ended with ${exitCode ?? "a signal"}: ${parsed.data.gate.reasons.join("; ")}`] : [];
  const notes = [
    ...bad.map((one) => `${one.verdict}: ${one.ref}: ${one.reasons.join("; ")}`),
    ...unexplained,
    `bundle ${parsed.data.bundle}`,
  ];
  return { passed, failed: bad.length + unexplained.length, skipped, notes };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A part that cannot run here: a person may go without it for now, CI may not. */
export function leftOut(name: string, why: string, ci: boolean): PartResult {
  return { name, ms: 0, passed: 0, failed: ci ? 1 : 0, skipped: ci ? 0 : 1, notes: [`left out: ${why}`] };
}

/** A part that reports no test at all did not do its work. */
export function neverEmpty(part: PartResult): PartResult {
  if (part.passed + part.failed + part.skipped > 0) return part;
  return { ...part, failed: 1, notes: [...part.notes, "nothing ran in this part"] };
}

export function total(parts: readonly Counts[]): Counts {
  const sum = (pick: (counts: Counts) => number): number => parts.reduce((all, one) => all + pick(one), 0);
  return { passed: sum((one) => one.passed), failed: sum((one) => one.failed), skipped: sum((one) => one.skipped) };
}

/** `N passed, N failed`, and `, N skipped` where any were. */
export function lastLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

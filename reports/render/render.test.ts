/** The renderers, on a made-up run with a verdict of every kind: what people and CI servers are shown. */
import { expect, test } from "vitest";
import { resultOf, verdictsOfRun } from "../../harness/run/result.ts";
import type { Result } from "../../harness/run/result.ts";
import { sampleEvents, sampleRules } from "../../harness/run/testing/sample-run.ts";
import { decide } from "../../harness/run/verdicts.ts";
import { clean, junit } from "./junit.ts";
import { summary } from "./summary.ts";
import { nextStep, terminalReport } from "./terminal.ts";

const result = resultOf(sampleRules, sampleEvents());
const decision = decide(verdictsOfRun(sampleRules, sampleEvents()));
const failing = result.rules[1]?.variants[0];

test("junit: a rule or variant is a test case with its id; failure, error and skip are told apart, with reasons", () => {
  const xml = junit(result);
  expect(xml).toContain('<testsuites name="swarmproof" tests="4" failures="1" errors="0" skipped="2"');
  expect(xml).toContain('<property name="rule" value="RAFT-06/crash"/>');
  expect(xml).toMatch(/<failure type="AssertionError" message="expected a new leader within 45 s; seen none for 60.2 s on m2 and m3">/);
  expect(xml).toContain('<skipped message="environment: needs clock: a fake has no clock"');
});

test("junit: markup, control characters and terminal colours in a reason cannot break the file", () => {
  const nasty = 'a <b> & "c" \u0000\u001b[31mred\u001b[0m ]]> \uFFFF';
  const poisoned = {
    ...result,
    rules: result.rules.map((rule) => ({ ...rule, variants: rule.variants.map((v) => ({ ...v, verdict: "error", reasons: [nasty] })) })),
  };
  const xml = junit(poisoned as Result);
  expect(xml).toContain("a &lt;b&gt; &amp; &quot;c&quot;");
  expect(xml).not.toMatch(/[^\P{Cc}\t\n\r]|\uFFFF/u);
  expect(clean("\ud800")).toBe("\uFFFD");
});

test("summary: names decision, failure, fault in force and the command that repeats it; a cell cannot be broken", () => {
  const text = summary(result, decision);
  expect(text).toContain("# fake@1: failed");
  expect(text).toContain("profile core is **non-conformant**");
  expect(text).toContain("- seen: none for 60.2 s on m2 and m3");
  expect(text).toContain("- fault in force: power-off m1");
  expect(text).toContain(`- again: \`${failing?.attempts[0]?.repro.argv.join(" ")}\``);
  expect(text).toContain("quorum-campaigns: 2 of 3 campaigns ran (time limit), 0 violated a rule (seed 7)");
  const piped = {
    ...result,
    rules: result.rules.map((rule) => ({ ...rule, variants: rule.variants.map((v) => ({ ...v, reasons: ["a | b\nc"] })) })),
  };
  expect(summary(piped, decision)).toContain("a \\| b c");
});

test("terminal: verdict in glyph and word, the decision with its exit code, the bundle and the next command", () => {
  const text = terminalReport(result, decision, { colour: false, width: 120, bundle: "runs/x" });
  expect(text).toContain("✗ fail");
  expect(text).toContain("fake@1: 1 pass, 1 fail, 1 skipped; profile core is non-conformant");
  expect(text).toContain("failed, exit code 1: failed: RAFT-06");
  expect(text).toMatch(/next {4}\.\/swarmproof gate --target fake@1 --rule RAFT-06\/crash --seed 7 --keep\n$/);
  const interrupted = { ...decision, exitCode: 130, decision: "interrupted" as const };
  expect(nextStep(result, interrupted, "runs/x")).toBe("./swarmproof gate");
  expect(text).not.toContain("\u001b");
});

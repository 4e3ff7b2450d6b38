/**
 * The end of a run on stdout: one row per rule and variant, then the decision, where the bundle lies and what to do next.
 */
import Table from "cli-table3";
import type { Result } from "../../harness/run/result.ts";
import type { Decision } from "../../harness/run/verdicts.ts";
import { duration, exposureText, propertyText, tally, verdictWord } from "./words.ts";

export interface TerminalOptions {
  readonly colour: boolean;
  readonly width: number;
  /** As the user would type it. */
  readonly bundle: string;
}

const noRowLines = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

export function terminalReport(result: Result, decision: Decision, options: TerminalOptions): string {
  const lines = [
    ...(result.rules.length === 0 ? [] : [table(result, options)]),
    `${result.target.project}@${result.target.version}: ${tally(result.rules) || "no rules"}${profileText(result)}`,
    ...result.properties.map(propertyText),
    `${decision.decision}, exit code ${decision.exitCode}: ${decision.reasons.join("; ")}`,
    `bundle  ${options.bundle}`,
    `next    ${nextStep(result, decision, options.bundle)}`,
  ];
  return `${lines.join("\n")}\n`;
}

function profileText({ profiles }: Result): string {
  return profiles.map((profile) => `; profile ${profile.name} is ${profile.result}`).join("");
}

function table({ rules }: Result, { colour, width }: TerminalOptions): string {
  const text = Math.max(30, width - 16 - 24 - 10 - 6);
  const grid = new Table({
    head: ["verdict", "rule", "took", "what was at stake"],
    style: { head: [], border: [] },
    chars: noRowLines,
    wordWrap: true,
    colWidths: [16, 24, 10, text],
  });
  for (const rule of rules) {
    for (const variant of rule.variants) {
      const took = variant.attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0);
      const last = variant.attempts.at(-1);
      const stake = variant.verdict === "pass" ? exposureText(last?.exposure ?? {}) : variant.reasons.join("; ");
      const tries = triesText(variant.attempts);
      const shown = variant.verdict === "fail" && rule.level === "SHOULD" ? "warn" : variant.verdict;
      grid.push([verdictWord(shown, colour), variant.ref, last === undefined ? "" : duration(took), `${rule.title}. ${tries}${stake}`]);
    }
  }
  return grid.toString();
}

/** `3 scenarios. `, `2 attempts. `: said only where there was more than one. */
function triesText(attempts: readonly { readonly n: number; readonly scenario: string }[]): string {
  const scenarios = new Set(attempts.map((one) => one.scenario)).size;
  const repeated = Math.max(0, ...attempts.map((one) => one.n));
  return (scenarios > 1 ? `${scenarios} scenarios. ` : "") + (repeated > 1 ? `${repeated} attempts. ` : "");
}

/** Every end names the command to type next. */
export function nextStep(result: Result, { exitCode }: Decision, bundle: string): string {
  const worst = (verdict: string) => result.rules.flatMap((rule) => rule.variants).find((variant) => variant.verdict === verdict);
  const again = (verdict: string) => (worst(verdict)?.attempts.at(-1)?.repro.argv ?? result.run.command).join(" ");
  if (exitCode === 0) return `./swarmproof recheck ${bundle}`;
  if (exitCode === 1) return `${again("fail")} --keep`;
  if (exitCode === 3) return worst("error") === undefined ? "./swarmproof doctor" : again("error");
  if (exitCode === 4)
    return worst("inconclusive") === undefined ? "./swarmproof doctor" : `./swarmproof explain ${worst("inconclusive")?.ref.split("/")[0]}`;
  if (exitCode === 5) return "./swarmproof list";
  return result.run.command.join(" ");
}

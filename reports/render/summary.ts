/**
 * `summary.md`: a run on one page, for a pull request or a CI step. Short by design; all detail is in `result.json`.
 */
import type { Result } from "../../harness/run/result.ts";
import type { Decision } from "../../harness/run/verdicts.ts";
import { duration, exposureText, propertyText, tally, verdictWord } from "./words.ts";

/** CI systems cut step summaries at one mebibyte, some without a word. */
const bytesMax = 512 * 1024;

export function summary(result: Result, decision: Decision): string {
  const { run, target, suite, environment, exposure } = result;
  const lines = [
    `# ${target.project}@${target.version}: ${decision.decision}`,
    "",
    `${tally(result.rules) || "no rules"}${result.profiles.map((one) => `; profile ${one.name} is **${one.result}**`).join("")}.`,
    "",
    ...decision.reasons.map((reason) => `- ${cell(reason)}`),
    ...(run.state === "incomplete" ? [`- the run is incomplete: ${cell(run.why ?? "no reason given")}`] : []),
    "",
    ...failures(result),
    "| verdict | rule | level | took | at stake |",
    "|---|---|---|---|---|",
    ...result.rules.flatMap(rows),
    "",
    ...result.properties.flatMap((one) => [propertyText(one), ""]),
    `Run \`${run.id}\`, ${run.arm}, timing ${run.timing}, seed \`${run.seed}\`, ${exposure.operations} operations, ` +
      `${exposure.faultsProven} of ${exposure.faultsInjected} faults proved. ${suite.name} ${suite.version} (${suite.revision}), ` +
      `Node.js ${environment.node}, ${environment.containerRuntime}, ${environment.cpus} cores.`,
    "",
  ];
  return cut(lines.join("\n"));
}

function failures(result: Result): readonly string[] {
  const failing = result.rules.flatMap((rule) =>
    rule.variants.flatMap((variant) =>
      variant.attempts.filter((one) => one.failure !== undefined).map((attempt) => ({ variant, attempt })),
    ),
  );
  return failing.flatMap(({ variant, attempt }) => [
    `## ${variant.ref}`,
    "",
    `- expected: ${cell(attempt.failure?.expected ?? "")}`,
    `- seen: ${cell(attempt.failure?.observed ?? "")}`,
    `- fault in force: ${attempt.failure?.faults.map((fault) => `${fault.kind} ${fault.nodes.join(" ")}`).join("; ") || "none"}`,
    `- again: \`${attempt.repro.argv.join(" ")}\``,
    "",
  ]);
}

function rows(rule: Result["rules"][number]): readonly string[] {
  return rule.variants.map((variant) => {
    const last = variant.attempts.at(-1);
    const took = last === undefined ? "" : duration(variant.attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0));
    const stake = variant.verdict === "pass" ? exposureText(last?.exposure ?? {}) : variant.reasons.join("; ");
    return `| ${verdictWord(variant.verdict, false)} | ${variant.ref} | ${rule.level} | ${took} | ${cell(stake)} |`;
  });
}

/** One line that cannot break out of a table cell or a list item. */
function cell(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("<", "&lt;").slice(0, 500);
}

function cut(text: string): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  return `${Buffer.from(text).subarray(0, bytesMax).toString("utf8")}\n\n(cut; the rest is in result.json)\n`;
}

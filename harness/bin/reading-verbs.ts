/**
 * Verbs that only read: `list`, `explain`, `recheck`, `doctor`. Data on stdout, the exit code returned.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import Table from "cli-table3";
import { checkers } from "../checker/registry.ts";
import { shownPath } from "../run/bundle.ts";
import { loadCatalogue } from "../run/catalogue.ts";
import type { Rule } from "../run/catalogue.ts";
import { doctor, fitForContainers } from "../run/doctor.ts";
import { renderDoctor } from "../run/doctor-table.ts";
import { explanation } from "../run/explain.ts";
import { readTarget } from "../run/providers.ts";
import { holds, recheck } from "../run/recheck.ts";
import { refsOf, select } from "../run/selection.ts";
import type { Profile } from "../run/selection.ts";
import { UsageError, unknownWord } from "../run/usage.ts";
import { factsOf } from "../sut/target.ts";
import { looksOf } from "./options.ts";

export interface ReadingFlags {
  readonly json?: boolean;
  readonly color: boolean;
  readonly target: string;
}

const noRowLines = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

function catalogueOf(root: string): readonly Rule[] {
  return loadCatalogue(join(root, "suites", "catalogue"));
}

function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** All rules, those of a profile, or those that patterns name. */
export function listVerb(root: string, flags: ReadingFlags & { readonly profile?: Profile; readonly rule?: readonly string[] }): number {
  const all = catalogueOf(root);
  const ids = chosen(all, flags);
  const rules = all.filter((rule) => ids === undefined || ids.has(rule.id));
  if (flags.json === true) {
    print(JSON.stringify(rules, null, 2));
    return 0;
  }
  const table = new Table({
    head: ["rule", "level", "kind", "profiles", "title"],
    style: { head: [], border: [] },
    chars: noRowLines,
    wordWrap: true,
    colWidths: [22, 8, 12, 26, Math.max(40, (process.stdout.columns ?? 120) - 76)],
  });
  for (const rule of rules) {
    for (const ref of refsOf(rule)) table.push([ref, rule.level, rule.kind, rule.profiles.join(" "), rule.title]);
  }
  print(`${table.toString()}\n${rules.length} rules; next: ./swarmproof explain ${rules[0]?.id ?? "RULE"}`);
  return 0;
}

function chosen(
  rules: readonly Rule[],
  flags: { readonly profile?: Profile; readonly rule?: readonly string[] },
): ReadonlySet<string> | undefined {
  if (flags.profile === undefined && flags.rule === undefined) return undefined;
  const wish = { profile: flags.profile ?? ("core" as const), patterns: flags.rule ?? [], arm: "containers" as const, lacks: {} };
  const { refs, skips } = select(rules, wish);
  return new Set([...refs, ...skips.map((skip) => skip.rule)].map((ref) => ref.split("/", 1)[0] ?? ref));
}

export function explainVerb(root: string, id: string, flags: ReadingFlags): number {
  const rules = catalogueOf(root);
  const wanted = id.split("/", 1)[0]?.toUpperCase();
  const rule = rules.find((one) => one.id === wanted);
  if (rule === undefined)
    throw new UsageError(
      unknownWord(
        "rule",
        id,
        rules.map((one) => one.id),
      ),
      "./swarmproof list",
    );
  print(flags.json === true ? JSON.stringify(rule, null, 2) : explanation(rule, factsOf(readTarget(flags.target))).join("\n"));
  return 0;
}

/** 0 when the bundle still holds, 6 when it does not. */
export function recheckVerb(path: string, flags: ReadingFlags): number {
  if (!existsSync(path)) throw new UsageError(`${path}: there is no such bundle`, "./swarmproof gate");
  const found = recheck(path, checkers);
  const good = holds(found);
  if (flags.json === true) print(JSON.stringify({ ...found, holds: good }, null, 2));
  else {
    for (const damage of found.damage) print(`damaged  ${damage}`);
    for (const one of found.verdicts) {
      const same = one.stored === one.now;
      print(
        `${same ? "same    " : "DIFFERS "} ${one.ref.padEnd(22)} ${one.now}${same ? "" : ` (stored: ${one.stored}) ${one.reasons.join("; ")}`}`,
      );
    }
    const shown = shownPath(path);
    print(
      good
        ? `${shown} holds: ${found.verdicts.length} verdicts judged again, all the same`
        : `${shown} does not hold\nnext: ./swarmproof gate`,
    );
  }
  return good ? 0 : 6;
}

/** 3 when a prerequisite of containers is missing. */
export async function doctorVerb(flags: ReadingFlags): Promise<number> {
  const checks = await doctor();
  const looks = looksOf(flags.color, process.stdout, process.env);
  print(
    flags.json === true
      ? JSON.stringify(checks, null, 2)
      : renderDoctor(checks, { colour: looks.colour, width: process.stdout.columns ?? 120 }),
  );
  return fitForContainers(checks) ? 0 : 3;
}

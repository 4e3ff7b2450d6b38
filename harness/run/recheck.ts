/**
 * Judges a stored run again: digests first, then every stored attempt with the checkers of today, compared with the
 * verdicts that the bundle holds. Pure but for reading the bundle; writes nothing.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Checker } from "../checker/checker.ts";
import { readJournal } from "../history/journal.ts";
import type { HistoryEvent } from "../history/event.ts";
import { verifyBundle } from "./bundle.ts";
import { parseRules } from "./catalogue.ts";
import type { Rule } from "./catalogue.ts";
import { judgeAttempt } from "./judging.ts";
import { resultSchema, verdictsOfRun } from "./result.ts";
import type { RuleVerdict } from "./verdicts.ts";
import { UsageError } from "./usage.ts";

export interface Recheck {
  readonly bundle: string;
  /** What does not agree with the manifest. */
  readonly damage: readonly string[];
  readonly verdicts: readonly {
    readonly ref: string;
    readonly stored: string;
    readonly now: string;
    readonly reasons: readonly string[];
  }[];
}

/** Throws `UsageError` when there is no bundle. A bundle cut short is judged as far as its journal goes. */
export function recheck(bundle: string, checkers: ReadonlyMap<string, Checker>): Recheck {
  const journal = join(bundle, "events.jsonl");
  if (!existsSync(journal))
    throw new UsageError(`${bundle} holds no events.jsonl; it is no bundle`, "./swarmproof recheck .swarmproof/runs/latest");
  const damage = [...verifyBundle(bundle)];
  const { events, torn } = readJournal(journal);
  if (torn !== undefined) damage.push("events.jsonl ends within a line: its writer was killed");
  const rules = parseRules(readFileSync(join(bundle, "catalogue.json"), "utf8"));
  const again = verdictsOfRun(rules, judgedAgain(events, rules, checkers));
  const stored = storedVerdicts(bundle, rules, events);
  return { bundle, damage, verdicts: compare(again, stored) };
}

/** Whether the bundle still says what today's checkers say of it. */
export function holds({ damage, verdicts }: Recheck): boolean {
  return damage.length === 0 && verdicts.every((one) => one.stored === one.now);
}

/** The journal with every judgement replaced by one made now. */
function judgedAgain(
  events: readonly HistoryEvent[],
  rules: readonly Rule[],
  checkers: ReadonlyMap<string, Checker>,
): readonly HistoryEvent[] {
  const byAttempt = Map.groupBy(events, (event) => event.attempt);
  return events.map((event) => {
    if (event.kind !== "judgement") return event;
    const own = byAttempt.get(event.attempt) ?? [];
    const [judgement] = judgeAttempt({ rules, checkers }, event.attempt, [event.rule], own);
    return { ...event, judgement };
  });
}

/** From `result.json`; from the journal where the run never came to writing it. */
function storedVerdicts(bundle: string, rules: readonly Rule[], events: readonly HistoryEvent[]): ReadonlyMap<string, string> {
  const path = join(bundle, "result.json");
  if (!existsSync(path)) return new Map(variantsOf(verdictsOfRun(rules, events)));
  const readable = z.object({ rules: resultSchema.shape.rules });
  const { rules: stored } = readable.parse(JSON.parse(readFileSync(path, "utf8")));
  return new Map(stored.flatMap((rule) => rule.variants.map((variant) => [variant.ref, variant.verdict] as const)));
}

function variantsOf(verdicts: readonly RuleVerdict[]): readonly (readonly [string, string])[] {
  return verdicts.flatMap((rule) => rule.variants.map((variant) => [variant.ref, variant.verdict] as const));
}

function compare(again: readonly RuleVerdict[], stored: ReadonlyMap<string, string>): Recheck["verdicts"] {
  const now = again.flatMap((rule) =>
    rule.variants.map(({ ref, verdict, reasons }) => ({ ref, stored: stored.get(ref) ?? "absent", now: verdict as string, reasons })),
  );
  const known = new Set(now.map((one) => one.ref));
  const gone = [...stored]
    .filter(([ref]) => !known.has(ref))
    .map(([ref, verdict]) => ({ ref, stored: verdict, now: "absent", reasons: [] }));
  return [...now, ...gone];
}

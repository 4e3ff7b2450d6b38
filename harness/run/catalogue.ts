/**
 * The rule catalogue: `suites/catalogue/<area>.yaml`, parsed once. A rule says what a target promises, where that is
 * written, which scenario puts it at stake, how much exposure a verdict needs and the bounds it is held to.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";

const ruleSchema = z
  .strictObject({
    id: z.string().regex(/^[A-Z]+-[0-9]{2,3}$/),
    title: z.string(),
    /** One precise, testable sentence or two, in our own words. */
    statement: z.string(),
    level: z.enum(["MUST", "SHOULD"]),
    kind: z.enum(["safety", "liveness", "durability", "api"]),
    source: z.array(z.string()).min(1),
    profiles: z.array(z.enum(["smoke", "core", "orchestration", "networking", "security", "chaos", "cli", "field"])).min(1),
    arms: z.enum(["both", "containers", "simulation"]),
    armsWhy: z.string().optional(),
    capabilities: z.array(z.enum(["kill", "pause", "restart", "power-off", "partition", "clock", "disk", "step-time"])).default([]),
    /** Scenario files under `suites/`. */
    suites: z.array(z.string()).min(1),
    /** Scenarios that must all have been judged for a verdict; empty when `variants` names them. */
    scenarios: z.array(z.string()).default([]),
    /** Variant → its scenarios. A rule with variants passes when all of them do (`RAFT-06/crash`). */
    variants: z.record(z.string(), z.array(z.string()).min(1)).default({}),
    /** Smallest counts for a verdict; below any of them the attempt is inconclusive. A key ending in `Max` is an upper limit. */
    exposure: z.record(z.string(), z.number()).default({}),
    /** Formulas over the target's constants: `2 * ElectionTick + 5s`. */
    bounds: z.record(z.string(), z.string()).default({}),
    /** What would make it inconclusive, for people. */
    inconclusive: z.string(),
    /** Planted bugs that must turn it red, by id of mutants or of doctored histories. */
    mutants: z.array(z.string()).default([]),
    status: z.enum(["scored", "unscored", "draft", "withdrawn"]).default("scored"),
    unscoredWhy: z.string().optional(),
  })
  .refine((rule) => rule.scenarios.length > 0 !== Object.keys(rule.variants).length > 0, {
    message: "wants either scenarios or variants",
  });
export type Rule = z.infer<typeof ruleSchema>;

const areaSchema = z.strictObject({ area: z.string(), rules: z.array(ruleSchema).min(1) });

/** Throws with file, line and column of the first mistake. */
export function loadCatalogue(directory: string): readonly Rule[] {
  const rules: Rule[] = [];
  for (const file of readdirSync(directory)
    .filter((name) => name.endsWith(".yaml"))
    .sort()) {
    const path = join(directory, file);
    rules.push(...parseArea(readFileSync(path, "utf8"), path));
  }
  const seen = new Set<string>();
  for (const rule of rules) {
    if (seen.has(rule.id)) throw new Error(`${directory}: rule ${rule.id} is defined twice; ids are never reused`);
    seen.add(rule.id);
  }
  return rules;
}

/** Rules as a bundle stores them (`catalogue.json`). */
export function parseRules(json: string): readonly Rule[] {
  return z.array(ruleSchema).parse(JSON.parse(json));
}

function parseArea(text: string, path: string): readonly Rule[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const at = lines.linePos(broken.pos[0]);
    throw new Error(`${path}:${at.line}:${at.col}: ${broken.message}`);
  }
  const parsed = areaSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data.rules;
  const issue = parsed.error.issues[0];
  const keys = issue?.path.map(String) ?? [];
  const node = document.getIn(keys, true) as { range?: [number, number, number] } | undefined;
  const at = lines.linePos(node?.range?.[0] ?? 0);
  throw new Error(`${path}:${at.line}:${at.col}: ${keys.join(".")}: ${issue?.message ?? "not a rule area"}`);
}

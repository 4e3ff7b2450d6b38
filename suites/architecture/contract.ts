/**
 * The contract holds together: every rule of the catalogue is put at stake by the scenarios it names, every scenario
 * serves rules that name it, names are unique, and every scored rule has its checker. Properties over generated
 * campaigns come on top: no verdict waits for them, so a rule need not name them, but theirs must be rules.
 *
 * Both are read from source, not run: a call of `scenario` or `property` with an object that has a literal `name` and
 * literal `rules`.
 */
import { join } from "node:path";
import { loadCatalogue } from "../../harness/run/catalogue.ts";
import type { Rule } from "../../harness/run/catalogue.ts";
import { projectTests } from "./purity.ts";
import { isNode, lineAt, nodesOf, sources } from "./tree.ts";
import type { SourceFile, SyntaxNode, Tree, Violation } from "./tree.ts";

export interface Declared {
  readonly by: "scenario" | "property";
  readonly name: string;
  readonly rules: readonly string[];
  readonly path: string;
  readonly line: number;
}

/** Throws when a name or rules are not plain text: a catalogue cannot name what is computed. */
export function declaredScenarios(tree: Tree): readonly Declared[] {
  const files = sources(tree).filter(({ path }) => path.startsWith("suites/") && !projectTests.test(path));
  return files.flatMap((file) => {
    const found: Declared[] = [];
    for (const { node } of nodesOf(file)) {
      const declared = declarationOf(file, node);
      if (declared !== undefined) found.push(declared);
    }
    return found;
  });
}

function declarationOf(file: SourceFile, node: SyntaxNode): Declared | undefined {
  const by = node.type === "CallExpression" && isNode(node["callee"]) ? node["callee"]["name"] : undefined;
  if (by !== "scenario" && by !== "property") return undefined;
  const first = (node["arguments"] as readonly unknown[])[0];
  if (!isNode(first) || first.type !== "ObjectExpression") return undefined;
  const name = valueOf(first, "name");
  const rules = valueOf(first, "rules");
  const line = lineAt(file.text, node.start);
  const names = isNode(rules) && rules.type === "ArrayExpression" ? (rules["elements"] as readonly unknown[]).map(textOf) : [];
  const text = textOf(name);
  if (text === undefined || names.length === 0 || !names.every((rule) => rule !== undefined)) {
    throw new Error(`${file.path}:${line}: a scenario wants its name and its rules as plain text, so that the catalogue can name it`);
  }
  return { by, name: text, rules: names, path: file.path, line };
}

function valueOf(object: SyntaxNode, key: string): unknown {
  const properties = object["properties"] as readonly SyntaxNode[];
  return properties.find((property) => isNode(property["key"]) && property["key"]["name"] === key)?.["value"];
}

function textOf(node: unknown): string | undefined {
  return isNode(node) && node.type === "Literal" && typeof node["value"] === "string" ? node["value"] : undefined;
}

/** `RULE` or `RULE/variant` → the scenarios that put it at stake. */
function addresses(rule: Rule): ReadonlyMap<string, readonly string[]> {
  const variants = Object.entries(rule.variants).map(([variant, scenarios]) => [`${rule.id}/${variant}`, scenarios] as const);
  return new Map(variants.length > 0 ? variants : [[rule.id, rule.scenarios]]);
}

export function contractLaw(tree: Tree, checkers: ReadonlySet<string>): readonly Violation[] {
  const rules = loadCatalogue(join(tree.root, "suites/catalogue"));
  const scenarios = declaredScenarios(tree);
  const wanted = new Map(rules.flatMap((rule) => [...addresses(rule)]));
  return [
    ...twice(scenarios),
    ...scenarios.flatMap((scenario) => strayRules(scenario, wanted)),
    ...rules.flatMap((rule) => missingScenarios(rule, scenarios)),
    ...rules
      .filter(({ status, id }) => status === "scored" && !checkers.has(id))
      .map(({ id }) => at(id, "is scored but no checker judges it")),
    ...[...checkers]
      .filter((id) => !rules.some((rule) => rule.id === id))
      .map((id) => at(id, "has a checker but is no rule of the catalogue")),
  ];
}

const at = (rule: string, what: string): Violation => ({ at: `suites/catalogue:${rule}`, what });

function twice(scenarios: readonly Declared[]): readonly Violation[] {
  const seen = new Map<string, Declared>();
  return scenarios.flatMap((scenario) => {
    const before = seen.get(scenario.name);
    seen.set(scenario.name, scenario);
    if (before === undefined) return [];
    return [
      {
        at: `${scenario.path}:${scenario.line}`,
        what: `${scenario.by} ${scenario.name} is also declared in ${before.path}:${before.line}`,
      },
    ];
  });
}

function strayRules({ by, name, rules, path, line }: Declared, wanted: ReadonlyMap<string, readonly string[]>): readonly Violation[] {
  return rules.flatMap((rule) => {
    const scenarios = wanted.get(rule);
    if (scenarios === undefined)
      return [{ at: `${path}:${line}`, what: `${by} ${name} serves ${rule}, which is no rule of the catalogue` }];
    if (by === "property" || scenarios.includes(name)) return [];
    return [{ at: `${path}:${line}`, what: `scenario ${name} serves ${rule}, but the catalogue does not name it there` }];
  });
}

function missingScenarios(rule: Rule, scenarios: readonly Declared[]): readonly Violation[] {
  if (rule.status !== "scored") return [];
  return [...addresses(rule)].flatMap(([address, names]) =>
    names.flatMap((name) => {
      const scenario = scenarios.find((one) => one.by === "scenario" && one.name === name);
      if (scenario === undefined) return [at(address, `names scenario ${name}, which no suite declares`)];
      if (!scenario.rules.includes(address)) return [at(address, `names scenario ${name}, which does not serve it`)];
      if (!rule.suites.some((suite) => scenario.path === `suites/${suite}` || scenario.path === suite)) {
        return [at(address, `scenario ${name} lies in ${scenario.path}, which its suites do not list`)];
      }
      return [];
    }),
  );
}

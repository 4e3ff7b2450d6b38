/**
 * What pure code must not touch. Its strengths: the reference's decisions (`cluster-impl/{api,core,node}`: no clock,
 * timer, socket, disk, randomness or promise), the judge's pure folders (checkers judge a stored history, so they may
 * not look at this machine), and suites (everything through the `World`, or virtual time could not run them).
 */
import { importsOf, lineAt, nodesOf, sources } from "./tree.ts";
import type { SourceFile, Tree, Violation, Visit } from "./tree.ts";

const clocks = ["Date", "performance", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "process"];
const chance = ["crypto"];
const outside = ["fetch", "WebSocket", "EventSource", "globalThis", "eval", "Function", "require"];

interface Purity {
  readonly zone: string;
  readonly covers: (path: string) => boolean;
  /** Identifiers that must not be referred to. */
  readonly names: readonly string[];
  /** `Object.property` pairs that must not be used. */
  readonly members: readonly string[];
  /** No `async`, no `await`. */
  readonly synchronous: boolean;
  /** Modules that must not be imported. */
  readonly modules: RegExp;
}

const combinators = ["Promise.all", "Promise.race", "Promise.any", "Promise.allSettled"];

export const projectTests = /^suites\/(?:architecture|mutants|golden|golden-histories|workloads|doctored|catalogue)\//;
/** Tests, and what only tests lean on. */
const isTest = (path: string): boolean => path.endsWith(".test.ts") || path.includes("/testing/");

const purities: readonly Purity[] = [
  {
    zone: "the reference's decisions",
    covers: (path) => /^cluster-impl\/(?:api|core|node)\//.test(path) && !isTest(path),
    names: [...clocks, ...chance, ...outside, "Promise"],
    members: ["Math.random"],
    synchronous: true,
    modules: /^node:(?!assert)/,
  },
  {
    zone: "the judge",
    covers: (path) => /^harness\/(?:checker\/(?!testing\/)|model\/)/.test(path) && !isTest(path),
    names: [...clocks, ...chance, ...outside, "Promise"],
    members: ["Math.random"],
    synchronous: true,
    modules: /^node:(?!assert)|^(?:undici|testcontainers|dockerode|toxiproxy-node-client)$/,
  },
  {
    zone: "what plans and reads for the judge",
    covers: (path) => /^harness\/(?:invariant|generator|nemesis)\//.test(path) && !isTest(path),
    names: [...clocks, ...chance, ...outside],
    members: ["Math.random"],
    synchronous: false,
    modules: /^node:(?!assert)|^(?:undici|testcontainers|dockerode|toxiproxy-node-client)$/,
  },
  {
    zone: "a suite",
    covers: (path) => path.startsWith("suites/") && !projectTests.test(path),
    names: [...clocks, ...chance, ...outside, "allure"],
    members: ["Math.random", ...combinators],
    synchronous: false,
    modules: /^node:|^(?:undici|testcontainers|dockerode|toxiproxy-node-client|allure.*|execa)$/,
  },
];

export function purityLaw(tree: Tree): readonly Violation[] {
  return sources(tree).flatMap((file) => {
    const purity = purities.find(({ covers }) => covers(file.path));
    return purity === undefined ? [] : impurities(file, purity);
  });
}

function impurities(file: SourceFile, purity: Purity): readonly Violation[] {
  const found: Violation[] = [];
  const report = (line: number, what: string): void => {
    found.push({ at: `${file.path}:${line}`, what: `${purity.zone} must not use ${what}` });
  };
  for (const { specifier, line, typeOnly } of importsOf(file)) if (!typeOnly && purity.modules.test(specifier)) report(line, specifier);
  for (const visit of nodesOf(file)) {
    const impure = impureName(visit, purity) ?? impureShape(visit, purity);
    if (impure !== undefined) report(lineAt(file.text, visit.node.start), impure);
  }
  return found;
}

function impureName({ node, parent, field }: Visit, purity: Purity): string | undefined {
  if (node.type === "MemberExpression") {
    const pair = memberName(node);
    return pair !== undefined && purity.members.includes(pair) ? pair : undefined;
  }
  if (node.type !== "Identifier" || typeof node["name"] !== "string" || !purity.names.includes(node["name"])) return undefined;
  return isReference(parent, field) ? node["name"] : undefined;
}

function impureShape({ node }: Visit, purity: Purity): string | undefined {
  if (!purity.synchronous) return undefined;
  if (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node["await"] === true)) return "await";
  return node["async"] === true ? "async" : undefined;
}

function memberName(node: Visit["node"]): string | undefined {
  const object = node["object"] as Visit["node"];
  const property = node["property"] as Visit["node"];
  const name = node["computed"] === true ? property["value"] : property["name"];
  return object.type === "Identifier" && typeof name === "string" ? `${String(object["name"])}.${name}` : undefined;
}

/** Not the name of a property, of a key, of a type or of something declared here. */
function isReference(parent: Visit["parent"], field: string): boolean {
  if (parent === undefined) return false;
  if (parent.type === "MemberExpression") return field === "object" || parent["computed"] === true;
  if (parent.type === "Property" || parent.type.endsWith("Definition") || parent.type.startsWith("TSProperty")) return field !== "key";
  return !parent.type.startsWith("TS") && !parent.type.startsWith("Import") && !parent.type.startsWith("Export");
}

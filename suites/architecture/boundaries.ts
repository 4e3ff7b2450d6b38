/**
 * Who may import whom (design, layers). Core parts meet in the store and nowhere else; the judge knows no
 * implementation; suites know the harness alone; reports read results. A law reports, it does not mend.
 */
import { posix } from "node:path";
import { importsOf, sources } from "./tree.ts";
import type { ImportFound, SourceFile, Tree, Violation } from "./tree.ts";

interface Border {
  /** What the importing file is called in the message. */
  readonly zone: string;
  readonly from: RegExp;
  /** Repository paths that may be imported; everything else is refused. */
  readonly may: readonly RegExp[];
  /** May be imported for its types alone. */
  readonly mayType?: readonly RegExp[];
  /** Packages and `node:` modules; absent: any. */
  readonly packages?: readonly RegExp[];
}

const assertOnly = [/^node:assert(?:\/strict)?$/];
const controllers = "allocator|orchestrator|scheduler|dispatcher|security|network|engine-api";
const judgeFolders = "history|checker|invariant|model";

/** The first border whose `from` fits is the one in force. */
const borders: readonly Border[] = [
  { zone: "cluster-impl/api", from: /^cluster-impl\/api\//, may: [/^cluster-impl\/api\//], packages: [] },
  {
    zone: "a controller of cluster-impl/core",
    from: new RegExp(`^cluster-impl/core/(?:${controllers})/`),
    may: [/^cluster-impl\/api\//, /^cluster-impl\/core\/store\//],
    packages: assertOnly,
  },
  { zone: "cluster-impl/core", from: /^cluster-impl\/core\//, may: [/^cluster-impl\/api\//], packages: assertOnly },
  { zone: "cluster-impl/ports", from: /^cluster-impl\/ports\//, may: [/^cluster-impl\/(?:api|ports)\//], packages: [] },
  { zone: "cluster-impl/node", from: /^cluster-impl\/node\//, may: [/^cluster-impl\/(?:api|core|ports|node)\//], packages: assertOnly },
  { zone: "cluster-impl/shell", from: /^cluster-impl\/shell\//, may: [/^cluster-impl\/(?:api|ports|shell|core\/wire)\//] },
  { zone: "cluster-impl/bin", from: /^cluster-impl\/bin\//, may: [/^cluster-impl\/(?:bin|node|shell|ports)\//] },
  { zone: "cluster-impl/bench", from: /^cluster-impl\/bench\//, may: [/^cluster-impl\//] },
  { zone: "harness/sim", from: /^harness\/sim\//, may: [/^harness\/(?!bin\/)/, /^cluster-impl\/(?:api|ports|node)\//] },
  { zone: "harness/bin", from: /^harness\/bin\//, may: [/^harness\//, /^reports\//] },
  {
    zone: "the judge (harness/{history,checker,invariant,model})",
    from: new RegExp(`^harness/(?:${judgeFolders})/(?!.*(?:\\.test\\.ts|/fixtures?/|testing))`),
    may: [new RegExp(`^harness/(?:${judgeFolders}|client|nemesis)/`)],
    mayType: [/^harness\/(?:sut|run|world)\//],
  },
  { zone: "harness", from: /^harness\//, may: [/^harness\/(?!bin\/)/] },
  { zone: "the tests of the project", from: /^suites\/(?:architecture|mutants)\//, may: [/^suites\//, /^harness\/(?!bin\/)/] },
  { zone: "suites", from: /^suites\//, may: [/^suites\//, /^harness\/(?!bin\/)/] },
  { zone: "the tests of reports", from: /^reports\/.*\.test\.ts$/, may: [/^reports\//, /^harness\/(?:run|checker|history)\//] },
  { zone: "reports", from: /^reports\//, may: [/^reports\//, /^harness\/run\/result[^/]*\.ts$/], mayType: [/^harness\/(?!bin\/)/] },
];

export function boundaryLaw(tree: Tree): readonly Violation[] {
  return sources(tree).flatMap((file) => {
    const border = borders.find(({ from }) => from.test(file.path));
    if (border === undefined) return [{ at: `${file.path}:1`, what: "lies in no layer of the design" }];
    return importsOf(file).flatMap((found) => trespass(file, found, border));
  });
}

function trespass(file: SourceFile, found: ImportFound, border: Border): readonly Violation[] {
  const refuse = (what: string): readonly Violation[] => [
    { at: `${file.path}:${found.line}`, what: `${border.zone} may not import ${what}` },
  ];
  if (found.specifier === "(computed)") return file.path.startsWith("cluster-impl/") ? refuse("a module whose name is computed") : [];
  if (!found.specifier.startsWith(".")) {
    if (border.packages === undefined || border.packages.some((may) => may.test(found.specifier))) return [];
    return refuse(found.specifier);
  }
  const target = posix.join(posix.dirname(file.path), found.specifier);
  if (samePart(file.path, target)) return [];
  if (border.may.some((may) => may.test(target))) return [];
  if (found.typeOnly && border.mayType?.some((may) => may.test(target)) === true) return [];
  return refuse(target);
}

/** Both lie in the same core part. */
function samePart(from: string, to: string): boolean {
  const part = /^cluster-impl\/core\/[^/]+\//.exec(from)?.[0];
  return part !== undefined && to.startsWith(part);
}

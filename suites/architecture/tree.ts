/**
 * The source tree as the architecture laws see it: paths, texts and parsed programs. The repository and every planted
 * tree under `planted/` are read the same way, so a law cannot tell which of the two it is looking at.
 *
 * Planted sources end in `.ts.txt`; the ending is taken off here. Knows no law.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseSync, visitorKeys } from "oxc-parser";

export interface SourceFile {
  /** Relative to the root of the tree, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Tree {
  /** Absolute; empty for a tree made in memory. */
  readonly root: string;
  readonly files: readonly SourceFile[];
}

export interface Violation {
  /** `path:line` */
  readonly at: string;
  readonly what: string;
}

export interface ImportFound {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

/** A node of the syntax tree; only what walking needs is known of it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

export interface Visit {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode | undefined;
  /** The field of `parent` that holds `node`. */
  readonly field: string;
}

const unread = new Set(["node_modules", ".git", ".swarmproof", ".vitest", "planted", "dist", "coverage"]);
const binary = /\.(?:gz|tgz|tar|zip|png|jpg|ico|woff2?|node|wasm)$/;

export function readTree(root: string): Tree {
  const files = listFiles(root).map((file) => ({
    path: relative(root, file)
      .split(sep)
      .join("/")
      .replace(/\.ts\.txt$/, ".ts"),
    text: readFileSync(file, "utf8"),
  }));
  return { root, files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}

function listFiles(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return unread.has(entry.name) ? [] : listFiles(path);
    return entry.isFile() && !binary.test(entry.name) ? [path] : [];
  });
}

export function sources(tree: Tree): readonly SourceFile[] {
  return tree.files.filter(({ path }) => /^(?:harness|suites|cluster-impl|reports)\/.*\.ts$/.test(path) && !path.endsWith(".d.ts"));
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** Static, re-exporting and dynamic imports; a dynamic one whose name is computed has the specifier `(computed)`. */
export function importsOf(file: SourceFile): readonly ImportFound[] {
  const { module } = parseSync(file.path, file.text);
  const at = (offset: number): number => lineAt(file.text, offset);
  const plain = module.staticImports.map((found) => ({
    specifier: found.moduleRequest.value,
    line: at(found.start),
    typeOnly: found.entries.length > 0 && found.entries.every((entry) => entry.isType),
  }));
  const passedOn = module.staticExports.flatMap((found) =>
    found.entries.flatMap((entry) =>
      entry.moduleRequest === null ? [] : [{ specifier: entry.moduleRequest.value, line: at(found.start), typeOnly: entry.isType }],
    ),
  );
  const dynamic = module.dynamicImports.map((found) => {
    const literal = /^["'`](.*)["'`]$/.exec(file.text.slice(found.moduleRequest.start, found.moduleRequest.end));
    return { specifier: literal?.[1] ?? "(computed)", line: at(found.start), typeOnly: false };
  });
  return [...plain, ...passedOn, ...dynamic];
}

/** Every node of the file, parents before children. */
export function* nodesOf(file: SourceFile): Generator<Visit> {
  const { program } = parseSync(file.path, file.text);
  yield* walk(program as unknown as SyntaxNode, undefined, "");
}

function* walk(node: SyntaxNode, parent: SyntaxNode | undefined, field: string): Generator<Visit> {
  yield { node, parent, field };
  for (const key of visitorKeys[node.type] ?? []) {
    const value = node[key];
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child, node, key);
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** First block comment, when nothing but a `#!` line stands before it. */
export function headerOf(file: SourceFile): string | undefined {
  const first = parseSync(file.path, file.text).comments.find(({ type }) => type === "Block");
  if (first === undefined) return undefined;
  const before = file.text.slice(0, first.start).replace(/^#!.*\n/, "");
  return before.trim() === "" ? first.value : undefined;
}

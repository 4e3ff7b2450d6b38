/**
 * Laws about texts: each source opens with a word of what it is, none is too long, nothing is left for later, no
 * package registry and no path of somebody's machine is named, and every relative link in a document leads somewhere.
 *
 * The forbidden words are put together from parts, so that this file keeps its own laws.
 */
import { existsSync } from "node:fs";
import { posix } from "node:path";
import { headerOf, lineAt, sources } from "./tree.ts";
import type { SourceFile, Tree, Violation } from "./tree.ts";

const linesMax = 400;

export function headerLaw(tree: Tree): readonly Violation[] {
  const paths = new Set(tree.files.map(({ path }) => path));
  // A unit test beside the file it tests is introduced by that file.
  const introduced = (path: string): boolean => path.endsWith(".test.ts") && paths.has(path.replace(/\.test\.ts$/, ".ts"));
  return sources(tree)
    .filter((file) => !introduced(file.path) && (headerOf(file)?.replace(/[*\s]/g, "").length ?? 0) < 20)
    .map(({ path }) => ({ at: `${path}:1`, what: "opens without a comment that says what the file is" }));
}

export function sizeLaw(tree: Tree): readonly Violation[] {
  return sources(tree).flatMap(({ path, text }) => {
    const lines = text.split("\n").length - 1;
    return lines <= linesMax
      ? []
      : [{ at: `${path}:${lines}`, what: `has ${lines} lines, more than ${linesMax}: split it by what it owns` }];
  });
}

const later = ["TO", "DO|FIX", "ME|X", "XX"].join("");
const laterWord = new RegExp(`(?<![A-Za-z])(?:${later})(?![A-Za-z])`, "g");

export function laterLaw(tree: Tree): readonly Violation[] {
  return everyMatch(sources(tree), laterWord, (word) => `leaves something for later: ${word}`);
}

const hosts = [
  ["deb", "debian", "org"],
  ["security", "debian", "org"],
  ["registry", "npmjs", "org"],
  ["registry", "yarnpkg", "com"],
  ["proxy", "golang", "org"],
  ["sum", "golang", "org"],
  ["pypi", "org"],
  ["static", "crates", "io"],
  ["registry", "hub", "docker", "com"],
];
const hostName = new RegExp(hosts.map((parts) => `\\b${parts.join("\\.")}\\b`).join("|"), "g");

export function registryLaw(tree: Tree): readonly Violation[] {
  return everyMatch(tree.files, hostName, (host) => `names the package registry ${host}`);
}

/** Folders that exist on one machine only; each is cut in two so that it is not named here. */
const places = [
  ["wo", "rk/"],
  ["fa", "rm(?:/|\\b)"],
  ["tmp/bash", "_jobs"],
  ["tmp", "/w/"],
  ["ho", "me/[a-z]"],
  ["Us", "ers/[A-Za-z]"],
];
const papers = ["sha", "red/[a-z-]+\\.md"].join("");
const machinePath = new RegExp(
  `(?<![\\w.})/-])/(?:${places.map((halves) => halves.join("")).join("|")})|(?<![\\w/-])(?:\\.\\./)?${papers}`,
  "g",
);

export function machinePathLaw(tree: Tree): readonly Violation[] {
  const written = tree.files.filter(({ path }) => !path.startsWith("suites/golden/"));
  return everyMatch(written, machinePath, (path) => `names a path of a machine: ${path}`);
}

const link = /\]\((?!https?:|mailto:|#)([^)\s]+)\)/g;

export function linkLaw(tree: Tree): readonly Violation[] {
  const known = new Set(tree.files.map(({ path }) => path));
  const documents = tree.files.filter(({ path }) => path.endsWith(".md"));
  return documents.flatMap((file) =>
    [...file.text.matchAll(link)].flatMap((match) => {
      const target = posix.join(posix.dirname(file.path), (match[1] ?? "").replace(/#.*$/, ""));
      if (known.has(target) || (tree.root !== "" && existsSync(posix.join(tree.root, target)))) return [];
      return [{ at: `${file.path}:${lineAt(file.text, match.index)}`, what: `links to ${target}, which is not there` }];
    }),
  );
}

function everyMatch(files: readonly SourceFile[], pattern: RegExp, say: (match: string) => string): readonly Violation[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map((match) => ({ at: `${path}:${lineAt(text, match.index)}`, what: say(match[0]) })),
  );
}

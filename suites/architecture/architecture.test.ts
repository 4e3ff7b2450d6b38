/**
 * The laws of the source tree, each first shown to bite on violations planted for it, then held against the repository.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkers } from "../../harness/checker/registry.ts";
import { boundaryLaw } from "./boundaries.ts";
import { contractLaw } from "./contract.ts";
import { planted } from "./planted.ts";
import type { Law } from "./planted.ts";
import { purityLaw } from "./purity.ts";
import { headerLaw, laterLaw, linkLaw, machinePathLaw, registryLaw, sizeLaw } from "./tidiness.ts";
import { readTree, sources } from "./tree.ts";
import type { Violation } from "./tree.ts";

const root = join(import.meta.dirname, "../..");
const repository = readTree(root);

const laws: Readonly<Record<string, Law>> = {
  boundaries: boundaryLaw,
  contract: (tree) => contractLaw(tree, new Set(checkers.keys())),
  purity: purityLaw,
  header: headerLaw,
  size: sizeLaw,
  link: linkLaw,
  later: laterLaw,
  registry: registryLaw,
  "machine path": machinePathLaw,
};

const lines = (found: readonly Violation[]): readonly string[] => found.map(({ at, what }) => `${at} ${what}`);

describe("a law bites", () => {
  test.each(planted)("$law: every planted violation is reported, and nothing else", ({ apply, tree, found }) => {
    expect(lines(apply(tree))).toEqual(found);
  });

  test("every law has violations planted for it", () => {
    const shown = new Set(planted.filter(({ found }) => found.length > 0).map(({ law }) => law));
    expect(Object.keys(laws).filter((law) => !shown.has(law))).toEqual([]);
  });
});

describe("the repository keeps", () => {
  test("sources are seen at all", () => {
    expect(sources(repository).length).toBeGreaterThan(50);
  });

  test.each(Object.entries(laws))("%s", (_, law) => {
    expect(lines(law(repository))).toEqual([]);
  });
});

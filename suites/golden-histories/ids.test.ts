/** The catalogue names the doctored histories that turn a rule red, and only those there are. */
import { expect, test } from "vitest";
import { loadCatalogue } from "../../harness/run/catalogue.ts";
import { ruleIdOf } from "../../harness/run/judging.ts";
import { recordings } from "./recordings.ts";

/** Ids of doctored histories begin with their rule; all others are planted bugs. */
const ofDoctored = (id: string, rule: string): boolean => id.startsWith(`${rule.toLowerCase()}-`);

test("a rule's mutants are the lies told about it", () => {
  const lies = recordings.flatMap((recorded) => recorded.lies);
  const named = loadCatalogue(new URL("../catalogue/", import.meta.url).pathname).flatMap((rule) =>
    rule.mutants.filter((id) => ofDoctored(id, rule.id)).map((id) => `${rule.id} ${id}`),
  );
  const told = lies.flatMap(({ id, rule }) => (id === undefined ? [] : [`${ruleIdOf(rule)} ${id}`]));
  expect(named.toSorted()).toEqual(told.toSorted());
});

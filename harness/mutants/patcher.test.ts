/**
 * A patch fits exactly once or is an error: a bug that is silently not planted would make every suite look blind.
 */
import { describe, expect, test } from "vitest";
import { mutantNamed, PatchError, patched } from "./patcher.ts";
import type { Mutant } from "./patcher.ts";

const mutant: Mutant = {
  id: "M00",
  why: "counts down",
  file: "count.ts",
  find: "i += 1;\n  return",
  replace: "i -= $1;\n  return",
  killedBy: { project: "unit", file: "count.test.ts", tests: ["counts up"] },
};

describe("patcher", () => {
  test("replaces the one place, across lines and taken literally", () => {
    expect(patched("let i = 0;\n  i += 1;\n  return i;", mutant)).toBe("let i = 0;\n  i -= $1;\n  return i;");
  });

  test.each([
    ["no place", "i += 2;", /count\.ts exactly once and stands there 0 times/],
    ["two places", `${mutant.find} ${mutant.find}`, /stands there 2 times/],
  ])("%s is an error", (_, text, message) => {
    expect(() => patched(text, mutant)).toThrow(PatchError);
    expect(() => patched(text, mutant)).toThrow(message);
  });

  test("an empty text to find, or one that stays as it was, is an error", () => {
    expect(() => patched("i += 1;", { ...mutant, find: "" })).toThrow(/is empty/);
    expect(() => patched(mutant.find, { ...mutant, replace: mutant.find })).toThrow(/changes nothing/);
  });

  test("an unknown mutant is named together with those there are", () => {
    expect(mutantNamed("M00", [mutant])).toBe(mutant);
    expect(() => mutantNamed("M99", [mutant])).toThrow(/no mutant M99; there are M00/);
  });
});

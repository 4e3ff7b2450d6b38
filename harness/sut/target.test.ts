/** `target.yaml`: what comes with the project loads; every mistake names its place and what was wanted. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TARGETS_DIRECTORY, TargetError, factsOf, knownTargets, loadTarget, parseTarget } from "./target.ts";

const text = readFileSync(join(TARGETS_DIRECTORY, "moby-20.10.yaml"), "utf8");

function complaint(from: string, to: string): string {
  try {
    parseTarget(text.replace(from, to), "t.yaml");
  } catch (error) {
    if (error instanceof TargetError) return error.message;
  }
  return "none";
}

/** Line and column of the first occurrence. */
function placeOf(what: string): string {
  const before = text.slice(0, text.indexOf(what)).split("\n");
  return `t.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

describe("a target", () => {
  it("that comes with the project loads under its name, times in milliseconds", () => {
    for (const name of knownTargets()) expect(loadTarget(name).name).toBe(name);
    const facts = factsOf(loadTarget("moby@20.10"));
    expect(facts.constants).toMatchObject({
      ElectionTick: 10_000,
      election: 45_000,
      quorumReturn: 90_000,
      healShort: 30_000,
      write: 25_000,
    });
    expect(facts.claims.reads).toBe("stale-until-stepdown");
    expect(Object.keys(facts.lacks)).toEqual(["clock", "disk", "step-time"]);
  });

  it("loads by path as well", () => {
    expect(loadTarget(join(TARGETS_DIRECTORY, "moby-20.10.yaml")).name).toBe("moby@20.10");
  });

  it("that is unknown is refused with the nearest name", () => {
    expect(() => loadTarget("mobi@20.10")).toThrow(/unknown target mobi@20\.10; did you mean moby@20\.10\?/);
    expect(() => loadTarget("no/such.yaml")).toThrow(/no such file/);
  });
});

describe("a mistake", () => {
  it.each([
    ["reads: stale-until-stepdown", "reads: sometimes", "reads:", "claims.reads", "linearizable"],
    ["api: 2375", "api: 99999", "api: 2375", "ports.api", "65535"],
    ["  write: 25s", "  write: 25", "write: 25s", "constants.write", "250ms, 5s, 2m or 1h"],
    ["  write: 25s", "  wrte: 25s", "constants:", "constants", "write"],
    ["lacks:", "laks:", "lacks:", "laks", "did you mean lacks?"],
    ["build: moby", "buld: moby", "image:\n", "image", "`reference: <image>`"],
    ["kill: [/sbin/engine, kill]", "kill: [/sbin/engine, 3]", "kill]", "engine.kill.1", "expected string"],
  ])("%s → %s is told with place and wish", (from, to, place, where, wanted) => {
    const said = complaint(from, to);
    expect(said).toContain(`${placeOf(place)}: ${where}`);
    expect(said).toContain(wanted);
  });

  it("of YAML itself has its place too", () => {
    expect(complaint("ports:", "ports")).toMatch(/^t\.yaml:\d+:\d+: /);
  });
});

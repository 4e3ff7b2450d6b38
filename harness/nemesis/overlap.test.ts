/** Overlap by the cases both arms share, and by properties over generated faults. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { STRENGTH, inForce, linkKey } from "./overlap.ts";
import type { RegisteredFault } from "./overlap.ts";

interface Case {
  readonly title: string;
  readonly registered: readonly RegisteredFault[];
  readonly inForce: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = JSON.parse(readFileSync(join(import.meta.dirname, "overlap-cases.json"), "utf8"));

const NODES = ["m1", "m2", "m3"];
const LINKS = NODES.flatMap((from) => NODES.filter((to) => to !== from).map((to) => ({ from, to })));
const faults: fc.Arbitrary<readonly RegisteredFault[]> = fc
  .array(fc.record({ kind: fc.constantFrom(...STRENGTH), links: fc.subarray(LINKS, { minLength: 1 }) }), { maxLength: 6 })
  .map((list) => list.map((fault, index) => ({ ...fault, handle: `f${index}` })));

describe("overlap", () => {
  test.each(cases)("$title", ({ registered, inForce: wanted }) => {
    expect(Object.fromEntries([...inForce(registered)].map(([key, fault]) => [key, fault.handle]))).toEqual(wanted);
  });

  test("every link of every fault has exactly one in force, and none is stronger", () => {
    fc.assert(
      fc.property(faults, (registered) => {
        const chosen = inForce(registered);
        for (const fault of registered) {
          for (const link of fault.links) {
            const present = chosen.get(linkKey(link));
            expect(present?.links).toContainEqual(link);
            expect(STRENGTH.indexOf(present?.kind ?? "slicer")).toBeLessThanOrEqual(STRENGTH.indexOf(fault.kind));
          }
        }
      }),
    );
  });

  test("healing a fault that is nowhere in force changes nothing", () => {
    fc.assert(
      fc.property(faults, (registered) => {
        const chosen = inForce(registered);
        const idle = registered.filter((fault) => ![...chosen.values()].includes(fault));
        for (const fault of idle) expect(inForce(registered.filter((other) => other !== fault))).toEqual(chosen);
      }),
    );
  });
});

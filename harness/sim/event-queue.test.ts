/** The queue against a naive second version: a sorted list. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { EventQueue, before } from "./event-queue.ts";
import type { Due } from "./event-queue.ts";

const due = fc.record({ timeUs: fc.nat({ max: 20 }), tie: fc.nat({ max: 3 }) });

test("events leave by time, then tie, then the order they came in, however pushes and pops are mixed", () => {
  fc.assert(
    fc.property(fc.array(fc.option(due, { nil: undefined }), { maxLength: 200 }), (script) => {
      const queue = new EventQueue();
      let naive: Due[] = [];
      const popped: (Due | undefined)[] = [];
      const wanted: (Due | undefined)[] = [];
      for (const [seq, pushed] of script.entries()) {
        if (pushed === undefined) {
          naive = naive.toSorted((a, b) => (before(a, b) ? -1 : 1));
          popped.push(queue.pop());
          wanted.push(naive.shift());
        } else {
          const one: Due = { ...pushed, seq, run: () => undefined };
          queue.push(one);
          naive.push(one);
        }
      }
      expect(popped).toEqual(wanted);
      expect(queue.size).toBe(naive.length);
    }),
  );
});

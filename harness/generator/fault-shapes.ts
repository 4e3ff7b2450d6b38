/** The faults that generated schedules are made of, still without their duration. */
import * as fc from "fast-check";
import type { NodeSymbol } from "../nemesis/fault.ts";
import type { TimedFault } from "../world/campaign.ts";
import { duration, moment } from "./times.ts";
import type { Knobs } from "./times.ts";

export type FaultShape = (forMs: number) => TimedFault["fault"];

/** The node on one side, all others on the other. `from-to`: only what it sends is lost. */
export const isolation =
  (node: NodeSymbol, direction: "both" | "from-to" = "both"): FaultShape =>
  (forMs) => ({ kind: "partition", from: [node], to: ["everyone-else"], direction, forMs });

/** Two nodes that cannot hear one another; each still hears the others. */
export const between =
  (one: NodeSymbol, other: NodeSymbol): FaultShape =>
  (forMs) => ({ kind: "partition", from: [one], to: [other], direction: "both", forMs });

export const loss =
  (kind: "kill" | "pause" | "power-off", node: NodeSymbol): FaultShape =>
  (forMs) => ({ kind, on: [node], forMs });

export function timed(knobs: Knobs, shape: fc.Arbitrary<FaultShape>): fc.Arbitrary<TimedFault> {
  return fc.record({ at: moment(knobs), shape, forMs: duration(knobs) }).map(({ at, shape: make, forMs }) => ({ at, fault: make(forMs) }));
}

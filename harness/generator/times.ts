/** Times of generated schedules: absolute, on a coarse grid so that things coincide, and durations around a limit. */
import * as fc from "fast-check";

export interface Knobs {
  /** How long elements keep beginning, milliseconds. */
  readonly spanMs: number;
  /** The time-out that durations straddle: election for managers, node-down for workers. Milliseconds. */
  readonly limitMs: number;
}

/** Sixteen moments: few enough that a fault and an operation often meet. */
export const moment = ({ spanMs }: Knobs): fc.Arbitrary<number> => fc.nat({ max: 16 }).map((k) => Math.round((k * spanMs) / 16));

/** Short of the limit, about it, and past it: what differs is what the swarm has noticed by then. */
export const duration = ({ limitMs }: Knobs): fc.Arbitrary<number> =>
  fc.constantFrom(0.3, 0.8, 1, 1.2, 1.6, 2.2).map((share) => Math.round(limitMs * share));

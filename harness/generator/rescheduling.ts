/**
 * Campaigns about rescheduling without rebalancing: workers are lost, come back, are drained and taken back in any
 * order while services are scaled; at the end one worker is emptied and taken back, and nothing may move any more.
 */
import * as fc from "fast-check";
import type { NodeSymbol } from "../nemesis/fault.ts";
import type { Campaign, CampaignOp } from "../world/campaign.ts";
import { isolation, loss, timed } from "./fault-shapes.ts";
import type { FaultShape } from "./fault-shapes.ts";
import { moment } from "./times.ts";
import type { Knobs } from "./times.ts";

export interface ReschedulingKnobs extends Knobs {
  /** How long the end is watched, milliseconds. */
  readonly holdMs: number;
}

const checkers = ["INV-03", "INV-04", "INV-05", "INV-06", "NODE-12/drain"] as const;
const workersMax = 3;

export function reschedulingCampaigns(knobs: ReschedulingKnobs): fc.Arbitrary<Campaign> {
  return fc.record({
    size: fc.constantFrom({ managers: 3, workers: 2 }, { managers: 1, workers: 2 }, { managers: 1, workers: 3 }),
    services: fc.integer({ min: 2, max: 6 }).map((replicas) => [
      { name: "web", replicas },
      { name: "everywhere", replicas: -1 },
    ]),
    faults: fc.array(timed(knobs, faultShape()), { minLength: 1, maxLength: 3 }),
    ops: fc.array(operation(knobs), { maxLength: 10 }),
    settle: fc.constant("converged" as const),
    finale: fc.record({ worker: fc.nat({ max: workersMax - 1 }), holdMs: fc.constant(knobs.holdMs) }),
    checkers: fc.constant([...checkers]),
  });
}

function faultShape(): fc.Arbitrary<FaultShape> {
  const host = fc.integer({ min: 1, max: 6 }).map((slot): NodeSymbol => `host-of(web.${slot})`);
  const worker = fc.integer({ min: 1, max: workersMax }).map((k): NodeSymbol => `worker(${k})`);
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: worker.map((node) => loss("power-off", node)) },
    { weight: 3, arbitrary: worker.map((node) => isolation(node)) },
    { weight: 2, arbitrary: worker.map((node) => loss("kill", node)) },
    { weight: 1, arbitrary: worker.map((node) => loss("pause", node)) },
    { weight: 1, arbitrary: host.map((node) => isolation(node)) },
  );
}

function operation(knobs: Knobs): fc.Arbitrary<CampaignOp> {
  const at = moment(knobs);
  const via = fc.nat({ max: 2 });
  const worker = fc.nat({ max: workersMax - 1 });
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.record({ at, op: fc.constant("activate" as const), via, worker }) },
    { weight: 2, arbitrary: fc.record({ at, op: fc.constant("drain" as const), via, worker }) },
    {
      weight: 2,
      arbitrary: fc.record({
        at,
        op: fc.constant("scale" as const),
        via,
        service: fc.constant(0),
        replicas: fc.integer({ min: 2, max: 6 }),
      }),
    },
  );
}

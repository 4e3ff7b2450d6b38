/**
 * Campaigns about quorum: 1, 3 or 5 managers, writes and reads through all of them, managers cut off, killed, frozen
 * and put out of power. Leaders are isolated far more often than chance would, because single-node isolation finds
 * most of what partitions find; durations straddle the election time-out.
 */
import * as fc from "fast-check";
import type { NodeSymbol } from "../nemesis/fault.ts";
import type { Campaign, CampaignOp } from "../world/campaign.ts";
import { between, isolation, loss, timed } from "./fault-shapes.ts";
import type { FaultShape } from "./fault-shapes.ts";
import { moment } from "./times.ts";
import type { Knobs } from "./times.ts";

const registers = [
  { name: "register-1", replicas: 0 },
  { name: "register-2", replicas: 0 },
] as const;
const checkers = ["INV-01", "INV-02", "INV-03"] as const;

export function quorumCampaigns(knobs: Knobs): fc.Arbitrary<Campaign> {
  return fc.record({
    size: fc.constantFrom(3, 3, 5, 1).map((managers) => ({ managers, workers: 0 })),
    services: fc.constant([...registers]),
    faults: fc.array(timed(knobs, faultShape()), { minLength: 1, maxLength: 4 }),
    ops: fc.array(operation(knobs), { minLength: 24, maxLength: 64, size: "max" }),
    settle: fc.constant("agreed" as const),
    checkers: fc.constant([...checkers]),
  });
}

/** Simplest first: shrinking goes towards the plain isolation of the leader. */
function faultShape(): fc.Arbitrary<FaultShape> {
  const manager = fc.integer({ min: 1, max: 5 }).map((k): NodeSymbol => `manager(${k})`);
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 7, arbitrary: fc.constant(isolation("leader")) },
    { weight: 2, arbitrary: fc.constant(isolation("minority")) },
    { weight: 2, arbitrary: manager.map((node) => isolation(node)) },
    { weight: 1, arbitrary: fc.constant(isolation("leader", "from-to")) },
    // A bridge: two managers cannot hear one another while a third hears both.
    { weight: 2, arbitrary: fc.constant(between("leader", "follower(1)")) },
    { weight: 3, arbitrary: fc.constant(loss("kill", "leader")) },
    { weight: 2, arbitrary: fc.constant(loss("pause", "leader")) },
    { weight: 2, arbitrary: manager.map((node) => loss("kill", node)) },
    { weight: 1, arbitrary: manager.map((node) => loss("power-off", node)) },
  );
}

function operation(knobs: Knobs): fc.Arbitrary<CampaignOp> {
  const at = moment(knobs);
  const via = fc.nat({ max: 4 });
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 2, arbitrary: fc.record({ at, op: fc.constant("read" as const), via, list: fc.constantFrom("services", "nodes") }) },
    { weight: 5, arbitrary: fc.record({ at, op: fc.constant("create" as const), via }) },
    { weight: 3, arbitrary: fc.record({ at, op: fc.constant("write" as const), via, service: fc.nat({ max: 1 }) }) },
  );
}

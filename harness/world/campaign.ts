/**
 * Campaigns: generated schedules as plain data, so that they can be shrunk, stored, and run on either arm.
 *
 * Times are milliseconds after the campaign began, absolute and quantised: taking one element out leaves the others
 * where they were. Every element is legal in every state. Nodes and services are named by number and counted round, so
 * that a schedule stays legal when the cluster is made smaller. What a campaign proves is drawn by the checkers of the
 * rules it names, from the history it leaves.
 */
import { z } from "zod";
import type { Fault } from "../nemesis/fault.ts";

const at = z.int().nonnegative();
/** Manager, counted from 0 and round. */
const via = z.int().nonnegative();
const index = z.int().nonnegative();

const opSchema = z.discriminatedUnion("op", [
  /** One list asked of one manager. */
  z.object({ at, op: z.literal("read"), via, list: z.enum(["nodes", "services", "tasks"]) }),
  /** A service without replicas under a fresh name: the cheapest write. */
  z.object({ at, op: z.literal("create"), via }),
  /** The label of a service is set to a fresh value over the version just read. */
  z.object({ at, op: z.literal("write"), via, service: index }),
  z.object({ at, op: z.literal("scale"), via, service: index, replicas: z.int().nonnegative() }),
  z.object({ at, op: z.literal("drain"), via, worker: index }),
  z.object({ at, op: z.literal("activate"), via, worker: index }),
]);
export type CampaignOp = z.infer<typeof opSchema>;

/** A fault with the time it stays: a fault that is taken out takes its heal along. */
export interface TimedFault {
  readonly at: number;
  readonly fault: Fault & { readonly forMs: number };
}

const symbol = z.union([z.string(), z.object({ node: z.string() })]);
const faultSchema = z.union([
  z.object({ kind: z.string(), on: z.array(symbol), args: z.record(z.string(), z.number()).optional(), forMs: z.int().positive() }),
  z.object({
    kind: z.string(),
    from: z.array(symbol),
    to: z.array(symbol),
    direction: z.enum(["both", "from-to"]),
    args: z.record(z.string(), z.number()).optional(),
    forMs: z.int().positive(),
  }),
]);

const campaignSchema = z.object({
  size: z.object({ managers: z.int().positive(), workers: z.int().nonnegative() }),
  /** Made before the campaign begins. -1 replicas: global. */
  services: z.array(z.object({ name: z.string(), replicas: z.int().min(-1) })),
  faults: z.array(z.object({ at, fault: faultSchema })),
  ops: z.array(opSchema),
  /** What must come about after the last fault is gone before the end is read. */
  settle: z.enum(["agreed", "converged"]),
  /** Then one worker is emptied, taken back, and the swarm held still so long. */
  finale: z.object({ worker: index, holdMs: z.int().positive() }).optional(),
  /** Rules whose checkers judge it. */
  checkers: z.array(z.string()),
});

type Parsed = z.infer<typeof campaignSchema>;
export type Campaign = Omit<Parsed, "faults"> & { readonly faults: readonly TimedFault[] };

/** A stored schedule read again. Throws with the place of the first mistake. */
export function parseCampaign(stored: unknown): Campaign {
  return campaignSchema.parse(stored) as Campaign;
}

export type Step = { readonly at: number; readonly name: string } & (
  | { readonly fault: TimedFault["fault"] }
  | { readonly act: CampaignOp }
);

/** Everything that is due, in order; at one time faults first, then as they stand in the lists. */
export function timeline(campaign: Campaign): readonly Step[] {
  const steps: readonly Step[] = [
    ...campaign.faults.map(({ at: due, fault }, k) => ({ at: due, name: `fault-${k + 1}`, fault })),
    ...campaign.ops.map((act, k) => ({ at: act.at, name: `op-${k + 1}`, act })),
  ];
  return steps.toSorted((a, b) => a.at - b.at);
}

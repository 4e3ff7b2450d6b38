/** What campaigns may ask of whoever interprets them, and the names their nodes go by. No rule and no waiting in here. */
import type { ApiRequest, Outcome } from "../client/exchange.ts";
import type { Fault } from "../nemesis/fault.ts";
import type { Flow } from "./flow.ts";
import type { World } from "./world.ts";

/** What a campaign asks of its interpreter. */
export type CampaignAsk =
  | { readonly ask: "call"; readonly node: string; readonly request: ApiRequest; readonly deadlineMs: number }
  | { readonly ask: "pass"; readonly name: string; readonly ms: number }
  | { readonly ask: "fault"; readonly fault: Fault }
  /** Heals the fault a `fault` ask was answered with, or waits until it is healed. */
  | { readonly ask: "heal"; readonly fault: unknown }
  | { readonly ask: "start"; readonly name: string; readonly flow: CampaignFlow<void> }
  | { readonly ask: "every"; readonly name: string; readonly intervalMs: number; readonly tick: () => CampaignFlow<void> }
  /** Waits for processes that `start` and `every` were answered with. */
  | { readonly ask: "join"; readonly processes: readonly unknown[] }
  | { readonly ask: "stop"; readonly processes: readonly unknown[] }
  | { readonly ask: "until"; readonly name: string; readonly condition: () => CampaignFlow<true | undefined>; readonly withinMs: number };

export type CampaignFlow<T> = Flow<CampaignAsk, T>;
/** What needs no waiting. */
export type Stage = Pick<World, "cluster" | "mark" | "now">;

/** Milliseconds a call of a campaign may take. */
const callMs = 5000;

export function* call(node: string, request: ApiRequest, deadlineMs = callMs): CampaignFlow<Outcome> {
  return (yield { ask: "call", node, request, deadlineMs }) as Outcome;
}

const namesOf = (on: Stage, role: "manager" | "worker"): readonly string[] =>
  on.cluster.nodes.filter((node) => node.role === role).map((node) => node.name);
export const managersOf = (on: Stage): readonly string[] => namesOf(on, "manager");
export const workersOf = (on: Stage): readonly string[] => namesOf(on, "worker");

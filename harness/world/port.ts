/**
 * What a world is written over: a clock, a timer, an exchange, faults and probes of one cluster, and a recorder.
 * Two bodies: `live.ts` (real time, containers behind the gate process) and `harness/sim` (virtual time).
 * It holds no rule: recording, waiting, target resolution and processes are `core.ts`, the same over both.
 */
import type { Exchange } from "../client/exchange.ts";
import type { Recorded } from "../history/event.ts";
import type { ConcreteFault, FaultReport, HealReport } from "../nemesis/fault.ts";
import type { World } from "./world.ts";

export interface WorldPort {
  /** Milliseconds since the run began, one observer clock; never goes back. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  readonly exchange: Exchange;
  /** Rejects only when the harness itself failed; a fault that could not be proved is `indeterminate`. */
  install(handle: string, fault: ConcreteFault): Promise<FaultReport>;
  remove(handle: string): Promise<HealReport>;
  probe(kind: string, node: string, args: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Takes the event synchronously and keeps the order. */
  record(event: Recorded): void;
  /** Uniform numbers in [0, 1), one stream per name, the same for the same seed. */
  random(stream: string): () => number;
}

/** What is fixed for one attempt. */
export interface Setting {
  /** `<scenario>#<number>`, the `attempt` of every event. */
  readonly attempt: string;
  readonly seed: string;
  readonly cluster: World["cluster"];
}

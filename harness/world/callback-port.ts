/**
 * The port of a simulated world: answers come as calls of the continuation it was given, from the event loop of the
 * simulation, never synchronously within the asking. No promise is involved.
 */
import type { ApiRequest, Outcome } from "../client/exchange.ts";
import type { Recorded } from "../history/event.ts";
import type { ConcreteFault, FaultReport, HealReport } from "../nemesis/fault.ts";

export interface CallbackPort {
  now(): number;
  /** Returns the cancelling of it. */
  after(ms: number, then: () => void): () => void;
  send(node: string, request: ApiRequest, deadlineMs: number, then: (outcome: Outcome) => void): void;
  install(handle: string, fault: ConcreteFault, then: (report: FaultReport) => void): void;
  remove(handle: string, then: (report: HealReport) => void): void;
  probe(kind: string, node: string, then: (data: unknown) => void): void;
  record(event: Recorded): void;
  random(stream: string): () => number;
}

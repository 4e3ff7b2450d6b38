/**
 * What runs as a node in simulation: a pure, synchronous step machine. Facts come in, effects and the moment it next
 * wants to be woken come out; it owns no clock, timer, randomness or promise.
 */
import type { ApiRequest } from "../client/exchange.ts";

export type NodeInput =
  | { readonly kind: "wake" }
  | { readonly kind: "message"; readonly from: string; readonly body: unknown }
  /** A message sent earlier met a closed connection. */
  | { readonly kind: "undelivered"; readonly to: string }
  | { readonly kind: "request"; readonly id: number; readonly request: ApiRequest };

export type NodeEffect =
  | { readonly kind: "send"; readonly to: string; readonly body: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly status: number; readonly body: unknown };

export interface SimNode {
  step(input: NodeInput, nowMs: number): void;
  /** Effects since the last drain, in order. */
  drain(): readonly NodeEffect[];
  /** Virtual milliseconds at which it wants `wake`; absent: only when something comes in. */
  deadline(): number | undefined;
  /** What outlives the process (`disk`), and what outlives it only while the machine has power (`machine`). */
  survives(): { readonly disk: unknown; readonly machine: unknown };
}

/** Starts a node from what survived; both absent at the first start. */
export type Boot = (name: string, survived: { readonly disk?: unknown; readonly machine?: unknown }, nowMs: number) => SimNode;

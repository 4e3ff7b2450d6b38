/** What toy peers say to one another, what they keep on disk, and the times they go by. */
import type { ApiRequest } from "../client/exchange.ts";
import type { Answer } from "./toy-api.ts";
import type { Stamp, ToyStore } from "./toy-store.ts";

export interface ToyTiming {
  readonly heartbeatMs: number;
  /** Silence after which the lowest manager stands, and a leader without a majority steps down. */
  readonly electionMs: number;
  /** Silence after which a node counts as down. */
  readonly nodeDownMs: number;
  /** How long a request waits for a leader that does not answer. */
  readonly requestMs: number;
  /** A planted bug, to show that campaigns find one: a leader answers writes that nobody else holds yet. */
  readonly answersAlone?: boolean;
}
export const toyTiming: ToyTiming = { heartbeatMs: 250, electionMs: 3000, nodeDownMs: 4000, requestMs: 5000 };

export const noLeader =
  "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online.";

export type ToyMessage =
  | { readonly type: "vote?"; readonly term: number; readonly stamp: Stamp }
  | { readonly type: "vote"; readonly term: number; readonly granted: boolean }
  | { readonly type: "store"; readonly term: number; readonly store: ToyStore }
  | { readonly type: "held"; readonly term: number; readonly stamp: Stamp }
  | { readonly type: "assign"; readonly term: number; readonly tasks: readonly string[] }
  | { readonly type: "status"; readonly running: readonly string[] }
  | { readonly type: "forward"; readonly id: number; readonly request: ApiRequest }
  | ({ readonly type: "answer"; readonly id: number } & Answer);

export interface Disk {
  readonly term: number;
  readonly votedFor: string | undefined;
  readonly store: ToyStore;
}

/** Where an answer goes: a client of this node, or the manager that forwarded. */
export interface Asker {
  readonly node: string;
  readonly id: number;
}

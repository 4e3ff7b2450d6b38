/**
 * The one port through which the harness talks to a node's Engine API.
 *
 * On containers its body is undici through the gateway; in simulation an event on the queue. It knows HTTP shapes
 * and deadlines, not what an answer means: that is `harness/history/outcome.ts`.
 */

export interface ApiRequest {
  readonly method: "GET" | "POST" | "DELETE" | "PUT";
  /** Path with query, without version prefix: `/services/create`. */
  readonly path: string;
  readonly body?: unknown;
}

/** What came back. `no-answer`: the connection failed or the deadline passed; `sent` tells whether a byte of the request may have left. */
export type Outcome =
  | { readonly kind: "answer"; readonly status: number; readonly body: unknown }
  | { readonly kind: "no-answer"; readonly sent: boolean; readonly error: string };

/** One element of a streamed answer (`GET /events`): a parsed JSON line. */
export interface StreamChunk {
  readonly data: unknown;
}

export interface Exchange {
  /** `deadlineMs` is relative; past it the outcome is `no-answer`. Never throws for what the other side does. */
  send(node: string, request: ApiRequest, deadlineMs: number): Promise<Outcome>;
  /** Ends when the other side closes or `signal` is aborted. */
  open(node: string, request: ApiRequest, signal: AbortSignal): AsyncIterable<StreamChunk>;
}

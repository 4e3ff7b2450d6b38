/**
 * The one place that decides whether the outcome of an operation is definite.
 *
 * `ok`: 2xx. `fail`: surely without effect. `info`: may have happened, may yet happen. Reads have no effect, so a read
 * that got no answer is `fail`. For writes any error is in doubt except a refusal that the API gives before anything
 * is proposed (4xx, 501), the optimistic lock (`update out of sequence`) and a request that never left. Real Docker
 * commits some writes that it answers with 500 (`node lost leader status`), so a 5xx is `info`
 * (Engine API status codes; rulebook RAFT-11, API-02, API-03).
 */
import type { Outcome } from "../client/exchange.ts";

export type Definite =
  | { readonly kind: "ok"; readonly status: number }
  | { readonly kind: "fail" | "info"; readonly status?: number; readonly error: string };

export function classify(method: string, outcome: Outcome): Definite {
  const read = method === "GET" || method === "HEAD";
  if (outcome.kind === "no-answer") return { kind: read || !outcome.sent ? "fail" : "info", error: outcome.error };
  const { status } = outcome;
  if (status >= 200 && status < 300) return { kind: "ok", status };
  const error = messageOf(outcome.body) ?? `status ${status}`;
  const refused = (status >= 400 && status < 500) || status === 501 || (status === 500 && error.includes("update out of sequence"));
  return { kind: read || refused ? "fail" : "info", status, error };
}

/** The `message` of an Engine API error body. */
export function messageOf(body: unknown): string | undefined {
  if (typeof body === "object" && body !== null && "message" in body && typeof body.message === "string") return body.message;
  return undefined;
}

/**
 * What the agent of a pod is asked and answers: plain JSON over HTTP on the pod's address. Types only, so that the
 * agent's bundle and the lab share one text. The agent carries out and reports; it decides nothing.
 */

export type CanaryProtocol = "tcp" | "udp";

export interface CanaryDial {
  /** Name of the pod dialled; only repeated in the answer. */
  readonly peer: string;
  readonly address: string;
  readonly protocol: CanaryProtocol;
  readonly nonce: string;
  /** Gives up after this; what has not come back by then is `silent`. */
  readonly limitMs: number;
  /** Sent after the nonce line and echoed with it; 0 for the nonce alone. */
  readonly paddingBytes?: number;
  /** After the echo: send FIN and time the peer's FIN. */
  readonly timeClose?: boolean;
}

/**
 * `echo` all bytes came back · `silent` nothing in time · `connect-timeout` no connection in time · `refused` ·
 * `reset` · `closed` the other side ended it · `error` anything else, named in `error`.
 */
export type CanaryOutcome = "echo" | "silent" | "connect-timeout" | "refused" | "reset" | "closed" | "error";

export interface CanaryReply {
  readonly peer: string;
  readonly protocol: CanaryProtocol;
  readonly nonce: string;
  readonly outcome: CanaryOutcome;
  readonly connectMs?: number;
  /** From the first byte sent to the last byte echoed. */
  readonly echoMs?: number;
  /** From our FIN to the peer's, if `timeClose` was asked; absent if it did not come within the limit. */
  readonly closeMs?: number;
  /** Time until the outcome was known. */
  readonly tookMs: number;
  readonly error?: string;
}

export interface Arrival {
  readonly nonce: string;
  readonly protocol: CanaryProtocol;
  /** Sender's address as seen here. */
  readonly from: string;
  /** Milliseconds since the agent started. */
  readonly atMs: number;
}

/** `GET /observe`: one look at everything the proof needs, texts as the tools print them. */
export interface Observation {
  /** `nft -j list table ip chaos`, or empty with the error in `nftError` (a flushed table). */
  readonly nft: string;
  readonly nftError?: string;
  /** `conntrack -L -p tcp`. */
  readonly conntrack: string;
  /** `ss -H -t -a -n -e`. */
  readonly sockets: string;
  readonly ipv6: { readonly disabled: boolean; readonly addresses: readonly string[] };
  /** 0 while the supervisor is between two servers. */
  readonly toxiproxyPid: number;
  readonly toolError?: string;
}

export interface Cleared {
  /** What a dead node had left and is gone now, one line each. */
  readonly removed: readonly string[];
  /** What could not be removed. */
  readonly failed: readonly string[];
}

/** Largest delay of the event loop since last asked. */
export interface Stall {
  readonly maxMs: number;
}

export interface AgentError {
  readonly error: string;
}

/** The lab's side of a pod's agent: one method per thing it can be asked. */
import type { Dispatcher } from "undici";
import type { Arrival, CanaryDial, CanaryReply, Cleared, Observation, Stall } from "./agent/protocol.ts";
import { labCall } from "./lab-http.ts";

const LIMIT_MS = 5000;

export class AgentClient {
  readonly #base: string;
  readonly #dispatcher: Dispatcher;

  constructor(base: string, dispatcher: Dispatcher) {
    this.#base = base;
    this.#dispatcher = dispatcher;
  }

  observe(): Promise<Observation> {
    return this.#json("GET", "/observe");
  }

  /** One atomic transaction; refused as a whole with the tool's own words. */
  async loadNft(text: string): Promise<void> {
    await this.#text("POST", "/nft", text, LIMIT_MS, "text/plain");
  }

  canary(dials: readonly CanaryDial[]): Promise<readonly CanaryReply[]> {
    const slowest = Math.max(0, ...dials.map((dial) => dial.limitMs));
    return this.#json("POST", "/canary", { dials }, slowest * 2 + LIMIT_MS);
  }

  /** Arrivals whose nonce begins with `prefix`, oldest first. */
  arrived(prefix: string): Promise<readonly Arrival[]> {
    return this.#json("GET", `/arrived?prefix=${encodeURIComponent(prefix)}`);
  }

  /** SIGKILL; the supervisor starts the next one. Answers the pid that was killed. */
  killToxiproxy(): Promise<{ readonly pid: number }> {
    return this.#json("POST", "/toxiproxy/kill", {});
  }

  /** Forgets tracked connections to `address:port`; established ones are re-evaluated at their next packet. */
  forgetConnections(address: string, port: number): Promise<{ readonly deleted: number }> {
    return this.#json("POST", "/conntrack/delete", { address, port });
  }

  /** Removes what a dead node left in the namespace. */
  clear(): Promise<Cleared> {
    return this.#json("POST", "/clear", {}, 15_000);
  }

  stall(): Promise<Stall> {
    return this.#json("GET", "/stall");
  }

  /** Rules, addresses, routes, sockets and conntrack as text, for the bundle. */
  evidence(): Promise<Readonly<Record<string, string>>> {
    return this.#json("GET", "/evidence", undefined, 15_000);
  }

  async #json<T>(method: "GET" | "POST", path: string, body?: unknown, limitMs = LIMIT_MS): Promise<T> {
    return JSON.parse(await this.#text(method, path, body === undefined ? undefined : JSON.stringify(body), limitMs)) as T;
  }

  #text(method: "GET" | "POST", path: string, body: string | undefined, limitMs: number, type = "application/json"): Promise<string> {
    return labCall({
      method,
      url: this.#base + path,
      dispatcher: this.#dispatcher,
      limitMs,
      type,
      ...(body === undefined ? {} : { body }),
    });
  }
}

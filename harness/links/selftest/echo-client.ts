/** The self-tests' words to an echo app. */
import type { Dispatcher } from "undici";
import { labCall } from "../lab-http.ts";
import { SWARM_PORT } from "../ports.ts";

export interface Said {
  readonly outcome: string;
  readonly ms: number;
}

export class EchoClient {
  readonly #base: string;
  readonly #dispatcher: Dispatcher;

  constructor(address: string, dispatcher: Dispatcher) {
    this.#base = `http://${address}:8480`;
    this.#dispatcher = dispatcher;
  }

  /** `connected`, or why not. */
  async open(id: string, address: string, port: number = SWARM_PORT, limitMs = 400): Promise<string> {
    const { outcome }: { readonly outcome: string } = await this.#ask("/open", { id, address, port, limitMs });
    return outcome;
  }

  say(id: string, text: string, options: { readonly limitMs?: number; readonly paddingBytes?: number } = {}): Promise<Said> {
    return this.#ask("/say", { id, text, limitMs: options.limitMs ?? 300, paddingBytes: options.paddingBytes ?? 0 });
  }

  async end(id: string): Promise<void> {
    await this.#ask("/end", { id });
  }

  async sendDatagram(address: string, text: string): Promise<void> {
    await this.#ask("/send-datagram", { address, port: 7946, text });
  }

  heard(text: string): Promise<{ readonly heard: number; readonly accepted: number; readonly peerEndings: readonly string[] }> {
    return this.#ask("/heard", { text });
  }

  async endings(id: string): Promise<readonly string[]> {
    const { endings }: { readonly endings: readonly string[] } = await this.#ask("/endings", { id });
    return endings;
  }

  async #ask<T>(path: string, body: unknown): Promise<T> {
    const text = await labCall({
      method: "POST",
      url: this.#base + path,
      dispatcher: this.#dispatcher,
      limitMs: 20_000,
      body: JSON.stringify(body),
    });
    return JSON.parse(text) as T;
  }
}

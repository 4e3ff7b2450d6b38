/**
 * The canary over UDP, both sides on one socket: asks from port 7 to port 7 and answers the same way, as gossip does
 * between its fixed ports. So an answer is dropped by the very rule that drops the asker's own datagrams, and each
 * direction is judged by itself.
 */
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import type { Arrivals } from "./echo.ts";
import type { CanaryDial, CanaryOutcome } from "./protocol.ts";

const NONCE_MAX = 200;
const ASK = "ask ";
const ANSWER = "answer ";

export interface UdpEnding {
  readonly outcome: CanaryOutcome;
  readonly echoMs?: number;
  readonly error?: string;
}

export class UdpCanary {
  readonly #socket: Socket;
  readonly #port: number;
  readonly #waiting = new Map<string, () => void>();

  constructor(address: string, port: number, arrivals: Arrivals) {
    this.#port = port;
    this.#socket = createSocket("udp4");
    this.#socket.on("message", (message, sender) => {
      const text = message.toString("latin1");
      if (text.startsWith(ANSWER)) return this.#waiting.get(text.slice(ANSWER.length))?.();
      if (!text.startsWith(ASK)) return;
      const nonce = text.slice(ASK.length, NONCE_MAX);
      arrivals.note({ nonce, protocol: "udp", from: sender.address });
      this.#socket.send(ANSWER + nonce, sender.port, sender.address, () => undefined);
    });
    this.#socket.bind(port, address);
  }

  dial({ nonce, address, limitMs }: CanaryDial): Promise<UdpEnding> {
    return new Promise((resolve) => {
      const begun = performance.now();
      const finish = (ending: UdpEnding): void => {
        clearTimeout(timer);
        this.#waiting.delete(nonce);
        resolve(ending);
      };
      const timer = setTimeout(() => finish({ outcome: "silent" }), limitMs);
      this.#waiting.set(nonce, () => finish({ outcome: "echo", echoMs: Math.round((performance.now() - begun) * 100) / 100 }));
      this.#socket.send(ASK + nonce, this.#port, address, (error) => {
        if (error !== null) finish({ outcome: "error", error: error.message });
      });
    });
  }
}

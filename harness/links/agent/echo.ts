/**
 * The canary's receiving side over TCP: echoes, and remembers the nonce every connection began with. A remembered nonce is the truth about the way from the sender to here.
 */
import { createServer } from "node:net";
import type { Arrival } from "./protocol.ts";

/** Older arrivals are forgotten; a proof asks within seconds. */
const REMEMBERED = 20_000;
const NONCE_MAX = 200;

export class Arrivals {
  readonly #seen: Arrival[] = [];

  note(arrival: Omit<Arrival, "atMs">): void {
    this.#seen.push({ ...arrival, atMs: Math.round(performance.now()) });
    if (this.#seen.length > REMEMBERED) this.#seen.splice(0, REMEMBERED / 2);
  }

  withPrefix(prefix: string): readonly Arrival[] {
    return this.#seen.filter((arrival) => arrival.nonce.startsWith(prefix));
  }
}

/** A nonce is the first line; everything received is sent back as it comes. */
export function serveEcho(address: string, port: number, arrivals: Arrivals): void {
  const server = createServer({ noDelay: true }, (socket) => {
    const from = socket.remoteAddress ?? "";
    let head = "";
    let noted = false;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      if (!noted) {
        head += chunk.toString("latin1").slice(0, NONCE_MAX);
        const end = head.indexOf("\n");
        if (end >= 0) {
          noted = true;
          arrivals.note({ nonce: head.slice(0, end), protocol: "tcp", from });
        }
      }
      socket.write(chunk);
    });
  });
  server.listen(port, address);
}

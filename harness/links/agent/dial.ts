/** The canary's sending side: one dial, and what became of it with times. Runs as root, so the link table steers it. */
import { connect } from "node:net";
import type { CanaryDial, CanaryOutcome, CanaryReply } from "./protocol.ts";
import type { UdpCanary } from "./udp-canary.ts";

type Ending = Omit<CanaryReply, "peer" | "protocol" | "nonce" | "tookMs">;

export async function dialCanary(dial: CanaryDial, port: number, datagrams: UdpCanary): Promise<CanaryReply> {
  const begun = performance.now();
  const ending = dial.protocol === "tcp" ? await overTcp(dial, port) : await datagrams.dial(dial);
  return { peer: dial.peer, protocol: dial.protocol, nonce: dial.nonce, tookMs: since(begun), ...ending };
}

function overTcp(dial: CanaryDial, port: number): Promise<Ending> {
  return new Promise((resolve) => {
    const begun = performance.now();
    const message = Buffer.concat([Buffer.from(`${dial.nonce}\n`), Buffer.alloc(dial.paddingBytes ?? 0, 0x2e)]);
    const seen: { connectMs?: number; sentAt?: number; echoMs?: number; finAt?: number } = {};
    let received = 0;
    let done = false;
    const socket = connect({ host: dial.address, port, noDelay: true, allowHalfOpen: true });
    const finish = (outcome: CanaryOutcome, more: Partial<Ending> = {}): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      socket.destroy();
      resolve({
        outcome,
        ...(seen.connectMs === undefined ? {} : { connectMs: seen.connectMs }),
        ...(seen.echoMs === undefined ? {} : { echoMs: seen.echoMs }),
        ...more,
      });
    };
    const timer = setTimeout(() => {
      if (seen.connectMs === undefined) finish("connect-timeout");
      else finish(seen.echoMs === undefined ? "silent" : "echo");
    }, dial.limitMs);
    socket.on("connect", () => {
      seen.connectMs = since(begun);
      seen.sentAt = performance.now();
      socket.write(message);
    });
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received < message.length || seen.sentAt === undefined || seen.echoMs !== undefined) return;
      seen.echoMs = since(seen.sentAt);
      if (dial.timeClose !== true) return finish("echo");
      seen.finAt = performance.now();
      socket.end();
    });
    socket.on("end", () => (seen.finAt === undefined ? finish("closed") : finish("echo", { closeMs: since(seen.finAt) })));
    socket.on("error", (error: NodeJS.ErrnoException) => finish(outcomeOf(error.code), { error: error.code ?? error.message }));
    socket.on("close", () => finish("closed"));
  });
}

function outcomeOf(code: string | undefined): CanaryOutcome {
  switch (code) {
    case "ECONNREFUSED":
      return "refused";
    case "ECONNRESET":
    case "EPIPE":
      return "reset";
    case "ETIMEDOUT":
      return "connect-timeout";
    default:
      return "error";
  }
}

function since(begun: number): number {
  return Math.round((performance.now() - begun) * 100) / 100;
}

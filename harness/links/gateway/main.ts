/**
 * The gateway of one cluster: an HTTP CONNECT proxy on one port, the only way from the lab to the pods. Bundled into
 * one file with nothing but Node.js beside it. Decides nothing; a target that cannot be reached is answered by 502
 * (refused, unreachable) or 504 (no connection in time), with the reason in `x-reason`.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { ENGINE_API_PORT, GATEWAY_PORT } from "../ports.ts";
import { watchStall } from "../stall.ts";
import { LiarProxy } from "./liar-proxy.ts";
import type { Lies } from "./protocol.ts";

/** Longer than any caller's own limit for connecting to a container beside us. */
const CONNECT_LIMIT_MS = 10_000;

/** Where it may lie, every tunnel to an engine is served by the liar, so that one opened before the lie is told hears it. */
const LIAR_ALLOWED = process.env["GATEWAY_LIAR"] === "allowed";

const stall = watchStall();
const liar = new LiarProxy();

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void administer(request, response));
server.on("connect", (request: IncomingMessage, client: Duplex, head: Buffer) => tunnel(request, client, head));
server.listen(GATEWAY_PORT, "0.0.0.0", () => process.stdout.write(`gateway listens on ${GATEWAY_PORT}\n`));

function tunnel(request: IncomingMessage, client: Duplex, head: Buffer): void {
  const [host, portText] = (request.url ?? "").split(":");
  const port = Number(portText);
  client.on("error", () => client.destroy());
  if (host === undefined || host === "" || !Number.isInteger(port)) return refuse(client, 400, `cannot read ${request.url}`);
  if (port === ENGINE_API_PORT && LIAR_ALLOWED) {
    client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    if (head.length > 0) client.unshift(head);
    return liar.adopt(client, { host, port });
  }
  const upstream = connect({ host, port, noDelay: true, allowHalfOpen: true });
  const timer = setTimeout(() => {
    upstream.destroy();
    refuse(client, 504, `no connection to ${host}:${port} in ${CONNECT_LIMIT_MS} ms`);
  }, CONNECT_LIMIT_MS);
  let joined = false;
  upstream.on("connect", () => {
    clearTimeout(timer);
    joined = true;
    client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    if (head.length > 0) upstream.write(head);
    upstream.pipe(client);
    client.pipe(upstream);
  });
  upstream.on("error", (error: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    if (joined) client.destroy();
    else refuse(client, 502, `${host}:${port} ${error.code ?? error.message}`);
  });
  // Without an `error` a side that vanished still has to take the other one along.
  upstream.on("close", () => {
    if (joined && !upstream.readableEnded) client.destroy();
  });
  client.on("close", () => (client.readableEnded ? upstream.destroySoon() : upstream.destroy()));
}

function refuse(client: Duplex, status: number, reason: string): void {
  client.end(
    `HTTP/1.1 ${status} ${status === 504 ? "Gateway Timeout" : "Bad Gateway"}\r\nx-reason: ${reason}\r\ncontent-length: 0\r\n\r\n`,
  );
}

async function administer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  switch (`${request.method} ${request.url}`) {
    case "GET /stall":
      return send(200, { maxMs: stall.take() });
    case "GET /liar":
      return send(200, liar.state());
    case "POST /liar":
      if (!LIAR_ALLOWED) return send(403, { error: "this gateway was not started for lying" });
      liar.tell(await liesOf(request));
      return send(200, liar.state());
    default:
      return send(404, { error: `no ${request.method} ${request.url} here` });
  }
}

async function liesOf(request: IncomingMessage): Promise<Lies> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const lies: Lies = JSON.parse(text);
  return lies;
}

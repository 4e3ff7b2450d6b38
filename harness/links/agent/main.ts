/**
 * The agent of a pod: resident program of the infra container, bundled into one file with nothing but Node.js beside
 * it. Listens on the pod's address (HTTP, JSON). Carries out and reports, decides nothing, and knows neither faults nor
 * peers.
 */
import { lookup } from "node:dns/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { networkInterfaces } from "node:os";
import { AGENT_PORT, CANARY_PORT } from "../ports.ts";
import { watchStall } from "../stall.ts";
import { dialCanary } from "./dial.ts";
import { Arrivals, serveEcho } from "./echo.ts";
import { clearNamespace, evidence, forgetConnections, killToxiproxy, observe } from "./namespace.ts";
import type { AgentError, CanaryDial } from "./protocol.ts";
import { runTool } from "./run-tool.ts";
import { UdpCanary } from "./udp-canary.ts";

const BODY_MAX = 4 << 20;

type Handler = (body: string, query: URLSearchParams) => Promise<unknown>;

function handlers(arrivals: Arrivals, datagrams: UdpCanary): Readonly<Record<string, Handler>> {
  const stall = watchStall();
  return {
    "GET /stall": async () => ({ maxMs: stall.take() }),
    "GET /observe": async () => observe(),
    "GET /evidence": async () => evidence(),
    "GET /arrived": async (_body, query) => arrivals.withPrefix(query.get("prefix") ?? ""),
    "POST /nft": async (body) => {
      const result = await runTool("nft", ["-f", "-"], body);
      if (result.code !== 0) throw new Error(result.stderr.trim());
      return {};
    },
    "POST /canary": async (body) => {
      const { dials }: { readonly dials: readonly CanaryDial[] } = JSON.parse(body);
      return Promise.all(dials.map((dial) => dialCanary(dial, CANARY_PORT, datagrams)));
    },
    "POST /toxiproxy/kill": async () => killToxiproxy(),
    "POST /conntrack/delete": async (body) => {
      const { address, port }: { readonly address: string; readonly port: number } = JSON.parse(body);
      return forgetConnections(address, port);
    },
    "POST /clear": async () => clearNamespace(),
  };
}

async function answer(table: Readonly<Record<string, Handler>>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://agent");
  const handler = table[`${request.method} ${url.pathname}`];
  if (handler === undefined) return send(response, 404, { error: `no ${request.method} ${url.pathname} here` });
  try {
    send(response, 200, await handler(await bodyOf(request), url.searchParams));
  } catch (error) {
    send(response, 422, { error: error instanceof Error ? error.message : String(error) });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const said: unknown = body ?? ({ error: "nothing to say" } satisfies AgentError);
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(said));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > BODY_MAX) throw new Error("body too large");
  }
  return text;
}

/** The pod's own address: what its hostname means, else the first one that is not loopback. */
async function ownAddress(): Promise<string> {
  const listed = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .find((entry) => !entry.internal && entry.family === "IPv4");
  return listed?.address ?? (await lookup(process.env["HOSTNAME"] ?? "localhost", 4)).address;
}

async function main(): Promise<void> {
  const address = await ownAddress();
  const arrivals = new Arrivals();
  serveEcho(address, CANARY_PORT, arrivals);
  const table = handlers(arrivals, new UdpCanary(address, CANARY_PORT, arrivals));
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void answer(table, request, response));
  server.listen(AGENT_PORT, address, () => process.stdout.write(`agent listens on ${address}:${AGENT_PORT}\n`));
}

void main();

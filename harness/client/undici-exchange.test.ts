/** The exchange against a gateway and a node on loopback: deadlines, independence of calls, what `sent` says, streams. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UndiciExchange } from "./undici-exchange.ts";

const open = new Set<Socket | Duplex>();
let node: Server;
let gateway: Server;
let exchange: UndiciExchange;
/** Dials whose path ends in this port are accepted by the gateway and never answered. */
const BLACK_HOLE = 9;

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  switch (request.url) {
    case "/echo":
      request.pipe(response);
      return;
    case "/text":
      response.end("OK");
      return;
    case "/empty":
      response.writeHead(204).end();
      return;
    case "/refusal":
      response.writeHead(409).end(JSON.stringify({ message: "no" }));
      return;
    case "/cut":
      response.writeHead(200, { "content-length": "100" }).write("half");
      setImmediate(() => response.destroy());
      return;
    case "/lines":
      response.write('{"a":1}\n{"b"');
      setImmediate(() => response.end(":2}\nplain\n"));
      return;
    case "/endless":
      response.write('{"a":1}\n');
      return;
    default:
  }
}

function tunnel(request: IncomingMessage, near: Duplex): void {
  open.add(near);
  const port = Number(request.url?.split(":")[1]);
  if (port === BLACK_HOLE) return;
  const far = connect(port, "127.0.0.1");
  far.on("connect", () => {
    near.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    far.pipe(near).pipe(far);
  });
  far.on("error", () => near.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"));
  near.on("error", () => far.destroy());
}

beforeAll(async () => {
  node = createServer(answer).listen(0, "127.0.0.1");
  gateway = createServer().on("connect", tunnel).listen(0, "127.0.0.1");
  await Promise.all([once(node, "listening"), once(gateway, "listening")]);
  const nodes = [
    { name: "n1", address: "127.0.0.1", apiPort: portOf(node) },
    { name: "refused", address: "127.0.0.1", apiPort: 1 },
    { name: "silent", address: "127.0.0.1", apiPort: BLACK_HOLE },
  ];
  exchange = new UndiciExchange(nodes, { gateway: `http://127.0.0.1:${portOf(gateway)}` });
});

afterAll(async () => {
  await exchange.close();
  for (const socket of open) socket.destroy();
  node.closeAllConnections();
  node.close();
  gateway.close();
});

async function collect(path: string, signal: AbortSignal): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  for await (const { data } of exchange.open("n1", { method: "GET", path }, signal)) seen.push(data);
  return seen;
}

describe("send", () => {
  it("parses JSON, keeps text, knows the empty body, passes refusals on", async () => {
    const echoed = await exchange.send("n1", { method: "POST", path: "/echo", body: { x: [1] } }, 5000);
    expect(echoed).toEqual({ kind: "answer", status: 200, body: { x: [1] } });
    expect(await exchange.send("n1", { method: "GET", path: "/text" }, 5000)).toEqual({ kind: "answer", status: 200, body: "OK" });
    expect(await exchange.send("n1", { method: "GET", path: "/empty" }, 5000)).toEqual({ kind: "answer", status: 204, body: undefined });
    expect(await exchange.send("n1", { method: "GET", path: "/refusal" }, 5000)).toMatchObject({ status: 409, body: { message: "no" } });
  });

  it("a call that hangs ends at its deadline as sent, and never holds another one up", async () => {
    const began = performance.now();
    const hung = Array.from({ length: 20 }, () => exchange.send("n1", { method: "POST", path: "/hang", body: {} }, 700));
    expect(await exchange.send("n1", { method: "GET", path: "/text" }, 500)).toMatchObject({ kind: "answer" });
    for (const outcome of await Promise.all(hung)) expect(outcome).toMatchObject({ kind: "no-answer", sent: true });
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it("is not sent while no connection stands: refused, or a dial nobody answers", async () => {
    expect(await exchange.send("refused", { method: "POST", path: "/x" }, 2000)).toMatchObject({ kind: "no-answer", sent: false });
    const began = performance.now();
    expect(await exchange.send("silent", { method: "POST", path: "/x" }, 300)).toMatchObject({ kind: "no-answer", sent: false });
    expect(performance.now() - began).toBeLessThan(1500);
  });

  it("an answer that breaks off is none", async () => {
    expect(await exchange.send("n1", { method: "GET", path: "/cut" }, 2000)).toMatchObject({ kind: "no-answer", sent: true });
  });

  it("a node it does not know and a gateway that is gone are no answers either", async () => {
    expect(await exchange.send("n9", { method: "GET", path: "/" }, 500)).toMatchObject({ kind: "no-answer", sent: false });
    await using lost = new UndiciExchange([{ name: "n1", address: "127.0.0.1", apiPort: 1 }], { gateway: "http://127.0.0.1:1" });
    expect(await lost.send("n1", { method: "GET", path: "/" }, 1000)).toMatchObject({ kind: "no-answer", sent: false });
  });
});

describe("open", () => {
  it("splits lines across packets and ends with the answer", async () => {
    expect(await collect("/lines", AbortSignal.timeout(5000))).toEqual([{ a: 1 }, { b: 2 }, "plain"]);
  });

  it("ends when its signal is aborted, before and after the first chunk", async () => {
    const stop = new AbortController();
    const seen: unknown[] = [];
    for await (const { data } of exchange.open("n1", { method: "GET", path: "/endless" }, stop.signal)) {
      seen.push(data);
      stop.abort();
    }
    expect(seen).toEqual([{ a: 1 }]);
    expect(await collect("/hang", AbortSignal.timeout(200))).toEqual([]);
  });
});

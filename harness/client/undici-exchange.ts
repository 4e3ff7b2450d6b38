/**
 * The body of `Exchange` on containers: undici through the cluster's gateway (HTTP CONNECT).
 *
 * Owns connections and deadlines. One proxy agent per node and as many connections as there are calls under way: a call
 * that hangs never delays another, which a shared or pipelined connection would. `sent` is false only while no
 * connection stands; from the moment undici hands the request to a socket it may have left. Knows no status codes.
 */
import { Pool, ProxyAgent } from "undici";
import type { Dispatcher } from "undici";
import type { Access, NodeInfo } from "../sut/sut.ts";
import type { ApiRequest, Exchange, Outcome, StreamChunk } from "./exchange.ts";

/** What is needed of a node to reach it. */
export type Reachable = Pick<NodeInfo, "name" | "address" | "apiPort">;

/** A dial through the gateway that gets no answer is given up after this; calls have deadlines of their own. */
const DIAL_MS_MAX = 30_000;
const LINE_BYTES_MAX = 16 * 1024 * 1024;

export function undiciExchange(nodes: readonly Reachable[], access: Access): UndiciExchange {
  return new UndiciExchange(nodes, access);
}

/** A dispatcher to anything on the node network; also used for uploads and pings while a cluster forms. */
export function gatewayDispatcher(gateway: string): ProxyAgent {
  return new ProxyAgent({
    uri: gateway,
    proxyTunnel: true,
    headersTimeout: 0,
    bodyTimeout: 0,
    // Shorter than any outage: no later call is given a connection whose far end died silently.
    keepAliveTimeout: 2000,
    keepAliveMaxTimeout: 2000,
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: DIAL_MS_MAX }),
  });
}

export class UndiciExchange implements Exchange, AsyncDisposable {
  private readonly nodes: ReadonlyMap<string, Reachable>;
  private readonly agents = new Map<string, ProxyAgent>();
  private readonly gateway: string;
  private readonly prefix: string;

  constructor(nodes: readonly Reachable[], access: Access) {
    if (access.gateway === undefined) throw new Error("no gateway to reach the nodes through");
    this.gateway = access.gateway;
    this.prefix = access.apiPrefix ?? "";
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
  }

  async send(node: string, request: ApiRequest, deadlineMs: number): Promise<Outcome> {
    const limit = new AbortController();
    let sent = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => {
        resolve({ kind: "no-answer", sent, error: `no answer within ${deadlineMs} ms` });
        limit.abort(new Error("deadline"));
      }, deadlineMs);
    });
    const answer = this.exchange(node, request, limit.signal, () => (sent = true)).then(async (response): Promise<Outcome> => ({
      kind: "answer",
      status: response.statusCode,
      body: parse(await response.body.text()),
    }));
    // undici settles an aborted call that still waits for its connection only when the dial ends: the race bounds it.
    const settled = answer.catch((error: unknown): Outcome => ({ kind: "no-answer", sent, error: textOf(error) }));
    try {
      return await Promise.race([settled, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A refusal or a broken connection ends the stream; a refusal's body is its only chunk. */
  async *open(node: string, request: ApiRequest, signal: AbortSignal): AsyncIterable<StreamChunk> {
    const limit = new AbortController();
    const stop = (): void => limit.abort(new Error("stopped"));
    if (signal.aborted) return;
    const aborted = new Promise<undefined>((resolve) => {
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    signal.addEventListener("abort", stop, { once: true });
    try {
      const dial = this.exchange(node, request, limit.signal, () => undefined).catch(() => undefined);
      const response = await Promise.race([dial, aborted]);
      if (response === undefined) return;
      for await (const line of linesOf(response.body)) yield { data: parse(line) };
    } catch {
      // The other side went away or the reader stopped: both end a stream.
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
  }

  async close(): Promise<void> {
    const agents = [...this.agents.values()];
    this.agents.clear();
    await Promise.all(agents.map(async (agent) => agent.destroy()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async exchange(name: string, request: ApiRequest, signal: AbortSignal, onSent: () => void): Promise<Dispatcher.ResponseData> {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name} in this cluster`);
    const dispatcher = this.agentOf(name).compose((dispatch) => (options, handler) => dispatch(options, noticing(handler, onSent)));
    return dispatcher.request({
      origin: `http://${node.address}:${node.apiPort}`,
      path: this.prefix + request.path,
      method: request.method,
      headers: request.body === undefined ? {} : { "content-type": "application/json" },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    });
  }

  private agentOf(name: string): ProxyAgent {
    const known = this.agents.get(name);
    if (known !== undefined) return known;
    const agent = gatewayDispatcher(this.gateway);
    this.agents.set(name, agent);
    return agent;
  }
}

/** Passes everything on; tells when the request is about to be written to a standing connection. */
function noticing(handler: Dispatcher.DispatchHandler, onSent: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      onSent();
      handler.onRequestStart?.(controller, context);
    },
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  };
}

/** JSON where it is JSON, else the text; `undefined` for an empty body. */
function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > LINE_BYTES_MAX) throw new Error(`a line of more than ${LINE_BYTES_MAX} bytes`);
    yield* parts.map((part) => part.trim()).filter((part) => part !== "");
  }
  if (rest.trim() !== "") yield rest.trim();
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return (error.message === "" ? error.name : error.message) + cause;
}

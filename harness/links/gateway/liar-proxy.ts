/**
 * Stands between a client and an engine and lies on request, so that self-tests can show that the judge notices. Holds
 * the lies and what it has seen; speaks HTTP to both sides.
 */
import { randomBytes } from "node:crypto";
import { Server, request as ask } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { LiarState, Lies } from "./protocol.ts";

interface Target {
  readonly host: string;
  readonly port: number;
}

interface TaskLike {
  readonly ID: string;
  Status?: unknown;
}

const CREATE = /^\/(?:v[\d.]+\/)?services\/create(?:\?|$)/u;
const SERVICES = /^\/(?:v[\d.]+\/)?services(?:\/[^/?]+)?(?:\?|$)/u;
const TASKS = /^\/(?:v[\d.]+\/)?tasks(?:\/[^/?]+)?(?:\?|$)/u;

export class LiarProxy {
  #lies: Lies = {};
  #swallowed: { readonly name: string; readonly id: string }[] = [];
  #lowered = 0;
  #repeated = 0;
  #serviceReads = 0;
  #taskReads = 0;
  readonly #firstStatus = new Map<string, unknown>();
  readonly #targets = new WeakMap<Duplex, Target>();
  readonly #server: Server;

  constructor() {
    this.#server = new Server({ keepAliveTimeout: 60_000 }, (request, response) => void this.#serve(request, response));
  }

  tell(lies: Lies): void {
    this.#lies = lies;
    this.#swallowed = [];
    this.#lowered = this.#repeated = this.#serviceReads = this.#taskReads = 0;
    this.#firstStatus.clear();
  }

  state(): LiarState {
    return { lies: this.#lies, swallowed: this.#swallowed, lowered: this.#lowered, repeated: this.#repeated };
  }

  /** Takes over a tunnel: from here on it is plain HTTP with us as the server. */
  adopt(socket: Duplex, target: Target): void {
    this.#targets.set(socket, target);
    this.#server.emit("connection", socket);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = this.#targets.get(request.socket);
    const path = request.url ?? "/";
    if (target === undefined) return void response.writeHead(500).end();
    if (request.method === "POST" && CREATE.test(path) && this.#swallowed.length < (this.#lies.swallowCreates ?? 0)) {
      return this.#swallow(request, response);
    }
    const change = request.method === "GET" ? this.#changeFor(path) : undefined;
    this.#forward({ request, response, target, change });
  }

  async #swallow(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const spec: { readonly Name?: string } = JSON.parse(text);
    const id = BigInt(`0x${randomBytes(17).toString("hex")}`)
      .toString(36)
      .padStart(25, "0")
      .slice(-25);
    this.#swallowed.push({ name: spec.Name ?? "", id });
    response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ ID: id }));
  }

  #changeFor(path: string): ((body: unknown) => void) | undefined {
    if (SERVICES.test(path) && this.#lies.lowerVersionAfterReads !== undefined) {
      this.#serviceReads += 1;
      return this.#serviceReads > this.#lies.lowerVersionAfterReads ? (body) => this.#lower(body) : undefined;
    }
    if (TASKS.test(path) && this.#lies.repeatTaskStateAfterReads !== undefined) {
      this.#taskReads += 1;
      const lie = this.#taskReads > this.#lies.repeatTaskStateAfterReads;
      return (body) => this.#repeat(body, lie);
    }
    return undefined;
  }

  #lower(body: unknown): void {
    for (const object of itemsOf(body)) {
      const version = (object as { Version?: { Index?: number } }).Version;
      if (version?.Index === undefined || version.Index <= 1) continue;
      version.Index -= 1;
      this.#lowered += 1;
    }
  }

  #repeat(body: unknown, lie: boolean): void {
    for (const object of itemsOf(body)) {
      const task = object as TaskLike;
      const first = this.#firstStatus.get(task.ID);
      if (first === undefined) this.#firstStatus.set(task.ID, task.Status);
      else if (lie && JSON.stringify(first) !== JSON.stringify(task.Status)) {
        task.Status = first;
        this.#repeated += 1;
      }
    }
  }

  #forward(way: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly target: Target;
    readonly change: ((body: unknown) => void) | undefined;
  }): void {
    const { request, response, target, change } = way;
    const onward = ask({ ...target, method: request.method, path: request.url, headers: request.headers, agent: false }, (answer) => {
      const status = answer.statusCode ?? 502;
      if (change === undefined || status !== 200) {
        response.writeHead(status, answer.headers);
        answer.pipe(response);
        return;
      }
      void answerChanged(answer, response, change);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }
}

function itemsOf(body: unknown): readonly object[] {
  const items: readonly unknown[] = Array.isArray(body) ? body : [body];
  return items.filter((item) => typeof item === "object" && item !== null);
}

async function answerChanged(answer: IncomingMessage, response: ServerResponse, change: (body: unknown) => void): Promise<void> {
  const text = await changed(answer, change);
  const { "transfer-encoding": _chunked, "content-length": _length, ...headers } = answer.headers;
  response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(text) }).end(text);
}

async function changed(answer: IncomingMessage, change: (body: unknown) => void): Promise<string> {
  let text = "";
  answer.setEncoding("utf8");
  for await (const chunk of answer) text += String(chunk);
  try {
    const body: unknown = JSON.parse(text);
    change(body);
    return JSON.stringify(body);
  } catch {
    return text;
  }
}

/**
 * A stand-in for a container engine, for tests of the resolver: speaks the few calls of the Docker Engine API that image
 * resolution makes, over a unix socket, to the real client library. Registry and image content are scripted.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface StandInImage {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What a check command run in the image prints. */
  readonly output: string;
}

export type StandInRegistry =
  | { readonly kind: "serves"; readonly output: string }
  | { readonly kind: "refuses" }
  | { readonly kind: "breaks-off" }
  | { readonly kind: "hangs" };

export class StandInEngine implements AsyncDisposable {
  readonly images = new Map<string, StandInImage>();
  readonly calls: string[] = [];
  /** What the next imported or built image prints when it is checked. */
  madeOutput = "";
  registry: StandInRegistry = { kind: "refuses" };
  socketPath = "";
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #directory = "";
  #made = 0;
  #container: StandInImage | undefined;

  static async open(): Promise<StandInEngine> {
    const engine = new StandInEngine();
    engine.#directory = await mkdtemp(join(tmpdir(), "stand-in-"));
    engine.socketPath = join(engine.#directory, "docker.sock");
    engine.#server.listen(engine.socketPath);
    await once(engine.#server, "listening");
    return engine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://engine");
    const path = decodeURIComponent(url.pathname);
    this.calls.push(`${request.method} ${path}`);
    const body = await drain(request);
    if (path === "/images/create" && url.searchParams.has("fromImage")) return this.#pull(url.searchParams, response);
    if (path === "/images/create") return json(response, 200, { status: this.#make(labelsIn(url.searchParams.get("changes") ?? "")) });
    if (path === "/build") return json(response, 200, { aux: { ID: this.#make(labelsIn(body)) } });
    if (path.startsWith("/containers")) return this.#containerCall(path, body, response);
    return this.#imageCall(request, url, path, response);
  }

  #imageCall(request: IncomingMessage, url: URL, path: string, response: ServerResponse): void {
    const name = /^\/images\/(.+?)(\/json|\/tag)?$/.exec(path)?.[1] ?? "";
    const image = this.images.get(name);
    if (image === undefined) return json(response, 404, { message: `No such image: ${name}` });
    if (path.endsWith("/tag")) {
      this.images.set(`${url.searchParams.get("repo")}:${url.searchParams.get("tag")}`, image);
      return json(response, 201, {});
    }
    if (request.method === "DELETE") {
      for (const [key, value] of this.images) if (value.id === image.id) this.images.delete(key);
      return json(response, 200, []);
    }
    return json(response, 200, { Id: image.id, Size: 1, Config: { Labels: image.labels } });
  }

  #pull(query: URLSearchParams, response: ServerResponse): void {
    const { registry } = this;
    if (registry.kind === "hangs") return;
    if (registry.kind === "refuses") return json(response, 500, { message: "dial tcp: connection refused" });
    if (registry.kind === "breaks-off") return json(response, 200, { error: "unexpected EOF" });
    const image = { id: idOf(`pulled ${query.get("fromImage")}`), labels: {}, output: registry.output };
    this.images.set(image.id, image);
    this.images.set(`${query.get("fromImage")}:${query.get("tag")}`, image);
    this.madeOutput = registry.output;
    return json(response, 200, { status: "Download complete" });
  }

  #containerCall(path: string, body: string, response: ServerResponse): void {
    if (path === "/containers/create") {
      const asked: unknown = JSON.parse(body);
      const name = typeof asked === "object" && asked !== null && "Image" in asked ? String(asked.Image) : "";
      this.#container = this.images.get(name);
      return json(response, this.#container === undefined ? 404 : 201, { Id: "c1" });
    }
    if (path.endsWith("/wait")) return json(response, 200, { StatusCode: 0 });
    if (path.endsWith("/attach")) {
      response.writeHead(200, { "Content-Type": "application/vnd.docker.raw-stream" });
      response.end(frame(this.#container?.output ?? ""));
      return;
    }
    return json(response, 204, undefined);
  }

  #make(labels: Readonly<Record<string, string>>): string {
    this.#made += 1;
    const image = { id: idOf(`made ${this.#made}`), labels, output: this.madeOutput };
    this.images.set(image.id, image);
    return image.id;
  }
}

/** One frame of the engine's multiplexed output, on stdout. */
function frame(output: string): Buffer {
  const content = Buffer.from(output);
  const header = Buffer.alloc(8);
  header.writeUInt8(1, 0);
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

function labelsIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/LABEL ([\w.]+)="([^"]*)"/g)].map((match) => [match[1] ?? "", match[2] ?? ""]));
}

function idOf(seed: string): string {
  return `sha256:${createHash("sha256").update(seed).digest("hex")}`;
}

async function drain(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(body === undefined ? "" : `${JSON.stringify(body)}\n`);
}

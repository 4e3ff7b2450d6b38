/**
 * The few things that image resolution asks of a container engine, as an interface, and its body on dockerode.
 * Owns no policy: which source is tried when is decided in `resolver.ts`.
 */
import type { Readable } from "node:stream";
import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { ownerLabels } from "../sut/containers/owner.ts";

export interface StoredImage {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly bytes: number;
}

export interface ImageEngine {
  /** Undefined when the engine has no such image. */
  inspect(reference: string): Promise<StoredImage | undefined>;
  pull(reference: string, options: { readonly signal: AbortSignal; readonly alive: () => void }): Promise<void>;
  /** Makes an image without a name out of a tar stream; returns its id. */
  importTree(tree: Readable, instructions: readonly string[], signal: AbortSignal): Promise<string>;
  /** Builds a Dockerfile context; the image gets no name; returns its id. */
  build(context: Readable, signal: AbortSignal): Promise<string>;
  /** Runs a command in the image, without network, and returns all that it wrote. */
  check(id: string, command: readonly string[], signal: AbortSignal, capabilities?: readonly string[]): Promise<string>;
  tag(id: string, reference: string): Promise<void>;
  remove(reference: string): Promise<void>;
  /** A file of an image as a tar stream, from a container that is never started. */
  copyOut(reference: string, path: string): Promise<Uint8Array>;
  save(ids: readonly string[]): Promise<NodeJS.ReadableStream>;
}

interface Progress {
  readonly error?: string;
  readonly status?: string;
  readonly stream?: string;
  readonly aux?: { readonly ID?: string };
}

export function dockerEngine(docker: Docker): ImageEngine {
  return {
    inspect: (reference) => inspect(docker, reference),
    async pull(reference, { signal, alive }) {
      const stream: NodeJS.ReadableStream = await docker.pull(reference, { abortSignal: signal });
      alive();
      await follow(docker, stream, { signal, alive });
    },
    async importTree(tree, instructions, signal) {
      // One string: the engine joins `changes` by newlines itself, and the client would send a list as JSON.
      const options = { changes: instructions.join("\n"), abortSignal: signal };
      const stream: NodeJS.ReadableStream = await docker.importImage(tree, options);
      const said = await follow(docker, stream, { signal });
      return required(
        said.map((line) => line.status).find((status) => status?.startsWith("sha256:")),
        "import",
      );
    },
    async build(context, signal) {
      const stream = await docker.buildImage(context, { rm: true, forcerm: true, abortSignal: signal });
      const said = await follow(docker, stream, { signal });
      return required(
        said.map((line) => line.aux?.ID).find((id) => id !== undefined),
        "build",
      );
    },
    check: (id, command, signal, capabilities) => check(docker, id, { command, signal, capabilities: capabilities ?? [] }),
    async tag(id, reference) {
      const colon = reference.lastIndexOf(":");
      await docker.getImage(id).tag({ repo: reference.slice(0, colon), tag: reference.slice(colon + 1) });
    },
    async remove(reference) {
      await docker.getImage(reference).remove({ force: true });
    },
    async copyOut(reference, path) {
      const container = await docker.createContainer({ Image: reference, Cmd: ["/none"], Entrypoint: ["/none"] });
      try {
        return await collect(await container.getArchive({ path }));
      } finally {
        await container.remove({ force: true });
      }
    },
    save: (ids) => saveImages(docker, ids),
  };
}

async function inspect(docker: Docker, reference: string): Promise<StoredImage | undefined> {
  try {
    const found = await docker.getImage(reference).inspect();
    return { id: found.Id, labels: found.Config.Labels ?? {}, bytes: found.Size };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

interface Checking {
  readonly command: readonly string[];
  readonly signal: AbortSignal;
  readonly capabilities: readonly string[];
}

async function check(docker: Docker, id: string, { command, signal, capabilities }: Checking): Promise<string> {
  const [program = "", ...args] = command;
  const container = await docker.createContainer({
    Image: id,
    Entrypoint: [program],
    Cmd: args,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: { NetworkMode: "none", CapAdd: [...capabilities] },
    Labels: ownerLabels("image-check"),
  });
  const stop = () => void container.kill().catch(() => undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const both = new PassThrough();
    docker.modem.demuxStream(stream, both, both);
    stream.once("end", () => both.end());
    const output = collect(both);
    await container.start();
    await container.wait();
    return (await output).toString();
  } finally {
    signal.removeEventListener("abort", stop);
    await container.remove({ force: true, v: true });
  }
}

/** The client has no call for several images at once. */
function saveImages(docker: Docker, ids: readonly string[]): Promise<NodeJS.ReadableStream> {
  const path = `/images/get?${ids.map((id) => `names=${encodeURIComponent(id)}`).join("&")}`;
  return new Promise((resolve, reject) => {
    const options = { path, method: "GET", isStream: true, statusCodes: { 200: true, 404: "no such image", 500: "server error" } };
    docker.modem.dial(options, (error: unknown, stream: unknown) => {
      if (error !== null && error !== undefined) reject(error);
      else if (isStream(stream)) resolve(stream);
      else reject(new Error("the engine answered an image export without a stream"));
    });
  });
}

interface FollowOptions {
  readonly signal: AbortSignal;
  readonly alive?: () => void;
}

/** Reads a progress stream to its end; an `error` line in it, or the signal, rejects. */
function follow(docker: Docker, stream: NodeJS.ReadableStream, options: FollowOptions): Promise<readonly Progress[]> {
  return new Promise((resolve, reject) => {
    const give = () => {
      reject(options.signal.reason);
      if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
    };
    if (options.signal.aborted) return give();
    options.signal.addEventListener("abort", give, { once: true });
    docker.modem.followProgress(
      stream,
      (error: Error | null, lines: readonly Progress[]) => {
        options.signal.removeEventListener("abort", give);
        const failed = lines?.find((line) => line.error !== undefined)?.error;
        if (error !== null) reject(error);
        else if (failed !== undefined) reject(new Error(failed));
        else resolve(lines);
      },
      () => options.alive?.(),
    );
  });
}

async function collect(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks);
}

function isStream(value: unknown): value is NodeJS.ReadableStream {
  return typeof value === "object" && value !== null && "pipe" in value;
}

function required(value: string | undefined, act: string): string {
  if (value === undefined) throw new Error(`the engine named no image after the ${act}`);
  return value;
}

export function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

/**
 * The few things asked of the container engine about containers that already run: exec, inspect, logs, processes.
 * Every call is limited in time; nothing here decides what an answer means.
 */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type Dockerode from "dockerode";
import { getContainerRuntimeClient } from "testcontainers";

export interface Ended {
  /** Exit code; -1 when the engine does not know one. */
  readonly code: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** State of a container as `inspect` gives it; `undefined` when there is no such container. */
export type ContainerState = Dockerode.ContainerInspectInfo;

export async function hostEngine(): Promise<Dockerode> {
  const client = await getContainerRuntimeClient();
  return client.container.dockerode;
}

/** Runs a command in a running container and waits for its end. Throws past the limit; the command may then go on. */
export async function execIn(id: string, command: readonly string[], limitMs: number): Promise<Ended> {
  const docker = await hostEngine();
  return within(limitMs, `${command.join(" ")} in container ${id.slice(0, 12)}`, async () => {
    const exec = await docker.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
    const stream = await exec.start({});
    const both = new PassThrough();
    docker.modem.demuxStream(stream, both, both);
    stream.once("end", () => both.end());
    stream.once("error", (error: Error) => both.destroy(error));
    const output = await text(both);
    const state = await exec.inspect();
    return { code: state.ExitCode ?? -1, output };
  });
}

export async function inspectContainer(id: string): Promise<ContainerState | undefined> {
  const docker = await hostEngine();
  try {
    return await within(10_000, `inspect of ${id.slice(0, 12)}`, () => docker.getContainer(id).inspect());
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Everything the container printed, or the last `tail` lines. Binary framing of the log stream is taken off. */
export async function containerLog(id: string, tail?: number): Promise<string> {
  const docker = await hostEngine();
  const options = { stdout: true, stderr: true, timestamps: true, ...(tail === undefined ? {} : { tail }) } as const;
  const raw = await within(10_000, `log of ${id.slice(0, 12)}`, () => docker.getContainer(id).logs({ ...options, follow: false }));
  return unframe(raw);
}

/** Waits until the container is not running any more; false when it still is at the limit. */
export async function untilStopped(id: string, limitMs: number): Promise<boolean> {
  const docker = await hostEngine();
  try {
    await within(limitMs, `end of ${id.slice(0, 12)}`, () => docker.getContainer(id).wait({ condition: "not-running" }));
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return true;
    const state = await inspectContainer(id);
    return state?.State.Running !== true;
  }
}

export async function within<T>(limitMs: number, what: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no end within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

export function statusOf(error: unknown): number | undefined {
  if (typeof error === "object" && error !== null && "statusCode" in error && typeof error.statusCode === "number") return error.statusCode;
  return undefined;
}

/** Frames of the engine's log stream: one byte stream, three zero bytes, four bytes length (Engine API: attach). */
function unframe(raw: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length;) {
    const length = raw.readUInt32BE(at + 4);
    if (raw.readUInt8(at) > 2) return raw.toString("utf8");
    parts.push(raw.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString("utf8");
}

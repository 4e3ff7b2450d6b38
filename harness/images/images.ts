/**
 * All images of the lab, resolved: the way in for `gate`, `test` and `doctor`. Brings the definitions, the engine and
 * the builder together; the order of sources is `resolver.ts`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type Docker from "dockerode";
import { canBuildOnHost, imageBuilder } from "./builder.ts";
import type { ImageDefinition, ImageName } from "./definition.ts";
import { dockerEngine } from "./engine.ts";
import { gatewayDefinition } from "./gateway/definition.ts";
import { infraDefinition } from "./infra/definition.ts";
import { mobyDefinition } from "./moby/definition.ts";
import { PULL_LIMITS } from "./pull.ts";
import { foresee, resolveDefinition } from "./resolver.ts";
import type { ForeseenImage, ResolvedImage, ResolverPorts } from "./resolver.ts";
import { run } from "./run.ts";
import { toxiproxyFile } from "./toxiproxy.ts";
import { workloadArchive } from "./workload-archive.ts";
import { workloadDefinition } from "./workload/definition.ts";

export const IMAGE_NAMES: readonly ImageName[] = ["infra", "gateway", "moby@20.10", "workload:1", "workload:2", "workload:broken"];

const ROOT = resolve(import.meta.dirname, "../..");

export interface ImageOptions {
  readonly docker: Docker;
  readonly progress?: (text: string) => void;
  readonly signal?: AbortSignal;
  /** Variables in which the user names images; `process.env` unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** `.swarmproof/cache` of the project unless given. */
  readonly cache?: string;
  /** Entry of the bundled agent and gateway, for tests. */
  readonly agentEntry?: string;
  readonly gatewayEntry?: string;
  readonly only?: readonly ImageName[];
}

export interface ResolvedImages {
  readonly images: Readonly<Partial<Record<ImageName, ResolvedImage>>>;
  /** docker-archive with all workload images under their in-swarm names; absent when not all were asked for. */
  readonly workloadArchive?: string;
}

/**
 * The workload's name inside a swarm, as targets have it. A swarm node tries to pull a name before it takes the image it
 * has; on this loopback port nothing listens, so the attempt fails within milliseconds and without DNS.
 */
export const IN_SWARM_REPOSITORY = "127.0.0.1:1/swarmproof/workload";

export function cacheDirectory(): string {
  return join(ROOT, ".swarmproof", "cache");
}

interface Session {
  readonly ports: ResolverPorts;
  readonly definitions: (name: ImageName) => Promise<ImageDefinition>;
}

export async function resolveImage(name: ImageName, options: ImageOptions): Promise<ResolvedImage> {
  return withSession(options, async ({ ports, definitions }) => resolveDefinition(await definitions(name), ports));
}

/** Everything at once: the downloads of one image overlap the unpacking of another. */
export async function resolveAll(options: ImageOptions): Promise<ResolvedImages> {
  const names = options.only ?? IMAGE_NAMES;
  return withSession(options, async ({ ports, definitions }) => {
    const settled = await Promise.allSettled(names.map(async (name) => resolveDefinition(await definitions(name), ports)));
    const failed = settled.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    const found = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const images = Object.fromEntries(found.map((image) => [image.name, image]));
    const workload = found.filter((image) => image.name.startsWith("workload:"));
    if (workload.length < 3) return { images };
    const archived = workload.map(({ id, name }) => ({ id, reference: `${IN_SWARM_REPOSITORY}:${name.slice("workload:".length)}` }));
    return { images, workloadArchive: await workloadArchive(ports.engine, archived, options.cache ?? cacheDirectory()) };
  });
}

/** For `doctor`: which source would serve each image. */
export async function foreseeAll(options: ImageOptions): Promise<readonly ForeseenImage[]> {
  return withSession(options, ({ ports, definitions }) =>
    Promise.all(IMAGE_NAMES.map(async (name) => foresee(await definitions(name), ports))),
  );
}

async function withSession<T>(options: ImageOptions, use: (session: Session) => Promise<T>): Promise<T> {
  const aptDirectory = await mkdtemp(join(tmpdir(), "swarmproof-apt-"));
  try {
    return await use(await makeSession(options, aptDirectory));
  } finally {
    await rm(aptDirectory, { recursive: true, force: true });
  }
}

async function makeSession(options: ImageOptions, aptDirectory: string): Promise<Session> {
  const engine = dockerEngine(options.docker);
  const signal = options.signal ?? new AbortController().signal;
  const progress = options.progress ?? (() => undefined);
  const toxiproxy = toxiproxyFile({ engine, run, cache: options.cache ?? cacheDirectory(), pull: PULL_LIMITS, signal, progress });
  const ports: ResolverPorts = {
    engine,
    build: imageBuilder({ engine, run, aptDirectory, onHost: await canBuildOnHost(run) }),
    environment: options.environment ?? process.env,
    nowMs: () => performance.now(),
    progress,
    pull: PULL_LIMITS,
    checkMs: 30_000,
    signal,
  };
  const definitions = (name: ImageName): Promise<ImageDefinition> => {
    switch (name) {
      case "infra":
        return infraDefinition(options.agentEntry ?? join(ROOT, "harness/links/agent/main.ts"), toxiproxy);
      case "gateway":
        return gatewayDefinition(options.gatewayEntry ?? join(ROOT, "harness/links/gateway/main.ts"));
      case "moby@20.10":
        return mobyDefinition();
      case "workload:1":
      case "workload:2":
      case "workload:broken":
        return workloadDefinition(versionOf(name), join(ROOT, "suites/workloads/files"));
      default:
        return name satisfies never;
    }
  };
  return { ports, definitions };
}

function versionOf(name: "workload:1" | "workload:2" | "workload:broken"): "1" | "2" | "broken" {
  return name === "workload:1" ? "1" : name === "workload:2" ? "2" : "broken";
}

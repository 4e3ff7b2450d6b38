/** Looks at the machine for `doctor`: reads and asks, changes nothing that outlives the look. */
import { access, readFile, stat, statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import Docker from "dockerode";
import { z } from "zod";
import { HOST_BUILD_PROGRAMS } from "../images/builder.ts";
import { SUITE } from "../images/common.ts";
import { aptSources } from "../images/debian-packages.ts";
import { dockerEngine } from "../images/engine.ts";
import { cacheDirectory, foreseeAll } from "../images/images.ts";
import type { ForeseenImage } from "../images/resolver.ts";
import { run } from "../images/run.ts";
import { foreseeToxiproxy } from "../images/toxiproxy.ts";
import type { ToxiproxySource } from "../images/toxiproxy.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const LIMIT_MS = 10_000;

export type EngineFacts =
  | { readonly error: string }
  | {
      readonly version: string;
      readonly apiVersion: string;
      readonly os: string;
      readonly rootless: boolean;
      readonly cgroupVersion: string;
      readonly cgroupDriver: string;
      readonly memoryBytes: number;
    };

export interface KernelFacts {
  readonly nftables: boolean;
  readonly bridge: boolean;
  readonly vxlan: boolean;
  readonly ipvs: boolean;
}

export interface DoctorFacts {
  readonly nodeVersion: string;
  readonly packages: "as locked" | "missing" | "older than package-lock.json";
  readonly engine: EngineFacts;
  readonly images: readonly ForeseenImage[] | { readonly error: string };
  readonly toxiproxy: ToxiproxySource | undefined;
  readonly hostBuild: { readonly missing: readonly string[]; readonly debianSources: number };
  readonly disks: readonly { readonly path: string; readonly freeBytes: number }[];
  readonly kernel: KernelFacts | { readonly error: string };
}

export async function gatherFacts(docker: Docker = new Docker({ timeout: LIMIT_MS })): Promise<DoctorFacts> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const engine = await engineFacts(docker);
  const images = "error" in engine ? { error: "no engine" } : await foreseeAll({ docker }).catch(failed);
  const missing = await missingPrograms();
  return {
    nodeVersion: process.versions.node,
    packages: await packagesFact(),
    engine,
    images,
    toxiproxy: await foreseeToxiproxy({ engine: dockerEngine(docker), run, cache: cacheDirectory(), signal }),
    hostBuild: { missing, debianSources: missing.length > 0 ? 0 : (await aptSources(run, SUITE, signal).catch(() => [])).length },
    disks: await diskFacts(["/var/lib/docker", ROOT]),
    kernel: await kernelFacts(docker, images),
  };
}

/** Engines before API 1.41 do not name their cgroup version; they know only the first. */
const INFO = z.object({
  SecurityOptions: z
    .array(z.string())
    .nullish()
    .transform((options) => options ?? []),
  CgroupVersion: z.string().default("1"),
  CgroupDriver: z.string().default("unknown"),
  MemTotal: z.number().default(0),
});

async function engineFacts(docker: Docker): Promise<EngineFacts> {
  try {
    const version = await docker.version();
    const info = INFO.parse(await docker.info());
    return {
      version: version.Version,
      apiVersion: version.ApiVersion,
      os: version.Os,
      rootless: info.SecurityOptions.some((option) => option.includes("rootless")),
      cgroupVersion: info.CgroupVersion,
      cgroupDriver: info.CgroupDriver,
      memoryBytes: info.MemTotal,
    };
  } catch (error) {
    return failed(error);
  }
}

async function packagesFact(): Promise<DoctorFacts["packages"]> {
  const stamp = await readFile(join(ROOT, ".swarmproof/packages.stamp"), "utf8").catch(() => undefined);
  if (stamp !== undefined) {
    const sum = await run("sh", ["-c", `cksum <"$1"`, "cksum", join(ROOT, "package-lock.json")]);
    return sum.trim() === stamp.trim() ? "as locked" : "older than package-lock.json";
  }
  const installed = await stat(join(ROOT, "node_modules/.package-lock.json")).catch(() => undefined);
  if (installed === undefined) return "missing";
  const locked = await stat(join(ROOT, "package-lock.json"));
  return installed.mtimeMs >= locked.mtimeMs ? "as locked" : "older than package-lock.json";
}

async function missingPrograms(): Promise<readonly string[]> {
  const looks = HOST_BUILD_PROGRAMS.map((program) =>
    run("sh", ["-c", `command -v ${program}`]).then(
      () => [],
      () => [program],
    ),
  );
  return (await Promise.all(looks)).flat();
}

async function diskFacts(paths: readonly string[]): Promise<DoctorFacts["disks"]> {
  const facts: { path: string; freeBytes: number }[] = [];
  for (const path of paths) {
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (!there) continue;
    const { bavail, bsize } = await statfs(path);
    facts.push({ path, freeBytes: bavail * bsize });
  }
  return facts;
}

const PROBE =
  "nft add table ip probe && echo nftables; ip link add b0 type bridge && echo bridge; " +
  "ip link add v0 type vxlan id 1 dstport 4789 && echo vxlan; test -e /proc/net/ip_vs && echo ipvs";

/** Tried in a container without network, so that it is the engine's kernel that answers. */
async function kernelFacts(docker: Docker, images: DoctorFacts["images"]): Promise<DoctorFacts["kernel"]> {
  if ("error" in images) return images;
  const infra = images.find((image) => image.name === "infra");
  if (infra === undefined || infra.source === "to-make") return { error: "which is not there yet" };
  const capabilities = ["NET_ADMIN"];
  const said = await dockerEngine(docker)
    .check(infra.ref, ["/bin/sh", "-c", PROBE], AbortSignal.timeout(LIMIT_MS), capabilities)
    .catch(() => undefined);
  if (said === undefined) return { error: "which could not be run" };
  const words = new Set(said.split(/\s+/));
  return { nftables: words.has("nftables"), bridge: words.has("bridge"), vxlan: words.has("vxlan"), ipvs: words.has("ipvs") };
}

function failed(error: unknown): { readonly error: string } {
  return { error: error instanceof Error ? error.message : String(error) };
}

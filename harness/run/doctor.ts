/**
 * Judges the prerequisites of a run: facts in (`doctor-facts.ts`), one check per prerequisite out, each with its state
 * and its mend. Pure; the table that a person reads is `doctor-table.ts`.
 */
import { gatherFacts } from "./doctor-facts.ts";
import type { DoctorFacts, EngineFacts } from "./doctor-facts.ts";

/** `info` is no prerequisite: something worth knowing about this machine. */
export type CheckState = "ok" | "missing" | "warn" | "info";

export interface Check {
  readonly id: string;
  readonly title: string;
  readonly state: CheckState;
  readonly found: string;
  /** The command, or in a few words the act, that mends it; absent when nothing has to be done. */
  readonly mend?: string;
}

const GIB = 2 ** 30;
const DISK_FREE_MIN = 5 * GIB;
const MEMORY_MIN = 2 * GIB;

export async function doctor(): Promise<readonly Check[]> {
  return judgeFacts(await gatherFacts());
}

/** Whether `gate` on containers can run. */
export function fitForContainers(checks: readonly Check[]): boolean {
  return checks.every((check) => check.state !== "missing");
}

export function judgeFacts(facts: DoctorFacts): readonly Check[] {
  return [
    nodeCheck(facts.nodeVersion),
    packagesCheck(facts.packages),
    ...engineChecks(facts.engine),
    ...imageChecks(facts),
    toxiproxyCheck(facts),
    hostBuildCheck(facts),
    ...facts.disks.map(diskCheck),
    ...kernelChecks(facts),
  ];
}

function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const fits = major >= 26 || (major === 24 && minor >= 15);
  const check = { id: "node", title: "Node.js 24.15 or newer", found: version } as const;
  return fits ? { ...check, state: "ok" } : { ...check, state: "missing", mend: "./swarmproof list (installs one into .swarmproof/node)" };
}

function packagesCheck(packages: DoctorFacts["packages"]): Check {
  const check = { id: "packages", title: "npm packages", found: packages } as const;
  return packages === "as locked" ? { ...check, state: "ok" } : { ...check, state: "missing", mend: "npm ci" };
}

function engineChecks(engine: EngineFacts): readonly Check[] {
  if ("error" in engine) {
    const mend = "./swarmproof gate --yes (as root on Debian installs and starts docker.io), or install and start Docker Engine";
    return [{ id: "engine", title: "container engine", state: "missing", found: engine.error, mend }];
  }
  return [engineCheck(engine), rootlessCheck(engine), cgroupCheck(engine), memoryCheck(engine)];
}

type Answering = Exclude<EngineFacts, { readonly error: string }>;

function engineCheck(engine: Answering): Check {
  const [major = 0, minor = 0] = engine.apiVersion.split(".").map(Number);
  const fits = engine.os === "linux" && (major > 1 || minor >= 41);
  const found = `${engine.version} (API ${engine.apiVersion}, ${engine.os})`;
  const check = { id: "engine", title: "container engine, API 1.41 or newer, Linux containers", found } as const;
  return fits ? { ...check, state: "ok" } : { ...check, state: "missing", mend: "use Docker Engine 20.10 or newer with Linux containers" };
}

function rootlessCheck(engine: Answering): Check {
  const check = { id: "rootful", title: "engine runs as root", found: engine.rootless ? "rootless" : "yes" } as const;
  if (!engine.rootless) return { ...check, state: "ok" };
  return { ...check, state: "missing", mend: "point DOCKER_HOST to an engine that is not rootless: nodes need devices and cgroups" };
}

function cgroupCheck(engine: Answering): Check {
  const check = { id: "cgroup", title: "control groups", found: `v${engine.cgroupVersion}, driver ${engine.cgroupDriver}` } as const;
  return engine.cgroupVersion === "1"
    ? { ...check, state: "ok" }
    : { ...check, state: "warn", found: `${check.found}: expected to work, not tried` };
}

function memoryCheck(engine: Answering): Check {
  const check = { id: "memory", title: "memory of the engine's machine", found: gib(engine.memoryBytes) } as const;
  return engine.memoryBytes >= MEMORY_MIN
    ? { ...check, state: "ok" }
    : { ...check, state: "warn", mend: `give it ${gib(MEMORY_MIN)} or more` };
}

function imageChecks(facts: DoctorFacts): readonly Check[] {
  if ("error" in facts.images) {
    return [{ id: "images", title: "images", state: "warn", found: `not known: ${facts.images.error}` }];
  }
  return facts.images.map((image) => {
    const check = { id: `image ${image.name}`, title: `image ${image.name}` } as const;
    if (image.source !== "to-make") return { ...check, state: "ok", found: `${image.source}: ${image.ref}` };
    const means =
      facts.hostBuild.missing.length === 0 ? "built from Debian packages" : "built by a Dockerfile (needs a container registry)";
    const found = image.name.startsWith("moby") ? `pulled, else ${means}` : means;
    return { ...check, state: "info", found: `not yet there; will be ${found}` };
  });
}

function toxiproxyCheck(facts: DoctorFacts): Check {
  const check = { id: "toxiproxy", title: "Toxiproxy server for the infra image" } as const;
  const words = {
    cache: "from the project's cache",
    image: "from the public image",
    machine: "the one on this machine",
    go: "by go install",
  } as const;
  if (facts.toxiproxy !== undefined) return { ...check, state: "ok", found: words[facts.toxiproxy] };
  const ready = !("error" in facts.images) && facts.images.some((image) => image.name === "infra" && image.source !== "to-make");
  if (ready) return { ...check, state: "ok", found: "in the infra image" };
  const mend = "let the engine reach ghcr.io, or install Go 1.23 or newer, or put toxiproxy-server 2.12.0 on the PATH";
  return { ...check, state: "warn", found: "only if the public image can be pulled", mend };
}

function hostBuildCheck(facts: DoctorFacts): Check {
  const check = { id: "host-build", title: "building images without a registry" } as const;
  const { missing } = facts.hostBuild;
  if (missing.length > 0)
    return { ...check, state: "info", found: `not on this machine: no ${missing.join(", no ")}; a registry is needed` };
  if (facts.hostBuild.debianSources > 0) return { ...check, state: "ok", found: `${facts.hostBuild.debianSources} Debian sources of apt` };
  return { ...check, state: "warn", found: "apt names no Debian source", mend: "add one to /etc/apt/sources.list.d; see man sources.list" };
}

function diskCheck(disk: DoctorFacts["disks"][number]): Check {
  const check = { id: `disk ${disk.path}`, title: `free space in ${disk.path}`, found: gib(disk.freeBytes) } as const;
  return disk.freeBytes >= DISK_FREE_MIN
    ? { ...check, state: "ok" }
    : { ...check, state: "warn", mend: `free ${gib(DISK_FREE_MIN)} or more: docker system prune` };
}

function kernelChecks(facts: DoctorFacts): readonly Check[] {
  const { kernel } = facts;
  if ("error" in kernel)
    return [{ id: "kernel", title: "kernel", state: "info", found: `looked at through the infra image; ${kernel.error}` }];
  const needed = (["nftables", "bridge", "vxlan"] as const).map((piece): Check => {
    const check = { id: `kernel ${piece}`, title: `kernel: ${piece}` } as const;
    return kernel[piece]
      ? { ...check, state: "ok", found: "works in a container" }
      : {
          ...check,
          state: "missing",
          found: "does not work in a container",
          mend: `load the module on the engine's machine: modprobe ${MODULES[piece]}`,
        };
  });
  const found = kernel.ipvs ? "there" : "absent: published ports of real Docker do not answer; rules that need them are skipped";
  return [...needed, { id: "kernel ipvs", title: "kernel: IPVS", state: "info", found }];
}

const MODULES = { nftables: "nf_tables", bridge: "bridge", vxlan: "vxlan" } as const;

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

/**
 * Options with which a container of a moby image must be made (recipe of docker-in-docker without `--privileged`).
 * The caller adds network mode, name, labels and mounts of its own. cgroup v2: not tried.
 */
import type { HostConfig } from "dockerode";

/** All that Docker's `--privileged` would add and that an engine without CAP_SYS_RESOURCE can still give. */
export const NODE_CAPABILITIES = (
  "SYS_ADMIN NET_ADMIN SYS_MODULE SYS_PTRACE SYS_RAWIO SYS_TIME SYSLOG DAC_READ_SEARCH LINUX_IMMUTABLE IPC_LOCK IPC_OWNER " +
  "SYS_NICE MAC_ADMIN NET_BROADCAST SYS_TTY_CONFIG LEASE WAKE_ALARM BLOCK_SUSPEND AUDIT_READ AUDIT_CONTROL"
).split(" ");

export interface NodeHost {
  readonly privileged: boolean;
  readonly cgroupVersion: 1 | 2;
}

/** Missing in the published types of the client. */
interface WithCgroupNamespace extends HostConfig {
  CgroupnsMode?: "host" | "private";
}

/** Changes the host configuration in place, as the container builder wants it. */
export function tuneMobyHost(config: HostConfig, host: NodeHost): void {
  const raw: WithCgroupNamespace = config;
  raw.Init = true;
  raw.Tmpfs = { ...raw.Tmpfs, "/run": "rw,exec,size=256m" };
  if (host.cgroupVersion === 1) {
    raw.CgroupnsMode = "host";
    raw.Binds = [...(raw.Binds ?? []), "/sys/fs/cgroup:/sys/fs/cgroup:rw"];
  } else {
    raw.CgroupnsMode = "private";
  }
  if (host.privileged) {
    raw.Privileged = true;
    return;
  }
  raw.CapAdd = [...new Set([...(raw.CapAdd ?? []), ...NODE_CAPABILITIES])];
  raw.SecurityOpt = ["seccomp=unconfined", "apparmor=unconfined"];
  raw.MaskedPaths = [];
  raw.ReadonlyPaths = [];
  raw.DeviceCgroupRules = ["a *:* rwm"];
}

/** Volumes that must not lie on the container's own overlay. */
export const MOBY_VOLUMES: Readonly<Record<string, object>> = { "/var/lib/docker": {} };

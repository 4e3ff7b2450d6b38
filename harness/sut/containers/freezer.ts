/**
 * Proof that a paused node stands still, tasks too. On cgroup v1 the freezer's own word for the node's group and every
 * group below it; where that tree cannot be read from here, the state letters of the processes (a frozen one on v1 is
 * `D`). cgroup v2: not tried.
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { cgroupsOf } from "./cgroups.ts";
import { processesOf } from "./processes.ts";

export interface FrozenProof {
  readonly all: boolean;
  /** Where it was read: `freezer` or `processes`. */
  readonly by: "freezer" | "processes";
  readonly groups: Readonly<Record<string, string>>;
  /** Processes found in those groups. */
  readonly processes: number;
  readonly notFrozen: readonly string[];
}

export async function frozenProof(containerId: string): Promise<FrozenProof> {
  const paths = await cgroupsOf(containerId);
  const own = paths.find((path) => path.includes("/freezer/"));
  if (own === undefined) return byProcesses(containerId);
  const groups: Record<string, string> = {};
  const processes = await readGroups(own, own, groups);
  const notFrozen = Object.entries(groups).flatMap(([path, state]) => (state === "FROZEN" ? [] : [`${path}: ${state}`]));
  return { all: notFrozen.length === 0 && processes > 0, by: "freezer", groups, processes, notFrozen };
}

async function readGroups(top: string, path: string, into: Record<string, string>): Promise<number> {
  const state = await readFile(join(path, "freezer.state"), "utf8");
  const pids = (await readFile(join(path, "cgroup.procs"), "utf8")).split("\n").filter((line) => line !== "");
  into[path.slice(top.length) === "" ? "node" : path.slice(top.length + 1)] = state.trim();
  const children = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  let count = pids.length;
  for (const child of children) count += await readGroups(top, join(path, child.name), into);
  return count;
}

async function byProcesses(containerId: string): Promise<FrozenProof> {
  const processes = await processesOf(containerId);
  const moving = processes.filter(({ stat }) => !/^[DTZ]/.test(stat));
  const notFrozen = moving.map(({ pid, stat, command }) => `${pid} ${stat} ${command}`);
  return { all: processes.length > 0 && moving.length === 0, by: "processes", groups: {}, processes: processes.length, notFrozen };
}

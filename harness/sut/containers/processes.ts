/**
 * Processes of a node container as the container engine's host sees them (`docker top`), and which of them belong to
 * tasks: those a container shim holds. Reads only.
 */
import { hostEngine, within } from "./host-engine.ts";

export interface NodeProcess {
  readonly pid: number;
  readonly parent: number;
  /** State letters of ps: `R`, `S`, `D` … */
  readonly stat: string;
  /** Seconds since it started. */
  readonly ageS: number;
  /** Seconds of processor time it has used. */
  readonly cpuS: number;
  readonly command: string;
}

const TOP_LIMIT_MS = 10_000;
const COLUMNS = ["pid", "ppid", "stat", "etimes", "cputimes", "args"] as const;

export async function processesOf(containerId: string): Promise<readonly NodeProcess[]> {
  const docker = await hostEngine();
  const container = docker.getContainer(containerId);
  const listed: unknown = await within(TOP_LIMIT_MS, "docker top", () => container.top({ ps_args: `-eo ${COLUMNS.join(",")}` }));
  const rows = (listed as { readonly Processes?: readonly (readonly string[])[] }).Processes ?? [];
  return rows.map(([pid = "0", parent = "0", stat = "", ageS = "0", cpuS = "0", ...command]) => ({
    pid: Number(pid),
    parent: Number(parent),
    stat,
    ageS: Number(ageS),
    cpuS: Number(cpuS),
    command: command.join(" "),
  }));
}

/** First processes of tasks and all below them. */
export async function taskProcesses(containerId: string): Promise<readonly NodeProcess[]> {
  return tasksAmong(await processesOf(containerId));
}

export function tasksAmong(processes: readonly NodeProcess[]): readonly NodeProcess[] {
  const found = new Set(processes.filter(({ command }) => /^\S*shim/.test(command)).map(({ pid }) => pid));
  const shims = new Set(found);
  for (let grown = true; grown;) {
    const below = processes.filter(({ pid, parent }) => found.has(parent) && !found.has(pid));
    for (const { pid } of below) found.add(pid);
    grown = below.length > 0;
  }
  return processes.filter(({ pid }) => found.has(pid) && !shims.has(pid));
}

/** Young ones may end for reasons of their own (a short health check, a task that fails at once) and do not count as lost. */
const YOUNG_S = 2;

export function survivors(before: readonly NodeProcess[], after: readonly NodeProcess[]): { readonly lost: readonly NodeProcess[] } {
  const there = new Set(after.map(({ pid }) => pid));
  const living = before.filter(({ stat, ageS }) => !stat.startsWith("Z") && ageS >= YOUNG_S);
  return { lost: living.filter(({ pid }) => !there.has(pid)) };
}

/**
 * Leftover control groups of node containers on cgroup v1. Tasks run below their node's own group; when a node is
 * killed, the container engine removes the node's group but may leave empty ones of its tasks. Only groups named after
 * a container of ours are touched, only when no process is in them, and only where the engine's tree is readable here.
 */
import { readFile, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";

const ROOT = "/sys/fs/cgroup";

/** Paths of a container's group in every hierarchy, whatever they lie below. */
export async function cgroupsOf(containerId: string, root = ROOT): Promise<readonly string[]> {
  const hierarchies = await list(root);
  const found = await Promise.all(hierarchies.map(async (hierarchy) => search(join(root, hierarchy), containerId, 2)));
  return found.flat();
}

/** Returns what it removed. A group that still has a process is left. */
export async function removeCgroups(containerId: string, root = ROOT): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const path of await cgroupsOf(containerId, root)) {
    if (await removeTree(path)) removed.push(path);
  }
  return removed;
}

async function search(directory: string, name: string, depth: number): Promise<readonly string[]> {
  const names = await list(directory);
  const here = names.includes(name) ? [join(directory, name)] : [];
  if (here.length > 0 || depth === 0) return here;
  const below = await Promise.all(names.map(async (child) => search(join(directory, child), name, depth - 1)));
  return below.flat();
}

async function removeTree(path: string): Promise<boolean> {
  const processes = await readFile(join(path, "cgroup.procs"), "utf8").catch(() => "");
  if (processes.trim() !== "") return false;
  for (const child of await list(path)) await removeTree(join(path, child));
  return rmdir(path).then(
    () => true,
    () => false,
  );
}

/** Sub-directories; none where the tree is not readable. */
async function list(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

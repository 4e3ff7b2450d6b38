/**
 * Everything worth keeping of a cluster, written before it is taken down: container logs and states, what each node's
 * API says with short deadlines, rules, proxies and sockets of the pods. Best effort, bounded, in parallel: what cannot
 * be had is noted in `missing.txt` and nothing throws.
 */
import { messageOf } from "../../error-text.ts";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Formed } from "./form.ts";
import { containerLog, inspectContainer, within } from "./host-engine.ts";
import { processesOf } from "./processes.ts";

const PART_LIMIT_MS = 15_000;
const API_LIMIT_MS = 3000;
const API_PATHS = { info: "/info", nodes: "/nodes", services: "/services", tasks: "/tasks", containers: "/containers/json?all=1" } as const;

export async function writeEvidence(formed: Formed, directory: string, facts: Readonly<Record<string, unknown>>): Promise<void> {
  const missing: string[] = [];
  const keep = async (file: string, content: () => Promise<unknown>): Promise<void> => {
    try {
      const found = await within(PART_LIMIT_MS, file, content);
      await writeFile(join(directory, file), typeof found === "string" ? found : `${JSON.stringify(found, undefined, 1)}\n`);
    } catch (error) {
      missing.push(`${file}: ${messageOf(error)}`);
    }
  };
  try {
    await mkdir(directory, { recursive: true });
    await Promise.all([
      keep("cluster.json", async () => ({ id: formed.id, nodes: formed.members.map(({ info }) => info), ...facts })),
      keep("gateway.log", () => containerLog(formed.network.gatewayContainerId)),
      keep("canary-matrix.json", () => formed.mesh.matrix()),
      ...formed.members.flatMap(({ info, node, pod }) => [
        keep(`${info.name}-engine.log`, () => containerLog(node.id)),
        keep(`${info.name}-network.json`, () => pod.agent.evidence()),
        keep(`${info.name}-proxies.json`, () => pod.toxiproxy.raw()),
        keep(`${info.name}-pod.log`, () => containerLog(pod.containerId)),
        keep(`${info.name}-containers.json`, async () => [await inspectContainer(node.id), await inspectContainer(pod.containerId)]),
        keep(`${info.name}-processes.json`, () => processesOf(node.id)),
        keep(`${info.name}-api.json`, () => apiSnapshot(formed, info.name)),
      ]),
    ]);
    if (missing.length > 0) await writeFile(join(directory, "missing.txt"), `${missing.join("\n")}\n`);
  } catch {
    // The directory itself cannot be written: the caller's own bundle says so soon enough.
  }
}

async function apiSnapshot(formed: Formed, node: string): Promise<unknown> {
  const parts = Object.entries(API_PATHS).map(
    async ([name, path]) => [name, await formed.exchange.send(node, { method: "GET", path }, API_LIMIT_MS)] as const,
  );
  return Object.fromEntries(await Promise.all(parts));
}

/** What the self-tests of this arm share: a provider with resolved images, clients, and looks at tasks. */
import Dockerode from "dockerode";
import { specOf } from "../../../client/swarm.ts";
import type { ServiceWish } from "../../../client/swarm.ts";
import { undiciExchange } from "../../../client/undici-exchange.ts";
import type { UndiciExchange } from "../../../client/undici-exchange.ts";
import { readTasks } from "../../../client/views.ts";
import type { TaskView } from "../../../client/views.ts";
import { resolveAll } from "../../../images/images.ts";
import { waitUntil } from "../../../links/wait-until.ts";
import { loadTarget } from "../../target.ts";
import type { ContainerCluster } from "../cluster.ts";
import { containersProvider } from "../provider.ts";
import type { ContainersProvider } from "../provider.ts";

export async function labProvider(): Promise<ContainersProvider> {
  const { images, workloadArchive } = await resolveAll({ docker: new Dockerode() });
  const { infra, gateway, "moby@20.10": node } = images;
  if (infra === undefined || gateway === undefined || node === undefined || workloadArchive === undefined)
    throw new Error("images are missing");
  return containersProvider({
    target: loadTarget("moby@20.10"),
    images: { infra: infra.ref, gateway: gateway.ref, node: node.ref, workloadArchive },
  });
}

export function clientOf(cluster: ContainerCluster): UndiciExchange {
  return undiciExchange(cluster.nodes, cluster.access);
}

/** Task command that counts without rest; the kernel's CPU time of its process is the counter. */
export const COUNTING = ["sh", "-c", "while :; do i=$((i + 1)); done"];

/** Creates a service through `m1` and waits until `count` of its tasks run. */
export async function serve(
  client: UndiciExchange,
  wish: ServiceWish & { readonly command?: readonly string[] },
  count: number,
): Promise<readonly TaskView[]> {
  const spec = specOf(wish);
  if (wish.command !== undefined) {
    const template = spec["TaskTemplate"] as { readonly ContainerSpec: Record<string, unknown> };
    template.ContainerSpec["Command"] = wish.command;
  }
  const created = await client.send("m1", { method: "POST", path: "/services/create", body: spec }, 10_000);
  if (created.kind !== "answer" || created.status !== 201) throw new Error(`create: ${JSON.stringify(created)}`);
  let running: readonly TaskView[] = [];
  await waitUntil(`${count} tasks of ${wish.name} run`, 30_000, 100, async () => {
    const outcome = await client.send("m1", { method: "GET", path: "/tasks" }, 3000);
    running = (outcome.kind === "answer" ? (readTasks(outcome.body) ?? []) : []).filter((task) => task.state === "running");
    return running.length >= count;
  });
  return running;
}

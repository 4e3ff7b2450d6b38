/**
 * The spike: one script and one generated campaign, the same text on both arms. What it shows is that a suite can be
 * written once; it judges no target.
 */
import * as fc from "fast-check";
import { SwarmClient } from "../../client/swarm.ts";
import { quorumCampaigns } from "../../generator/quorum.ts";
import type { Campaign } from "../campaign.ts";
import { HarnessError } from "../world.ts";
import type { World } from "../world.ts";

/** A leader is cut off, the others go on, the cut heals, the managers agree again. */
export async function spikeScript(world: World): Promise<void> {
  const any = new SwarmClient(world, "m1");
  const first = await world.until("a leader", () => any.leader(), { withinMs: 30_000 });
  const other = world.cluster.nodes.find((node) => node.role === "manager" && node.name !== first)?.name;
  if (other === undefined) throw new HarnessError("the spike wants several managers");
  const image = world.cluster.facts.images.v1;
  const web = await any.create({ name: "web", image, replicas: 2, restart: { condition: "any", delayMs: 1000 } });
  await world.until("web runs", async () => (await running(any, web, 2)) || undefined, { withinMs: 60_000 });

  const cut = await world.fault({ kind: "partition", from: ["leader"], to: ["everyone-else"], direction: "both" });
  const watcher = world.every("watch", 1000, async () => void (await any.at(first).nodes()));
  const side = any.at(other);
  await world.until("a leader on the other side", async () => elsewhere(await side.leader(), first), { withinMs: 60_000 });
  await side.create({ name: "during-the-cut", image, replicas: 0 });
  await cut.heal();

  await world.until(
    "the old leader lists what was written without it",
    async () => (await knows(any.at(first), "during-the-cut")) || undefined,
    {
      withinMs: 120_000,
    },
  );
  watcher.stop();
  await watcher.done;
  await world.until("web is whole", async () => (await running(side, web, 2)) || undefined, { withinMs: 60_000 });
  await world.hold("web stays whole", () => running(side, web, 2), { forMs: 3000 });
}

const elsewhere = (leader: string | undefined, first: string): string | undefined => (leader === first ? undefined : leader);

async function running(swarm: SwarmClient, service: string, count: number): Promise<boolean> {
  const tasks = await swarm.tasks({ service: [service] });
  return tasks?.filter((task) => task.state === "running" && task.desired === "running").length === count;
}

async function knows(swarm: SwarmClient, name: string): Promise<boolean> {
  return (await swarm.services())?.some((service) => service.name === name) === true;
}

/** Three managers, Docker's election time-out; the first campaign the seed draws that has few faults, to be quick for real. */
export function spikeCampaign(): Campaign {
  const drawn = fc.sample(quorumCampaigns({ spanMs: 24_000, limitMs: 15_000 }), { seed: 3, numRuns: 50 });
  const quick = drawn.find((campaign) => campaign.size.managers === 3 && campaign.faults.length <= 2);
  if (quick === undefined) throw new HarnessError("the seed draws no small campaign any more; choose another");
  return quick;
}

/** A node that is active again, or back with its power, gets nothing back but global tasks (rulebook NODE-12). */
import type { SwarmClient } from "../../harness/client/swarm.ts";
import { scenario } from "../../harness/world/scenario.ts";
import type { Running, World } from "../../harness/world/world.ts";
import { isUp, leaderOf, nodeOf, place, setAvailability, stop, tasksUp, watchNodes, watchTasks, whole } from "./drive.ts";

interface Stage {
  readonly swarm: SwarmClient;
  readonly web: string;
  readonly everywhere: string;
  readonly watchers: readonly Running<void>[];
}

/** Longer than the rule wants, by what the first and the last answer may take. */
const holdMs = 61_500;

async function set(world: World): Promise<Stage> {
  const { v1 } = world.cluster.facts.images;
  const swarm = await leaderOf(world);
  const restart = { condition: "any", delayMs: 1000 } as const;
  const web = await place(swarm, "web", { name: "web", image: v1, replicas: 4, restart, constraints: ["node.role==worker"] });
  const everywhere = await place(swarm, "everywhere", { name: "everywhere", image: v1, restart });
  await whole(swarm, web, 4);
  await whole(swarm, everywhere, 5);
  return { swarm, web, everywhere, watchers: [watchTasks(swarm, [web, everywhere], 500), watchNodes(swarm, 500)] };
}

/** Until the end of the hold, or until a task is seen on the node that came back. */
async function holdEmpty(world: World, { swarm, web, everywhere, watchers }: Stage, node: string): Promise<void> {
  await tasksUp(swarm, everywhere, 5, 30_000);
  await world.hold(
    "no replicated task on the node that came back",
    async () => (await swarm.tasks({ service: [web] }))?.some((task) => isUp(task) && task.node === node) !== true,
    { forMs: holdMs, everyMs: 2000 },
  );
  await stop(watchers);
}

scenario({
  name: "node-returns-from-drain",
  rules: ["NODE-12/drain"],
  shape: { managers: 3, workers: 2 },
  limitMs: 240_000,
  script: async (world) => {
    const stage = await set(world);
    const node = nodeOf(world, "w1");
    await setAvailability(stage.swarm, node, "drain");
    await tasksUp(stage.swarm, stage.web, 4, 60_000, (task) => task.node !== node.id);
    await setAvailability(stage.swarm, node, "active");
    await holdEmpty(world, stage, node.id);
  },
});

scenario({
  name: "node-returns-from-power-off",
  rules: ["NODE-12/power-off"],
  shape: { managers: 3, workers: 2 },
  limitMs: 300_000,
  script: async (world) => {
    const stage = await set(world);
    const node = nodeOf(world, "w1");
    const off = await world.fault({ kind: "power-off", on: [{ node: node.name }] });
    await tasksUp(stage.swarm, stage.web, 4, 60_000, (task) => task.node !== node.id);
    await off.heal();
    await world.until(
      "the node is ready again",
      async () => ((await stage.swarm.nodes())?.find(({ id }) => id === node.id)?.state === "ready" ? true : undefined),
      {
        withinMs: 60_000,
      },
    );
    await holdEmpty(world, stage, node.id);
  },
});

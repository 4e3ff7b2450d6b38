/** A worker loses its power: when it is down, what becomes of its tasks (rulebook NODE-03, NODE-06). */
import { scenario } from "../../harness/world/scenario.ts";
import { leaderOf, nodeOf, place, stop, tasksUp, watchNodes, watchTasks, whole } from "./drive.ts";

scenario({
  name: "worker-lost",
  rules: ["NODE-03/power-off", "NODE-06"],
  shape: { managers: 3, workers: 2 },
  limitMs: 150_000,
  script: async (world) => {
    const { v1 } = world.cluster.facts.images;
    const swarm = await leaderOf(world);
    const lost = nodeOf(world, "w1");
    // Two nodes may hold it, so that several of its tasks are lost at once and there is one place to go.
    const web = await place(swarm, "web", {
      name: "web",
      image: v1,
      replicas: 4,
      restart: { condition: "any", delayMs: 3000 },
      constraints: ["node.role==worker"],
    });
    const everywhere = await place(swarm, "everywhere", { name: "everywhere", image: v1, restart: { condition: "any", delayMs: 3000 } });
    await whole(swarm, web, 4);
    await whole(swarm, everywhere, 5);
    const watchers = [watchNodes(swarm, 250), watchTasks(swarm, [web, everywhere], 250)];
    await swarm.tasks({ service: [web] });
    await swarm.tasks({ service: [everywhere] });
    const off = await world.fault({ kind: "power-off", on: [{ node: lost.name }] });
    await world.until(
      "the lost worker is down",
      async () => ((await swarm.nodes())?.find(({ id }) => id === lost.id)?.state === "down" ? true : undefined),
      {
        withinMs: 30_000,
      },
    );
    await tasksUp(swarm, web, 4, 25_000, (task) => task.node !== lost.id);
    await world.pass("what the dead node last said stays", 1500);
    await stop(watchers);
    await off.heal();
  },
});

scenario({
  name: "engine-away",
  rules: ["NODE-03/engine-kill"],
  shape: { managers: 3, workers: 2 },
  limitMs: 120_000,
  script: async (world) => {
    const swarm = await leaderOf(world);
    const watcher = watchNodes(swarm, 250);
    const killed = await world.fault({ kind: "kill", on: ["worker(2)"] });
    await world.pass("the engine is away", 200);
    await killed.heal();
    await world.pass("as long as a node that stays away needs to be down", 21_000);
    await stop([watcher]);
  },
});

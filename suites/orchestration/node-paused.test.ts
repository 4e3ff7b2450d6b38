/** A paused node gets nothing new, keeps what it has, loses what fails (rulebook NODE-10). */
import { act } from "../../harness/checker/marks.ts";
import type { ServiceWish } from "../../harness/client/swarm.ts";
import { scenario } from "../../harness/world/scenario.ts";
import { isUp, killContainer, leaderOf, nodeOf, place, setAvailability, stop, tasksUp, update, watchTasks, whole } from "./drive.ts";

scenario({
  name: "node-paused",
  rules: ["NODE-10"],
  shape: { managers: 3, workers: 2 },
  limitMs: 150_000,
  script: async (world) => {
    const { v1, v2 } = world.cluster.facts.images;
    const swarm = await leaderOf(world);
    const paused = nodeOf(world, "w1");
    const restart = { condition: "any", delayMs: 1000 } as const;
    const webWish: ServiceWish = { name: "web", image: v1, replicas: 4, restart, constraints: ["node.role==worker"] };
    const globalWish: ServiceWish = { name: "everywhere", image: v1, restart, update: { parallelism: 5, monitorMs: 1000 } };
    const web = await place(swarm, "web", webWish);
    const everywhere = await place(swarm, "everywhere", globalWish);
    await whole(swarm, web, 4);
    await whole(swarm, everywhere, 5);
    const watcher = watchTasks(swarm, [web, everywhere], 200);
    const held = (await swarm.tasks({ service: [web] }))?.find((task) => isUp(task) && task.node === paused.id);
    const global = (await swarm.tasks({ service: [everywhere] }))?.find((task) => isUp(task) && task.node === paused.id);
    await setAvailability(swarm, paused, "pause");

    await update(swarm, web, { ...webWish, replicas: 8 });
    await tasksUp(swarm, web, 8, 20_000);
    await update(swarm, everywhere, { ...globalWish, image: v2 });
    await tasksUp(swarm, everywhere, 4, 30_000, (task) => task.image === v2 && task.node !== paused.id);
    if (held !== undefined) {
      await killContainer(swarm, held);
      await tasksUp(swarm, web, 7, 20_000, (task) => task.node !== paused.id);
    }
    if (global !== undefined) {
      await killContainer(swarm, global);
      act.set(world, { act: "global-failed", node: paused.name });
    }
    // Restart delay and start of a task would have passed several times.
    await world.pass("the global task stays away while the node is paused", 7000);
    await setAvailability(swarm, paused, "active");
    await tasksUp(swarm, everywhere, 5, 25_000, (task) => task.image === v2);
    await stop([watcher]);
  },
});

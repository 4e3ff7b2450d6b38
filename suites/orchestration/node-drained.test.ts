/** A drained node is emptied in order and at once; what is no service stays (rulebook NODE-11). */
import type { ServiceWish } from "../../harness/client/swarm.ts";
import { scenario } from "../../harness/world/scenario.ts";
import {
  leaderOf,
  nodeOf,
  place,
  plainContainer,
  removeContainer,
  setAvailability,
  stop,
  tasksUp,
  update,
  watchContainers,
  watchTasks,
  whole,
} from "./drive.ts";

scenario({
  name: "node-drained",
  rules: ["NODE-11"],
  shape: { managers: 3, workers: 2 },
  limitMs: 120_000,
  script: async (world) => {
    const { v1 } = world.cluster.facts.images;
    const swarm = await leaderOf(world);
    const drained = nodeOf(world, "w1");
    // A drain does not wait for the restart delay; with a long one, waiting for it would show.
    const restart = { condition: "any", delayMs: 30_000 } as const;
    const webWish: ServiceWish = { name: "web", image: v1, replicas: 4, restart, constraints: ["node.role==worker"] };
    const web = await place(swarm, "web", webWish);
    const everywhere = await place(swarm, "everywhere", { name: "everywhere", image: v1, restart });
    const plain = await plainContainer(swarm, drained, v1);
    await whole(swarm, web, 4);
    await whole(swarm, everywhere, 5);
    const watchers = [watchTasks(swarm, [web, everywhere], 100), watchContainers(swarm, drained.name, 300)];
    await swarm.tasks({ service: [web] });
    await swarm.tasks({ service: [everywhere] });
    await setAvailability(swarm, drained, "drain");
    await tasksUp(swarm, web, 4, 25_000, (task) => task.node !== drained.id);
    await world.until(
      "no service task on the drained node",
      async () => {
        const tasks = await swarm.tasks({ node: [drained.id] });
        return tasks?.every((task) => !["running", "starting"].includes(task.state)) === true ? true : undefined;
      },
      { withinMs: 25_000 },
    );
    await update(swarm, web, { ...webWish, replicas: 6 });
    await tasksUp(swarm, web, 6, 20_000, (task) => task.node !== drained.id);
    await world.pass("it stays empty", 1000);
    await stop(watchers);
    await removeContainer(swarm, drained, plain);
  },
});

/** How many slots an update works on at a time, and in which order old and new follow (rulebook UPD-06, UPD-07). */
import type { ServiceWish } from "../../harness/client/swarm.ts";
import { scenario } from "../../harness/world/scenario.ts";
import { WORKLOAD_HEALTH_TEST } from "../workloads/images.ts";
import { workloadEnvironment } from "../workloads/switches.ts";
import { leaderOf, place, stop, tasksUp, update, watchTasks, whole } from "./drive.ts";

/** Well under the largest gap the rules allow, with room for slow answers. */
const sampleMs = 50;

scenario({
  name: "update-stop-first",
  rules: ["UPD-06"],
  shape: { managers: 3, workers: 2 },
  limitMs: 150_000,
  script: async (world) => {
    const { v1, v2 } = world.cluster.facts.images;
    const swarm = await leaderOf(world);
    const wish: ServiceWish = { name: "web", image: v1, replicas: 6, update: { parallelism: 2, monitorMs: 1000, order: "stop-first" } };
    const web = await place(swarm, "web", wish);
    await whole(swarm, web, 6);
    const watcher = watchTasks(swarm, [web], sampleMs);
    await swarm.tasks({ service: [web] });
    await update(swarm, web, { ...wish, image: v2 });
    await tasksUp(swarm, web, 6, 65_000, (task) => task.image === v2);
    await world.pass("nothing is left to do", 300);
    await stop([watcher]);
  },
});

scenario({
  name: "update-start-first",
  rules: ["UPD-07"],
  shape: { managers: 3, workers: 2 },
  limitMs: 180_000,
  script: async (world) => {
    const { v1, v2 } = world.cluster.facts.images;
    const swarm = await leaderOf(world);
    const wish: ServiceWish = { name: "web", image: v1, replicas: 6, update: { parallelism: 2, monitorMs: 1000, order: "start-first" } };
    // Only the tasks that are to fail it carry a health check: each probe is a process on a machine that is sampled closely.
    const health = { test: WORKLOAD_HEALTH_TEST, intervalMs: 1000, retries: 100 };
    const web = await place(swarm, "web", wish);
    await whole(swarm, web, 6);
    const watcher = watchTasks(swarm, [web], sampleMs);
    await swarm.tasks({ service: [web] });
    await update(swarm, web, { ...wish, image: v2 });
    await tasksUp(swarm, web, 6, 65_000, (task) => task.image === v2);
    // The tasks to come serve and never get healthy: they stay `starting`.
    await update(swarm, web, { ...wish, image: v2, health, env: workloadEnvironment({ unhealthyAfterS: 0 }) });
    await world.pass("old tasks stay while the new ones are not healthy", 7000);
    await stop([watcher]);
  },
});

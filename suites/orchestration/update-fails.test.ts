/** An update whose new tasks fail pauses or rolls back, as it was told (rulebook UPD-13, UPD-15). */
import type { ServiceWish } from "../../harness/client/swarm.ts";
import { scenario } from "../../harness/world/scenario.ts";
import { leaderOf, place, stop, tasksUp, update, updateState, watchService, watchTasks, whole } from "./drive.ts";

scenario({
  name: "update-pauses",
  rules: ["UPD-13"],
  shape: { managers: 3, workers: 2 },
  limitMs: 120_000,
  script: async (world) => {
    const { v1, missing } = world.cluster.facts.images;
    const swarm = await leaderOf(world);
    const wish: ServiceWish = {
      name: "web",
      image: v1,
      replicas: 5,
      restart: { condition: "any", delayMs: 1000 },
      update: { parallelism: 1, ratio: 0.25, action: "pause", monitorMs: 2000 },
    };
    const web = await place(swarm, "web", wish);
    await whole(swarm, web, 5);
    const watchers = [watchTasks(swarm, [web], 150), watchService(swarm, web, 250)];
    await swarm.tasks({ service: [web] });
    await update(swarm, web, { ...wish, image: missing });
    await updateState(swarm, web, "paused", 45_000);
    await world.pass("it stays paused", 7000);
    await stop(watchers);
  },
});

scenario({
  name: "update-rolls-back",
  rules: ["UPD-15"],
  shape: { managers: 3, workers: 2 },
  limitMs: 150_000,
  script: async (world) => {
    const { v1, broken } = world.cluster.facts.images;
    const swarm = await leaderOf(world);
    const policy = { parallelism: 1, monitorMs: 2000 } as const;
    const wish: ServiceWish = {
      name: "web",
      image: v1,
      replicas: 4,
      restart: { condition: "any", delayMs: 1000 },
      update: { ...policy, action: "rollback" },
      rollback: policy,
    };
    const web = await place(swarm, "web", wish);
    await whole(swarm, web, 4);
    const watchers = [watchTasks(swarm, [web], 150), watchService(swarm, web, 150)];
    await swarm.tasks({ service: [web] });
    await update(swarm, web, { ...wish, image: broken });
    await updateState(swarm, web, "rollback_completed", 65_000);
    await tasksUp(swarm, web, 4, 40_000, (task) => task.image === v1);
    await world.pass("nothing of the new spec comes back", 2000);
    await stop(watchers);
  },
});

/** A rollback by hand swaps spec and previous spec, scale included; twice is back to the start (rulebook UPD-17). */
import type { ServiceWish } from "../../harness/client/swarm.ts";
import { scenario } from "../../harness/world/scenario.ts";
import { leaderOf, place, stop, tasksUp, update, updateState, watchService, watchTasks, whole } from "./drive.ts";

scenario({
  name: "manual-rollback",
  rules: ["UPD-17"],
  shape: { managers: 3, workers: 2 },
  limitMs: 180_000,
  script: async (world) => {
    const { v1, v2 } = world.cluster.facts.images;
    const swarm = await leaderOf(world);
    // The two policies differ, so that it shows which of them a rollback goes by.
    const wish: ServiceWish = {
      name: "web",
      image: v1,
      replicas: 4,
      update: { parallelism: 2, monitorMs: 1000, order: "stop-first" },
      rollback: { parallelism: 2, monitorMs: 1000, order: "start-first" },
    };
    const other: ServiceWish = { ...wish, image: v2, replicas: 2 };
    const web = await place(swarm, "web", wish);
    await whole(swarm, web, 4);
    await update(swarm, web, other);
    await updateState(swarm, web, "completed", 60_000);
    await whole(swarm, web, 2);
    const watchers = [watchTasks(swarm, [web], 100), watchService(swarm, web, 150)];
    await swarm.tasks({ service: [web] });
    await swarm.service(web);
    for (const target of [wish, other]) {
      // What is posted with it must be a valid spec of the same name and is not taken.
      await update(swarm, web, { ...wish, image: v2, replicas: 3, env: ["IGNORED=1"] }, "&rollback=previous");
      await updateState(swarm, web, "rollback_completed", 65_000);
      await tasksUp(swarm, web, target.replicas ?? 0, 40_000, (task) => task.image === target.image);
    }
    await stop(watchers);
  },
});

/** A worker is cut off from the managers: old and new copy run at once, after the heal only the new one (rulebook NODE-07). */
import { scenario } from "../../harness/world/scenario.ts";
import { leaderOf, listsTask, nodeOf, place, stop, tasksUp, watchContainers, watchTasks, whole } from "./drive.ts";

scenario({
  name: "worker-cut-off",
  rules: ["NODE-07"],
  shape: { managers: 3, workers: 2 },
  limitMs: 180_000,
  script: async (world) => {
    const swarm = await leaderOf(world);
    const worker = nodeOf(world, "w1");
    const web = await place(swarm, "web", {
      name: "web",
      image: world.cluster.facts.images.v1,
      replicas: 2,
      restart: { condition: "any", delayMs: 2000 },
      constraints: ["node.role==worker"],
    });
    const old = (await whole(swarm, web, 2)).find((task) => task.node === worker.id);
    const watchers = [watchTasks(swarm, [web], 250), watchContainers(swarm, worker.name, 500)];
    await swarm.tasks({ service: [web] });
    const cut = await world.fault({ kind: "partition", from: [{ node: worker.name }], to: ["managers"], direction: "both" });
    await tasksUp(swarm, web, 2, 45_000, (task) => task.node !== worker.id);
    await world.pass("both copies run", 2000);
    await cut.heal();
    const own = swarm.at(worker.name);
    await world.until(
      "the worker stopped the old copy",
      async () => (listsTask(await own.containers(), old?.id ?? "") ? undefined : true),
      { withinMs: 40_000 },
    );
    await world.pass("only the new copy remains", 3000);
    await stop(watchers);
  },
});

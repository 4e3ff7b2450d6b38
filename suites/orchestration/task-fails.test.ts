/** Tasks fail: their replacements are prepared at once and started after the restart delay (rulebook RST-05). */
import { scenario } from "../../harness/world/scenario.ts";
import { killContainer, leaderOf, place, stop, tasksUp, watchTasks, whole } from "./drive.ts";

scenario({
  name: "task-fails",
  rules: ["RST-05"],
  shape: { managers: 3, workers: 2 },
  limitMs: 90_000,
  script: async (world) => {
    const swarm = await leaderOf(world);
    const web = await place(swarm, "web", {
      name: "web",
      image: world.cluster.facts.images.v1,
      replicas: 3,
      restart: { condition: "any", delayMs: 4000 },
    });
    const tasks = await whole(swarm, web, 3);
    const failing = new Set(tasks.map((task) => task.id));
    const watcher = watchTasks(swarm, [web], 100);
    for (const task of tasks) await killContainer(swarm, task);
    await tasksUp(swarm, web, 3, 30_000, (task) => !failing.has(task.id));
    await stop([watcher]);
  },
});

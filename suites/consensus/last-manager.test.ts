/** The only manager of a swarm cannot be demoted (MEMB-25). */
import { SwarmClient } from "../../harness/client/swarm.ts";
import { scenario } from "../../harness/world/scenario.ts";
import { agreedLeader, write } from "./traffic.ts";

scenario({
  name: "last-manager",
  rules: ["MEMB-25"],
  shape: { managers: 1, workers: 1 },
  limitMs: 60_000,
  script: async (world) => {
    const leader = await agreedLeader(world);
    const client = new SwarmClient(world, leader);
    const id = world.cluster.nodes.find((node) => node.name === leader)?.id ?? "";
    for (const time of [1, 2, 3]) {
      await client.setNode(id, { role: "worker" });
      await client.nodes();
      await write(world, { node: leader, name: `undemoted-${time}`, deadlineMs: 5000 });
    }
  },
});

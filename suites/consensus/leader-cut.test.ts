/** A leader cut off from everyone must stop acknowledging, step down, and follow again after the heal (RAFT-05). */
import { phase } from "../../harness/checker/marks.ts";
import { scenario } from "../../harness/world/scenario.ts";
import type { World } from "../../harness/world/world.ts";
import { agreedLeader, exercise, isolate, managerNames, read, volley, waits, write, writeUntilDone } from "./traffic.ts";

scenario({
  name: "leader-cut",
  rules: ["RAFT-05"],
  shape: { managers: 3, workers: 2 },
  limitMs: 300_000,
  script: async (world) => {
    phase.set(world, { phase: "before" });
    const leader = await agreedLeader(world);
    await exercise(world, leader, "before");
    const others = managerNames(world).filter((name) => name !== leader);
    const cut = await isolate(world, leader);
    phase.set(world, { phase: "cut" });
    await world.all([
      world.spawn("cut-off", (own) => cutOff(own, leader)),
      world.spawn("majority", async (own) => {
        for (const node of others) await writeUntilDone(own, { node, prefix: `majority-${node}`, withinMs: waits(own).election });
        for (const node of others) await exercise(own, node, `majority-${node}`);
      }),
    ]);
    await cut.heal();
    phase.set(world, { phase: "healed" });
    await agreedLeader(world);
    await exercise(world, leader, "healed");
  },
});

/** Writes that wait as long as they may, short reads all along, and a volley of reads once it must have stepped down. */
async function cutOff(world: World, leader: string): Promise<void> {
  const since = world.now();
  const { write: deadlineMs, stepDown } = waits(world);
  const writes = world.spawn("lone-writes", (own) =>
    volley(own, "lone-write", { count: 8, everyMs: 400 }, (each, index) =>
      write(each, { node: leader, name: `lone-${index}`, deadlineMs }),
    ),
  );
  const reads = world.every("lone-reads", 1000, async (own, tick) => {
    await read(own, leader, tick % 2 === 0 ? "/nodes" : "/services", 900);
  });
  await world.pass("until the old leader must have stepped down", Math.max(0, stepDown + 200 - (world.now() - since)));
  reads.stop();
  await volley(world, "late-read", { count: 8, everyMs: 200 }, (own, index) =>
    read(own, leader, index % 2 === 0 ? "/nodes" : "/services", 1500),
  );
  await world.all([writes]);
}

/** The leader's machine is lost; independent requests on the survivors show when there is a new one (RAFT-04). */
import { phase } from "../../harness/checker/marks.ts";
import { scenario } from "../../harness/world/scenario.ts";
import type { Running } from "../../harness/world/world.ts";
import { agreedLeader, exercise, managerNames, read, waits, write } from "./traffic.ts";

/** Long enough to see slow answers, short enough that a parked request does not hide the election. */
const patienceMs = 5000;

scenario({
  name: "leader-lost",
  rules: ["RAFT-04"],
  shape: { managers: 3, workers: 2 },
  limitMs: 300_000,
  script: async (world) => {
    phase.set(world, { phase: "before" });
    const leader = await agreedLeader(world);
    await exercise(world, leader, "before");
    const survivors = managerNames(world).filter((name) => name !== leader);
    for (const node of survivors) await read(world, node, "/nodes");
    const lost = await world.fault({ kind: "power-off", on: [{ node: leader }] });
    phase.set(world, { phase: "lost" });
    const requests: Running<unknown>[] = [];
    let acknowledged = false;
    const asking = world.every("asking", 250, async (own, tick) => {
      const node = survivors[tick % survivors.length] ?? leader;
      requests.push(
        own.spawn("request", async (each) => {
          if (tick % 4 < 2) await read(each, node, "/nodes", patienceMs);
          else if ((await write(each, { node, name: `lost-${tick}`, deadlineMs: patienceMs })).written === "done") acknowledged = true;
        }),
      );
    });
    await world.until("a write acknowledged by a survivor", async () => (acknowledged ? true : undefined), {
      withinMs: waits(world).election,
    });
    asking.stop();
    await world.all(requests);
    for (const node of survivors) await exercise(world, node, `after-${node}`);
    await lost.heal();
    phase.set(world, { phase: "healed" });
    await agreedLeader(world);
  },
});

/** Clients that post a name until they get a definite answer, while leaders are killed under them (RAFT-11). */
import { audit, phase } from "../../harness/checker/marks.ts";
import { scenario } from "../../harness/world/scenario.ts";
import type { World } from "../../harness/world/world.ts";
import { agreedLeader, managerNames, readEverywhere, waits, write } from "./traffic.ts";

scenario({
  name: "leader-change-writes",
  rules: ["RAFT-11"],
  shape: { managers: 3, workers: 2 },
  limitMs: 420_000,
  script: async (world) => {
    const managers = managerNames(world);
    const progress = { done: 0, ending: false };
    await agreedLeader(world);
    const clients = managers.flatMap((node) =>
      ["a", "b"].map((client) => world.spawn(`client-${node}-${client}`, (own) => persist(own, node, client, progress))),
    );
    await moreDone(world, progress, 20);
    for (const round of [1, 2]) {
      const leader = await agreedLeader(world);
      const killed = await world.fault({ kind: "kill", on: [{ node: leader }] });
      phase.set(world, { phase: `leader killed ${round}` });
      await agreedLeader(world, { managers: managers.filter((name) => name !== leader), not: leader, withinMs: waits(world).election });
      await moreDone(world, progress, 10);
      await killed.heal();
      phase.set(world, { phase: `leader back ${round}` });
      await agreedLeader(world);
      await moreDone(world, progress, 10);
    }
    progress.ending = true;
    await world.all(clients);
    audit.set(world, {});
    await readEverywhere(world);
  },
});

interface Progress {
  done: number;
  ending: boolean;
}

/** One client: a name at a time, posted again through the next manager as long as its fate is in doubt. */
async function persist(world: World, first: string, client: string, progress: Progress): Promise<void> {
  const managers = managerNames(world);
  for (let turn = 1; !progress.ending; turn += 1) {
    const name = `kept-${first}-${client}-${turn}`;
    for (let attempt = managers.indexOf(first); ; attempt += 1) {
      const node = managers[attempt % managers.length] ?? first;
      const { written } = await write(world, { node, name, deadlineMs: 2500 });
      if (written === "done") progress.done += 1;
      // A connection that was refused says nothing about what an earlier post of this name did.
      if (written === "done" || progress.ending || attempt > managers.length * 20) break;
      if (written === "refused" && (await exists(world, node, name))) break;
      await world.pass("before posting again", 200);
    }
    await world.pass("between two names", 700);
  }
}

async function exists(world: World, node: string, name: string): Promise<boolean> {
  const outcome = await world.call(node, { method: "GET", path: `/services/${name}` }, 2000);
  return outcome.kind === "answer" && outcome.status === 200;
}

async function moreDone(world: World, progress: Progress, wanted: number): Promise<void> {
  const goal = progress.done + wanted;
  await world.until(`${wanted} more acknowledged creates`, async () => (progress.done >= goal ? true : undefined), { withinMs: 60_000 });
}

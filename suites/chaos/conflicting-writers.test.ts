/** The same names and the same versions, written on both sides of a cut at once (INV-02). */
import { audit, phase } from "../../harness/checker/marks.ts";
import { SwarmClient, specOf } from "../../harness/client/swarm.ts";
import { scenario } from "../../harness/world/scenario.ts";
import type { World } from "../../harness/world/world.ts";
import { agreedLeader, isolate, managerNames, readEverywhere, volley, waits, write, writtenOf } from "../consensus/traffic.ts";
import type { Written } from "../consensus/traffic.ts";

/** Pairs of each kind. */
const pairs = 13;

scenario({
  name: "conflicting-writers",
  rules: ["INV-02"],
  shape: { managers: 3, workers: 2 },
  limitMs: 300_000,
  script: async (world) => {
    const leader = await agreedLeader(world);
    const registers = await prepare(world, leader);
    const majority = managerNames(world).filter((name) => name !== leader);
    const cut = await isolate(world, leader);
    phase.set(world, { phase: "cut" });
    const { write: patienceMs, election } = waits(world);
    const ends = world.now() + election;
    await world.all([
      world.spawn("cut-off", (own) =>
        volley(own, "cut-off", { count: pairs * 2, everyMs: 50 }, (each, index) =>
          contend(each, { node: leader, index, registers, deadlineMs: patienceMs, side: "cut-off" }),
        ),
      ),
      world.spawn("majority", (own) =>
        volley(own, "majority", { count: pairs * 2, everyMs: 50 }, async (each, index) => {
          const node = majority[index % majority.length] ?? leader;
          for (;;) {
            const written = await contend(each, { node, index, registers, deadlineMs: 3000, side: "majority" });
            if (written !== "doubt" || each.now() > ends) return;
            await each.pass("before trying again", 300);
          }
        }),
      ),
    ]);
    await cut.heal();
    phase.set(world, { phase: "healed" });
    await agreedLeader(world);
    audit.set(world, {});
    await readEverywhere(world);
  },
});

interface Register {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

async function prepare(world: World, leader: string): Promise<readonly Register[]> {
  const client = new SwarmClient(world, leader);
  for (let index = 0; index < pairs; index += 1)
    await client.create({ name: `register-${index}`, image: world.cluster.facts.images.v1, replicas: 0 });
  return world.until(
    "all registers are listed",
    async () => {
      const own = (await client.services())?.filter((service) => service.name.startsWith("register-"));
      return own?.length === pairs ? own : undefined;
    },
    { withinMs: 10_000 },
  );
}

interface Bid {
  readonly node: string;
  readonly index: number;
  readonly registers: readonly Register[];
  readonly deadlineMs: number;
  readonly side: string;
}

/** The first half fights for names, the second for the version each register had before the cut. */
async function contend(world: World, { node, index, registers, deadlineMs, side }: Bid): Promise<Written> {
  const register = registers[index - pairs];
  if (register === undefined) return (await write(world, { node, name: `contended-${index}`, deadlineMs })).written;
  const body = specOf({ name: register.name, image: world.cluster.facts.images.v1, replicas: 0, labels: { v: side } });
  return writtenOf(
    await world.call(node, { method: "POST", path: `/services/${register.id}/update?version=${register.version}`, body }, deadlineMs),
  );
}

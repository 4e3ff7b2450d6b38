/** A write loop through all managers while one leader is cut off and the next is killed; then every list is read (INV-01). */
import { audit, phase } from "../../harness/checker/marks.ts";
import { SwarmClient, specOf } from "../../harness/client/swarm.ts";
import { scenario } from "../../harness/world/scenario.ts";
import type { World } from "../../harness/world/world.ts";
import { agreedLeader, isolate, managerNames, readEverywhere, waits, write, writtenOf } from "../consensus/traffic.ts";

/** Short, so that a writer behind a cut tries often; what it gives up on is in doubt and may happen. */
const deadlineMs = 1500;
const acknowledgedGoal = 215;
const underFaultGoal = 22;

scenario({
  name: "acknowledged-writes",
  rules: ["INV-01"],
  shape: { managers: 3, workers: 2 },
  limitMs: 300_000,
  script: async (world) => {
    const managers = managerNames(world);
    await agreedLeader(world);
    const count = { done: 0, enough: false };
    const writers = managers.map((node) => world.spawn(`writer-${node}`, (own) => writer(own, node, count)));
    await done(world, count, 40);
    for (const how of ["cut", "kill"] as const) {
      const leader = await agreedLeader(world);
      const fault = how === "cut" ? await isolate(world, leader) : await world.fault({ kind: "kill", on: [{ node: leader }] });
      phase.set(world, { phase: how });
      await agreedLeader(world, { managers: managers.filter((name) => name !== leader), not: leader, withinMs: waits(world).election });
      await done(world, count, underFaultGoal);
      await fault.heal();
      phase.set(world, { phase: `${how} healed` });
      await agreedLeader(world);
    }
    await done(world, count, Math.max(10, acknowledgedGoal - count.done));
    count.enough = true;
    await world.all(writers);
    audit.set(world, {});
    await readEverywhere(world);
  },
});

/** Of six turns four create, one removes what an earlier turn created, one overwrites the writer's register. */
async function writer(world: World, node: string, count: { done: number; readonly enough: boolean }): Promise<void> {
  const client = new SwarmClient(world, node, deadlineMs);
  const kept: string[] = [];
  let register = "";
  for (let turn = 0; !count.enough; turn += 1) {
    let more = 0;
    if (turn % 6 === 4) more = await overwrite(client, register, node, turn);
    else if (turn % 6 === 5) more = await removeOne(client, kept.shift());
    else {
      const { written, id } = await write(world, { node, name: `w-${node}-${turn}`, deadlineMs });
      if (written === "done") {
        more = 1;
        if (register === "") register = id;
        else kept.push(id);
      }
    }
    // Added after the answer: a sum begun before it would undo what the other writers counted meanwhile.
    count.done += more;
    await world.pass("between two writes", 150);
  }
}

async function removeOne(client: SwarmClient, id: string | undefined): Promise<number> {
  return id !== undefined && writtenOf(await client.remove(id)) === "done" ? 1 : 0;
}

async function overwrite(client: SwarmClient, id: string, node: string, turn: number): Promise<number> {
  const current = id === "" ? undefined : await client.service(id);
  if (current === undefined) return 0;
  const body = specOf({ name: current.name, image: current.image, replicas: 0, labels: { v: `${node}-${turn}` } });
  return writtenOf(await client.send({ method: "POST", path: `/services/${id}/update?version=${current.version}`, body })) === "done"
    ? 1
    : 0;
}

async function done(world: World, count: { readonly done: number }, more: number): Promise<void> {
  const goal = count.done + more;
  await world.until(`${more} more acknowledged writes`, async () => (count.done >= goal ? true : undefined), {
    withinMs: 60_000,
    everyMs: 100,
  });
}

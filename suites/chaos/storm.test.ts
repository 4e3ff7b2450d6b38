/**
 * A few minutes of faults with updates, a drain and a scale between them, watched through every manager all the time;
 * then quiet, and a last look at everything (INV-03, INV-04, INV-05, INV-06).
 */
import { act, audit, phase, subject } from "../../harness/checker/marks.ts";
import { SwarmClient } from "../../harness/client/swarm.ts";
import type { ServiceWish } from "../../harness/client/swarm.ts";
import { scenario } from "../../harness/world/scenario.ts";
import type { World } from "../../harness/world/world.ts";
import { agreedLeader, isolate, managerNames, waits, writtenOf } from "../consensus/traffic.ts";
import { record, watchClosely } from "./recorder.ts";
import type { Watch } from "./recorder.ts";

const quietMs = 10_000;
const closeMs = 14_000;

scenario({
  name: "storm",
  rules: ["INV-03", "INV-04", "INV-05", "INV-06"],
  shape: { managers: 3, workers: 2 },
  limitMs: 600_000,
  script: async (world) => {
    const watch: Watch = { closely: false };
    phase.set(world, { phase: "deploy" });
    const first = await agreedLeader(world, { ready: true });
    const services = await deploy(world, first);
    const recorders = record(world, watch);
    await whole(world, services);
    await watchClosely(world, watch, quietMs, closeMs);
    await cutLeader(world, services);
    await loseWorker(world);
    await drainAndKill(world);
    phase.set(world, { phase: "heal" });
    await agreedLeader(world, { ready: true });
    await whole(world, services);
    await watchClosely(world, watch, quietMs, closeMs);
    for (const recorder of recorders) recorder.stop();
    await finalLook(world);
  },
});

interface Deployed {
  readonly wish: ServiceWish;
  readonly id: string;
}

/** Enough room for every one of them even with a worker drained: `heavy` and `single` fit on the managers. */
function wishes(world: World, memory: number): readonly ServiceWish[] {
  const image = world.cluster.facts.images.v1;
  const restart = { condition: "any", delayMs: 1000 } as const;
  const base = { image, restart, stopGraceMs: 2000 };
  return [
    { ...base, name: "web", replicas: 4, update: { parallelism: 2, order: "start-first", monitorMs: 1000 } },
    { ...base, name: "api", replicas: 3, constraints: ["node.role==worker"] },
    { ...base, name: "single", replicas: 2, maxReplicasPerNode: 1, constraints: ["node.role==manager"] },
    { ...base, name: "heavy", replicas: 2, reserve: { memoryBytes: Math.floor(memory * 0.6) }, constraints: ["node.role==manager"] },
    { ...base, name: "agent" },
  ];
}

async function deploy(world: World, leader: string): Promise<readonly Deployed[]> {
  const client = new SwarmClient(world, leader);
  const nodes = await world.until("the nodes are listed", () => client.nodes(), { withinMs: 10_000 });
  const memory = Math.min(...nodes.map((node) => node.memory));
  const deployed: Deployed[] = [];
  for (const wish of wishes(world, memory)) {
    const id = await client.create(wish);
    deployed.push({ wish, id });
    subject.set(world, { as: wish.replicas === undefined ? "global" : "replicated", id, name: wish.name, replicas: wish.replicas ?? -1 });
  }
  return deployed;
}

/** Until all replicated services run whole; a miss is the checker's to judge, so it waits past the bound. */
async function whole(world: World, services: readonly Deployed[]): Promise<void> {
  const managers = managerNames(world);
  let turn = 0;
  await world.until(
    "all replicated services run whole",
    async () => {
      turn += 1;
      const tasks = await new SwarmClient(world, managers[turn % managers.length] ?? "m1", 2000).tasks();
      if (tasks === undefined) return undefined;
      const right = services.every(({ id, wish }) => {
        const running = tasks.filter((task) => task.service === id && task.state === "running");
        return wish.replicas === undefined || (running.length === wish.replicas && running.every((task) => task.desired === "running"));
      });
      return right ? true : undefined;
    },
    { withinMs: 80_000, everyMs: 300 },
  );
}

/** The leader is cut off; behind its back the others elect and update a service. */
async function cutLeader(world: World, services: readonly Deployed[]): Promise<void> {
  const leader = await agreedLeader(world);
  const cut = await isolate(world, leader);
  phase.set(world, { phase: "leader cut off" });
  const others = managerNames(world).filter((name) => name !== leader);
  const next = await agreedLeader(world, { managers: others, not: leader, withinMs: waits(world).election });
  const web = services[0];
  if (web !== undefined) {
    const client = new SwarmClient(world, next);
    await client.update(web.id, { ...web.wish, image: world.cluster.facts.images.v2 });
    act.set(world, { act: "update", service: web.id });
    await world.pass("the update goes on behind the cut", 5000);
  }
  await cut.heal();
  phase.set(world, { phase: "cut healed" });
  await agreedLeader(world);
}

/** A worker's machine is lost for long enough that its tasks are placed elsewhere. */
async function loseWorker(world: World): Promise<void> {
  const lost = await world.fault({ kind: "power-off", on: ["worker(1)"] });
  phase.set(world, { phase: "worker lost" });
  await world.pass("the lost worker's tasks move", (world.cluster.facts.constants["nodeDown"] ?? 0) + 6000);
  await lost.heal();
  phase.set(world, { phase: "worker back" });
  const leader = await agreedLeader(world);
  await world.until(
    "the worker is ready again",
    async () =>
      (await new SwarmClient(world, leader, 2000).nodes())?.every((node) => node.role !== "worker" || node.state === "ready") === true
        ? true
        : undefined,
    { withinMs: 60_000, everyMs: 500 },
  );
}

/** A worker is drained and stays so; then the leader's engine dies while tasks are still on the move. */
async function drainAndKill(world: World): Promise<void> {
  const leader = await agreedLeader(world);
  const drained = world.cluster.nodes.find((node) => node.name === "w2");
  await world.until(
    "the drain is acknowledged",
    async () =>
      writtenOf(await new SwarmClient(world, leader).setNode(drained?.id ?? "", { availability: "drain" })) === "done" ? true : undefined,
    { withinMs: 10_000 },
  );
  act.set(world, { act: "drain", node: "w2" });
  const killed = await world.fault({ kind: "kill", on: [{ node: leader }] });
  phase.set(world, { phase: "leader killed" });
  const others = managerNames(world).filter((name) => name !== leader);
  await agreedLeader(world, { managers: others, not: leader, withinMs: waits(world).election });
  await killed.heal();
}

async function finalLook(world: World): Promise<void> {
  audit.set(world, {});
  for (const name of managerNames(world)) {
    const client = new SwarmClient(world, name);
    await client.nodes();
    await client.services();
    await client.tasks();
  }
  for (const { name } of world.cluster.nodes) await new SwarmClient(world, name).containers();
}

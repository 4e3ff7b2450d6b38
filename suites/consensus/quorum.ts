/**
 * One script of losing managers until no majority is left, and of getting them back: RAFT-03, and on three managers
 * RAFT-06 and RAFT-08 too. `crash` powers managers off, `partition` cuts each of them off from everyone.
 *
 * The leader goes first, so that what a minority loss costs is an election; of the survivors a follower goes next, so
 * that the last one standing is a leader that must notice by itself that it leads nobody.
 */
import { act, audit, phase, subject } from "../../harness/checker/marks.ts";
import { SwarmClient } from "../../harness/client/swarm.ts";
import { HarnessError } from "../../harness/world/world.ts";
import type { FaultInForce, World } from "../../harness/world/world.ts";
import { agreedLeader, exercise, isolate, managerNames, read, readEverywhere, volley, waits, write, writeUntilDone } from "./traffic.ts";

export type Loss = "crash" | "partition";

interface Course {
  readonly world: World;
  readonly loss: Loss;
  /** Managers lost so far with their faults, in order. */
  readonly lost: { readonly node: string; readonly fault: FaultInForce }[];
}

export function quorumScript(loss: Loss): (world: World) => Promise<void> {
  return async (world) => {
    const course: Course = { world, loss, lost: [] };
    const managers = managerNames(world);
    const tolerable = Math.floor((managers.length - 1) / 2);
    const three = managers.length === 3;
    phase.set(world, { phase: "whole" });
    const leader = await agreedLeader(world, { ready: true });
    const repair = three ? await deployRepair(world, leader) : undefined;
    await exercise(world, leader, "whole");
    await loseTolerable(course, leader, tolerable);
    if (managers.length === 1 && loss === "partition") return healAll(course);
    await loseOneMore(course);
    phase.set(world, { phase: "quorum lost" });
    const broken = repair === undefined ? undefined : await breakTask(world, repair);
    await unheard(course, three);
    await comeBack(course, broken);
  };
}

const survivors = ({ world, lost }: Course): readonly string[] =>
  managerNames(world).filter((name) => lost.every((gone) => gone.node !== name));

async function lose(course: Course, node: string): Promise<void> {
  const { world, loss, lost } = course;
  const fault =
    loss === "crash"
      ? await world.fault({ kind: "power-off", on: [{ node }] })
      : await isolate(
          world,
          node,
          lost.map((gone) => gone.node),
        );
  lost.push({ node, fault });
}

/** As many as may be lost; then writes must go on. A lone manager loses its workers instead, which do not vote. */
async function loseTolerable(course: Course, leader: string, tolerable: number): Promise<void> {
  const { world, loss } = course;
  const rest = managerNames(world).filter((name) => name !== leader);
  for (const node of [leader, ...rest].slice(0, tolerable)) await lose(course, node);
  if (tolerable === 0 && loss === "partition") await lose(course, leader);
  phase.set(world, { phase: "minority lost" });
  const alive = tolerable === 0 ? [leader] : survivors(course);
  for (const node of alive) await writeUntilDone(world, { node, prefix: `minority-${node}`, withinMs: waits(world).election });
  for (const node of alive) await exercise(world, node, `minority-${node}`);
}

async function loseOneMore(course: Course): Promise<void> {
  const { world } = course;
  const alive = survivors(course);
  if (alive.length === 1 || course.lost.length === 0) return lose(course, alive[0] ?? "m1");
  const leader = await agreedLeader(world, { managers: alive, withinMs: waits(world).election });
  return lose(course, alive.find((name) => name !== leader) ?? leader);
}

/** Requests to every manager that still answers its API: a cut-off one does, one without power does not. */
async function unheard(course: Course, three: boolean): Promise<void> {
  const { world, loss } = course;
  const lostAt = world.now();
  const asked = loss === "partition" ? managerNames(world) : managerNames(world).filter((name) => survivors(course).includes(name));
  // Of a lone manager nobody is left to ask; a refused connection is an answer too.
  const nodes = asked.length === 0 ? managerNames(world) : asked;
  const { write: deadlineMs, stepDown } = waits(world);
  const parked = nodes.map((node) =>
    world.spawn(`parked-${node}`, (own) =>
      volley(own, `parked-${node}`, { count: 6, everyMs: 300 }, (each, index) =>
        write(each, { node, name: `parked-${node}-${index}`, deadlineMs }),
      ),
    ),
  );
  const local = nodes.map((node) =>
    world.spawn(`local-${node}`, (own) =>
      volley(own, `local-${node}`, { count: 6, everyMs: 3000 }, (each) => read(each, node, "/containers/json")),
    ),
  );
  if (three) {
    await untilPassed(world, "any old leader must have stepped down", lostAt + stepDown + 500);
    for (const node of nodes)
      await volley(world, `deposed-${node}`, { count: 6, everyMs: 300 }, (own, index) =>
        read(own, node, index % 2 === 0 ? "/nodes" : "/services", 3000),
      );
    const tick = world.cluster.facts.constants["ElectionTick"] ?? 0;
    await untilPassed(world, "requests must be refused at once", lostAt + 3 * tick + 5500);
    for (const node of nodes) await exerciseRefused(world, node);
  }
  await world.all([...parked, ...local]);
}

async function exerciseRefused(world: World, node: string): Promise<void> {
  await volley(world, `refused-${node}`, { count: 5, everyMs: 200 }, async (own, index) => {
    await read(own, node, index % 2 === 0 ? "/nodes" : "/services", 6000);
    await write(own, { node, name: `refused-${node}-${index}`, deadlineMs: 6000 });
  });
}

async function untilPassed(world: World, name: string, t: number): Promise<void> {
  if (t > world.now()) await world.pass(name, t - world.now());
}

/** The last manager lost returns, and with it the quorum. The others follow when all was looked at. */
async function comeBack(course: Course, broken: Broken | undefined): Promise<void> {
  const { world, lost } = course;
  const returned = lost.pop();
  if (returned === undefined) return;
  await returned.fault.heal();
  phase.set(world, { phase: "quorum back" });
  const alive = survivors(course);
  for (const node of alive) await writeUntilDone(world, { node, prefix: `back-${node}`, withinMs: waits(world).back });
  await exercise(world, alive[0] ?? returned.node, "back");
  audit.set(world, {});
  await readEverywhere(world, alive);
  if (broken !== undefined) await repaired(world, alive[0] ?? returned.node, broken);
  await healAll(course);
}

async function healAll(course: Course): Promise<void> {
  for (const { fault } of course.lost.splice(0).toReversed()) await fault.heal();
  await agreedLeader(course.world);
}

const repairReplicas = 2;

/** A service on the workers, whose task is damaged while nobody can repair it. */
async function deployRepair(world: World, node: string): Promise<string> {
  const client = new SwarmClient(world, node);
  const name = "repair";
  const restart = { condition: "any", delayMs: 1000 } as const;
  const id = await client.create({
    name,
    image: world.cluster.facts.images.v1,
    replicas: repairReplicas,
    constraints: ["node.role==worker"],
    restart,
  });
  subject.set(world, { as: "repair", id, name, replicas: repairReplicas });
  await repaired(world, node, { service: id, task: "" });
  return id;
}

interface Broken {
  readonly service: string;
  /** The task that lost its container; what the managers last heard of it is that it runs. */
  readonly task: string;
}

async function repaired(world: World, node: string, broken: Broken): Promise<void> {
  const client = new SwarmClient(world, node);
  await world.until(
    "the damaged service runs whole",
    async () => {
      const running = (await client.tasks())?.filter((task) => task.service === broken.service && task.state === "running");
      const whole = running?.length === repairReplicas && running.every((task) => task.desired === "running" && task.id !== broken.task);
      return whole ? true : undefined;
    },
    { withinMs: 80_000, everyMs: 500 },
  );
}

async function breakTask(world: World, service: string): Promise<Broken> {
  for (const { name } of world.cluster.nodes.filter((node) => node.role === "worker")) {
    const client = new SwarmClient(world, name);
    const victim = (await client.containers())?.find((container) => container.service === service);
    if (victim === undefined) continue;
    await client.send({ method: "DELETE", path: `/containers/${victim.id}?force=true` });
    act.set(world, { act: "break", node: name, service, data: victim.task });
    return { service, task: victim.task };
  }
  throw new HarnessError("setting up: no worker lists a container of the service to be damaged");
}

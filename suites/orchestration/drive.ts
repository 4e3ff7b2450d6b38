/**
 * What the scripts about services, nodes and updates share: a client at the leader, placing a subject, the watchers
 * that put tasks, nodes and containers into the history, and acts that are no fault. It drives and marks, no more.
 */
import { act, subject } from "../../harness/checker/marks.ts";
import { SwarmClient } from "../../harness/client/swarm.ts";
import type { ServiceWish } from "../../harness/client/swarm.ts";
import type { ContainerView, TaskView } from "../../harness/client/views.ts";
import type { NodeInfo } from "../../harness/sut/sut.ts";
import { HarnessError } from "../../harness/world/world.ts";
import type { Running, World } from "../../harness/world/world.ts";

/** Longest that setting up may take before the attempt is given up; nothing is judged by it. */
const setUpMs = 60_000;

/** Through the leader, once every node is ready and active. */
export async function leaderOf(world: World): Promise<SwarmClient> {
  const [first] = world.cluster.nodes;
  if (first === undefined) throw new HarnessError("the cluster has no nodes");
  const any = new SwarmClient(world, first.name);
  const name = await world.until(
    "all nodes are ready and active under one leader",
    async () => {
      const nodes = await any.nodes();
      const whole =
        nodes?.length === world.cluster.nodes.length && nodes.every((node) => node.state === "ready" && node.availability === "active");
      return whole ? any.leader() : undefined;
    },
    { withinMs: setUpMs },
  );
  return any.at(name);
}

export function nodeOf(world: World, name: string): NodeInfo {
  const node = world.cluster.nodes.find((one) => one.name === name);
  if (node === undefined) throw new HarnessError(`the cluster has no node ${name}`);
  return node;
}

/** Creates a service and marks the part it plays. */
export async function place(swarm: SwarmClient, as: string, wish: ServiceWish): Promise<string> {
  const id = await swarm.create(wish);
  const restartDelayMs = wish.restart?.delayMs;
  subject.set(swarm.world, {
    as,
    id,
    name: wish.name,
    replicas: wish.replicas ?? -1,
    ...(restartDelayMs === undefined ? {} : { restartDelayMs }),
  });
  return id;
}

export const isUp = (task: TaskView): boolean => task.state === "running" && task.desired === "running";

/** Until the service has that many tasks up (that satisfy `suits`), and none else. */
export function tasksUp(
  swarm: SwarmClient,
  service: string,
  count: number,
  withinMs: number,
  suits: (task: TaskView) => boolean = () => true,
): Promise<readonly TaskView[]> {
  return swarm.world.until(
    `${count} tasks up`,
    async () => {
      const tasks = await swarm.tasks({ service: [service] });
      const up = tasks?.filter((task) => isUp(task) && suits(task)) ?? [];
      return up.length === count ? up : undefined;
    },
    { withinMs },
  );
}

/** The set-up form of it. */
export const whole = (swarm: SwarmClient, service: string, count: number): Promise<readonly TaskView[]> =>
  tasksUp(swarm, service, count, setUpMs);

/** Asks for the tasks of these services again and again; with `services`, for the services themselves too. */
export function watchTasks(swarm: SwarmClient, services: readonly string[], everyMs: number): Running<void> {
  return swarm.world.every("watch-tasks", everyMs, async () => {
    for (const service of services) await swarm.tasks({ service: [service] });
  });
}
export function watchService(swarm: SwarmClient, service: string, everyMs: number): Running<void> {
  return swarm.world.every("watch-service", everyMs, async () => void (await swarm.service(service)));
}
export function watchNodes(swarm: SwarmClient, everyMs: number): Running<void> {
  return swarm.world.every("watch-nodes", everyMs, async () => void (await swarm.nodes()));
}
/** Asks the node's own engine, which answers whatever the managers think of it. */
export function watchContainers(swarm: SwarmClient, node: string, everyMs: number): Running<void> {
  const own = swarm.at(node);
  return swarm.world.every(`watch-containers-${node}`, everyMs, async () => void (await own.containers()));
}
/** Stops watchers and waits for their last question to end. */
export async function stop(watchers: readonly Running<void>[]): Promise<void> {
  for (const watcher of watchers) watcher.stop();
  for (const watcher of watchers) await watcher.done;
}

/** Sets a node's availability and marks it once acknowledged. */
export async function setAvailability(swarm: SwarmClient, node: NodeInfo, availability: "active" | "pause" | "drain"): Promise<void> {
  const done = await swarm.world.until(
    `${node.name} set to ${availability}`,
    async () => {
      const outcome = await swarm.setNode(node.id, { availability });
      // A node's version moves by itself; the optimistic lock may have to be tried again.
      return outcome.kind === "answer" && outcome.status === 200 ? true : undefined;
    },
    { withinMs: 10_000 },
  );
  if (done) act.set(swarm.world, { act: availability === "active" ? "activate" : availability, node: node.name });
}

/** Posts the spec as an update, again while the optimistic lock refuses it. */
export async function update(swarm: SwarmClient, service: string, wish: ServiceWish, query = ""): Promise<void> {
  await swarm.world.until(
    `update of ${wish.name} acknowledged`,
    async () => {
      const outcome = await swarm.update(service, wish, query);
      return outcome.kind === "answer" && outcome.status === 200 ? true : undefined;
    },
    { withinMs: 10_000 },
  );
}

/** Until `UpdateStatus.State` is `state`. */
export function updateState(swarm: SwarmClient, service: string, state: string, withinMs: number): Promise<true> {
  return swarm.world.until(`update is ${state}`, async () => ((await swarm.service(service))?.update === state ? true : undefined), {
    withinMs,
  });
}

/** Ends a task behind the swarm's back: its container is killed by its own engine. */
export async function killContainer(swarm: SwarmClient, task: TaskView): Promise<void> {
  const node = swarm.world.cluster.nodes.find((one) => one.id === task.node);
  if (node === undefined) throw new HarnessError(`task ${task.id} is on no known node`);
  const outcome = await swarm.at(node.name).send({ method: "POST", path: `/containers/${task.container}/kill?signal=SIGKILL` });
  if (outcome.kind !== "answer" || outcome.status >= 300)
    throw new HarnessError(`container of task ${task.id} was not killed: ${JSON.stringify(outcome)}`);
}

/** A container of no service, started on the node; marked. */
export async function plainContainer(swarm: SwarmClient, node: NodeInfo, image: string): Promise<string> {
  const own = swarm.at(node.name);
  const made = await own.send({ method: "POST", path: "/containers/create", body: { Image: image } });
  const id =
    made.kind === "answer" && made.status === 201 && typeof made.body === "object" && made.body !== null && "Id" in made.body
      ? String(made.body.Id)
      : undefined;
  if (id === undefined) throw new HarnessError(`no plain container on ${node.name}: ${JSON.stringify(made)}`);
  await own.send({ method: "POST", path: `/containers/${id}/start` });
  await swarm.world.until(
    "the plain container runs",
    async () => ((await own.containers())?.some((one) => one.id === id) === true ? true : undefined),
    { withinMs: setUpMs },
  );
  act.set(swarm.world, { act: "plain-container", node: node.name, data: id });
  return id;
}

export async function removeContainer(swarm: SwarmClient, node: NodeInfo, id: string): Promise<void> {
  await swarm.at(node.name).send({ method: "DELETE", path: `/containers/${id}?force=1` });
}

/** Whether the node's own engine lists a running container of that task. */
export const listsTask = (containers: readonly ContainerView[] | undefined, task: string): boolean =>
  containers?.some((one) => one.task === task && one.state === "running") === true;

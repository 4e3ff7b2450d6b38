/**
 * The object store of the toy peer: immutable values, one stamp (term, index) for the whole of it. Also the placing of
 * tasks, which is deliberately plain: the least loaded node that is ready and active, and what runs stays.
 */
export interface Stamp {
  readonly term: number;
  readonly index: number;
}

export interface ToyNode {
  readonly name: string;
  readonly id: string;
  readonly role: "manager" | "worker";
  readonly version: number;
  readonly availability: "active" | "pause" | "drain";
  readonly state: "ready" | "down";
}
export interface ToyService {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  /** -1: global. */
  readonly replicas: number;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly previous: Readonly<Record<string, unknown>> | undefined;
}
export interface ToyTask {
  readonly id: string;
  readonly version: number;
  readonly service: string;
  readonly slot: number;
  readonly node: string;
  readonly state: "assigned" | "running" | "shutdown";
  readonly desired: "running" | "shutdown";
  readonly createdMs: number;
  readonly image: string;
}
export interface ToyStore {
  readonly stamp: Stamp;
  readonly nodes: readonly ToyNode[];
  readonly services: readonly ToyService[];
  readonly tasks: readonly ToyTask[];
}

export function newer(a: Stamp, b: Stamp): boolean {
  return a.term !== b.term ? a.term > b.term : a.index > b.index;
}

/** Ended tasks kept per slot. */
const historyMax = 4;

/** One step towards what the services want. */
export function reconcile(store: ToyStore, nowMs: number): ToyStore {
  const usable = new Set(store.nodes.filter((node) => node.state === "ready" && node.availability !== "drain").map((node) => node.name));
  const version = store.stamp.index;
  let tasks = store.tasks;
  const stop = (gone: (task: ToyTask) => boolean): void => {
    if (!tasks.some((task) => task.desired === "running" && gone(task))) return;
    tasks = tasks.map((task) => (task.desired === "running" && gone(task) ? { ...task, desired: "shutdown", version } : task));
  };
  const replicas = new Map(store.services.map((service) => [service.id, service.replicas]));
  stop((task) => !usable.has(task.node) || task.slot > Math.max(0, replicas.get(task.service) ?? 0) || !replicas.has(task.service));
  for (const service of store.services) {
    if (service.replicas < 0) tasks = everywhere(service, store, tasks, nowMs);
    for (let slot = 1; slot <= service.replicas; slot += 1) {
      if (tasks.some((task) => task.service === service.id && task.slot === slot && task.desired === "running")) continue;
      const node = leastLoaded(store.nodes, tasks);
      if (node !== undefined) tasks = [...tasks, newTask(service, slot, node, version, tasks.length, nowMs)];
    }
  }
  return { ...store, tasks: forget(tasks, replicas) };
}

function everywhere(service: ToyService, { nodes, stamp }: ToyStore, tasks: readonly ToyTask[], nowMs: number): readonly ToyTask[] {
  const has = (name: string): boolean =>
    tasks.some((task) => task.service === service.id && task.node === name && task.desired === "running");
  const bare = nodes.filter((node) => node.state === "ready" && node.availability === "active" && !has(node.name));
  return [...tasks, ...bare.map((node, k) => newTask(service, 0, node.name, stamp.index, tasks.length + k, nowMs))];
}

function newTask(service: ToyService, slot: number, node: string, version: number, count: number, createdMs: number): ToyTask {
  const id = `${service.id}x${slot}x${version}x${count}`;
  return { id, version, service: service.id, slot, node, state: "assigned", desired: "running", createdMs, image: imageOf(service.spec) };
}

/** Tasks of removed services go once they have ended; so does all but the latest history of a slot. */
function forget(tasks: readonly ToyTask[], replicas: ReadonlyMap<string, number>): readonly ToyTask[] {
  return tasks.filter((task, place) => {
    if (task.state !== "shutdown") return true;
    const later = tasks
      .slice(place + 1)
      .filter((other) => other.service === task.service && other.slot === task.slot && (task.slot > 0 || other.node === task.node));
    return replicas.has(task.service) && later.length <= historyMax;
  });
}

function leastLoaded(nodes: readonly ToyNode[], tasks: readonly ToyTask[]): string | undefined {
  const load = (name: string): number => tasks.filter((task) => task.node === name && task.desired === "running").length;
  const open = nodes.filter((node) => node.state === "ready" && node.availability === "active").map((node) => node.name);
  return open.toSorted((a, b) => load(a) - load(b))[0];
}

export function imageOf(spec: unknown): string {
  const image = at(at(at(spec, "TaskTemplate"), "ContainerSpec"), "Image");
  return typeof image === "string" ? image : "";
}

/** A field of a parsed JSON value, or nothing. */
export function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (Reflect.get(value, key) as unknown) : undefined;
}

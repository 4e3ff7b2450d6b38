/**
 * The part of the Engine API that the toy peer answers, in Docker's shapes (Engine API 1.41). Reads are pure functions
 * of a store; a write is a refusal or a changed store with the answer it earns once a majority holds it.
 */
import type { ApiRequest } from "../client/exchange.ts";
import { at } from "./toy-store.ts";
import type { ToyNode, ToyService, ToyStore, ToyTask } from "./toy-store.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}
export type Write = { readonly refused: Answer } | { readonly store: ToyStore; readonly answer: Answer };

const refuse = (status: number, message: string): { readonly refused: Answer } => ({ refused: { status, body: { message } } });

export function isWrite(request: ApiRequest): boolean {
  return request.method !== "GET";
}

interface Route {
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

function routeOf(path: string): Route {
  const [bare = "", query = ""] = path.replace(/^\/v\d+\.\d+/, "").split("?");
  return { parts: bare.split("/").filter((part) => part !== ""), query: new URLSearchParams(query) };
}

/** `leader` marks the manager that answers as leader. */
export function read(store: ToyStore, leader: string, request: ApiRequest): Answer {
  const { parts, query } = routeOf(request.path);
  const [kind, name] = parts;
  const node = (one: ToyNode): unknown => nodeBody(one, leader);
  const list = { nodes: () => store.nodes.map(node), services: () => store.services.map(serviceBody), tasks: () => tasks(store, query) };
  if (name === undefined && (kind === "nodes" || kind === "services" || kind === "tasks")) return { status: 200, body: list[kind]() };
  const one =
    kind === "nodes" ? found(store.nodes, name, node) : kind === "services" ? found(store.services, name, serviceBody) : undefined;
  if (one !== undefined) return { status: 200, body: one };
  return { status: 404, body: { message: name === undefined ? "page not found" : `${kind} ${name} not found` } };
}

function found<T extends { readonly id: string; readonly name: string }>(
  all: readonly T[],
  name: string | undefined,
  body: (one: T) => unknown,
): unknown {
  const one = all.find((candidate) => candidate.id === name || candidate.name === name);
  return one === undefined ? undefined : body(one);
}

function tasks(store: ToyStore, query: URLSearchParams): readonly unknown[] {
  const filters: unknown = JSON.parse(query.get("filters") ?? "{}");
  const allows = (key: string, ...values: readonly (string | undefined)[]): boolean => {
    const wanted = at(filters, key);
    return !Array.isArray(wanted) || values.some((value) => wanted.includes(value));
  };
  const named = (id: string): string | undefined => store.services.find((service) => service.id === id)?.name;
  const node = (name: string): string | undefined => store.nodes.find((one) => one.name === name)?.id;
  return store.tasks
    .filter((task) => allows("service", task.service, named(task.service)) && allows("desired-state", task.desired))
    .filter((task) => allows("node", task.node, node(task.node)))
    .map((task) => taskBody(task, node(task.node) ?? ""));
}

/** Applies a write to a store whose stamp is already that of the write. */
export function write(store: ToyStore, request: ApiRequest): Write {
  const { parts, query } = routeOf(request.path);
  const [kind, name = "", verb] = parts;
  if (request.method === "POST" && kind === "services" && name === "create") return createService(store, request.body);
  if (request.method === "POST" && kind === "services" && verb === "update") return updateService(store, name, query, request.body);
  if (request.method === "POST" && kind === "nodes" && verb === "update") return updateNode(store, name, query, request.body);
  if (request.method === "DELETE" && kind === "services") return removeService(store, name);
  return refuse(404, "page not found");
}

function createService(store: ToyStore, spec: unknown): Write {
  const name = at(spec, "Name");
  if (typeof name !== "string" || name === "") return refuse(400, "rpc error: code = InvalidArgument desc = name must be provided");
  if (store.services.some((service) => service.name === name)) {
    return refuse(409, `rpc error: code = AlreadyExists desc = name conflicts with an existing object: service ${name} already exists`);
  }
  const id = `svc${store.stamp.term}t${store.stamp.index}`;
  const service: ToyService = { id, version: store.stamp.index, name, ...specOf(spec), previous: undefined };
  return { store: { ...store, services: [...store.services, service] }, answer: { status: 201, body: { ID: id } } };
}

function updateService(store: ToyStore, name: string, query: URLSearchParams, spec: unknown): Write {
  const service = store.services.find((one) => one.id === name || one.name === name);
  if (service === undefined) return refuse(404, `service ${name} not found`);
  if (Number(query.get("version")) !== service.version) return refuse(500, "rpc error: code = Unknown desc = update out of sequence");
  const changed: ToyService = { ...service, version: store.stamp.index, ...specOf(spec), previous: service.spec };
  const services = store.services.map((one) => (one === service ? changed : one));
  return { store: { ...store, services }, answer: { status: 200, body: { Warnings: null } } };
}

function removeService(store: ToyStore, name: string): Write {
  const service = store.services.find((one) => one.id === name || one.name === name);
  if (service === undefined) return refuse(404, `service ${name} not found`);
  return { store: { ...store, services: store.services.filter((one) => one !== service) }, answer: { status: 200, body: "" } };
}

function updateNode(store: ToyStore, name: string, query: URLSearchParams, spec: unknown): Write {
  const node = store.nodes.find((one) => one.id === name || one.name === name);
  if (node === undefined) return refuse(404, `node ${name} not found`);
  if (Number(query.get("version")) !== node.version) return refuse(500, "rpc error: code = Unknown desc = update out of sequence");
  const wanted = at(spec, "Availability");
  const availability = wanted === "drain" || wanted === "pause" ? wanted : "active";
  const changed: ToyNode = { ...node, availability, version: store.stamp.index };
  const nodes = store.nodes.map((one) => (one === node ? changed : one));
  return { store: { ...store, nodes }, answer: { status: 200, body: "" } };
}

function specOf(spec: unknown): { readonly spec: Readonly<Record<string, unknown>>; readonly replicas: number } {
  const replicas = at(at(at(spec, "Mode"), "Replicated"), "Replicas");
  const copy = typeof spec === "object" && spec !== null ? { ...spec } : {};
  const global = at(at(spec, "Mode"), "Global") !== undefined;
  return { spec: copy, replicas: global ? -1 : typeof replicas === "number" ? replicas : 1 };
}

function nodeBody(node: ToyNode, leader: string): unknown {
  return {
    ID: node.id,
    Version: { Index: node.version },
    Spec: { Role: node.role, Availability: node.availability, Labels: {} },
    Description: { Hostname: node.name },
    Status: { State: node.state, Addr: node.name },
    ...(node.role === "manager"
      ? { ManagerStatus: { Leader: node.name === leader, Reachability: "reachable", Addr: `${node.name}:2377` } }
      : {}),
  };
}

function serviceBody(service: ToyService): unknown {
  return {
    ID: service.id,
    Version: { Index: service.version },
    Spec: service.spec,
    ...(service.previous === undefined ? {} : { PreviousSpec: service.previous }),
  };
}

function taskBody(task: ToyTask, nodeId: string): unknown {
  const container = task.state === "assigned" ? {} : { ContainerStatus: { ContainerID: `ctr-${task.id}`, PID: 1, ExitCode: 0 } };
  return {
    ID: task.id,
    Version: { Index: task.version },
    CreatedAt: timestamp(task.createdMs),
    Spec: { ContainerSpec: { Image: task.image } },
    ServiceID: task.service,
    Slot: task.slot,
    NodeID: nodeId,
    Status: { State: task.state, ...container },
    DesiredState: task.desired,
  };
}

/** Virtual time as RFC 3339 within one day of a fixed date; a simulated node has no other. */
function timestamp(ms: number): string {
  return `2030-01-01T${String(Math.floor(ms / 3_600_000)).padStart(2, "0")}:${two(ms / 60_000)}:${two(ms / 1000)}Z`;
}

const two = (value: number): string => String(Math.floor(value) % 60).padStart(2, "0");

/** Containers of one node, from the ids of the tasks that run there. */
export function containers(running: readonly string[], store: ToyStore): Answer {
  const body = running.map((id) => {
    const task = store.tasks.find((one) => one.id === id);
    const labels = { "com.docker.swarm.task.id": id, "com.docker.swarm.service.id": task?.service ?? "" };
    return { Id: `ctr-${id}`, Names: [`/${id}`], Image: task?.image ?? "", State: "running", Labels: labels };
  });
  return { status: 200, body };
}

/**
 * A small client for scripts: what the suites want of a swarm, in terms of `World.call`. Holds no state but the world;
 * every answer it acts on is in the history. Reads return `undefined` when the node gave no usable answer.
 */
import type { World } from "../world/world.ts";
import { HarnessError } from "../world/world.ts";
import type { ApiRequest, Outcome } from "./exchange.ts";
import { readContainers, readInfo, readNodes, readService, readServices, readTasks } from "./views.ts";
import type { ContainerView, InfoView, NodeView, ServiceView, TaskView } from "./views.ts";

const second = 1_000_000_000;

export interface UpdatePolicy {
  readonly parallelism?: number;
  readonly delayMs?: number;
  readonly monitorMs?: number;
  readonly action?: "pause" | "continue" | "rollback";
  readonly ratio?: number;
  readonly order?: "stop-first" | "start-first";
}
export interface ServiceWish {
  readonly name: string;
  readonly image: string;
  /** Absent: global. */
  readonly replicas?: number;
  readonly env?: readonly string[];
  readonly constraints?: readonly string[];
  readonly maxReplicasPerNode?: number;
  /** Reserved on the node of each task. */
  readonly reserve?: { readonly nanoCpus?: number; readonly memoryBytes?: number };
  readonly restart?: { readonly condition: "none" | "on-failure" | "any"; readonly delayMs: number; readonly maxAttempts?: number };
  readonly update?: UpdatePolicy;
  readonly rollback?: UpdatePolicy;
  readonly stopGraceMs?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly forceUpdate?: number;
  /** Docker HEALTHCHECK command with its interval. */
  readonly health?: {
    readonly test: readonly string[];
    readonly intervalMs: number;
    readonly retries: number;
    readonly startPeriodMs?: number;
  };
}

const ns = (ms: number): number => Math.round((ms / 1000) * second);

function policy(p: UpdatePolicy): object {
  return {
    Parallelism: p.parallelism ?? 1,
    Delay: ns(p.delayMs ?? 0),
    Monitor: ns(p.monitorMs ?? 5000),
    FailureAction: p.action ?? "pause",
    MaxFailureRatio: p.ratio ?? 0,
    Order: p.order ?? "stop-first",
  };
}

/** The whole spec as the Engine API wants it at create and update. */
export function specOf(wish: ServiceWish): Record<string, unknown> {
  const container: Record<string, unknown> = { Image: wish.image };
  if (wish.env !== undefined) container["Env"] = wish.env;
  if (wish.stopGraceMs !== undefined) container["StopGracePeriod"] = ns(wish.stopGraceMs);
  if (wish.health !== undefined) {
    const { test, intervalMs, retries, startPeriodMs } = wish.health;
    container["Healthcheck"] = {
      Test: test,
      Interval: ns(intervalMs),
      Timeout: ns(intervalMs),
      Retries: retries,
      StartPeriod: ns(startPeriodMs ?? 0),
    };
  }
  const template: Record<string, unknown> = { ContainerSpec: container, ForceUpdate: wish.forceUpdate ?? 0 };
  if (wish.constraints !== undefined || wish.maxReplicasPerNode !== undefined) {
    template["Placement"] = { Constraints: wish.constraints ?? [], MaxReplicas: wish.maxReplicasPerNode ?? 0 };
  }
  if (wish.reserve !== undefined) {
    template["Resources"] = { Reservations: { NanoCPUs: wish.reserve.nanoCpus ?? 0, MemoryBytes: wish.reserve.memoryBytes ?? 0 } };
  }
  if (wish.restart !== undefined) {
    template["RestartPolicy"] = {
      Condition: wish.restart.condition,
      Delay: ns(wish.restart.delayMs),
      MaxAttempts: wish.restart.maxAttempts ?? 0,
    };
  }
  return {
    Name: wish.name,
    Labels: wish.labels ?? {},
    TaskTemplate: template,
    Mode: wish.replicas === undefined ? { Global: {} } : { Replicated: { Replicas: wish.replicas } },
    ...(wish.update === undefined ? {} : { UpdateConfig: policy(wish.update) }),
    ...(wish.rollback === undefined ? {} : { RollbackConfig: policy(wish.rollback) }),
  };
}

export class SwarmClient {
  readonly world: World;
  readonly node: string;
  readonly deadlineMs: number;

  /** Talks to `node`; `deadlineMs` limits every call. */
  constructor(world: World, node: string, deadlineMs = 5000) {
    this.world = world;
    this.node = node;
    this.deadlineMs = deadlineMs;
  }

  at(node: string): SwarmClient {
    return new SwarmClient(this.world, node, this.deadlineMs);
  }

  async send(request: ApiRequest): Promise<Outcome> {
    return this.world.call(this.node, request, this.deadlineMs);
  }

  private async read<T>(path: string, reader: (body: unknown) => T | undefined): Promise<T | undefined> {
    const outcome = await this.send({ method: "GET", path });
    return outcome.kind === "answer" && outcome.status === 200 ? reader(outcome.body) : undefined;
  }

  nodes(): Promise<readonly NodeView[] | undefined> {
    return this.read("/nodes", readNodes);
  }
  tasks(filters: Readonly<Record<string, readonly string[]>> = {}): Promise<readonly TaskView[] | undefined> {
    const query = Object.keys(filters).length === 0 ? "" : `?filters=${encodeURIComponent(JSON.stringify(filters))}`;
    return this.read(`/tasks${query}`, readTasks);
  }
  services(): Promise<readonly ServiceView[] | undefined> {
    return this.read("/services", readServices);
  }
  service(idOrName: string): Promise<ServiceView | undefined> {
    return this.read(`/services/${idOrName}`, readService);
  }
  /** Containers of this node, running ones only unless `all`. */
  containers(all = false): Promise<readonly ContainerView[] | undefined> {
    return this.read(`/containers/json${all ? "?all=1" : ""}`, readContainers);
  }
  info(): Promise<InfoView | undefined> {
    return this.read("/info", readInfo);
  }

  /** The service's id; throws `HarnessError` when a set-up create is not acknowledged. For creates under test use `send`. */
  async create(wish: ServiceWish): Promise<string> {
    const outcome = await this.send({ method: "POST", path: "/services/create", body: specOf(wish) });
    if (
      outcome.kind === "answer" &&
      outcome.status === 201 &&
      typeof outcome.body === "object" &&
      outcome.body !== null &&
      "ID" in outcome.body
    ) {
      return String(outcome.body.ID);
    }
    throw new HarnessError(
      `setting up: create of service ${wish.name} through ${this.node} was not acknowledged: ${JSON.stringify(outcome)}`,
    );
  }

  /** Posts a whole new spec over the version just read. */
  async update(id: string, wish: ServiceWish, query = ""): Promise<Outcome> {
    const current = await this.service(id);
    if (current === undefined) return { kind: "no-answer", sent: false, error: `service ${id} could not be read through ${this.node}` };
    return this.send({ method: "POST", path: `/services/${id}/update?version=${current.version}${query}`, body: specOf(wish) });
  }

  /** Sets availability or role, keeping the rest of the node's spec. */
  async setNode(
    id: string,
    change: { readonly availability?: "active" | "pause" | "drain"; readonly role?: "manager" | "worker" },
  ): Promise<Outcome> {
    const outcome = await this.send({ method: "GET", path: `/nodes/${id}` });
    if (outcome.kind !== "answer" || outcome.status !== 200) return outcome;
    const body = outcome.body as { readonly Version: { readonly Index: number }; readonly Spec: Record<string, unknown> };
    const spec = {
      ...body.Spec,
      ...(change.availability === undefined ? {} : { Availability: change.availability }),
      ...(change.role === undefined ? {} : { Role: change.role }),
    };
    return this.send({ method: "POST", path: `/nodes/${id}/update?version=${body.Version.Index}`, body: spec });
  }

  remove(id: string): Promise<Outcome> {
    return this.send({ method: "DELETE", path: `/services/${id}` });
  }

  /** Name of the leader as this node reports it. */
  async leader(): Promise<string | undefined> {
    const nodes = await this.nodes();
    const leaders = nodes?.filter((node) => node.leader) ?? [];
    const leader = leaders.length === 1 ? leaders[0] : undefined;
    if (leader === undefined) return undefined;
    return this.world.cluster.nodes.find((node) => node.id === leader.id)?.name;
  }
}

/** The named conditions a campaign settles on, as flows of reads; each is one asking, `true` or not yet. */
import { readNodes, readServices, readTasks } from "../client/views.ts";
import type { NodeView, ServiceView, TaskView } from "../client/views.ts";
import { call, managersOf } from "./campaign-asks.ts";
import type { CampaignFlow, Stage } from "./campaign-asks.ts";

const readMs = 2000;

/** Every manager names the same leader and every node is ready. */
export function* agreed(on: Stage): CampaignFlow<true | undefined> {
  const leaders = new Set<string>();
  for (const manager of managersOf(on)) {
    const nodes = readNodes(yield* list(manager, "/nodes"));
    if (nodes === undefined || nodes.length !== on.cluster.nodes.length || nodes.some((node) => node.state !== "ready")) return undefined;
    for (const node of nodes) if (node.leader) leaders.add(node.id);
  }
  return leaders.size === 1 ? true : undefined;
}

/** Agreed, and every service has exactly the tasks it wants, running and wanted, one per slot or node. */
export function* converged(on: Stage): CampaignFlow<true | undefined> {
  if ((yield* agreed(on)) !== true) return undefined;
  const manager = managersOf(on)[0] ?? "";
  const nodes = readNodes(yield* list(manager, "/nodes"));
  const services = readServices(yield* list(manager, "/services"));
  const tasks = readTasks(yield* list(manager, "/tasks"));
  if (nodes === undefined || services === undefined || tasks === undefined) return undefined;
  return services.every((service) => isWhole(service, nodes, tasks)) ? true : undefined;
}

function isWhole(service: ServiceView, nodes: readonly NodeView[], tasks: readonly TaskView[]): boolean {
  const own = tasks.filter((task) => task.service === service.id && task.desired === "running");
  const running = own.filter((task) => task.state === "running");
  const places = new Set(running.map((task) => (service.replicas < 0 ? task.node : String(task.slot))));
  const wanted = service.replicas < 0 ? nodes.filter((node) => node.availability !== "drain").length : service.replicas;
  return own.length === wanted && running.length === wanted && places.size === wanted;
}

function* list(node: string, path: string): CampaignFlow<unknown> {
  const outcome = yield* call(node, { method: "GET", path }, readMs);
  return outcome.kind === "answer" && outcome.status === 200 ? outcome.body : undefined;
}

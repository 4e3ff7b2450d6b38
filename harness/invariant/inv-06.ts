/**
 * INV-06: after settling no running task on a drained node, none on a node that fails its constraints; replicas per
 * node and reservations never exceeded.
 *
 * Judged at the audit, against the last acknowledged specification of each service. Constraints on role, hostname and
 * id are understood; others are left out, not guessed. Rulebook INV-06, NODE-11, SCHED-15/18/19.
 */
import { seconds } from "../checker/samples.ts";
import type { Checker, Finding } from "../checker/checker.ts";
import { audit } from "../checker/marks.ts";
import type { NodeView, TaskView } from "../client/views.ts";
import type { AttemptHistory } from "../history/attempt.ts";
import { record, serviceWrites, snapshotsOf } from "./readings.ts";
import type { Snapshot } from "./readings.ts";

interface Limits {
  readonly name: string;
  readonly constraints: readonly string[];
  /** 0: unlimited. */
  readonly maxPerNode: number;
  readonly cpus: number;
  readonly memory: number;
}

export const inv06: Checker = ({ history, bounds }) => {
  const begun = audit.last(history)?.t ?? Infinity;
  const limits = limitsOf(history);
  const nodes = snapshotsOf(history, "GET /nodes").find((snapshot) => snapshot.from >= begun);
  const lists = snapshotsOf(history, "GET /tasks").filter((snapshot) => snapshot.from >= begun);
  const drained = (nodes?.items ?? []).filter(
    (node) => node.availability === "drain" && drainedLongBefore(history, node, begun - (bounds["settle"] ?? 0)),
  );
  const findings =
    nodes === undefined
      ? []
      : lists.flatMap((list) => [
          ...onDrained(list, drained),
          ...misplaced(list, nodes.items, limits),
          ...overfull(list, nodes.items, limits),
        ]);
  const all = [...limits.values()];
  return {
    findings,
    exposure: {
      audits: lists.length,
      drainedNodes: drained.length,
      constrainedServices: all.filter((service) => service.constraints.length > 0).length,
      limitedServices: all.filter((service) => service.maxPerNode > 0).length,
      reservingServices: all.filter((service) => service.memory > 0 || service.cpus > 0).length,
    },
    missing: nodes === undefined ? ["no list of nodes after the audit began"] : [],
  };
};

/** A node counts as drained only when the drain was acknowledged long enough ago for its tasks to have gone. */
function drainedLongBefore(history: AttemptHistory, node: NodeView, before: number): boolean {
  return history.operations.some(
    (op) =>
      op.method === "POST" &&
      op.path.startsWith(`/nodes/${node.id}/update`) &&
      op.result === "ok" &&
      record(op.body)["Availability"] === "drain" &&
      (op.endedAt ?? Infinity) <= before,
  );
}

function limitsOf(history: AttemptHistory): ReadonlyMap<string, Limits> {
  const limits = new Map<string, Limits>();
  for (const { id, name, spec, op } of serviceWrites(history)) {
    if (op.result !== "ok" || id === undefined || spec["TaskTemplate"] === undefined) continue;
    const template = record(spec["TaskTemplate"]);
    const placement = record(template["Placement"]);
    const reserved = record(record(template["Resources"])["Reservations"]);
    limits.set(id, {
      name: name ?? id,
      constraints: Array.isArray(placement["Constraints"]) ? placement["Constraints"].map(String) : [],
      maxPerNode: number(placement["MaxReplicas"]),
      cpus: number(reserved["NanoCPUs"]),
      memory: number(reserved["MemoryBytes"]),
    });
  }
  return limits;
}

const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const runningOn = (list: Snapshot<TaskView>, node: NodeView): readonly TaskView[] =>
  list.items.filter((task) => task.state === "running" && task.node === node.id);

const found = (expected: string, observed: string, list: Snapshot<TaskView>): Finding => ({
  expected,
  observed: `${observed} through ${list.node} at ${seconds(list.to)}`,
  t: list.to,
  seq: list.op.seq,
});

function onDrained(list: Snapshot<TaskView>, drained: readonly NodeView[]): readonly Finding[] {
  return drained.flatMap((node) =>
    runningOn(list, node).map((task) => found(`no running task on drained ${node.hostname}`, `task ${task.id} runs there`, list)),
  );
}

function misplaced(list: Snapshot<TaskView>, nodes: readonly NodeView[], limits: ReadonlyMap<string, Limits>): readonly Finding[] {
  return nodes.flatMap((node) =>
    runningOn(list, node).flatMap((task) => {
      const service = limits.get(task.service);
      const broken = service?.constraints.find((constraint) => holds(constraint, node) === false);
      if (service === undefined || broken === undefined) return [];
      return [found(`${service.name} only where ${broken}`, `its task ${task.id} runs on ${node.hostname}`, list)];
    }),
  );
}

/** `undefined` for constraints this reading does not know. */
export function holds(constraint: string, node: NodeView): boolean | undefined {
  const [, key, sign, wanted] = /^\s*(\S+?)\s*(==|!=)\s*(.*?)\s*$/.exec(constraint) ?? [];
  const known: Readonly<Record<string, string>> = { "node.role": node.role, "node.hostname": node.hostname, "node.id": node.id };
  const value = key === undefined ? undefined : known[key];
  if (value === undefined || wanted === undefined) return undefined;
  return (value.toLowerCase() === wanted.toLowerCase()) === (sign === "==");
}

function overfull(list: Snapshot<TaskView>, nodes: readonly NodeView[], limits: ReadonlyMap<string, Limits>): readonly Finding[] {
  return nodes.flatMap((node) => {
    const running = runningOn(list, node);
    const crowded = [...limits].flatMap(([id, service]) => {
      const count = running.filter((task) => task.service === id).length;
      if (service.maxPerNode === 0 || count <= service.maxPerNode) return [];
      return [found(`at most ${service.maxPerNode} of ${service.name} on a node`, `${count} run on ${node.hostname}`, list)];
    });
    const sum = (what: "cpus" | "memory"): number => running.reduce((total, task) => total + (limits.get(task.service)?.[what] ?? 0), 0);
    const over = (["cpus", "memory"] as const).flatMap((what) =>
      node[what] > 0 && sum(what) > node[what]
        ? [
            found(
              `reservations of ${what} on ${node.hostname} within its ${node[what]}`,
              `${sum(what)} are reserved by running tasks`,
              list,
            ),
          ]
        : [],
    );
    return [...crowded, ...over];
  });
}

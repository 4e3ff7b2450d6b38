/**
 * Answers of the Engine API as the history keeps them (`harness/client/views.ts`), typed for checkers: snapshots of
 * nodes, tasks and services, and the writes to services with what became of them. Reads only, judges nothing.
 */
import { routeOf } from "../client/views.ts";
import type { ContainerView, NodeView, ServiceView, TaskView } from "../client/views.ts";
import type { AttemptHistory, Operation } from "../history/attempt.ts";

export interface Snapshot<T> {
  readonly op: Operation;
  /** The node that answered. */
  readonly node: string;
  readonly from: number;
  readonly to: number;
  readonly items: readonly T[];
}

interface Views {
  readonly "GET /nodes": NodeView;
  readonly "GET /tasks": TaskView;
  readonly "GET /services": ServiceView;
  readonly "GET /containers/json": ContainerView;
}

/** Answered list reads of one route, in order of their answers. Filtered lists are lists too. */
export function snapshotsOf<R extends keyof Views>(history: AttemptHistory, route: R): readonly Snapshot<Views[R]>[] {
  return history.operations
    .flatMap((op) => {
      if (op.result !== "ok" || op.endedAt === undefined || routeOf(op.method, op.path) !== route || !isList(op.view)) return [];
      return [{ op, node: op.node, from: op.invokedAt, to: op.endedAt, items: op.view as readonly Views[R][] }];
    })
    .sort((a, b) => a.to - b.to || a.op.seq - b.op.seq);
}

/** The history keeps views as the harness itself made them; what could not be read is no list. */
function isList(view: unknown): view is readonly unknown[] {
  return Array.isArray(view) && view.every((item) => typeof item === "object" && item !== null && "id" in item);
}

/** Name of the node with this swarm id, or the id itself where it is none of the cluster's. */
export function nodeName(history: AttemptHistory, id: string): string {
  return history.context.nodes.find((node) => node.id === id)?.name ?? id;
}

/** The one leader a list of nodes names; `undefined` for none or several. */
export function leaderIn(history: AttemptHistory, nodes: readonly NodeView[]): string | undefined {
  const leaders = nodes.filter((node) => node.leader);
  const only = leaders.length === 1 ? leaders[0] : undefined;
  return only === undefined ? undefined : nodeName(history, only.id);
}

/** A write to a service. `service` is the id where it is known, `name` likewise. */
export interface ServiceWrite {
  readonly kind: "create" | "update" | "remove";
  readonly op: Operation;
  readonly name: string | undefined;
  readonly id: string | undefined;
  /** Version the update was based on. */
  readonly version: number | undefined;
  /** The specification sent. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/** All writes to services in order of invocation. */
export function serviceWrites(history: AttemptHistory): readonly ServiceWrite[] {
  const writes: ServiceWrite[] = [];
  const names = new Map<string, string>();
  for (const op of history.operations) {
    const spec = record(op.body);
    switch (routeOf(op.method, op.path)) {
      case "POST /services/create": {
        const name = text(spec["Name"]);
        const id = text(record(op.view)["id"]);
        if (id !== undefined && name !== undefined) names.set(id, name);
        writes.push({ kind: "create", op, name, id, version: undefined, spec });
        break;
      }
      case "POST /services/*/update": {
        const id = objectOf(op.path);
        const version = /[?&]version=(\d+)/.exec(op.path)?.[1];
        writes.push({
          kind: "update",
          op,
          name: text(spec["Name"]),
          id,
          version: version === undefined ? undefined : Number(version),
          spec,
        });
        break;
      }
      case "DELETE /services/*": {
        const id = objectOf(op.path);
        writes.push({ kind: "remove", op, name: id === undefined ? undefined : names.get(id), id, version: undefined, spec });
        break;
      }
      default:
        break;
    }
  }
  return writes;
}

/**
 * Whether the removal may have taken its object away. One answered with 404 may, too: a manager that repeats it after
 * its leader died finds nothing left to remove.
 */
export function mayHaveRemoved({ kind, op }: ServiceWrite): boolean {
  return kind === "remove" && (op.result !== "fail" || op.status === 404);
}

/** Any request that may change something. */
export const isWrite = (op: Operation): boolean => op.method !== "GET";

const objectOf = (path: string): string | undefined => path.split("?")[0]?.split("/")[2];

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

export const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

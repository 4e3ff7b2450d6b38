/**
 * What a history's reads saw, in order: tasks of a service, nodes, one service, containers of a node.
 *
 * Owns the reading of `view` back from a stored event and the arithmetic of "by when was it so": an answer was true
 * at some moment between `from` and `to`, so a claim of lateness needs a read that *began* too late and still did not
 * show it, a claim of haste one that *ended* too early and did. Knows no rule.
 */
import type { ContainerView, NodeView, ServiceView, TaskView } from "../client/views.ts";
import { routeOf } from "../client/views.ts";
import type { AttemptHistory, Operation } from "../history/attempt.ts";
import { isWanted, rankOf } from "../invariant/task-state.ts";

export interface Sample<T> {
  /** The request was about to be written. */
  readonly from: number;
  /** The answer had been read. */
  readonly to: number;
  readonly seq: number;
  /** Who was asked. */
  readonly node: string;
  readonly view: T;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function rowsOf<T>(view: unknown, isRow: (row: unknown) => row is T): readonly T[] | undefined {
  return Array.isArray(view) && view.every((row) => isRow(row)) ? view : undefined;
}
const isTask = (row: unknown): row is TaskView =>
  isRecord(row) && typeof row["id"] === "string" && typeof row["desired"] === "string" && typeof row["state"] === "string";
const isNode = (row: unknown): row is NodeView =>
  isRecord(row) && typeof row["id"] === "string" && typeof row["availability"] === "string" && typeof row["state"] === "string";
const isContainer = (row: unknown): row is ContainerView =>
  isRecord(row) && typeof row["id"] === "string" && typeof row["task"] === "string" && typeof row["state"] === "string";
const isService = (row: unknown): row is ServiceView =>
  isRecord(row) && typeof row["id"] === "string" && typeof row["update"] === "string" && typeof row["image"] === "string";

function samplesOf<T>(history: AttemptHistory, route: string, read: (operation: Operation) => T | undefined): readonly Sample<T>[] {
  const samples: Sample<T>[] = [];
  for (const operation of history.operations) {
    if (operation.result !== "ok" || operation.endedAt === undefined || routeOf(operation.method, operation.path) !== route) continue;
    const view = read(operation);
    if (view !== undefined)
      samples.push({ from: operation.invokedAt, to: operation.endedAt, seq: operation.seq, node: operation.node, view });
  }
  return samples;
}

/** Values of one filter in a listing's query; `undefined` when another filter narrows the listing too. */
function onlyFilter(path: string, name: string): readonly string[] | undefined {
  const query = path.split("?")[1];
  const text = query === undefined ? null : new URLSearchParams(query).get("filters");
  if (text === null) return [];
  const filters: unknown = JSON.parse(text);
  if (!isRecord(filters) || Object.keys(filters).some((key) => key !== name)) return undefined;
  const values = filters[name];
  return Array.isArray(values) ? values.map(String) : [];
}

/** Whole readings of one service's tasks: listings that were narrowed otherwise are left out. */
export function taskSamples(history: AttemptHistory, service: string): readonly Sample<readonly TaskView[]>[] {
  return samplesOf(history, "GET /tasks", (operation) => {
    const asked = onlyFilter(operation.path, "service");
    if (asked === undefined || (asked.length > 0 && !asked.includes(service))) return undefined;
    return rowsOf(operation.view, isTask)?.filter((task) => task.service === service);
  });
}

/** What the managers said of one node; a listing without it is left out. */
export function nodeSamples(history: AttemptHistory, id: string): readonly Sample<NodeView>[] {
  return samplesOf(history, "GET /nodes", (operation) => rowsOf(operation.view, isNode)?.find((node) => node.id === id));
}

export function serviceSamples(history: AttemptHistory, id: string): readonly Sample<ServiceView>[] {
  return samplesOf(history, "GET /services/*", (operation) =>
    isService(operation.view) && operation.view.id === id ? operation.view : undefined,
  );
}

/** Containers as the engine of `node` itself lists them. */
export function containerSamples(history: AttemptHistory, node: string): readonly Sample<readonly ContainerView[]>[] {
  return samplesOf(history, "GET /containers/json", (operation) =>
    operation.node === node ? rowsOf(operation.view, isContainer) : undefined,
  );
}

/** Acknowledged writes to a route, as `routeOf` names it, that satisfy `wanted`; in order of invocation. */
export function acknowledged(
  history: AttemptHistory,
  route: string,
  wanted: (operation: Operation) => boolean = () => true,
): readonly Operation[] {
  return history.operations.filter(
    (operation) => operation.result === "ok" && routeOf(operation.method, operation.path) === route && wanted(operation),
  );
}

/** The acknowledged change of a node's availability, the last one before `before` when given. */
export function availabilitySet(history: AttemptHistory, node: string, availability: string, before = Infinity): Operation | undefined {
  const suits = (operation: Operation): boolean =>
    operation.invokedAt < before &&
    operation.path.includes(`/nodes/${node}/`) &&
    isRecord(operation.body) &&
    operation.body["Availability"] === availability;
  return acknowledged(history, "POST /nodes/*/update", suits).at(-1);
}

/** Acknowledged updates of a service, in order. */
export function updatesOf(history: AttemptHistory, service: string): readonly Operation[] {
  return acknowledged(history, "POST /services/*/update", (operation) => operation.path.includes(`/services/${service}/`));
}

const runningRank = rankOf("running");

/** Not ended as far as anyone reported. */
export const live = (task: TaskView): boolean => rankOf(task.state) <= runningRank;
export const ended = (task: TaskView): boolean => rankOf(task.state) > runningRank;
/** The orchestrator wants it up, now or after a delay. */
export const wanted = (task: TaskView): boolean => isWanted(task.desired);
/** Up and meant to be. */
export const up = (task: TaskView): boolean => task.state === "running" && task.desired === "running";
/** Its container has been started and has not been seen to end. */
export const started = (task: TaskView): boolean => task.state === "starting" || task.state === "running";

export type Eventually<T> =
  | { readonly kind: "met"; readonly sample: Sample<T>; readonly index: number }
  /** A read that began past the bound and still did not show it. */
  | { readonly kind: "late"; readonly sample: Sample<T> }
  /** The reads end before the bound does. */
  | { readonly kind: "unseen" };

/** Was `holds` true within `boundMs` of `since`? Looks at samples that began at or after `since`. */
export function eventually<T>(samples: readonly Sample<T>[], since: number, boundMs: number, holds: (view: T) => boolean): Eventually<T> {
  for (const [index, sample] of samples.entries()) {
    if (sample.from < since) continue;
    if (holds(sample.view)) return { kind: "met", sample, index };
    if (sample.from > since + boundMs) return { kind: "late", sample };
  }
  return { kind: "unseen" };
}

/** For a checker's `missing`: a bound that nobody saw the end of was not kept as far as anyone knows. */
export function unseen(found: Eventually<unknown>, what: string): readonly string[] {
  return found.kind === "unseen" ? [`nobody looked until ${what} was due`] : [];
}

/** Longest stretch of `[from, to]` in which nothing was seen, counted from the beginning of one read to the end of the next. */
export function largestGapMs(samples: readonly Sample<unknown>[], from: number, to: number): number {
  const inside = samples.filter((sample) => sample.to >= from && sample.from <= to);
  let gap = 0;
  let last = from;
  for (const sample of inside) {
    gap = Math.max(gap, Math.min(sample.to, to) - last);
    last = Math.max(from, sample.from);
  }
  return inside.length === 0 ? to - from : Math.max(gap, to - last);
}

/** What clocks and ticks of a target may be off by (rulebook §0), milliseconds. */
export const jitterMs = 1000;

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
/** Enough of an id to find it again. */
export const short = (id: string): string => id.slice(0, 8);

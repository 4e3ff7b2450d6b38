/**
 * Requests to the control plane, sorted by how the answering manager stood to a majority at that time: what RAFT-03,
 * 05, 06 and 08 judge. Writes are creates of services; reads are lists that the leader must answer. Judges nothing.
 */
import { routeOf } from "../client/views.ts";
import type { AttemptHistory, Operation } from "../history/attempt.ts";
import { managersOf, possiblyInForce, quorumDuring } from "./connectivity.ts";
import { record, serviceWrites } from "./readings.ts";
import type { Window } from "./settled.ts";

/** Asked while the manager was surely on that side all the time from the asking to the answer. */
export interface Placed {
  readonly op: Operation;
  readonly from: number;
  readonly to: number;
}

const reads = new Set(["GET /nodes", "GET /services", "GET /tasks"]);

export const isControlRead = (op: Operation): boolean => reads.has(routeOf(op.method, op.path));

export const controlReads = (history: AttemptHistory): readonly Operation[] => history.operations.filter(isControlRead);

export const creates = (history: AttemptHistory): readonly Operation[] =>
  serviceWrites(history).flatMap((write) => (write.kind === "create" ? [write.op] : []));

export interface Side extends Window {
  readonly node: string;
}

/** Those of `operations` that ended, with the manager surely with or surely without a majority meanwhile. */
export function placed(history: AttemptHistory, operations: readonly Operation[], quorum: "yes" | "no"): readonly Placed[] {
  const managers = new Set(managersOf(history));
  return operations.flatMap((op) => {
    const to = op.endedAt;
    if (to === undefined || !managers.has(op.node) || quorumDuring(history, op.node, op.invokedAt, to) !== quorum) return [];
    return [{ op, from: op.invokedAt, to }];
  });
}

export interface Side {
  readonly node: string;
  readonly from: number;
  readonly to: number;
}

/** Moments at which the standing of a manager may change. */
function edgesOf(history: AttemptHistory): readonly number[] {
  const edges = history.faults.flatMap((fault) => [fault.startedAt, fault.provedAt, fault.healStartedAt, fault.removedAt]);
  return [...new Set([history.startedAt, ...edges.filter((t) => t !== undefined), history.endedAt])].sort((a, b) => a - b);
}

/** An interval between two edges is looked at from within, so that a fault that ended at its edge does not count. */
const edge = 0.0001;

function stretches(history: AttemptHistory, holds: (from: number, to: number) => boolean): readonly Window[] {
  const times = edgesOf(history);
  const found: { from: number; to: number }[] = [];
  for (const [index, from] of times.entries()) {
    const to = times[index + 1];
    if (to === undefined || !holds(from + edge, to - edge)) continue;
    const last = found.at(-1);
    if (last !== undefined && last.to === from) last.to = to;
    else found.push({ from, to });
  }
  return found;
}

/** Stretches during which a manager was surely without (or surely with) a majority; edges lie where faults change. */
export function sides(history: AttemptHistory, quorum: "yes" | "no"): readonly Side[] {
  return managersOf(history).flatMap((node) =>
    stretches(history, (from, to) => quorumDuring(history, node, from, to) === quorum).map((stretch) => ({ node, ...stretch })),
  );
}

/** Stretches during which surely no manager had a majority. */
export function quorumLosses(history: AttemptHistory): readonly Window[] {
  const managers = managersOf(history);
  return stretches(history, (from, to) => managers.every((node) => quorumDuring(history, node, from, to) === "no"));
}

/** Whether the node itself was perhaps dead or frozen at some moment; such a one is not asked to answer. */
export function silenced(history: AttemptHistory, node: string, { from, to }: Window): boolean {
  return history.faults.some(
    (fault) => !("links" in record(fault.concrete)) && fault.nodes.includes(node) && possiblyInForce(fault, from, to),
  );
}

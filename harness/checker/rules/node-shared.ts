/**
 * What the rules about lost, paused and drained nodes have in common: which node a fault took, when it was seen down,
 * which tasks it held. Pure readings of a history.
 */
import type { NodeView, TaskView } from "../../client/views.ts";
import type { AttemptHistory, FaultSpan } from "../../history/attempt.ts";
import { nodeSamples, wanted } from "../samples.ts";
import type { Sample } from "../samples.ts";

export interface ClusterNode {
  readonly name: string;
  readonly id: string;
}

export function nodeNamed(history: AttemptHistory, name: string): ClusterNode | undefined {
  return history.context.nodes.find((node) => node.name === name);
}

export function nameOf(history: AttemptHistory, id: string): string {
  return history.context.nodes.find((node) => node.id === id)?.name ?? (id === "" ? "no node" : id);
}

/** The first fault of that kind that was proved in force. */
export function provedFault(history: AttemptHistory, kind: string): (FaultSpan & { readonly provedAt: number }) | undefined {
  for (const span of history.faults) {
    if (span.kind === kind && span.state === "installed" && span.provedAt !== undefined) return { ...span, provedAt: span.provedAt };
  }
  return undefined;
}

/** A node and its proved loss. */
export function lossOf(
  history: AttemptHistory,
  kind: string,
): { readonly span: FaultSpan & { readonly provedAt: number }; readonly node: ClusterNode } | undefined {
  const span = provedFault(history, kind);
  const node = span === undefined ? undefined : nodeNamed(history, span.nodes[0] ?? "");
  return span === undefined || node === undefined ? undefined : { span, node };
}

export interface SeenDown {
  /** The first answer that showed it down. */
  readonly first: Sample<NodeView>;
  /** The node went down after this: when the last answer that did not show it down was asked for. */
  readonly notBefore: number;
}

/** Where the managers' answers turn to `down` after the fault began. */
export function seenDown(history: AttemptHistory, node: string, span: FaultSpan): SeenDown | undefined {
  const samples = nodeSamples(history, node).filter((sample) => sample.from >= span.startedAt);
  const index = samples.findIndex((sample) => sample.view.state === "down");
  const first = samples[index];
  if (first === undefined) return undefined;
  return { first, notBefore: samples[index - 1]?.from ?? span.startedAt };
}

/** The last sample that was whole before `t`. */
export function lastBefore<T>(samples: readonly Sample<T>[], t: number): Sample<T> | undefined {
  return samples.findLast((sample) => sample.to <= t);
}

/** Tasks the orchestrator wanted on a node. */
export const heldBy = (tasks: readonly TaskView[], node: string): readonly TaskView[] =>
  tasks.filter((task) => task.node === node && wanted(task));

export const find = (tasks: readonly TaskView[], id: string): TaskView | undefined => tasks.find((task) => task.id === id);

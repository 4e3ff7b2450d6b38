/**
 * NODE-12: a node that is active again, or back from the dead, gets nothing back but its global tasks; healthy tasks
 * are never moved for balance (rulebook NODE-12, ORCH-10; moby#24103).
 */
import type { TaskView } from "../../client/views.ts";
import type { AttemptHistory } from "../../history/attempt.ts";
import type { Checker, Finding } from "../checker.ts";
import { act, subjectOf } from "../marks.ts";
import { availabilitySet, ended, eventually, largestGapMs, nodeSamples, seconds, short, taskSamples, up, wanted } from "../samples.ts";
import type { Sample } from "../samples.ts";
import { find, lastBefore, lossOf, nodeNamed } from "./node-shared.ts";
import type { ClusterNode } from "./node-shared.ts";

interface Return {
  readonly node: ClusterNode;
  /** It was active or ready again at the latest now. */
  readonly at: number;
}
type TaskSamples = readonly Sample<readonly TaskView[]>[];

export const node12: Checker = ({ history, bounds }) => {
  const { globalBack = 0 } = bounds;
  const none = { heldMs: 0, couldHaveMoved: 0, globalBack: 0 };
  const returned = returnOf(history);
  const web = subjectOf(history, "web")?.data;
  const everywhere = subjectOf(history, "everywhere")?.data;
  if (returned === undefined || web === undefined || everywhere === undefined) {
    return { findings: [], exposure: none, missing: ["no node came back with services around it"] };
  }
  const samples = taskSamples(history, web.id);
  const base = lastBefore(samples, returned.at)?.view.filter(up) ?? [];
  const held = samples.filter((sample) => sample.from >= returned.at);
  const heldTo = held.at(-1)?.from ?? returned.at;
  const back = globalReturns(returned, taskSamples(history, everywhere.id), globalBack);
  return {
    findings: [...nothingMoves(returned, base, held), ...back.findings],
    exposure: {
      heldMs: Math.round(heldTo - returned.at),
      couldHaveMoved: couldHaveMoved(returned, base),
      globalBack: back.seen,
      sampleGapMsMax: Math.round(largestGapMs(held, returned.at, heldTo)),
    },
    missing: [],
  };
};

function returnOf(history: AttemptHistory): Return | undefined {
  const drained = act.all(history).find((mark) => mark.data.act === "activate")?.data.node;
  if (drained !== undefined) {
    const node = nodeNamed(history, drained);
    const call = node === undefined ? undefined : availabilitySet(history, node.id, "active");
    return node === undefined || call?.endedAt === undefined ? undefined : { node, at: call.endedAt };
  }
  const loss = lossOf(history, "power-off");
  if (loss?.span.removedAt === undefined) return undefined;
  const since = loss.span.healStartedAt ?? loss.span.removedAt;
  const ready = nodeSamples(history, loss.node.id).find((sample) => sample.from >= since && sample.view.state === "ready");
  return ready === undefined ? undefined : { node: loss.node, at: ready.to };
}

/** Tasks a rebalancer would have had reason to move: those that the fullest node has above one. */
function couldHaveMoved(returned: Return, base: readonly TaskView[]): number {
  const perNode = new Map<string, number>();
  for (const task of base) perNode.set(task.node, (perNode.get(task.node) ?? 0) + 1);
  return Math.max(0, Math.max(0, ...perNode.values()) - (perNode.get(returned.node.id) ?? 0) - 1);
}

function nothingMoves(returned: Return, base: readonly TaskView[], held: TaskSamples): readonly Finding[] {
  const known = new Set(base.map((task) => task.id));
  const failed = new Set<number>();
  for (const sample of held) {
    for (const task of base) {
      const now = find(sample.view, task.id);
      if (failed.has(task.slot) || (now !== undefined && up(now))) continue;
      // What ended by itself may be replaced anywhere; what was told to stop while it ran was moved.
      if (now !== undefined && ended(now) && (now.state === "failed" || now.state === "complete")) failed.add(task.slot);
      else {
        const observed = now === undefined ? "it is gone" : `it is ${now.state}, desired ${now.desired}`;
        return [{ expected: `task ${short(task.id)} in slot ${task.slot} runs on where it is`, observed, t: sample.to, seq: sample.seq }];
      }
    }
    const moved = sample.view.find(
      (task) => task.node === returned.node.id && wanted(task) && !known.has(task.id) && !failed.has(task.slot),
    );
    if (moved !== undefined) {
      return [
        {
          expected: `${returned.node.name} gets no replicated task by coming back`,
          observed: `task ${short(moved.id)} of slot ${moved.slot} was put there`,
          t: sample.to,
          seq: sample.seq,
        },
      ];
    }
  }
  return [];
}

function globalReturns(
  returned: Return,
  samples: TaskSamples,
  limit: number,
): { readonly findings: readonly Finding[]; readonly seen: number } {
  const back = eventually(samples, returned.at, limit, (tasks) => tasks.some((task) => task.node === returned.node.id && up(task)));
  if (back.kind !== "late") return { findings: [], seen: back.kind === "met" ? 1 : 0 };
  const finding = {
    expected: `the global task is back on ${returned.node.name} within ${seconds(limit)}`,
    observed: "none is running there",
    t: back.sample.to,
    seq: back.sample.seq,
    boundMs: limit,
    timing: true,
  } as const;
  return { findings: [finding], seen: 0 };
}

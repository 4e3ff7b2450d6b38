/**
 * NODE-11: draining a node ends all service tasks on it; replicated ones run again elsewhere without the restart
 * delay, each after its predecessor stopped; a plain container on the node stays
 * (rulebook NODE-11; SwarmKit InvalidNode, restart supervisor).
 */
import type { TaskView } from "../../client/views.ts";
import type { AttemptHistory } from "../../history/attempt.ts";
import type { Checker, Finding } from "../checker.ts";
import { act, subjectOf } from "../marks.ts";
import { availabilitySet, containerSamples, eventually, live, seconds, short, started, taskSamples, up } from "../samples.ts";
import type { Sample } from "../samples.ts";
import { find, heldBy, lastBefore, nodeNamed } from "./node-shared.ts";
import type { ClusterNode } from "./node-shared.ts";

interface Drain {
  readonly history: AttemptHistory;
  readonly node: ClusterNode;
  readonly begun: number;
  readonly from: number;
}
type TaskSamples = readonly Sample<readonly TaskView[]>[];

export const node11: Checker = ({ history, bounds }) => {
  const { evacuated = 0, restored = 0 } = bounds;
  const none = { replicatedMoved: 0, globalStopped: 0, scaledUp: 0, plainSeen: 0 };
  const drain = drainOf(history);
  const web = subjectOf(history, "web")?.data;
  const everywhere = subjectOf(history, "everywhere")?.data;
  if (drain === undefined || web === undefined || everywhere === undefined) {
    return { findings: [], exposure: none, missing: ["no node was drained with services on it"] };
  }
  const replicated = taskSamples(history, web.id);
  const global = taskSamples(history, everywhere.id);
  const moved = heldBy(lastBefore(replicated, drain.begun)?.view ?? [], drain.node.id).filter(up);
  const stopped = heldBy(lastBefore(global, drain.begun)?.view ?? [], drain.node.id).filter(up);
  const plain = plainContainer(drain);
  return {
    findings: [
      ...emptied(drain, replicated, evacuated),
      ...emptied(drain, global, evacuated),
      ...noNewTask(drain, replicated),
      ...noNewTask(drain, global),
      ...runsElsewhere(drain, web.replicas, replicated, restored),
      ...moved.flatMap((task) => afterItsPredecessor(drain, task, replicated)),
      ...plain.findings,
    ],
    exposure: {
      replicatedMoved: moved.length,
      globalStopped: stopped.length,
      scaledUp: scaledUp(drain, web.replicas, replicated),
      plainSeen: plain.seen,
    },
    missing: [],
  };
};

function drainOf(history: AttemptHistory): Drain | undefined {
  const name = act.all(history).find((mark) => mark.data.act === "drain")?.data.node;
  const node = name === undefined ? undefined : nodeNamed(history, name);
  const call = node === undefined ? undefined : availabilitySet(history, node.id, "drain");
  return node === undefined || call?.endedAt === undefined ? undefined : { history, node, begun: call.invokedAt, from: call.endedAt };
}

const there = (drain: Drain, tasks: readonly TaskView[]): TaskView | undefined =>
  tasks.find((task) => task.node === drain.node.id && live(task));

function emptied(drain: Drain, samples: TaskSamples, limit: number): readonly Finding[] {
  const empty = eventually(samples, drain.from, limit, (tasks) => there(drain, tasks) === undefined);
  if (empty.kind === "late") {
    const left = there(drain, empty.sample.view);
    return [
      {
        expected: `no service task on ${drain.node.name} within ${seconds(limit)} of the drain`,
        observed: `task ${short(left?.id ?? "")} is ${left?.state ?? ""}, desired ${left?.desired ?? ""}`,
        t: empty.sample.to,
        seq: empty.sample.seq,
        boundMs: limit,
      },
    ];
  }
  if (empty.kind === "unseen") return [];
  const again = samples.slice(empty.index).find((sample) => there(drain, sample.view) !== undefined);
  if (again === undefined) return [];
  return [
    {
      expected: `${drain.node.name} stays empty while drained`,
      observed: `task ${short(there(drain, again.view)?.id ?? "")} is there`,
      t: again.to,
      seq: again.seq,
    },
  ];
}

function noNewTask(drain: Drain, samples: TaskSamples): readonly Finding[] {
  const known = new Set(samples.filter((sample) => sample.from < drain.from).flatMap((sample) => sample.view.map((task) => task.id)));
  for (const sample of samples) {
    if (sample.from < drain.from) continue;
    const added = sample.view.find((task) => task.node === drain.node.id && !known.has(task.id));
    if (added !== undefined) {
      return [
        {
          expected: `no new task on ${drain.node.name}, which is drained`,
          observed: `task ${short(added.id)} was put there`,
          t: sample.to,
          seq: sample.seq,
        },
      ];
    }
  }
  return [];
}

function runsElsewhere(drain: Drain, replicas: number, samples: TaskSamples, limit: number): readonly Finding[] {
  const count = (tasks: readonly TaskView[]): number => tasks.filter((task) => up(task) && task.node !== drain.node.id).length;
  const all = eventually(samples, drain.from, limit, (tasks) => count(tasks) >= replicas);
  if (all.kind !== "late") return [];
  return [
    {
      expected: `${replicas} tasks run elsewhere within ${seconds(limit)} of the drain, the restart delay skipped`,
      observed: `${count(all.sample.view)} do`,
      t: all.sample.to,
      seq: all.sample.seq,
      boundMs: limit,
    },
  ];
}

function afterItsPredecessor(drain: Drain, old: TaskView, samples: TaskSamples): readonly Finding[] {
  for (const sample of samples) {
    const before = find(sample.view, old.id);
    if (sample.to < drain.begun || before === undefined || !live(before)) continue;
    const next = sample.view.find((task) => task.slot === old.slot && task.id !== old.id && started(task));
    if (next === undefined) continue;
    return [
      {
        expected: `the replacement in slot ${old.slot} starts after the old task stopped`,
        observed: `task ${short(next.id)} is ${next.state} while ${short(old.id)} is ${before.state}`,
        t: sample.to,
        seq: sample.seq,
      },
    ];
  }
  return [];
}

/** Tasks that came on top of those drained away: each could have been put on the drained node. */
function scaledUp(drain: Drain, replicas: number, samples: TaskSamples): number {
  const running = samples.filter((sample) => sample.from >= drain.from).map((sample) => sample.view.filter(up).length);
  return Math.max(0, ...running.map((count) => count - replicas));
}

/** A container of no service on the drained node, as its own engine lists it. */
function plainContainer(drain: Drain): { readonly findings: readonly Finding[]; readonly seen: number } {
  const id = act.all(drain.history).find((mark) => mark.data.act === "plain-container")?.data.data;
  if (typeof id !== "string") return { findings: [], seen: 0 };
  const samples = containerSamples(drain.history, drain.node.name).filter((sample) => sample.from >= drain.from);
  const gone = samples.find((sample) => !sample.view.some((one) => one.id === id && one.state === "running"));
  const findings =
    gone === undefined
      ? []
      : [
          {
            expected: `the plain container ${short(id)} stays up on the drained ${drain.node.name}`,
            observed: "its engine does not list it as running",
            t: gone.to,
            seq: gone.seq,
          },
        ];
  return { findings, seen: samples.length };
}

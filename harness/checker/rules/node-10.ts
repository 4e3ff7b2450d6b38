/**
 * NODE-10: a paused node gets no new task and keeps those it has; a replicated task that fails there is replaced
 * elsewhere, a global one not before the node is active again, and updates of global services pass the node by
 * (rulebook NODE-10; SwarmKit ready filter and global orchestrator).
 */
import type { TaskView } from "../../client/views.ts";
import type { AttemptHistory } from "../../history/attempt.ts";
import { together } from "../checker.ts";
import type { Checker, Finding, Part } from "../checker.ts";
import { act, subjectOf } from "../marks.ts";
import type { Subject } from "../marks.ts";
import { acknowledged, availabilitySet, ended, eventually, seconds, short, taskSamples, unseen, up, wanted } from "../samples.ts";
import type { Sample } from "../samples.ts";
import { find, heldBy, lastBefore, nodeNamed } from "./node-shared.ts";
import type { ClusterNode } from "./node-shared.ts";

interface Pause {
  readonly history: AttemptHistory;
  readonly node: ClusterNode;
  readonly from: number;
  readonly to: number;
  /** Containers that the script killed on purpose. */
  readonly killed: ReadonlySet<string>;
}
type TaskSamples = readonly Sample<readonly TaskView[]>[];

export const node10: Checker = ({ history, bounds }) => {
  const { replaced = 0, globalBack = 0 } = bounds;
  const none = { scaledUp: 0, replicatedFailed: 0, globalFailed: 0, globalUpdated: 0 };
  const pause = pauseOf(history);
  const web = subjectOf(history, "web")?.data;
  const everywhere = subjectOf(history, "everywhere")?.data;
  if (pause === undefined || web === undefined || everywhere === undefined) {
    return { findings: [], exposure: none, missing: ["no node was paused with services on it"] };
  }
  const replicated = taskSamples(history, web.id);
  const global = taskSamples(history, everywhere.id);
  const base = lastBefore(replicated, pause.from)?.view ?? [];
  const failures = failedUnder(pause, replicated);
  const globalFailures = failedUnder(pause, global);
  const { findings, missing } = together([
    ...failures.map((failure) => replacedElsewhere(pause, web, failure, replicated, replaced)),
    ...(globalFailures.length > 0 ? [backWhenActive(pause, global, globalBack)] : []),
  ]);
  return {
    findings: [...[replicated, global].flatMap((samples) => [...noNewTask(pause, samples), ...keepsItsTasks(pause, samples)]), ...findings],
    exposure: {
      scaledUp:
        during(pause, replicated)
          .at(-1)
          ?.view.filter((task) => up(task) && !base.some((known) => known.slot === task.slot)).length ?? 0,
      replicatedFailed: failures.length,
      globalFailed: globalFailures.length,
      globalUpdated: updatedElsewhere(pause, global),
    },
    missing,
  };
};

function pauseOf(history: AttemptHistory): Pause | undefined {
  const name = act.all(history).find((mark) => mark.data.act === "pause")?.data.node;
  const node = name === undefined ? undefined : nodeNamed(history, name);
  if (node === undefined) return undefined;
  const begun = availabilitySet(history, node.id, "pause");
  if (begun?.endedAt === undefined) return undefined;
  const over = availabilitySet(history, node.id, "active");
  const to = over !== undefined && over.invokedAt > begun.endedAt ? over.invokedAt : history.endedAt;
  return { history, node, from: begun.endedAt, to, killed: killedContainers(history) };
}

function killedContainers(history: AttemptHistory): ReadonlySet<string> {
  return new Set(acknowledged(history, "POST /containers/*/kill").map((operation) => operation.path.split("/")[2] ?? ""));
}

const during = (pause: Pause, samples: TaskSamples): TaskSamples =>
  samples.filter((sample) => sample.from >= pause.from && sample.to <= pause.to);

function noNewTask(pause: Pause, samples: TaskSamples): readonly Finding[] {
  const known = new Set(
    samples
      .filter((sample) => sample.from < pause.from)
      .flatMap((sample) => sample.view.filter((task) => task.node === pause.node.id).map((task) => task.id)),
  );
  for (const sample of during(pause, samples)) {
    const added = sample.view.find((task) => task.node === pause.node.id && !known.has(task.id));
    if (added === undefined) continue;
    return [
      {
        expected: `no new task on ${pause.node.name}, which is paused`,
        observed: `task ${short(added.id)} was put there`,
        t: sample.to,
        seq: sample.seq,
      },
    ];
  }
  return [];
}

function keepsItsTasks(pause: Pause, samples: TaskSamples): readonly Finding[] {
  const held = heldBy(lastBefore(samples, pause.from)?.view ?? [], pause.node.id).filter(
    (task) => up(task) && !pause.killed.has(task.container),
  );
  for (const sample of during(pause, samples)) {
    const touched = held.find((task) => {
      const now = find(sample.view, task.id);
      return now === undefined || !up(now);
    });
    if (touched === undefined) continue;
    const now = find(sample.view, touched.id);
    const observed = now === undefined ? "it is gone" : `it is ${now.state}, desired ${now.desired}`;
    return [
      { expected: `task ${short(touched.id)} runs on at ${pause.node.name}, which is paused`, observed, t: sample.to, seq: sample.seq },
    ];
  }
  return [];
}

interface Failure {
  readonly task: TaskView;
  readonly seen: Sample<readonly TaskView[]>;
}

/** Tasks of the paused node whose container the script killed, where their end was first seen. */
function failedUnder(pause: Pause, samples: TaskSamples): readonly Failure[] {
  const held = heldBy(lastBefore(samples, pause.from)?.view ?? [], pause.node.id).filter((task) => pause.killed.has(task.container));
  return held.flatMap((task) => {
    const seen = during(pause, samples).find((sample) => {
      const now = find(sample.view, task.id);
      return now !== undefined && ended(now);
    });
    return seen === undefined ? [] : [{ task, seen }];
  });
}

function replacedElsewhere(pause: Pause, web: Subject, { task, seen }: Failure, samples: TaskSamples, margin: number): Part {
  const limit = (web.restartDelayMs ?? 0) + margin;
  const there = eventually(during(pause, samples), seen.to, limit, (tasks) =>
    tasks.some((other) => other.slot === task.slot && other.id !== task.id && up(other) && other.node !== pause.node.id),
  );
  if (there.kind !== "late") return { findings: [], missing: unseen(there, `the replacement in slot ${task.slot}`) };
  const findings = [
    {
      expected: `slot ${task.slot}, which failed on the paused ${pause.node.name}, runs elsewhere within ${seconds(limit)}`,
      observed: "no replacement is running",
      t: there.sample.to,
      seq: there.sample.seq,
      boundMs: limit,
      timing: true,
    } as const,
  ];
  return { findings, missing: [] };
}

function backWhenActive(pause: Pause, samples: TaskSamples, limit: number): Part {
  const back = eventually(samples, pause.to, limit, (tasks) => tasks.some((task) => task.node === pause.node.id && up(task)));
  if (back.kind !== "late") return { findings: [], missing: unseen(back, `the global task's return to ${pause.node.name}`) };
  const findings = [
    {
      expected: `the global task is back within ${seconds(limit)} of ${pause.node.name} being active`,
      observed: "none is running there",
      t: back.sample.to,
      seq: back.sample.seq,
      boundMs: limit,
      timing: true,
    } as const,
  ];
  return { findings, missing: [] };
}

/** Nodes that run another image of the global service than before the pause. */
function updatedElsewhere(pause: Pause, samples: TaskSamples): number {
  const images = new Set(lastBefore(samples, pause.from)?.view.map((task) => task.image));
  const last = during(pause, samples).at(-1)?.view ?? [];
  return last.filter((task) => wanted(task) && up(task) && !images.has(task.image) && task.node !== pause.node.id).length;
}

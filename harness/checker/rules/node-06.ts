/**
 * NODE-06: a node that goes down loses its replicated tasks at once, replacements are prepared elsewhere and start
 * after the restart delay; its global tasks are not replaced; what the dead node last reported stays
 * (rulebook NODE-06; SwarmKit restart supervisor and replicated orchestrator).
 */
import type { NodeView, TaskView } from "../../client/views.ts";
import type { AttemptHistory } from "../../history/attempt.ts";
import { together } from "../checker.ts";
import type { Checker, CheckerInput, Finding, Part } from "../checker.ts";
import { subjectOf } from "../marks.ts";
import type { Subject } from "../marks.ts";
import { eventually, jitterMs, nodeSamples, seconds, short, taskSamples, unseen, up, wanted } from "../samples.ts";
import type { Sample } from "../samples.ts";
import { find, heldBy, lastBefore, lossOf, nameOf, seenDown } from "./node-shared.ts";
import type { ClusterNode, SeenDown } from "./node-shared.ts";

interface Loss {
  readonly history: AttemptHistory;
  readonly bounds: CheckerInput["bounds"];
  readonly node: ClusterNode;
  readonly startedAt: number;
  /** Until here the node could not have said anything new. */
  readonly silentTo: number;
  readonly down: SeenDown;
}
type TaskSamples = readonly Sample<readonly TaskView[]>[];

export const node06: Checker = ({ history, bounds }) => {
  const loss = lossOf(history, "power-off");
  const web = subjectOf(history, "web")?.data;
  const everywhere = subjectOf(history, "everywhere")?.data;
  const none = { replicatedLost: 0, globalLost: 0 };
  if (loss === undefined) return { findings: [], exposure: none, missing: ["no node was proved lost"] };
  if (web === undefined || everywhere === undefined) return { findings: [], exposure: none, missing: ["no service was put on the node"] };
  const { span, node } = loss;
  const down = seenDown(history, node.id, span);
  if (down === undefined) return { findings: [], exposure: none, missing: [`${node.name} was not seen down`] };
  const silentTo = span.healStartedAt ?? history.endedAt;
  const scene: Loss = { history, bounds, node, startedAt: span.startedAt, silentTo, down };
  const replicated = lostTasks(scene, web);
  const global = lostTasks(scene, everywhere);
  const replicatedSamples = taskSamples(history, web.id);
  const globalSamples = taskSamples(history, everywhere.id);
  const { findings, missing } = together([
    ...replicated.flatMap((task) => [oldTask(scene, task, replicatedSamples), replacement(scene, web, task, replicatedSamples)]),
    ...global.map((task) => oldTask(scene, task, globalSamples)),
  ]);
  return {
    findings: [...findings, ...noGlobalReplacement(scene, globalSamples)],
    exposure: { replicatedLost: replicated.length, globalLost: global.length },
    missing,
  };
};

/** Tasks that ran on the node when it was lost. */
function lostTasks({ history, node, startedAt }: Loss, service: Subject): readonly TaskView[] {
  const before = lastBefore(taskSamples(history, service.id), startedAt);
  return heldBy(before?.view ?? [], node.id).filter(up);
}

function oldTask({ bounds, node, silentTo, down }: Loss, task: TaskView, samples: TaskSamples): Part {
  const findings: Finding[] = [];
  const { atOnce = 0 } = bounds;
  const told = eventually(samples, down.first.to, atOnce, (tasks) => {
    const now = find(tasks, task.id);
    return now === undefined || !wanted(now);
  });
  if (told.kind === "late") {
    findings.push({
      expected: `task ${short(task.id)} gets desired shutdown as soon as its node ${node.name} is down`,
      observed: `desired ${find(told.sample.view, task.id)?.desired ?? ""} ${seconds(told.sample.from - down.first.to)} after`,
      t: told.sample.to,
      seq: told.sample.seq,
      boundMs: atOnce,
    });
  }
  for (const sample of samples) {
    const now = find(sample.view, task.id);
    if (now === undefined || sample.from < down.first.from || sample.to > silentTo || now.state === task.state) continue;
    findings.push({
      expected: `task ${short(task.id)} keeps ${task.state}, the last that ${node.name} reported`,
      observed: `state ${now.state} while ${node.name} was off`,
      t: sample.to,
      seq: sample.seq,
    });
    break;
  }
  return { findings, missing: unseen(told, `desired shutdown of task ${short(task.id)}`) };
}

function replacement(scene: Loss, web: Subject, task: TaskView, samples: TaskSamples): Part {
  const { history, bounds, down } = scene;
  const { atOnce = 0, startMargin = 0 } = bounds;
  const delay = web.restartDelayMs ?? 0;
  const others = (tasks: readonly TaskView[]): readonly TaskView[] =>
    tasks.filter((other) => other.slot === task.slot && other.id !== task.id && wanted(other));
  const findings: Finding[] = [];
  const say = (expected: string, observed: string, sample: Sample<unknown>, boundMs?: number): void =>
    void findings.push({ expected, observed, t: sample.to, seq: sample.seq, boundMs });
  const early = samples.find((sample) => sample.to < notDownUntil(scene) && others(sample.view).length > 0);
  if (early !== undefined)
    say(`slot ${task.slot} is not filled anew before its node is down`, "a second task while the node was not down yet", early);
  const prepared = eventually(samples, down.first.to, atOnce, (tasks) => others(tasks).length > 0);
  if (prepared.kind === "late") {
    say(
      `a replacement for slot ${task.slot} is prepared at once`,
      `none ${seconds(prepared.sample.from - down.first.to)} after the node was down`,
      prepared.sample,
      atOnce,
    );
  }
  const running = eventually(samples, down.notBefore, down.first.to - down.notBefore + delay + startMargin, (tasks) =>
    others(tasks).some(up),
  );
  if (running.kind === "late") {
    const state = others(running.sample.view)[0]?.state ?? "no task";
    say(
      `slot ${task.slot} runs elsewhere within the restart delay of ${seconds(delay)} + ${seconds(startMargin)}`,
      `${state} ${seconds(running.sample.from - down.first.to)} after the node was down`,
      running.sample,
      delay + startMargin,
    );
  }
  if (running.kind === "met") {
    const taken = running.sample.to - down.notBefore;
    if (taken < delay - jitterMs)
      say(
        `slot ${task.slot} waits for the restart delay of ${seconds(delay)}`,
        `running at most ${seconds(taken)} after the node was down`,
        running.sample,
      );
    const back = others(running.sample.view).find((other) => up(other) && other.node === task.node);
    if (back !== undefined)
      say(
        `slot ${task.slot} runs elsewhere`,
        `task ${short(back.id)} running on ${nameOf(history, back.node)}, which is off`,
        running.sample,
      );
  }
  return { findings, missing: unseen(running, `the replacement in slot ${task.slot}`) };
}

/** The last moment at which the node was surely not down yet. */
function notDownUntil({ history, node, startedAt, down }: Loss): number {
  const still = (sample: Sample<NodeView>): boolean => sample.to <= down.first.from && sample.view.state !== "down";
  return nodeSamples(history, node.id).findLast(still)?.from ?? startedAt;
}

/** None on the dead node, and on every other still one. */
function noGlobalReplacement({ history, node, startedAt, silentTo }: Loss, samples: TaskSamples): readonly Finding[] {
  const known = new Set(lastBefore(samples, startedAt)?.view.map((task) => task.id));
  for (const sample of samples) {
    if (sample.from < startedAt || sample.to > silentTo) continue;
    const kept = sample.view.filter(wanted);
    const added = kept.find(
      (task) => !known.has(task.id) && (task.node === node.id || kept.some((other) => other.id !== task.id && other.node === task.node)),
    );
    if (added === undefined) continue;
    return [
      {
        expected: "a global task of a node that is down gets no replacement",
        observed: `new task ${short(added.id)} for ${nameOf(history, added.node)}`,
        t: sample.to,
        seq: sample.seq,
      },
    ];
  }
  return [];
}

/**
 * NODE-07: behind a cut the old copy of a task runs on while its replacement runs too; after the heal only the new
 * copy remains (rulebook NODE-07: at-least-once placement).
 *
 * The old copy is judged by the containers that the cut-off worker's own engine lists, never by the managers' view.
 */
import type { ContainerView, TaskView } from "../../client/views.ts";
import type { Checker, Finding } from "../checker.ts";
import { subjectOf } from "../marks.ts";
import { containerSamples, eventually, seconds, short, taskSamples, up, wanted } from "../samples.ts";
import { find, heldBy, lastBefore, lossOf } from "./node-shared.ts";

const runs = (containers: readonly ContainerView[], task: string): boolean =>
  containers.some((one) => one.task === task && one.state === "running");

export const node07: Checker = ({ history, bounds }) => {
  const { rescheduled = 0, converged = 0 } = bounds;
  const nothing = { bothCopies: 0, onlyNew: 0 };
  const loss = lossOf(history, "partition");
  const web = subjectOf(history, "web")?.data;
  if (loss === undefined || web === undefined)
    return { findings: [], exposure: nothing, missing: ["no worker was proved cut off with a task on it"] };
  const { span } = loss;
  // Of both ends of the cut links, the worker.
  const worker = history.context.nodes.find((node) => node.role === "worker" && span.nodes.includes(node.name));
  const samples = taskSamples(history, web.id);
  const old = worker === undefined ? undefined : heldBy(lastBefore(samples, span.startedAt)?.view ?? [], worker.id).find(up);
  if (worker === undefined || old === undefined)
    return { findings: [], exposure: nothing, missing: ["no task ran on the worker before the cut"] };

  const findings: Finding[] = [];
  const say = (expected: string, observed: string, at: { readonly to: number; readonly seq: number }, boundMs?: number): void =>
    void findings.push({ expected, observed, t: at.to, seq: at.seq, boundMs });
  const healAt = span.healStartedAt ?? history.endedAt;
  const cutViews = containerSamples(history, worker.name).filter((sample) => sample.from >= span.provedAt && sample.to <= healAt);
  const gone = cutViews.find((sample) => !runs(sample.view, old.id));
  if (gone !== undefined)
    say(
      `the old copy runs on at ${worker.name}, which is cut off`,
      `${worker.name}'s engine lists no running container of task ${short(old.id)}`,
      gone,
    );

  const isNew = (task: TaskView): boolean => task.slot === old.slot && task.id !== old.id && task.node !== worker.id && up(task);
  const replaced = eventually(samples, span.provedAt, rescheduled, (tasks) => tasks.some(isNew));
  if (replaced.kind === "late")
    say(
      `slot ${old.slot} runs elsewhere within ${seconds(rescheduled)} of the cut`,
      "no replacement is running",
      replaced.sample,
      rescheduled,
    );
  if (replaced.kind !== "met") return { findings, exposure: nothing, missing: [] };
  const fresh = replaced.sample.view.find(isNew);
  const bothCopies = cutViews.filter((sample) => sample.from >= replaced.sample.to && runs(sample.view, old.id)).length;
  if (span.removedAt === undefined || fresh === undefined)
    return { findings, exposure: { bothCopies, onlyNew: 0 }, missing: ["the cut was not proved healed"] };

  const ownViews = containerSamples(history, worker.name);
  const cleared = eventually(ownViews, span.removedAt, converged, (containers) => !runs(containers, old.id));
  if (cleared.kind === "late")
    say(
      `the old copy is stopped within ${seconds(converged)} of the heal`,
      `${worker.name} still runs task ${short(old.id)}`,
      cleared.sample,
      converged,
    );
  const lost = samples.find((sample) => sample.from >= replaced.sample.to && !keeps(sample.view, fresh.id));
  if (lost !== undefined) say(`the new copy, task ${short(fresh.id)}, stays`, `it is ${describe(find(lost.view, fresh.id))}`, lost);
  const last = samples.at(-1);
  const wantedNow = last?.view.filter((task) => task.slot === old.slot && wanted(task)).map((task) => task.id) ?? [];
  if (cleared.kind === "met" && last !== undefined && last.from >= cleared.sample.to && wantedNow.join() !== fresh.id) {
    say(`after the heal slot ${old.slot} has one task, ${short(fresh.id)}`, `it has ${wantedNow.map(short).join(" ")}`, last);
  }
  return { findings, exposure: { bothCopies, onlyNew: cleared.kind === "met" && lost === undefined ? 1 : 0 }, missing: [] };
};

const keeps = (tasks: readonly TaskView[], id: string): boolean => {
  const task = find(tasks, id);
  return task !== undefined && up(task);
};
const describe = (task: TaskView | undefined): string => (task === undefined ? "gone" : `${task.state}, desired ${task.desired}`);

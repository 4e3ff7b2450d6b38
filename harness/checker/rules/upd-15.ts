/**
 * UPD-15: an update that fails rolls back: spec and tasks return to what they were, the previous spec is cleared, the
 * state ends `rollback_completed` and keeps the start of the update (rulebook UPD-15; SwarmKit updater, rollback).
 *
 * `rollback_started` need not be seen: failed slots may be back on the old spec before the updater looks.
 */
import type { TaskView } from "../../client/views.ts";
import type { Checker, Finding, Part } from "../checker.ts";
import { subjectOf } from "../marks.ts";
import { eventually, seconds, short, unseen, up, wanted } from "../samples.ts";
import type { Sample } from "../samples.ts";
import { changedSlots, rollOuts } from "./upd-shared.ts";
import type { RollOut } from "./upd-shared.ts";

const states = new Set(["", "updating", "rollback_started", "rollback_completed"]);

export const upd15: Checker = ({ history, bounds }) => {
  const { rolledBack = 0, converged = 0 } = bounds;
  const web = subjectOf(history, "web")?.data;
  const update = web === undefined ? undefined : rollOuts(history, web.id)[0];
  const none = { slotsTouched: 0, rolledBack: 0 };
  if (update === undefined || update.base.length < update.replicas)
    return { findings: [], exposure: none, missing: ["no update of a whole service was acknowledged"] };
  const touched = new Set(update.tasks.flatMap((sample) => changedSlots(update, sample.view))).size;
  const findings: Finding[] = [];
  const missing: string[] = [];
  const say = (expected: string, observed: string, at: Sample<unknown>, boundMs?: number): void =>
    void findings.push({ expected, observed, t: at.to, seq: at.seq, boundMs });

  const astray = update.services.find((sample) => !states.has(sample.view.update));
  if (astray !== undefined)
    say("updating, then rollback_started, then rollback_completed", `UpdateStatus.State ${astray.view.update}`, astray);
  const done = eventually(update.services, update.from, rolledBack, (service) => service.update === "rollback_completed");
  if (done.kind === "late")
    say(`rollback_completed within ${seconds(rolledBack)} of the update`, done.sample.view.update, done.sample, rolledBack);
  if (done.kind === "met") {
    const { view } = done.sample;
    const old = update.base[0]?.image ?? "";
    if (view.image !== old) say(`the spec has the image ${old} again`, view.image, done.sample);
    if (view.previous !== undefined)
      say("the previous spec is cleared", `it is still there with image ${view.previous.image}`, done.sample);
    const begun = update.services.find((sample) => sample.view.update === "updating")?.view.updateStartedAt;
    if (begun !== undefined && begun !== view.updateStartedAt)
      say(`StartedAt keeps the start of the update, ${begun}`, view.updateStartedAt, done.sample);
    const restored = allOld(update, old, done.sample.to, converged);
    findings.push(...restored.findings);
    missing.push(...restored.missing);
  }
  return { findings, exposure: { slotsTouched: touched, rolledBack: done.kind === "met" ? 1 : 0 }, missing };
};

function allOld(update: RollOut, old: string, since: number, limit: number): Part {
  const restored = (tasks: readonly TaskView[]): boolean =>
    tasks.filter((task) => up(task) && task.image === old).length === update.replicas && stray(tasks, old) === undefined;
  const all = eventually(update.tasks, since, limit, restored);
  if (all.kind !== "late") return { findings: [], missing: unseen(all, "the return of all slots to the old spec") };
  const left = stray(all.sample.view, old);
  const findings = [
    {
      expected: `${update.replicas} tasks of ${old} and no other within ${seconds(limit)} of the rollback`,
      observed:
        left === undefined
          ? `${all.sample.view.filter(up).length} are up`
          : `task ${short(left.id)} of ${left.image} is desired ${left.desired}`,
      t: all.sample.to,
      seq: all.sample.seq,
      boundMs: limit,
    },
  ];
  return { findings, missing: [] };
}

const stray = (tasks: readonly TaskView[], old: string): TaskView | undefined => tasks.find((task) => wanted(task) && task.image !== old);

/**
 * UPD-17: a manual rollback swaps spec and previous spec, scale included; twice is back to the start; it rolls by the
 * RollbackConfig; the posted body is not taken (rulebook UPD-17; SwarmKit control API, UpdateService rollback).
 */
import type { ServiceView, TaskView } from "../../client/views.ts";
import type { AttemptHistory, Operation } from "../../history/attempt.ts";
import type { Checker, Finding } from "../checker.ts";
import { subjectOf } from "../marks.ts";
import { eventually, largestGapMs, seconds, serviceSamples, short, taskSamples, up, updatesOf, wanted } from "../samples.ts";
import type { Sample } from "../samples.ts";
import { find, lastBefore } from "./node-shared.ts";
import { seenOf } from "./upd-shared.ts";
import type { RollOut } from "./upd-shared.ts";

interface Rollback extends Pick<RollOut, "from" | "to" | "base" | "tasks" | "services"> {
  readonly before: ServiceView;
}

export const upd17: Checker = ({ history, bounds }) => {
  const { rolledBack = 0, converged = 0 } = bounds;
  const web = subjectOf(history, "web")?.data;
  const rollbacks = web === undefined ? [] : rollbacksOf(history, web.id);
  const judged = rollbacks.map((rollback) => judge(rollback, rolledBack, converged));
  return {
    findings: judged.flatMap((one) => one.findings),
    exposure: {
      rollbacks: judged.filter((one) => one.restored).length,
      scaleRestored: rollbacks.filter(({ before }) => before.previous !== undefined && before.previous.replicas !== before.replicas).length,
      sampleGapMsMax: Math.round(Math.max(0, ...rollbacks.map((one) => largestGapMs(one.tasks, one.from, one.tasks.at(-1)?.to ?? one.to)))),
    },
    missing: rollbacks.length === 0 ? ["no manual rollback was acknowledged"] : [],
  };
};

function rollbacksOf(history: AttemptHistory, service: string): readonly Rollback[] {
  const operations = updatesOf(history, service);
  const services = serviceSamples(history, service);
  const tasks = taskSamples(history, service);
  return operations.flatMap((operation: Operation, index) => {
    const before = lastBefore(services, operation.invokedAt)?.view;
    if (!operation.path.includes("rollback=previous") || before === undefined) return [];
    return [{ before, ...seenOf(operation, operations[index + 1]?.invokedAt ?? history.endedAt, tasks, services) }];
  });
}

const spec = (one: { readonly image: string; readonly replicas: number; readonly env: readonly string[] }): string =>
  `${one.image} × ${one.replicas} env [${one.env.join(" ")}]`;

function judge(
  rollback: Rollback,
  rolledBack: number,
  converged: number,
): { readonly findings: readonly Finding[]; readonly restored: boolean } {
  const { before, services, from } = rollback;
  const target = before.previous;
  const findings: Finding[] = [];
  const say = (expected: string, observed: string, at: Sample<unknown>, boundMs?: number): void =>
    void findings.push({ expected, observed, t: at.to, seq: at.seq, boundMs });
  if (target === undefined) return { findings, restored: false };
  const first = services[0];
  if (first !== undefined) {
    if (spec(first.view) !== spec(target)) say(`the spec is the previous one, ${spec(target)}`, spec(first.view), first);
    const previous = first.view.previous === undefined ? "none" : spec(first.view.previous);
    if (previous !== spec(before)) say(`the previous spec is the one rolled back from, ${spec(before)}`, previous, first);
  }
  const astray = services.find((sample) => sample.view.update !== "rollback_started" && sample.view.update !== "rollback_completed");
  if (astray !== undefined) say("UpdateStatus.State rollback_started, then rollback_completed", astray.view.update, astray);
  const done = eventually(services, from, rolledBack, (service) => service.update === "rollback_completed");
  if (done.kind === "late") say(`rollback_completed within ${seconds(rolledBack)}`, done.sample.view.update, done.sample, rolledBack);
  const settled = eventually(rollback.tasks, from, rolledBack + converged, (tasks) => matches(tasks, target));
  if (settled.kind === "late") {
    const count = settled.sample.view.filter((task) => wanted(task) && task.image === target.image).length;
    say(
      `${target.replicas} tasks of ${target.image} and no other within ${seconds(rolledBack + converged)}`,
      `${count} of it among ${settled.sample.view.filter(wanted).length}`,
      settled.sample,
      rolledBack + converged,
    );
  }
  findings.push(...startFirst(rollback, target.replicas));
  return { findings, restored: done.kind === "met" && settled.kind === "met" };
}

function matches(tasks: readonly TaskView[], target: { readonly image: string; readonly replicas: number }): boolean {
  const kept = tasks.filter(wanted);
  return kept.length === target.replicas && kept.every((task) => up(task) && task.image === target.image);
}

/** The RollbackConfig says start-first where the UpdateConfig says stop-first: no slot that stays may be empty meanwhile. */
function startFirst({ base, tasks }: Rollback, replicas: number): readonly Finding[] {
  const staying = base.length <= replicas ? base : [];
  for (const sample of tasks) {
    const empty = staying.find((old) => !sample.view.some((task) => task.slot === old.slot && up(task)));
    if (empty === undefined) continue;
    const now = find(sample.view, empty.id);
    return [
      {
        expected: `the rollback goes start-first, as the RollbackConfig says: slot ${empty.slot} stays up`,
        observed: `${short(empty.id)} is ${now?.state ?? "gone"}, desired ${now?.desired ?? ""}, no other is up`,
        t: sample.to,
        seq: sample.seq,
      },
    ];
  }
  return [];
}

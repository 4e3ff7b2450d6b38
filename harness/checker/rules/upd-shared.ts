/**
 * What the update rules have in common: an update as it was posted, the stretch of history it covers, and which slots
 * it had changed when. Pure readings of a history.
 */
import { z } from "zod";
import type { ServiceView, TaskView } from "../../client/views.ts";
import type { AttemptHistory, Operation } from "../../history/attempt.ts";
import type { Finding } from "../checker.ts";
import { eventually, seconds, serviceSamples, taskSamples, up, updatesOf } from "../samples.ts";
import type { Sample } from "../samples.ts";
import { lastBefore } from "./node-shared.ts";

const policy = z.object({
  Parallelism: z.number().default(1),
  FailureAction: z.string().default("pause"),
  MaxFailureRatio: z.number().default(0),
  Order: z.string().default("stop-first"),
});
const posted = z.object({
  TaskTemplate: z.object({ ContainerSpec: z.object({ Image: z.string() }) }),
  Mode: z.object({ Replicated: z.object({ Replicas: z.number() }) }),
  UpdateConfig: policy,
});

export type TaskSamples = readonly Sample<readonly TaskView[]>[];

/** An acknowledged update of a replicated service and what was seen of it until the next one. */
export interface RollOut {
  readonly image: string;
  readonly replicas: number;
  readonly parallelism: number;
  readonly ratio: number;
  readonly from: number;
  readonly to: number;
  /** Tasks that were up when it was posted. */
  readonly base: readonly TaskView[];
  /** Answers that can show it, first to last. */
  readonly tasks: TaskSamples;
  readonly services: readonly Sample<ServiceView>[];
}

/** Updates of the service whose body names an update policy, in order; rollbacks are not among them. */
export function rollOuts(history: AttemptHistory, service: string): readonly RollOut[] {
  const operations = updatesOf(history, service);
  const tasks = taskSamples(history, service);
  const services = serviceSamples(history, service);
  return operations.flatMap((operation, index) => {
    const body = posted.safeParse(operation.body);
    if (!body.success || operation.path.includes("rollback=")) return [];
    const to = operations[index + 1]?.invokedAt ?? history.endedAt;
    const { Parallelism, MaxFailureRatio } = body.data.UpdateConfig;
    return [
      {
        image: body.data.TaskTemplate.ContainerSpec.Image,
        replicas: body.data.Mode.Replicated.Replicas,
        parallelism: Parallelism,
        ratio: MaxFailureRatio,
        ...seenOf(operation, to, tasks, services),
      },
    ];
  });
}

/** What was seen between an operation and the time `to`. */
export function seenOf(
  operation: Operation,
  to: number,
  tasks: TaskSamples,
  services: readonly Sample<ServiceView>[],
): Pick<RollOut, "from" | "to" | "base" | "tasks" | "services"> {
  const from = operation.endedAt ?? operation.invokedAt;
  const within = (sample: Sample<unknown>): boolean => sample.from >= operation.invokedAt && sample.to <= to;
  return {
    from,
    to,
    base: lastBefore(tasks, operation.invokedAt)?.view.filter(up) ?? [],
    tasks: tasks.filter(within),
    // Until the answer the service may still show the state of the update before.
    services: services.filter((sample) => within(sample) && sample.from >= from),
  };
}

/** Slots in which a task of the new image has been created. */
export function changedSlots(rollOut: RollOut, tasks: readonly TaskView[]): readonly number[] {
  const known = new Set(rollOut.base.map((task) => task.id));
  return [...new Set(tasks.filter((task) => task.image === rollOut.image && !known.has(task.id)).map((task) => task.slot))].sort(
    (a, b) => a - b,
  );
}

/** Slots whose task of the new image is up. */
export function doneSlots(rollOut: RollOut, tasks: readonly TaskView[]): number {
  const known = new Set(rollOut.base.map((task) => task.id));
  return new Set(tasks.filter((task) => up(task) && task.image === rollOut.image && !known.has(task.id)).map((task) => task.slot)).size;
}

/** From the post until the last answer before every slot was done, or the end of what was seen: the stretch worth sampling closely. */
export function changingUntil(rollOut: RollOut): number {
  const done = rollOut.tasks.find((sample) => doneSlots(rollOut, sample.view) >= rollOut.replicas);
  return done?.to ?? rollOut.tasks.at(-1)?.to ?? rollOut.from;
}

/** A roll-out that takes longer than its bound, as a missed time. */
export function unfinished(update: RollOut, limit: number): readonly Finding[] {
  const done = eventually(update.tasks, update.from, limit, (tasks) => doneSlots(update, tasks) >= update.replicas);
  if (done.kind !== "late") return [];
  return [
    {
      expected: `all ${update.replicas} slots run the new spec within ${seconds(limit)}`,
      observed: `${doneSlots(update, done.sample.view)} do`,
      t: done.sample.to,
      seq: done.sample.seq,
      boundMs: limit,
      timing: true,
    },
  ];
}

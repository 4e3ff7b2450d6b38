/**
 * RST-05: when a task fails, it gets desired `shutdown` and its replacement exists at once with desired `ready`,
 * which turns to `running` after the restart delay (rulebook RST-05; SwarmKit restart supervisor, DelayStart).
 */
import type { TaskView } from "../../client/views.ts";
import { rankOf } from "../../invariant/task-state.ts";
import { together } from "../checker.ts";
import type { Checker, CheckerInput, Finding, Part } from "../checker.ts";
import { subjectOf } from "../marks.ts";
import type { Subject } from "../marks.ts";
import { eventually, jitterMs, largestGapMs, seconds, short, taskSamples, unseen, up, wanted } from "../samples.ts";
import type { Sample } from "../samples.ts";
import { find } from "./node-shared.ts";

interface Failure {
  readonly task: TaskView;
  /** The first answer that showed it failed. */
  readonly seen: Sample<readonly TaskView[]>;
  /** It had not failed yet at this time. */
  readonly notBefore: number;
}
type TaskSamples = readonly Sample<readonly TaskView[]>[];

export const rst05: Checker = ({ history, bounds }) => {
  const web = subjectOf(history, "web")?.data;
  if (web === undefined) return { findings: [], exposure: { failures: 0 }, missing: ["no service was watched"] };
  const samples = taskSamples(history, web.id);
  const failures = failuresIn(samples);
  const begun = Math.min(...failures.map((failure) => failure.notBefore));
  const until = Math.max(...failures.map((failure) => failure.seen.to)) + (web.restartDelayMs ?? 0);
  const { findings, missing } = together(failures.map((failure) => judged(failure, web, samples, bounds)));
  return {
    findings,
    exposure: { failures: failures.length, sampleGapMsMax: failures.length === 0 ? 0 : Math.round(largestGapMs(samples, begun, until)) },
    missing,
  };
};

/** Tasks seen running that later read `failed`. */
function failuresIn(samples: TaskSamples): readonly Failure[] {
  const failures = new Map<string, Failure>();
  const ran = new Map<string, TaskView>();
  let previous: Sample<readonly TaskView[]> | undefined;
  for (const sample of samples) {
    for (const task of sample.view) {
      if (up(task)) ran.set(task.id, task);
      if (task.state === "failed" && ran.has(task.id) && !failures.has(task.id)) {
        failures.set(task.id, { task, seen: sample, notBefore: previous?.from ?? sample.from });
      }
    }
    previous = sample;
  }
  return [...failures.values()];
}

function judged({ task, seen, notBefore }: Failure, web: Subject, samples: TaskSamples, bounds: CheckerInput["bounds"]): Part {
  const { prepared = 0, startMargin = 0 } = bounds;
  const delay = web.restartDelayMs ?? 0;
  const findings: Finding[] = [];
  const say = (expected: string, observed: string, sample: Sample<unknown>, boundMs?: number): void =>
    void findings.push({ expected, observed, t: sample.to, seq: sample.seq, boundMs });
  const told = eventually(samples, seen.from, prepared, (tasks) => {
    const now = find(tasks, task.id);
    return now === undefined || !wanted(now);
  });
  if (told.kind === "late")
    say(
      `the failed task ${short(task.id)} gets desired shutdown within ${seconds(prepared)}`,
      `desired ${find(told.sample.view, task.id)?.desired ?? ""}`,
      told.sample,
      prepared,
    );

  const replacement = (tasks: readonly TaskView[]): TaskView | undefined =>
    tasks.find((other) => other.slot === task.slot && other.id !== task.id && wanted(other));
  const exists = eventually(samples, seen.from, prepared, (tasks) => replacement(tasks) !== undefined);
  if (exists.kind === "late")
    say(`a replacement in slot ${task.slot} exists within ${seconds(prepared)} of the failure`, "there is none", exists.sample, prepared);
  const first = exists.kind === "met" ? replacement(exists.sample.view) : undefined;
  if (exists.kind !== "met" || first === undefined) return { findings, missing: unseen(exists, `the replacement in slot ${task.slot}`) };

  // The delay runs from the failure, which lies between two answers; only what is surely too early counts.
  const released = samples.slice(exists.index).find((sample) => find(sample.view, first.id)?.desired === "running");
  if (released !== undefined && released.to - notBefore < delay - jitterMs) {
    say(
      `the replacement ${short(first.id)} waits as desired ready for the restart delay of ${seconds(delay)}`,
      `desired running at most ${seconds(released.to - notBefore)} after the failure`,
      released,
    );
  }
  const running = eventually(samples, seen.to, delay + startMargin, (tasks) => {
    const now = find(tasks, first.id);
    return now === undefined || rankOf(now.state) >= rankOf("running");
  });
  if (running.kind === "late") {
    say(
      `the replacement ${short(first.id)} runs within ${seconds(delay + startMargin)} of the failure`,
      `it is ${find(running.sample.view, first.id)?.state ?? "gone"}`,
      running.sample,
      delay + startMargin,
    );
  }
  return { findings, missing: [told, running].flatMap((one) => unseen(one, `the restart in slot ${task.slot}`)) };
}

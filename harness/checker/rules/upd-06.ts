/**
 * UPD-06: a stop-first update works on at most Parallelism slots at a time, so that replicas − Parallelism tasks stay
 * up; in each slot the new task starts after the old one stopped (rulebook UPD-06; SwarmKit updater).
 */
import type { Checker, Finding } from "../checker.ts";
import { subjectOf } from "../marks.ts";
import { largestGapMs, live, short, started, up } from "../samples.ts";
import { find } from "./node-shared.ts";
import { changingUntil, doneSlots, rollOuts, unfinished } from "./upd-shared.ts";
import type { RollOut } from "./upd-shared.ts";

export const upd06: Checker = ({ history, bounds }) => {
  const { rollOut: limit = 0 } = bounds;
  const web = subjectOf(history, "web")?.data;
  const update = web === undefined ? undefined : rollOuts(history, web.id)[0];
  if (update === undefined) return { findings: [], exposure: { slotsReplaced: 0 }, missing: ["no update was acknowledged"] };
  if (update.base.length < update.replicas)
    return { findings: [], exposure: { slotsReplaced: 0 }, missing: ["the service was not whole before the update"] };
  return {
    findings: [...tooManyAtOnce(update), ...startsTooEarly(update), ...unfinished(update, limit)],
    exposure: {
      slotsReplaced: Math.max(0, ...update.tasks.map((sample) => doneSlots(update, sample.view))),
      sampleGapMsMax: Math.round(largestGapMs(update.tasks, update.from, changingUntil(update))),
    },
    missing: [],
  };
};

function tooManyAtOnce({ replicas, parallelism, tasks }: RollOut): readonly Finding[] {
  for (const sample of tasks) {
    const slots = new Set(sample.view.filter(up).map((task) => task.slot));
    if (slots.size >= replicas - parallelism) continue;
    return [
      {
        expected: `at least ${replicas - parallelism} of ${replicas} slots up: no more than ${parallelism} are worked on together`,
        observed: `${slots.size} up`,
        t: sample.to,
        seq: sample.seq,
      },
    ];
  }
  return [];
}

function startsTooEarly({ base, tasks }: RollOut): readonly Finding[] {
  for (const sample of tasks) {
    for (const old of base) {
      const before = find(sample.view, old.id);
      const next = sample.view.find((task) => task.slot === old.slot && task.id !== old.id && started(task));
      if (before === undefined || !live(before) || next === undefined) continue;
      return [
        {
          expected: `stop-first: the new task of slot ${old.slot} starts after the old one stopped`,
          observed: `${short(next.id)} is ${next.state} while ${short(old.id)} is ${before.state}`,
          t: sample.to,
          seq: sample.seq,
        },
      ];
    }
  }
  return [];
}

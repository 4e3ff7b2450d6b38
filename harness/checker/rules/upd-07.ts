/**
 * UPD-07: in a start-first update a new task runs, healthy, before the old one is shut down; up to replicas +
 * Parallelism tasks exist; where the new one never gets healthy the old one stays (rulebook UPD-07; SwarmKit updater).
 */
import type { TaskView } from "../../client/views.ts";
import type { Checker, Finding } from "../checker.ts";
import { subjectOf } from "../marks.ts";
import { largestGapMs, short, up, wanted } from "../samples.ts";
import type { Sample } from "../samples.ts";
import { find } from "./node-shared.ts";
import { changingUntil, doneSlots, rollOuts, unfinished } from "./upd-shared.ts";
import type { RollOut } from "./upd-shared.ts";

export const upd07: Checker = ({ history, bounds }) => {
  const { rollOut: limit = 0 } = bounds;
  const none = { slotsReplaced: 0, unhealthyHeldMs: 0, unhealthyStarted: 0 };
  const web = subjectOf(history, "web")?.data;
  const [good, unhealthy] = web === undefined ? [] : rollOuts(history, web.id);
  if (good === undefined || unhealthy === undefined)
    return { findings: [], exposure: none, missing: ["there were not two updates: one that works, one that never gets healthy"] };
  if (good.base.length < good.replicas || unhealthy.base.length < unhealthy.replicas)
    return { findings: [], exposure: none, missing: ["the service was not whole before its updates"] };
  return {
    findings: [...overlap(good), ...tooMany(good), ...unfinished(good, limit), ...oldStays(unhealthy), ...tooMany(unhealthy)],
    exposure: {
      slotsReplaced: Math.max(0, ...good.tasks.map((sample) => doneSlots(good, sample.view))),
      ...heldUnhealthy(unhealthy),
      // Of the first update: what its samples could miss is over in a moment. A task of the second that was told to stop
      // stays so, and the last answer shows it as well as the first.
      sampleGapMsMax: Math.round(largestGapMs(good.tasks, good.from, changingUntil(good))),
    },
    missing: [],
  };
};

const upIn = (tasks: readonly TaskView[], slot: number): boolean => tasks.some((task) => task.slot === slot && up(task));

function overlap({ base, tasks, replicas }: RollOut): readonly Finding[] {
  for (const sample of tasks) {
    for (const old of base) {
      if (upIn(sample.view, old.slot)) continue;
      const now = find(sample.view, old.id);
      const next = sample.view.find((task) => task.slot === old.slot && task.id !== old.id);
      return [
        {
          expected: `start-first: the old task of slot ${old.slot} is shut down after the new one runs, so ${replicas} stay up`,
          observed: `${short(old.id)} is ${now?.state ?? "gone"}, desired ${now?.desired ?? ""}, the new task ${next?.state ?? "missing"}`,
          t: sample.to,
          seq: sample.seq,
        },
      ];
    }
  }
  return [];
}

function tooMany({ replicas, parallelism, tasks }: RollOut): readonly Finding[] {
  for (const sample of tasks) {
    const count = sample.view.filter(wanted).length;
    if (count <= replicas + parallelism) continue;
    return [
      {
        expected: `at most ${replicas} + ${parallelism} tasks`,
        observed: `${count} with desired running or before`,
        t: sample.to,
        seq: sample.seq,
      },
    ];
  }
  return [];
}

function oldStays({ base, tasks }: RollOut): readonly Finding[] {
  for (const sample of tasks) {
    const touched = base.find((old) => {
      const now = find(sample.view, old.id);
      return now === undefined || !up(now);
    });
    if (touched === undefined) continue;
    const now = find(sample.view, touched.id);
    return [
      {
        expected: `the old task ${short(touched.id)} stays: the new one of slot ${touched.slot} never gets healthy`,
        observed: now === undefined ? "it is gone" : `it is ${now.state}, desired ${now.desired}`,
        t: sample.to,
        seq: sample.seq,
      },
    ];
  }
  return [];
}

/** How long new tasks were up without being healthy. */
function heldUnhealthy({ base, tasks }: RollOut): { readonly unhealthyHeldMs: number; readonly unhealthyStarted: number } {
  const known = new Set(base.map((task) => task.id));
  const starting = (sample: Sample<readonly TaskView[]>): readonly TaskView[] =>
    sample.view.filter((task) => task.state === "starting" && !known.has(task.id));
  const first = tasks.find((sample) => starting(sample).length > 0);
  const last = tasks.findLast((sample) => starting(sample).length > 0);
  return {
    unhealthyHeldMs: first === undefined || last === undefined ? 0 : Math.round(last.from - first.to),
    unhealthyStarted: Math.max(0, ...tasks.map((sample) => starting(sample).length)),
  };
}

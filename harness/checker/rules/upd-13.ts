/**
 * UPD-13: an update that fails too often pauses: no further slot is started, finished slots keep the new spec and are
 * restarted with it, untouched ones keep the old (rulebook UPD-13; SwarmKit updater, failure action `pause`).
 */
import type { Checker, Finding } from "../checker.ts";
import { subjectOf } from "../marks.ts";
import { eventually, seconds, short, up, wanted } from "../samples.ts";
import type { Sample } from "../samples.ts";
import { find } from "./node-shared.ts";
import { changedSlots, rollOuts } from "./upd-shared.ts";
import type { RollOut } from "./upd-shared.ts";

export const upd13: Checker = ({ history, bounds }) => {
  const { paused = 0, retried = 0 } = bounds;
  const none = { slotsChanged: 0, slotsUntouched: 0, pausedHeldMs: 0, retries: 0 };
  const web = subjectOf(history, "web")?.data;
  const update = web === undefined ? undefined : rollOuts(history, web.id)[0];
  if (update === undefined || update.base.length < update.replicas)
    return { findings: [], exposure: none, missing: ["no update of a whole service was acknowledged"] };
  // One slot at a time: the first number of failures whose share of the slots is above the ratio.
  const failures = Math.floor(update.ratio * update.replicas) + 1;
  const state = eventually(update.services, update.from, paused, (service) => service.update === "paused");
  if (state.kind === "late") {
    const finding = {
      expected: `the update is paused within ${seconds(paused)}`,
      observed: state.sample.view.update,
      t: state.sample.to,
      seq: state.sample.seq,
      boundMs: paused,
      timing: true,
    } as const;
    return { findings: [finding], exposure: none, missing: [] };
  }
  if (state.kind === "unseen") return { findings: [], exposure: none, missing: ["the update was not seen paused"] };
  const last = update.tasks.at(-1);
  const created = new Set(
    update.tasks.flatMap((sample) => sample.view.filter((task) => task.image === update.image).map((task) => task.id)),
  );
  const untouched = update.base.filter((old) => last !== undefined && !changedSlots(update, last.view).includes(old.slot));
  return {
    findings: [
      ...tooFarOrShort(update, failures, state.sample),
      ...untouchedStay(update),
      ...changedKeepNew(update, failures, state.sample, retried),
      ...staysPaused(update, state.index),
    ],
    exposure: {
      slotsChanged: last === undefined ? 0 : changedSlots(update, last.view).length,
      slotsUntouched: untouched.length,
      pausedHeldMs: Math.round((last?.from ?? 0) - state.sample.to),
      retries: Math.max(0, created.size - failures),
    },
    missing: [],
  };
};

function tooFarOrShort(update: RollOut, failures: number, paused: Sample<unknown>): readonly Finding[] {
  for (const sample of update.tasks) {
    const changed = changedSlots(update, sample.view);
    const tooFew = sample.from >= paused.to && changed.length < failures;
    if (changed.length <= failures && !tooFew) continue;
    return [
      {
        expected: `exactly ${failures} slots changed: ${failures} failures of ${update.replicas} are the first above the ratio ${update.ratio}`,
        observed: `slots ${changed.join(" ")} changed`,
        t: sample.to,
        seq: sample.seq,
      },
    ];
  }
  return [];
}

function untouchedStay(update: RollOut): readonly Finding[] {
  for (const sample of update.tasks) {
    const changed = changedSlots(update, sample.view);
    const hit = update.base.find((old) => {
      const now = find(sample.view, old.id);
      return !changed.includes(old.slot) && (now === undefined || !up(now));
    });
    if (hit === undefined) continue;
    const now = find(sample.view, hit.id);
    return [
      {
        expected: `the old task ${short(hit.id)} of slot ${hit.slot}, which was not changed, runs on`,
        observed: now === undefined ? "it is gone" : `it is ${now.state}, desired ${now.desired}`,
        t: sample.to,
        seq: sample.seq,
      },
    ];
  }
  return [];
}

function changedKeepNew(update: RollOut, failures: number, paused: Sample<unknown>, limit: number): readonly Finding[] {
  for (const sample of update.tasks) {
    if (sample.from < paused.to) continue;
    const changed = changedSlots(update, sample.view);
    const back = sample.view.find((task) => changed.includes(task.slot) && wanted(task) && task.image !== update.image);
    if (back !== undefined) {
      return [
        {
          expected: `slot ${back.slot}, changed before the pause, keeps the new spec`,
          observed: `task ${short(back.id)} of the old image is desired ${back.desired}`,
          t: sample.to,
          seq: sample.seq,
        },
      ];
    }
  }
  const again = eventually(
    update.tasks,
    paused.to,
    limit,
    (tasks) => tasks.filter((task) => task.image === update.image).length > failures,
  );
  if (again.kind !== "late") return [];
  return [
    {
      expected: `changed slots go on being restarted with the new spec, within ${seconds(limit)}`,
      observed: "no further attempt",
      t: again.sample.to,
      seq: again.sample.seq,
      boundMs: limit,
      timing: true,
    },
  ];
}

function staysPaused(update: RollOut, index: number): readonly Finding[] {
  const left = update.services.slice(index).find((sample) => sample.view.update !== "paused");
  if (left === undefined) return [];
  return [
    {
      expected: "the update stays paused until someone updates again",
      observed: `UpdateStatus.State ${JSON.stringify(left.view.update)}`,
      t: left.to,
      seq: left.seq,
    },
  ];
}

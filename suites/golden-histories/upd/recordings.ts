/** Recordings on real Docker 20.10 and lies about rolling updates and rollbacks, and what must be said to them. */
import { told } from "../../../harness/checker/testing/edits.ts";
import type { When } from "../../../harness/checker/testing/edits.ts";
import type { Recorded } from "../recorded.ts";

const posted = (nth = 0, plusMs = 0): When => ({ written: "POST /services/*/update", nth, plusMs });
const state = (update: string, plusMs = 0): When => ({ first: { read: "GET /services/*", where: { update } }, plusMs });
const upRow = { state: "running", desired: "running" };

export const updateRecordings: readonly Recorded[] = [
  {
    name: "update-stop-first",
    file: new URL("update-stop-first.ndjson.gz", import.meta.url),
    rules: ["UPD-06"],
    lies: [
      {
        id: "upd-06-too-many-at-once",
        rule: "UPD-06",
        doctored: "one more old task is shut down than Parallelism allows",
        tell: told([{ read: "GET /tasks", from: posted(), where: { old: true, ...upRow }, one: true, set: { desired: "shutdown" } }]),
        outcome: "fail",
        says: "no more than 2 are worked on together; observed 3 up",
      },
      {
        id: "upd-06-start-before-stop",
        rule: "UPD-06",
        doctored: "new tasks start when they are prepared, before the old ones stopped",
        tell: told([{ read: "GET /tasks", from: posted(), where: { old: false, state: "ready" }, set: { state: "starting" } }]),
        outcome: "fail",
        says: "starts after the old one stopped; observed",
      },
      {
        id: "upd-06-stands-still",
        rule: "UPD-06",
        doctored: "the update is acknowledged and no task changes",
        tell: told([
          { read: "GET /tasks", from: posted(), where: { old: false }, drop: true },
          { read: "GET /tasks", from: posted(), where: { old: true }, set: upRow },
          { stretch: 12, from: posted() },
        ]),
        outcome: "fail",
        says: "all 6 slots run the new spec within 45.0 s; observed 0 do",
      },
      {
        rule: "UPD-06",
        doctored: "nobody asked for tasks for 0.4 s of the update",
        tell: told([{ silent: "GET /tasks", from: posted(0, 1000), to: posted(0, 1400) }]),
        outcome: "inconclusive",
        says: "exposure sampleGapMsMax was",
      },
    ],
  },
  {
    name: "update-start-first",
    file: new URL("update-start-first.ndjson.gz", import.meta.url),
    rules: ["UPD-07"],
    lies: [
      {
        id: "upd-07-old-stops-first",
        rule: "UPD-07",
        doctored: "an old task is shut down before a new one runs",
        tell: told([{ read: "GET /tasks", from: posted(), where: { old: true, ...upRow }, one: true, set: { desired: "shutdown" } }]),
        outcome: "fail",
        says: "is shut down after the new one runs, so 6 stay up",
      },
      {
        id: "upd-07-old-stops-for-an-unhealthy-one",
        rule: "UPD-07",
        doctored: "an old task is shut down 3 s after its unhealthy successor was started",
        tell: told([{ read: "GET /tasks", from: posted(1, 3000), where: upRow, one: true, set: { desired: "shutdown" } }]),
        outcome: "fail",
        says: "never gets healthy; observed it is running, desired shutdown",
      },
      {
        id: "upd-07-too-many-tasks",
        rule: "UPD-07",
        doctored: "a new task for every slot at once",
        tell: told([
          { read: "GET /tasks", from: posted(0, 300), where: { old: true, ...upRow }, copy: { id: "doctored", state: "starting" } },
        ]),
        outcome: "fail",
        says: "at most 6 + 2 tasks",
      },
      {
        rule: "UPD-07",
        doctored: "nobody asked for tasks for 0.4 s of the first update",
        tell: told([{ silent: "GET /tasks", from: posted(0, 500), to: posted(0, 900) }]),
        outcome: "inconclusive",
        says: "exposure sampleGapMsMax was",
      },
      {
        rule: "UPD-07",
        doctored: "nobody asked for tasks from 3 s after the unhealthy update on",
        tell: told([{ silent: "GET /tasks", from: posted(1, 3000) }]),
        outcome: "inconclusive",
        says: "exposure unhealthyHeldMs was",
      },
    ],
  },
  {
    name: "update-pauses",
    file: new URL("update-pauses.ndjson.gz", import.meta.url),
    rules: ["UPD-13"],
    lies: [
      {
        id: "upd-13-third-slot",
        rule: "UPD-13",
        doctored: "a third slot gets a task of the bad image after the pause",
        tell: told([
          {
            read: "GET /tasks",
            from: state("paused", 1000),
            where: { old: true, ...upRow },
            one: true,
            copy: { id: "doctored", image: "$missing", state: "rejected", desired: "shutdown" },
          },
        ]),
        outcome: "fail",
        says: "exactly 2 slots changed",
      },
      {
        id: "upd-13-never-paused",
        rule: "UPD-13",
        doctored: "the update goes on being updating",
        tell: told([
          { read: "GET /services/*", where: { update: "paused" }, set: { update: "updating" } },
          { stretch: 8, from: posted() },
        ]),
        outcome: "fail",
        says: "the update is paused within 30.0 s; observed updating",
      },
      {
        id: "upd-13-changed-slot-back-on-old-spec",
        rule: "UPD-13",
        doctored: "after the pause a changed slot is given the old image again",
        tell: told([
          { read: "GET /tasks", from: state("paused", 500), where: { image: "$missing", desired: "ready" }, set: { image: "$v1" } },
        ]),
        outcome: "fail",
        says: "changed before the pause, keeps the new spec",
      },
      {
        id: "upd-13-untouched-task-stopped",
        rule: "UPD-13",
        doctored: "an untouched old task is shut down while paused",
        tell: told([
          { read: "GET /tasks", from: state("paused", 1000), where: { old: true, ...upRow }, one: true, set: { desired: "shutdown" } },
        ]),
        outcome: "fail",
        says: "which was not changed, runs on",
      },
      {
        id: "upd-13-resumes-by-itself",
        rule: "UPD-13",
        doctored: "3 s after the pause the update is updating again",
        tell: told([{ read: "GET /services/*", from: state("paused", 3000), where: { update: "paused" }, set: { update: "updating" } }]),
        outcome: "fail",
        says: "stays paused until someone updates again",
      },
      {
        rule: "UPD-13",
        doctored: "nobody asked for tasks from 2 s after the pause on",
        tell: told([{ silent: "GET /tasks", from: state("paused", 2000) }]),
        outcome: "inconclusive",
        says: "exposure pausedHeldMs was",
      },
    ],
  },
  {
    name: "update-rolls-back",
    file: new URL("update-rolls-back.ndjson.gz", import.meta.url),
    rules: ["UPD-15"],
    lies: [
      {
        id: "upd-15-never-rolled-back",
        rule: "UPD-15",
        doctored: "the update goes on being updating",
        tell: told([
          { read: "GET /services/*", where: { update: { in: ["rollback_started", "rollback_completed"] } }, set: { update: "updating" } },
          { stretch: 15, from: posted() },
        ]),
        outcome: "fail",
        says: "rollback_completed within 60.0 s of the update; observed updating",
      },
      {
        id: "upd-15-paused-instead",
        rule: "UPD-15",
        doctored: "the update pauses",
        tell: told([
          { read: "GET /services/*", where: { update: { in: ["rollback_started", "rollback_completed"] } }, set: { update: "paused" } },
        ]),
        outcome: "fail",
        says: "observed UpdateStatus.State paused",
      },
      {
        id: "upd-15-previous-spec-kept",
        rule: "UPD-15",
        doctored: "the previous spec is still there after the rollback",
        tell: told([
          {
            read: "GET /services/*",
            where: { update: "rollback_completed" },
            set: { previous: { name: "web", replicas: 4, image: "workload:broken", env: [], labels: {} } },
          },
        ]),
        outcome: "fail",
        says: "the previous spec is cleared; observed it is still there",
      },
      {
        id: "upd-15-new-task-left",
        rule: "UPD-15",
        doctored: "a task of the new spec is kept after the rollback",
        tell: told([
          {
            read: "GET /tasks",
            from: state("rollback_completed"),
            where: { image: "$v1", ...upRow },
            one: true,
            copy: { id: "doctored", image: "$broken", state: "running" },
          },
          { stretch: 20, from: state("rollback_completed") },
        ]),
        outcome: "fail",
        says: "and no other within 30.0 s of the rollback; observed task doctored",
      },
      {
        id: "upd-15-start-forgotten",
        rule: "UPD-15",
        doctored: "StartedAt is that of the rollback",
        tell: told([
          { read: "GET /services/*", where: { update: "rollback_completed" }, set: { updateStartedAt: "2026-01-01T00:00:00Z" } },
        ]),
        outcome: "fail",
        says: "StartedAt keeps the start of the update",
      },
      {
        rule: "UPD-15",
        doctored: "no task of the new spec was seen",
        tell: told([{ read: "GET /tasks", where: { image: "$broken" }, drop: true }]),
        outcome: "inconclusive",
        says: "exposure slotsTouched was 0",
      },
    ],
  },
  {
    name: "manual-rollback",
    file: new URL("manual-rollback.ndjson.gz", import.meta.url),
    rules: ["UPD-17"],
    lies: [
      {
        id: "upd-17-scale-not-restored",
        rule: "UPD-17",
        doctored: "the first rollback restores the image and leaves the scale",
        tell: told([{ read: "GET /services/*", from: posted(1), to: posted(2), where: { image: "$v1" }, set: { replicas: 2 } }]),
        outcome: "fail",
        says: "the spec is the previous one",
      },
      {
        id: "upd-17-body-taken",
        rule: "UPD-17",
        doctored: "the posted body becomes the spec",
        tell: told([
          {
            read: "GET /services/*",
            from: posted(1),
            to: posted(2),
            where: { image: "$v1" },
            set: { image: "$v2", replicas: 3, env: ["IGNORED=1"] },
          },
        ]),
        outcome: "fail",
        says: "the spec is the previous one",
      },
      {
        id: "upd-17-update-config-used",
        rule: "UPD-17",
        doctored: "the first rollback stops old tasks before new ones run, as the UpdateConfig says",
        tell: told([
          { read: "GET /tasks", from: posted(1), to: posted(1, 400), where: { image: "$v2", ...upRow }, set: { desired: "shutdown" } },
        ]),
        outcome: "fail",
        says: "the rollback goes start-first, as the RollbackConfig says",
      },
      {
        id: "upd-17-not-swapped",
        rule: "UPD-17",
        doctored: "the previous spec is gone after the first rollback",
        tell: told([{ read: "GET /services/*", from: posted(1), to: posted(2), where: { image: "$v1" }, set: { previous: undefined } }]),
        outcome: "fail",
        says: "the previous spec is the one rolled back from",
      },
      {
        id: "upd-17-never-completed",
        rule: "UPD-17",
        doctored: "the second rollback goes on being rollback_started",
        tell: told([
          { read: "GET /services/*", from: posted(2), where: { update: "rollback_completed" }, set: { update: "rollback_started" } },
          { stretch: 80, from: posted(2) },
        ]),
        outcome: "fail",
        says: "rollback_completed within 45.0 s; observed rollback_started",
      },
      {
        rule: "UPD-17",
        doctored: "nobody asked for tasks for 0.7 s of the first rollback",
        tell: told([{ silent: "GET /tasks", from: posted(1, 100), to: posted(1, 800) }]),
        outcome: "inconclusive",
        says: "exposure sampleGapMsMax was",
      },
    ],
  },
];

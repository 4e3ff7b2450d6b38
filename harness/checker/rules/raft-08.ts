/**
 * RAFT-08: when enough managers come back a leader is elected without an operator, all acknowledged state is there, and
 * pending repairs run.
 *
 * The clock starts when the fault whose healing gave some manager a majority again is proved gone. Rulebook RAFT-08;
 * recording 41 (one of four returns took 45 s).
 */
import { seconds } from "../samples.ts";
import { creates, quorumLosses, sides } from "../../invariant/control-plane.ts";
import { mayHaveRemoved, serviceWrites, snapshotsOf } from "../../invariant/readings.ts";
import { wrongWith } from "../../invariant/inv-04.ts";
import type { AttemptHistory } from "../../history/attempt.ts";
import { act, audit, subjectOf } from "../marks.ts";
import type { Checker, Finding } from "../checker.ts";

export const raft08: Checker = ({ history, bounds }) => {
  const loss = quorumLosses(history)[0];
  const back =
    loss === undefined
      ? undefined
      : sides(history, "yes")
          .filter((side) => side.from >= loss.to)
          .sort((a, b) => a.from - b.from)[0];
  if (loss === undefined || back === undefined) {
    return {
      findings: [],
      exposure: {},
      missing: [loss === undefined ? "no proved loss of the quorum" : "the quorum's return was not proved"],
    };
  }
  const since = back.from;
  const writes = creates(history);
  const before = writes.filter((op) => op.result === "ok" && (op.endedAt ?? Infinity) <= since);
  const after = writes.filter((op) => op.invokedAt >= since);
  const acknowledged = after.filter((op) => op.result === "ok");
  const repair = repairOf(history, acknowledged[0]?.endedAt, bounds["repair"] ?? Infinity);
  return {
    findings: [...lateReturn(history, since, bounds["quorumReturn"] ?? Infinity), ...lostState(history, since), ...repair.findings],
    exposure: {
      quorumLosses: quorumLosses(history).length,
      acknowledgedBefore: before.length,
      acknowledgedAfter: acknowledged.length,
      auditedManagers: new Set(auditReads(history, since).map((read) => read.node)).size,
      repairs: repair.seen,
    },
  };
};

function lateReturn(history: AttemptHistory, since: number, boundMs: number): readonly Finding[] {
  const after = creates(history).filter((op) => op.invokedAt >= since && op.endedAt !== undefined);
  const first = after.filter((op) => op.result === "ok").sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))[0];
  const last = after.at(-1);
  if (last?.endedAt === undefined || last.endedAt <= since + boundMs || (first?.endedAt ?? Infinity) <= since + boundMs) return [];
  const observed =
    first?.endedAt === undefined
      ? `none of ${after.length} until ${seconds(last.endedAt)}, the last ended with ${last.error ?? last.result}`
      : `the first after ${seconds(first.endedAt - since)}`;
  return [
    {
      expected: `a write acknowledged within ${seconds(boundMs)} of the quorum's return at ${seconds(since)}`,
      observed,
      t: last.endedAt,
      seq: last.seq,
      boundMs,
    },
  ];
}

const auditReads = (history: AttemptHistory, since: number): ReturnType<typeof snapshotsOf<"GET /services">> => {
  const begun = audit.first(history)?.t ?? Infinity;
  return snapshotsOf(history, "GET /services").filter((read) => read.from >= Math.max(begun, since));
};

/** Acknowledged creates that a list after the return lacks; removals excuse what they touched. */
function lostState(history: AttemptHistory, since: number): readonly Finding[] {
  const writes = serviceWrites(history);
  const removed = new Set(writes.filter(mayHaveRemoved).map((write) => write.id));
  return auditReads(history, since).flatMap((read) => {
    const present = new Set(read.items.map((service) => service.id));
    return writes.flatMap((write): readonly Finding[] => {
      const { id, op } = write;
      if (
        write.kind !== "create" ||
        op.result !== "ok" ||
        id === undefined ||
        (op.endedAt ?? Infinity) > read.from ||
        present.has(id) ||
        removed.has(id)
      )
        return [];
      return [
        {
          expected: `service ${write.name ?? id}, acknowledged by ${op.node} at ${seconds(op.endedAt ?? 0)}, after the quorum's return`,
          observed: `it is missing in the list ${read.node} gave at ${seconds(read.to)}`,
          t: read.to,
          seq: read.op.seq,
        },
      ];
    });
  });
}

/** A task whose container was taken away while there was no quorum must be replaced once there is one. */
function repairOf(
  history: AttemptHistory,
  leaderAt: number | undefined,
  boundMs: number,
): { readonly findings: readonly Finding[]; readonly seen: number } {
  const broken = act.all(history).find((mark) => mark.data.act === "break");
  const service = subjectOf(history, "repair")?.data;
  if (broken === undefined || service === undefined || leaderAt === undefined) return { findings: [], seen: 0 };
  const lists = snapshotsOf(history, "GET /tasks").filter((list) => list.from >= leaderAt);
  const old = broken.data.data;
  const whole = lists.find(
    (list) => wrongWith(service, list.items) === undefined && list.items.every((task) => task.id !== old || task.state !== "running"),
  );
  if (whole !== undefined && whole.from <= leaderAt + boundMs) return { findings: [], seen: 1 };
  // Late is what was still damaged past the bound; being whole when somebody looks at last proves nothing.
  const before = whole === undefined ? lists : lists.slice(0, lists.indexOf(whole));
  const last = before.findLast((list) => list.from > leaderAt + boundMs);
  if (last === undefined) return { findings: [], seen: 0 };
  const observed =
    whole === undefined
      ? `at ${seconds(last.to)} still ${wrongWith(service, last.items) ?? "the old task"}`
      : `only after ${seconds(whole.to - leaderAt)}`;
  return {
    findings: [
      {
        expected: `${service.name}, damaged without a quorum, whole within ${seconds(boundMs)} of the first write at ${seconds(leaderAt)}`,
        observed,
        t: last.to,
        seq: last.op.seq,
        boundMs,
      },
    ],
    seen: 1,
  };
}

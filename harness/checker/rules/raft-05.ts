/**
 * RAFT-05: a leader cut off from the majority never acknowledges a write again and steps down by itself; the majority
 * elects; after the heal all views agree.
 *
 * Until it has stepped down it may answer reads from its own memory if the target claims `stale-until-stepdown`; under
 * `linearizable` a read that lacks a write acknowledged before is a violation at once. A write of the cut-off leader
 * that ended in an error may have happened and accuses nobody. Rulebook RAFT-05; recipes C and I.
 */
import { seconds } from "../samples.ts";
import { controlReads, creates, placed } from "../../invariant/control-plane.ts";
import { agreedAt, leaderSightings } from "../../invariant/leadership.ts";
import { serviceWrites, snapshotsOf } from "../../invariant/readings.ts";
import type { AttemptHistory, FaultSpan } from "../../history/attempt.ts";
import { phaseOf } from "../marks.ts";
import type { Checker, Finding } from "../checker.ts";

export const raft05: Checker = ({ history, bounds }) => {
  const cut = history.faults.find((fault) => fault.kind.startsWith("partition") && fault.provedAt !== undefined);
  if (cut?.provedAt === undefined) return { findings: [], exposure: {}, missing: ["no proved cut"] };
  const since = cut.provedAt;
  const loneWrites = placed(history, creates(history), "no");
  const deposed = new Set(loneWrites.map(({ op }) => op.node));
  const led = leaderSightings(history).findLast((sighting) => sighting.to < cut.startedAt)?.leader;
  const stepDown = since + (bounds["stepDown"] ?? Infinity);
  const loneReads = placed(history, controlReads(history), "no");
  const lateReads = loneReads.filter(({ from }) => from > stepDown);
  const majority = placed(history, [...creates(history), ...controlReads(history)], "yes").filter(
    ({ from, op }) => from >= since && op.result === "ok",
  );
  const inCut = majority.filter(({ to }) => to <= (cut.healStartedAt ?? Infinity));
  const healed = phaseOf(history, "healed");
  const afterwards = history.operations.filter(
    (op) => healed !== undefined && op.result === "ok" && op.invokedAt >= healed.from && deposed.has(op.node),
  );
  const acknowledged = loneWrites
    .filter(({ op, from }) => op.result === "ok" && from >= since)
    .map(({ op, to }): Finding => ({
      expected: `no write acknowledged by ${op.node}, cut off at ${seconds(since)}`,
      observed: `${op.method} ${op.path} answered ${op.status} at ${seconds(to)}`,
      t: to,
      seq: op.seq,
    }));
  const answered = lateReads
    .filter(({ op }) => op.result === "ok")
    .map(({ op, from, to }): Finding => ({
      expected: `${op.node} stepped down and answers no reads ${seconds(bounds["stepDown"] ?? 0)} after the cut at ${seconds(since)}`,
      observed: `${op.method} ${op.path} asked at ${seconds(from)} was answered ${op.status}`,
      t: to,
      seq: op.seq,
    }));
  return {
    findings: [
      ...acknowledged,
      ...answered,
      ...staleReads(history),
      ...silentMajority(history, cut, bounds["election"] ?? Infinity),
      ...disagreement(history, cut, bounds),
    ],
    exposure: {
      writesToDeposed: loneWrites.filter(({ from }) => from >= since).length,
      readsAfterStepDown: lateReads.length,
      majorityWrites: inCut.filter(({ op }) => !isRead(op)).length,
      majorityReads: inCut.filter(({ op }) => isRead(op)).length,
      writesAfterHeal: afterwards.filter((op) => !isRead(op)).length,
      readsAfterHeal: afterwards.filter(isRead).length,
    },
    missing: [
      ...(led !== undefined && deposed.has(led)
        ? []
        : [`the manager cut off (${[...deposed].join(" ") || "none"}) was not the leader seen before (${led ?? "none"})`]),
      ...(healed === undefined || agreedAt(history, cut.removedAt ?? Infinity) === undefined
        ? ["the views of all managers were not seen to agree after the heal"]
        : []),
    ],
  };
};

const isRead = (op: { readonly method: string }): boolean => op.method === "GET";

/** Reads of a cut-off manager that lack a service acknowledged before they were asked. */
function staleReads(history: AttemptHistory): readonly Finding[] {
  if (history.context.facts.claims.reads !== "linearizable") return [];
  const lone = new Set(placed(history, controlReads(history), "no").map(({ op }) => op));
  const writes = serviceWrites(history);
  return snapshotsOf(history, "GET /services").flatMap((read): readonly Finding[] => {
    if (!lone.has(read.op)) return [];
    const present = new Set(read.items.map((service) => service.id));
    const lacking = writes.find(
      (write) =>
        write.kind === "create" &&
        write.op.result === "ok" &&
        write.id !== undefined &&
        (write.op.endedAt ?? Infinity) < read.from &&
        !present.has(write.id) &&
        !writes.some((other) => other.kind === "remove" && other.id === write.id),
    );
    if (lacking === undefined) return [];
    return [
      {
        expected: `service ${lacking.name ?? ""}, acknowledged by ${lacking.op.node}, in every later read (the target claims linearizable reads)`,
        observed: `${read.node} answered without it`,
        t: read.to,
        seq: read.op.seq,
      },
    ];
  });
}

function silentMajority(history: AttemptHistory, cut: FaultSpan, boundMs: number): readonly Finding[] {
  const since = cut.provedAt ?? Infinity;
  const writes = placed(history, creates(history), "yes").filter(({ from }) => from >= since);
  const first = writes.filter(({ op }) => op.result === "ok").sort((a, b) => a.to - b.to)[0];
  const last = writes.at(-1);
  if (last === undefined || last.to <= since + boundMs || (first !== undefined && first.to <= since + boundMs)) return [];
  return [
    {
      expected: `a write acknowledged on the majority side within ${seconds(boundMs)} of the cut at ${seconds(since)}`,
      observed: first === undefined ? `none of ${writes.length}` : `the first after ${seconds(first.to - since)}`,
      t: last.to,
      seq: last.op.seq,
      timing: true,
      boundMs,
    },
  ];
}

/** How long views may differ after a heal depends on how long the cut was: a long one costs a new election. */
function disagreement(history: AttemptHistory, cut: FaultSpan, bounds: Readonly<Record<string, number>>): readonly Finding[] {
  const { removedAt, healStartedAt, startedAt } = cut;
  if (removedAt === undefined || healStartedAt === undefined) return [];
  const short = healStartedAt - startedAt <= (bounds["shortCut"] ?? 0);
  const boundMs = (short ? bounds["healShort"] : bounds["healLong"]) ?? Infinity;
  const agreed = agreedAt(history, removedAt);
  const last = leaderSightings(history).at(-1);
  const lastAsked = history.operations.findLast((op) => op.path === "/nodes");
  const until = Math.max(last?.to ?? 0, lastAsked?.endedAt ?? 0);
  if ((agreed ?? Infinity) <= removedAt + boundMs || until <= removedAt + boundMs) return [];
  return [
    {
      expected: `all managers name the same leader within ${seconds(boundMs)} of the heal at ${seconds(removedAt)} (cut for ${seconds(healStartedAt - startedAt)})`,
      observed: agreed === undefined ? `not until ${seconds(until)}` : `only after ${seconds(agreed - removedAt)}`,
      t: until,
      ...(lastAsked === undefined ? {} : { seq: lastAsked.seq }),
      timing: true,
      boundMs,
    },
  ];
}

/**
 * INV-02: never two managers that both acknowledge conflicting writes: creates of one name, updates of one service
 * from one version.
 *
 * A pair counts as exposure only when both its writes lay wholly inside a proved cut that separated the two managers
 * and at most one of the sides had a majority. Rulebook INV-02, RAFT-05, API-03.
 */
import { seconds } from "../checker/samples.ts";
import type { Checker, Finding } from "../checker/checker.ts";
import type { AttemptHistory } from "../history/attempt.ts";
import { quorumDuring } from "./connectivity.ts";
import { mayHaveRemoved, serviceWrites } from "./readings.ts";
import type { ServiceWrite } from "./readings.ts";

export const inv02: Checker = ({ history }) => {
  const writes = serviceWrites(history);
  const groups = conflicts(writes);
  const findings = [...groups].flatMap(([what, group]) => doubled(what, group, writes));
  const cutPairs = [...groups.values()].filter((group) => onBothSides(history, group));
  return {
    findings,
    exposure: {
      conflictingPairs: cutPairs.length,
      acknowledgedOnMajority: cutPairs.filter((group) => group.some(({ op }) => op.result === "ok")).length,
    },
    missing: history.faults.some((fault) => fault.kind.startsWith("partition") && fault.provedAt !== undefined) ? [] : ["no proved cut"],
  };
};

/** Writes of which at most one may be acknowledged, by what they fight for. */
function conflicts(writes: readonly ServiceWrite[]): ReadonlyMap<string, readonly ServiceWrite[]> {
  const groups = new Map<string, ServiceWrite[]>();
  const add = (key: string, write: ServiceWrite): void => void (groups.get(key)?.push(write) ?? groups.set(key, [write]));
  for (const write of writes) {
    if (write.kind === "create" && write.name !== undefined) add(`the name ${write.name}`, write);
    if (write.kind === "update" && write.id !== undefined && write.version !== undefined) {
      add(`version ${write.version} of service ${write.name ?? write.id}`, write);
    }
  }
  return groups;
}

function doubled(what: string, group: readonly ServiceWrite[], all: readonly ServiceWrite[]): readonly Finding[] {
  const acknowledged = group.filter((write) => write.op.result === "ok");
  return acknowledged.slice(1).flatMap((second, index): readonly Finding[] => {
    const first = acknowledged[index];
    // A name is free again once its holder may have been removed.
    const freed = all.some((write) => mayHaveRemoved(write) && write.id === first?.id);
    if (first === undefined || (second.kind === "create" && freed)) return [];
    return [
      {
        expected: `at most one acknowledged write for ${what}`,
        observed: `${first.op.node} answered ${first.op.status} at ${seconds(first.op.endedAt ?? 0)} and ${second.op.node} answered ${second.op.status} at ${seconds(second.op.endedAt ?? 0)}`,
        t: second.op.endedAt ?? second.op.invokedAt,
        seq: second.op.seq,
      },
    ];
  });
}

function onBothSides(history: AttemptHistory, group: readonly ServiceWrite[]): boolean {
  const inside = group.flatMap(({ op }) =>
    op.endedAt === undefined ? [] : [{ node: op.node, side: quorumDuring(history, op.node, op.invokedAt, op.endedAt), op }],
  );
  const cutOff = inside.filter((write) => write.side === "no");
  return cutOff.some((lone) => inside.some((other) => other.node !== lone.node && other.side === "yes"));
}

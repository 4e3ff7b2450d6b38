/**
 * RAFT-03: with N managers the control plane survives the loss of floor((N-1)/2) of them, and no more: a write is
 * acknowledged if and only if a majority lives and is connected; workers play no part in the vote.
 *
 * Who had a majority is read from the proved faults. Rulebook RAFT-03; Docker admin guide, fault tolerance.
 */
import { majorityOf, managersOf } from "../../invariant/connectivity.ts";
import { creates, placed, sides } from "../../invariant/control-plane.ts";
import { seconds } from "../../invariant/readings.ts";
import type { AttemptHistory } from "../../history/attempt.ts";
import type { Checker, Finding } from "../checker.ts";

/** Writes that must have been tried without a quorum, where losing it is possible at all. */
const triedMin = 5;

export const raft03: Checker = ({ history, bounds }) => {
  const writes = creates(history);
  const managers = managersOf(history).length;
  const without = placed(history, writes, "no");
  const withQuorum = placed(history, writes, "yes").filter(({ op }) => op.result === "ok");
  const survived = withQuorum.filter(({ from }) => lostAt(history, from) === managers - majorityOf(managers));
  const findings = without
    .filter(({ op }) => op.result === "ok")
    .map(({ op, to }): Finding => ({
      expected: `no write acknowledged by ${op.node}, which reached no majority of ${managers} managers`,
      observed: `${op.method} ${op.path} answered ${op.status} at ${seconds(to)}`,
      t: to,
      seq: op.seq,
    }));
  const slow = silentMajorities(history, bounds["election"] ?? Infinity);
  // Cutting a lone manager from its workers takes nothing from its majority of one; losing it is the other variant.
  const losable = managers > 1 || history.faults.some((fault) => fault.kind === "power-off");
  return {
    findings: [...findings, ...slow],
    exposure: { acknowledgedWithQuorum: survived.length, triedWithoutQuorum: without.length },
    missing: losable && without.length < triedMin ? [`${without.length} writes were tried without a quorum, ${triedMin} wanted`] : [],
  };
};

/** How many managers proved faults kept from the majority at that time. */
function lostAt(history: AttemptHistory, t: number): number {
  const managers = new Set(managersOf(history));
  const away = sides(history, "no").filter((side) => managers.has(side.node) && side.from <= t && t < side.to);
  return new Set(away.map((side) => side.node)).size;
}

/**
 * Majorities that were given the whole bound and acknowledged nothing, though asked until the end. Each fault that comes
 * or goes may cost an election, so the clock starts anew with it.
 */
function silentMajorities(history: AttemptHistory, boundMs: number): readonly Finding[] {
  const writes = creates(history);
  const changes = history.faults.flatMap((fault) => [fault.provedAt, fault.removedAt].filter((t) => t !== undefined));
  return sides(history, "yes").flatMap((side) => {
    const starts = [side.from, ...changes.filter((t) => t > side.from && t < side.to)].sort((a, b) => a - b);
    return starts.flatMap((from, index): readonly Finding[] => {
      const to = starts[index + 1] ?? side.to;
      const own = writes.filter((op) => op.node === side.node && op.invokedAt >= from && (op.endedAt ?? Infinity) <= to);
      const first = own.find((op) => op.result === "ok");
      const last = own.at(-1);
      if (last?.endedAt === undefined || last.endedAt <= from + boundMs || (first?.endedAt ?? Infinity) <= from + boundMs) return [];
      return [
        {
          expected: `a write acknowledged by ${side.node} within ${seconds(boundMs)} of ${seconds(from)}: it was part of a majority all the time`,
          observed:
            first?.endedAt === undefined
              ? `none of ${own.length} was; the last ended with ${last.error ?? last.result}`
              : `the first only after ${seconds(first.endedAt - from)}`,
          t: last.endedAt,
          seq: last.seq,
          timing: true,
          boundMs,
        },
      ];
    });
  });
}

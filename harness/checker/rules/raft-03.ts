/**
 * RAFT-03: with N managers the control plane survives the loss of floor((N-1)/2) of them, and no more: a write is
 * acknowledged if and only if a majority lives and is connected; workers play no part in the vote.
 *
 * Who had a majority is read from the proved faults. Rulebook RAFT-03; Docker admin guide, fault tolerance.
 */
import { seconds } from "../samples.ts";
import { majorityOf, managersOf } from "../../invariant/connectivity.ts";
import { creates, placed, sides } from "../../invariant/control-plane.ts";
import type { AttemptHistory } from "../../history/attempt.ts";
import type { Checker, CheckerInput, Finding } from "../checker.ts";

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
  const slow = silentMajorities(history, bounds);
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

/** A moment from which a majority may be waited for, and how long. */
interface Start {
  readonly from: number;
  readonly boundMs: number;
}

/**
 * A fault that comes costs one election. One that goes brings back managers whose terms ran ahead and whose campaigns
 * compete: what returns has the bound of a quorum's return (measured on Engine 20.10: 8 to 47 s; RAFT-08).
 */
function startsOf(history: AttemptHistory, { election = Infinity, quorumReturn = Infinity }: CheckerInput["bounds"]): readonly Start[] {
  const starts = history.faults.flatMap(({ provedAt, removedAt }): readonly Start[] => [
    ...(provedAt === undefined ? [] : [{ from: provedAt, boundMs: election }]),
    ...(removedAt === undefined ? [] : [{ from: removedAt, boundMs: quorumReturn }]),
  ]);
  return [{ from: history.startedAt, boundMs: election }, ...starts].sort((a, b) => a.from - b.from);
}

/**
 * Majorities that were given the whole bound and acknowledged nothing, though asked until the end. Each fault that comes
 * or goes starts the clock anew.
 */
function silentMajorities(history: AttemptHistory, bounds: CheckerInput["bounds"]): readonly Finding[] {
  const writes = creates(history);
  const all = startsOf(history, bounds);
  return sides(history, "yes").flatMap((side) => {
    const starts = all.filter(({ from }) => from >= side.from && from < side.to);
    return starts.flatMap(({ from, boundMs }, index): readonly Finding[] => {
      const to = starts[index + 1]?.from ?? side.to;
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

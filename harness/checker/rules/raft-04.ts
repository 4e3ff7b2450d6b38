/**
 * RAFT-04: after the leader is lost a new one is elected in bounded time, and requests made after the election
 * succeed at once on every survivor.
 *
 * A request parked on a follower while there was no leader may wake late or fail and accuses nobody (rulebook Q30), so
 * the election counts as over with the first success among independent requests. Its lower end, one election time-out,
 * is a SHOULD and is only measured. Rulebook RAFT-04; recordings 40 and 42.
 */
import { seconds } from "../samples.ts";
import { managersOf } from "../../invariant/connectivity.ts";
import { creates, isControlRead } from "../../invariant/control-plane.ts";
import { leaderChanges } from "../../invariant/leadership.ts";
import type { Operation } from "../../history/attempt.ts";
import type { Checker, Finding } from "../checker.ts";

export const raft04: Checker = ({ history, bounds }) => {
  const lost = history.faults.find((fault) => fault.kind === "power-off" && fault.provedAt !== undefined);
  if (lost?.provedAt === undefined) {
    return {
      findings: [],
      exposure: { requests: 0, survivorsAnswered: 0, electionsSeen: 0, afterElection: 0 },
      missing: ["the leader's loss was not proved"],
    };
  }
  const since = lost.provedAt;
  const until = lost.healStartedAt ?? history.endedAt;
  const creating = new Set(creates(history));
  const asked = history.operations.filter(
    (op) => (creating.has(op) || isControlRead(op)) && !lost.nodes.includes(op.node) && op.invokedAt >= since && op.invokedAt < until,
  );
  const firstOf = (wanted: (op: Operation) => boolean): Operation | undefined =>
    asked.filter((op) => op.result === "ok" && wanted(op)).sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))[0];
  // A read proves an election only to a target whose deposed leader does not answer; here the leader is dead.
  const first = firstOf(() => true);
  const firstWrite = firstOf((op) => creating.has(op));
  const electedAt = first?.endedAt ?? Infinity;
  const boundMs = bounds["election"] ?? Infinity;
  const findings: Finding[] = [];
  const late = (what: string, op: Operation | undefined): void => {
    const last = asked.findLast((one) => one.endedAt !== undefined);
    if ((op?.endedAt ?? Infinity) <= since + boundMs || last?.endedAt === undefined || last.endedAt <= since + boundMs) return;
    const seen =
      op?.endedAt === undefined
        ? `none of ${asked.length} until ${seconds(last.endedAt)}`
        : `the first after ${seconds(op.endedAt - since)}`;
    findings.push({
      expected: `${what} on a survivor within ${seconds(boundMs)} of the leader's loss at ${seconds(since)}`,
      observed: seen,
      t: last.endedAt,
      seq: last.seq,
      boundMs,
    });
  };
  late("an answered request", first);
  late("an acknowledged write", firstWrite);
  const survivors = managersOf(history).filter((node) => !lost.nodes.includes(node));
  for (const node of survivors) {
    const own = asked.filter((op) => op.node === node);
    const answered = firstOf((op) => op.node === node)?.endedAt ?? Infinity;
    // What was asked before the election may be parked and accuses nobody.
    const silent = own.find((op) => op.result !== "ok" && op.invokedAt > electedAt && (op.endedAt ?? 0) > since + boundMs);
    if (answered <= since + boundMs || silent?.endedAt === undefined || silent.endedAt > answered) continue;
    findings.push({
      expected: `an answered request on ${node} within ${seconds(boundMs)} of the leader's loss at ${seconds(since)}: another survivor answers`,
      observed: Number.isFinite(answered) ? `the first after ${seconds(answered - since)}` : `none of ${own.length}`,
      t: silent.endedAt,
      seq: silent.seq,
      boundMs,
    });
  }
  const fresh = asked.filter((op) => op.invokedAt > electedAt);
  const boundWrite = bounds["write"] ?? Infinity;
  for (const op of fresh) {
    if (op.endedAt === undefined || op.endedAt - op.invokedAt <= boundWrite) continue;
    findings.push({
      expected: `requests made after the election answered within ${seconds(boundWrite)}`,
      observed: `${op.method} ${op.path} on ${op.node} took ${seconds(op.endedAt - op.invokedAt)}`,
      t: op.endedAt,
      seq: op.seq,
      boundMs: boundWrite,
    });
  }
  const afterElection = fresh.filter((op) => op.result === "ok");
  const refused = fresh.find((op) => op.result !== "ok" && op.result !== "open");
  if (refused !== undefined && afterElection.length === 0) {
    findings.push({
      expected: "requests made after the election succeed",
      observed: `all ${fresh.length} failed, the first with ${refused.error ?? refused.result}`,
      t: refused.endedAt ?? refused.invokedAt,
      seq: refused.seq,
    });
  }
  return {
    findings,
    exposure: {
      requests: asked.length,
      survivorsAnswered: survivors.filter((node) => firstOf((op) => op.node === node) !== undefined).length,
      electionsSeen: Math.min(1, leaderChanges(history)),
      afterElection: afterElection.length,
      writesAfterElection: afterElection.filter((op) => creating.has(op)).length,
      electionMs: Number.isFinite(electedAt) ? Math.round(electedAt - since) : -1,
    },
  };
};

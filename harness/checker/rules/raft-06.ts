/**
 * RAFT-06: without a quorum reads and writes of the control plane fail on every manager, first after a wait and, once
 * there has been no leader for a while, at once; what a node knows by itself still answers.
 *
 * A deposed leader may answer reads until it steps down, writes never. A request parked before the quorum returned
 * may succeed then; only what was asked and answered inside a proved loss is judged. Rulebook RAFT-06, Q1.
 */
import { seconds } from "../samples.ts";
import { managersOf } from "../../invariant/connectivity.ts";
import { controlReads, creates, quorumLosses, silenced } from "../../invariant/control-plane.ts";
import type { Operation } from "../../history/attempt.ts";
import type { Checker, Finding } from "../checker.ts";

const find = (op: Operation, expected: string, observed: string): Finding => ({
  expected,
  observed: `${op.method} ${op.path} on ${op.node} ${observed}`,
  t: op.endedAt ?? op.invokedAt,
  seq: op.seq,
});
const took = (op: Operation): number => (op.endedAt ?? Infinity) - op.invokedAt;

export const raft06: Checker = ({ history, bounds }) => {
  const loss = quorumLosses(history).toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
  if (loss === undefined) return { findings: [], exposure: {}, missing: ["no proved loss of the quorum"] };
  const managers = managersOf(history);
  const inside = (op: Operation): boolean =>
    managers.includes(op.node) &&
    op.invokedAt >= loss.from &&
    op.endedAt !== undefined &&
    op.endedAt <= loss.to &&
    !silenced(history, op.node, { from: op.invokedAt, to: op.endedAt });
  const writes = creates(history).filter(inside);
  const reads = controlReads(history).filter(inside);
  const local = history.operations.filter((op) => op.path === "/containers/json" && inside(op));
  const steppedDown = loss.from + (bounds["stepDown"] ?? Infinity);
  const failFast = loss.from + (bounds["failFastFrom"] ?? Infinity);
  const fastMs = bounds["failFast"] ?? Infinity;
  const lateReads = reads.filter((op) => op.invokedAt > steppedDown);
  const quick = [...reads, ...writes].filter((op) => op.invokedAt > failFast);
  const gone = `the quorum was lost at ${seconds(loss.from)}`;
  return {
    findings: [
      ...writes
        .filter((op) => op.result === "ok")
        .map((op) => find(op, `no write acknowledged: ${gone}`, `answered ${op.status} at ${seconds(op.endedAt ?? 0)}`)),
      ...lateReads
        .filter((op) => op.result === "ok")
        .map((op) =>
          find(
            op,
            `no control read answered ${seconds(steppedDown - loss.from)} later: ${gone}`,
            `asked at ${seconds(op.invokedAt)} was answered ${op.status}`,
          ),
        ),
      ...quick
        .filter((op) => took(op) > fastMs)
        .map((op): Finding => ({
          ...find(op, `requests refused at once ${seconds(failFast - loss.from)} later: ${gone}`, `hung for ${seconds(took(op))}`),
          timing: true,
          boundMs: fastMs,
        })),
      ...local
        .filter((op) => op.result !== "ok")
        .map((op) => find(op, "the list of containers answered by the engine itself", `failed: ${op.error ?? op.result}`)),
    ],
    exposure: {
      writes: writes.length,
      readsAfterStepDown: lateReads.length,
      refusedAtOnce: quick.length,
      localReads: local.length,
      managersAsked: new Set(reads.map((op) => op.node)).size,
    },
  };
};

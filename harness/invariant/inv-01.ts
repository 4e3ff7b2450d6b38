/**
 * INV-01: no acknowledged write is ever lost or undone while a majority of disks survives.
 *
 * Journal of every write with what became of it, against the list every manager gives at the end. A write without a
 * definite outcome may or may not have happened and accuses nobody. Updates are judged by the label `v` of registers:
 * the final value must not be older than the last acknowledged one. Rulebook INV-01, RAFT-12.
 */
import { seconds } from "../checker/samples.ts";
import type { ServiceView } from "../client/views.ts";
import type { AttemptHistory } from "../history/attempt.ts";
import type { Checker, Finding } from "../checker/checker.ts";
import { audit } from "../checker/marks.ts";
import { managersOf, surelyInForce } from "./connectivity.ts";
import { leaderChanges } from "./leadership.ts";
import { mayHaveRemoved, record, serviceWrites, snapshotsOf, text } from "./readings.ts";
import type { ServiceWrite, Snapshot } from "./readings.ts";

export const inv01: Checker = ({ history }) => {
  const writes = serviceWrites(history);
  const acknowledged = writes.filter((write) => write.op.result === "ok");
  const finals = finalReads(history);
  const underFault = acknowledged.filter(({ op }) =>
    history.faults.some((fault) => surelyInForce(fault, op.invokedAt, op.endedAt ?? Infinity)),
  );
  const findings = [...finals.values()].flatMap((read) => [...existence(writes, read), ...registers(writes, read)]);
  return {
    findings,
    exposure: {
      acknowledged: acknowledged.length,
      acknowledgedUnderFault: underFault.length,
      leaderChanges: leaderChanges(history),
      inDoubt: writes.filter(({ op }) => op.result === "info" || op.result === "open").length,
    },
    missing: managersOf(history)
      .filter((name) => !finals.has(name))
      .map((name) => `no list of services from ${name} after the audit began`),
  };
};

/** The last list each manager gave after the audit began. */
export function finalReads(history: AttemptHistory): ReadonlyMap<string, Snapshot<ServiceView>> {
  const begun = audit.last(history);
  const reads = new Map<string, Snapshot<ServiceView>>();
  if (begun === undefined) return reads;
  for (const read of snapshotsOf(history, "GET /services")) if (read.from >= begun.t) reads.set(read.node, read);
  return reads;
}

function existence(writes: readonly ServiceWrite[], read: Snapshot<ServiceView>): readonly Finding[] {
  const present = new Set(read.items.map((service) => service.id));
  return writes.flatMap((write): readonly Finding[] => {
    const { op, id } = write;
    if (op.result !== "ok" || id === undefined || op.endedAt === undefined || op.endedAt > read.from) return [];
    if (write.kind === "create") {
      if (present.has(id) || writes.some((other) => removes(other, write))) return [];
      return [
        lost(`service ${write.name ?? id}, acknowledged by ${op.node} at ${seconds(op.endedAt)} and never removed,`, "it is missing", read),
      ];
    }
    if (write.kind === "remove" && present.has(id)) {
      return [
        lost(`no service ${write.name ?? id}: ${op.node} acknowledged its removal at ${seconds(op.endedAt)}`, "it is there again", read),
      ];
    }
    return [];
  });
}

const removes = (other: ServiceWrite, create: ServiceWrite): boolean =>
  mayHaveRemoved(other) && (other.id === create.id || other.id === create.name);

const lost = (what: string, but: string, read: Snapshot<ServiceView>): Finding => ({
  expected: `${what} in the list of ${read.node}`,
  observed: `${but} in the list ${read.node} gave at ${seconds(read.to)}`,
  t: read.to,
  seq: read.op.seq,
});

const value = (write: ServiceWrite): string | undefined => text(record(write.spec["Labels"])["v"]);

function registers(writes: readonly ServiceWrite[], read: Snapshot<ServiceView>): readonly Finding[] {
  return read.items.flatMap((service): readonly Finding[] => {
    const own = writes.filter((write) => write.kind !== "remove" && write.id === service.id);
    const shown = service.labels["v"];
    if (own.every((write) => write.kind === "create")) return [];
    // Also what a create put there; one without the label shows as none, which is how a register looks that lost all.
    const sources = own.filter((write) => value(write) === shown);
    // A write whose answer never came may still happen at any time, so nothing is surely later than it. Nor than one that
    // was refused and shows all the same: a manager repeats what its leader did before it died, and is told no.
    const sourceEnd = Math.max(-1, ...sources.map(({ op }) => (op.result === "ok" ? (op.endedAt ?? Infinity) : Infinity)));
    const overwritten = own.find(
      (write) => write.op.result === "ok" && write.op.invokedAt > sourceEnd && (write.op.endedAt ?? Infinity) <= read.from,
    );
    if (overwritten === undefined) return [];
    const expected = `register ${service.name} not older than v=${value(overwritten) ?? "?"}, acknowledged by ${overwritten.op.node} at ${seconds(overwritten.op.endedAt ?? 0)}`;
    return [
      {
        expected,
        observed: `${shown === undefined ? "no v" : `v=${shown}`} in the list ${read.node} gave at ${seconds(read.to)}`,
        t: read.to,
        seq: read.op.seq,
      },
    ];
  });
}

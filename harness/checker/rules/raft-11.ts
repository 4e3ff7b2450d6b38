/**
 * RAFT-11: a request caught by a change of leader may fail and yet be, or become, committed. Every acknowledged create
 * exists afterwards; a failed one exists or not, but never twice under one name.
 *
 * Writers post the same name again until they get a definite answer, as clients do, so that a repeated proposal would
 * show as a second service of that name. Rulebook RAFT-11; recordings 40 to 42.
 */
import { seconds } from "../samples.ts";
import { managersOf, possiblyInForce } from "../../invariant/connectivity.ts";
import { finalReads } from "../../invariant/inv-01.ts";
import { leaderChanges } from "../../invariant/leadership.ts";
import { serviceWrites } from "../../invariant/readings.ts";
import type { Checker, Finding } from "../checker.ts";

export const raft11: Checker = ({ history }) => {
  const creates = serviceWrites(history).filter((write) => write.kind === "create");
  const finals = finalReads(history);
  const findings: Finding[] = [];
  for (const read of finals.values()) {
    const where = { t: read.to, seq: read.op.seq };
    const present = new Set(read.items.map((service) => service.id));
    for (const { op, id, name } of creates) {
      if (op.result !== "ok" || id === undefined || (op.endedAt ?? Infinity) > read.from || present.has(id)) continue;
      findings.push({
        expected: `service ${name ?? id}, acknowledged by ${op.node} at ${seconds(op.endedAt ?? 0)}, in the list of ${read.node}`,
        observed: "it is missing there",
        ...where,
      });
    }
    for (const [name, same] of Map.groupBy(read.items, (service) => service.name)) {
      if (same.length > 1)
        findings.push({
          expected: `at most one service named ${name}`,
          observed: `${same.map((service) => service.id).join(" and ")} in the list of ${read.node}`,
          ...where,
        });
    }
  }
  const committed = new Set([...finals.values()].flatMap((read) => read.items.map((service) => service.name)));
  const caught = creates.filter(
    ({ op }) => op.result === "info" && history.faults.some((fault) => possiblyInForce(fault, op.invokedAt, op.endedAt ?? Infinity)),
  );
  const firstFailed = new Map<string, boolean>();
  for (const { op, name } of creates) if (name !== undefined && !firstFailed.has(name)) firstFailed.set(name, op.result === "info");
  return {
    findings,
    exposure: {
      acknowledged: creates.filter(({ op }) => op.result === "ok").length,
      caught: caught.length,
      leaderChanges: leaderChanges(history),
      presentAfterError: [...firstFailed].filter(([name, failed]) => failed && committed.has(name)).length,
    },
    missing: managersOf(history)
      .filter((name) => !finals.has(name))
      .map((name) => `no list of services from ${name} after the audit began`),
  };
};

/**
 * INV-04: after faults stop, each replicated service with sufficient capacity has exactly its replicas running, one
 * per slot, and no orphan containers remain on any live node.
 *
 * The clock starts when the faults are proved gone, every manager names the same leader and every node is `ready`;
 * that moment is read from the history, not from the script. Which services are judged is marked (`replicated`).
 * Rulebook INV-04, ORCH-01, NODE-05.
 */
import type { Checker, Finding } from "../checker/checker.ts";
import type { Subject } from "../checker/marks.ts";
import { audit, subject } from "../checker/marks.ts";
import type { AttemptHistory } from "../history/attempt.ts";
import type { TaskView } from "../client/views.ts";
import { faultsGoneAt } from "./connectivity.ts";
import { agreedAt } from "./leadership.ts";
import { seconds, snapshotsOf } from "./readings.ts";
import { isWanted } from "./task-state.ts";

export const inv04: Checker = ({ history, bounds }) => {
  const subjects = subject
    .all(history)
    .map((mark) => mark.data)
    .filter((service) => service.as === "replicated");
  const clock = agreedAt(history, faultsGoneAt(history), { ready: true });
  const begun = audit.last(history);
  const faults = history.faults.filter((fault) => fault.provedAt !== undefined);
  const orphans = orphanCheck(history);
  const exposure = { services: subjects.length, faults: faults.length, auditedNodes: orphans.nodes };
  if (clock === undefined)
    return {
      findings: [],
      exposure,
      missing: ["the clock never started: no moment with all faults proved gone, one leader everywhere and all nodes ready"],
    };
  const boundMs = bounds["converge"] ?? 0;
  const read = snapshotsOf(history, "GET /tasks").some((snapshot) => snapshot.from >= clock + boundMs);
  const missing = [
    ...(begun === undefined ? ["the script did not reach its audit"] : []),
    ...(convergedAt(history, subjects, clock) === undefined && !read ? ["tasks were not listed until the bound was over"] : []),
  ];
  return {
    findings: [...late(history, subjects, clock, boundMs), ...wrongAtAudit(history, subjects), ...orphans.findings],
    exposure,
    missing,
  };
};

/** What is wrong with a service in one list of tasks, or nothing. */
export function wrongWith(service: Subject, tasks: readonly TaskView[]): string | undefined {
  const running = tasks.filter((task) => task.service === service.id && task.state === "running");
  const slots = new Set(running.map((task) => task.slot));
  if (running.length !== service.replicas) return `${running.length} of ${service.replicas} running`;
  if (slots.size !== running.length) return `${running.length} running in only ${slots.size} slots`;
  const unwanted = running.find((task) => !isWanted(task.desired));
  return unwanted === undefined ? undefined : `task ${unwanted.id} runs although it is wanted ${unwanted.desired}`;
}

/** End of the first list of tasks asked from `since` on in which all services are right. */
export function convergedAt(history: AttemptHistory, subjects: readonly Subject[], since: number): number | undefined {
  return snapshotsOf(history, "GET /tasks").find(
    (snapshot) => snapshot.from >= since && subjects.every((service) => wrongWith(service, snapshot.items) === undefined),
  )?.to;
}

function late(history: AttemptHistory, subjects: readonly Subject[], clock: number, boundMs: number): readonly Finding[] {
  const converged = convergedAt(history, subjects, clock);
  if (converged !== undefined && converged <= clock + boundMs) return [];
  const last = snapshotsOf(history, "GET /tasks").findLast((snapshot) => snapshot.from >= clock + boundMs || snapshot.to === converged);
  if (last === undefined) return [];
  const state = subjects.map((service) => `${service.name}: ${wrongWith(service, last.items) ?? "right"}`).join(", ");
  return [
    {
      expected: `all replicated services whole within ${seconds(boundMs)} of ${seconds(clock)}, when faults were gone, one leader was named everywhere and all nodes were ready`,
      observed:
        converged === undefined
          ? `at ${seconds(last.to)} still ${state}`
          : `only at ${seconds(converged)}, ${seconds(converged - clock)} later`,
      t: last.to,
      seq: last.op.seq,
    },
  ];
}

function wrongAtAudit(history: AttemptHistory, subjects: readonly Subject[]): readonly Finding[] {
  const begun = audit.last(history)?.t ?? Infinity;
  return snapshotsOf(history, "GET /tasks")
    .filter((snapshot) => snapshot.from >= begun)
    .flatMap((snapshot) =>
      subjects.flatMap((service): readonly Finding[] => {
        const wrong = wrongWith(service, snapshot.items);
        if (wrong === undefined) return [];
        return [
          {
            expected: `${service.name}: ${service.replicas} running, one per slot, at the audit`,
            observed: `${wrong} through ${snapshot.node}`,
            t: snapshot.to,
            seq: snapshot.op.seq,
          },
        ];
      }),
    )
    .slice(0, 10);
}

/** Running containers of services at the audit whose task nobody wants any more. */
function orphanCheck(history: AttemptHistory): { readonly findings: readonly Finding[]; readonly nodes: number } {
  const begun = audit.last(history)?.t ?? Infinity;
  const tasks = new Map(
    snapshotsOf(history, "GET /tasks")
      .filter((snapshot) => snapshot.from >= begun)
      .flatMap((snapshot) => snapshot.items.map((task) => [task.id, task] as const)),
  );
  const lists = snapshotsOf(history, "GET /containers/json").filter((snapshot) => snapshot.from >= begun);
  const findings = lists.flatMap((list) =>
    list.items.flatMap((container): readonly Finding[] => {
      const task = tasks.get(container.task);
      if (container.task === "" || container.state !== "running" || (task !== undefined && isWanted(task.desired))) return [];
      const fate = task === undefined ? "is known to no manager" : `is wanted ${task.desired}`;
      return [
        {
          expected: `no orphan container on ${list.node}`,
          observed: `container ${container.name} runs there; its task ${container.task} ${fate}`,
          t: list.to,
          seq: list.op.seq,
        },
      ];
    }),
  );
  return { findings, nodes: new Set(lists.map((list) => list.node)).size };
}

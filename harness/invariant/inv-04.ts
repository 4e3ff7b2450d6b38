/**
 * INV-04: after faults stop, each replicated service with sufficient capacity has exactly its replicas running, one
 * per slot, and no orphan containers remain on any live node.
 *
 * The clock starts when the faults are proved gone, every manager names the same leader and every node is `ready`;
 * that moment is read from the history, not from the script. Which services are judged is marked (`replicated`).
 * Rulebook INV-04, ORCH-01, NODE-05.
 */
import { seconds } from "../checker/samples.ts";
import type { Checker, Finding } from "../checker/checker.ts";
import type { Subject } from "../checker/marks.ts";
import { audit, subject } from "../checker/marks.ts";
import type { AttemptHistory } from "../history/attempt.ts";
import type { TaskView } from "../client/views.ts";
import { faultsGoneAt } from "./connectivity.ts";
import { agreedAt } from "./leadership.ts";
import { snapshotsOf } from "./readings.ts";
import type { Snapshot } from "./readings.ts";
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
  const convergence = convergenceOf(history, subjects, clock, boundMs);
  const missing = [
    ...(begun === undefined ? ["the script did not reach its audit"] : []),
    ...(convergence.kind === "unseen" ? ["tasks were not listed often enough until the bound was over"] : []),
    ...orphans.missing,
  ];
  return { findings: [...convergence.findings, ...wrongAtAudit(history, subjects), ...orphans.findings], exposure, missing };
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

interface Convergence {
  /** `unseen`: nobody looked in time, and none who looked afterwards saw it wrong. */
  readonly kind: "in time" | "late" | "unseen";
  readonly findings: readonly Finding[];
}

/** Late is what a list asked past the bound still showed wrong; being whole when somebody looks at last proves nothing. */
function convergenceOf(history: AttemptHistory, subjects: readonly Subject[], clock: number, boundMs: number): Convergence {
  const lists = snapshotsOf(history, "GET /tasks").filter((list) => list.from >= clock);
  const isWhole = (list: Snapshot<TaskView>): boolean => subjects.every((service) => wrongWith(service, list.items) === undefined);
  const whole = lists.find(isWhole);
  if (whole !== undefined && whole.from <= clock + boundMs) return { kind: "in time", findings: [] };
  const before = whole === undefined ? lists : lists.slice(0, lists.indexOf(whole));
  const wrong = before.findLast((list) => list.from > clock + boundMs);
  if (wrong === undefined) return { kind: "unseen", findings: [] };
  const state = subjects.map((service) => `${service.name}: ${wrongWith(service, wrong.items) ?? "right"}`).join(", ");
  const finding = {
    expected: `all replicated services whole within ${seconds(boundMs)} of ${seconds(clock)}, when faults were gone, one leader was named everywhere and all nodes were ready`,
    observed:
      whole === undefined ? `at ${seconds(wrong.to)} still ${state}` : `only at ${seconds(whole.to)}, ${seconds(whole.to - clock)} later`,
    t: wrong.to,
    seq: wrong.op.seq,
    boundMs,
  };
  return { kind: "late", findings: [finding] };
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
function orphanCheck(history: AttemptHistory): {
  readonly findings: readonly Finding[];
  readonly nodes: number;
  readonly missing: readonly string[];
} {
  const begun = audit.last(history)?.t ?? Infinity;
  const listed = snapshotsOf(history, "GET /tasks").filter((snapshot) => snapshot.from >= begun);
  const lists = snapshotsOf(history, "GET /containers/json").filter((snapshot) => snapshot.from >= begun);
  if (listed.length === 0) return { findings: [], nodes: 0, missing: lists.length === 0 ? [] : ["no list of tasks at the audit"] };
  const tasks = new Map(listed.flatMap((snapshot) => snapshot.items.map((task) => [task.id, task] as const)));
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
  return { findings, nodes: new Set(lists.map((list) => list.node)).size, missing: [] };
}

/**
 * INV-05: among tasks with desired state at most `running` there is at most one per slot (per node for a global
 * service), judged in settled windows. Rulebook INV-05, ORCH-04; races around updates are left out by the windows (Q21).
 */
import { seconds } from "../checker/samples.ts";
import type { Checker, Finding } from "../checker/checker.ts";
import type { AttemptHistory } from "../history/attempt.ts";
import type { TaskView } from "../client/views.ts";
import { nodeName, snapshotsOf } from "./readings.ts";
import { settledWindows, within } from "./settled.ts";
import { isWanted } from "./task-state.ts";

export const inv05: Checker = ({ history, bounds }) => {
  const windows = settledWindows(history, bounds["quiet"] ?? 0);
  const judged = snapshotsOf(history, "GET /tasks").filter((snapshot) => within(windows, snapshot.from, snapshot.to));
  const findings = new Map<string, Finding>();
  for (const { items, node, to, op } of judged) {
    for (const [place, tasks] of crowded(history, items)) {
      if (findings.has(place)) continue;
      const listed = tasks.map((task) => `${task.id} (${task.state}, wanted ${task.desired})`).join(" and ");
      findings.set(place, {
        expected: `one wanted task in ${place} in a settled swarm`,
        observed: `${listed} through ${node} at ${seconds(to)}`,
        t: to,
        seq: op.seq,
      });
    }
  }
  return {
    findings: [...findings.values()],
    exposure: {
      snapshots: judged.length,
      /** Those in which somebody looked. */
      windows: windows.filter((window) => judged.some((snapshot) => within([window], snapshot.from, snapshot.to))).length,
      slots: Math.max(0, ...judged.map(({ items }) => items.filter((task) => isWanted(task.desired)).length)),
    },
  };
};

function crowded(history: AttemptHistory, tasks: readonly TaskView[]): readonly (readonly [string, readonly TaskView[]])[] {
  const wanted = tasks.filter((task) => isWanted(task.desired) && task.service !== "");
  const places = Map.groupBy(
    wanted,
    (task) => `${task.slot > 0 ? `slot ${task.slot}` : `node ${nodeName(history, task.node)}`} of service ${task.service}`,
  );
  return [...places].filter(([, held]) => held.length > 1);
}

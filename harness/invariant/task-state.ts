/**
 * The order of task states (rulebook A2): an observed state only moves down this list, and a terminal one never changes.
 */
const order = [
  "new",
  "allocated",
  "pending",
  "assigned",
  "accepted",
  "preparing",
  "ready",
  "starting",
  "running",
  "complete",
  "shutdown",
  "failed",
  "rejected",
  "remove",
  "orphaned",
];
const terminal = new Set(["complete", "shutdown", "failed", "rejected", "orphaned"]);

/** -1 for a state nobody knows. */
export const rankOf = (state: string): number => order.indexOf(state);

export const isTerminal = (state: string): boolean => terminal.has(state);

/** Whether the orchestrator still wants this task: desired state at most `running`. */
export function isWanted(desired: string): boolean {
  const rank = rankOf(desired);
  return rank >= 0 && rank <= rankOf("running");
}

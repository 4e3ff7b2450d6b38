/**
 * When a swarm was left alone: windows in which for a while no fault was perhaps in force, no request that may change
 * something was under way and no rolling update was seen running (rulebook INV-05; races between updater and restarts
 * may leave an extra task for a moment, rulebook Q21).
 */
import type { AttemptHistory } from "../history/attempt.ts";
import { isWrite, snapshotsOf } from "./readings.ts";

export interface Window {
  readonly from: number;
  readonly to: number;
}

const unfinished = new Set(["updating", "rollback_started"]);

/** Windows that begin `quietMs` after the last disturbance and end with the next. */
export function settledWindows(history: AttemptHistory, quietMs: number): readonly Window[] {
  const disturbances: Window[] = [
    ...history.faults
      .filter((fault) => fault.state !== "skipped")
      .map((fault) => ({ from: fault.startedAt, to: fault.removedAt ?? Infinity })),
    ...history.operations
      .filter((op) => isWrite(op) && op.result !== "fail")
      .map((op) => ({ from: op.invokedAt, to: op.endedAt ?? Infinity })),
    ...snapshotsOf(history, "GET /services")
      .filter((snapshot) => snapshot.items.some((service) => unfinished.has(service.update)))
      .map((snapshot) => ({ from: snapshot.from, to: snapshot.to })),
  ].sort((a, b) => a.from - b.from);
  const windows: Window[] = [];
  let quietFrom = history.startedAt;
  for (const { from, to } of disturbances) {
    if (from > quietFrom + quietMs) windows.push({ from: quietFrom + quietMs, to: from });
    quietFrom = Math.max(quietFrom, to);
  }
  if (history.endedAt > quietFrom + quietMs) windows.push({ from: quietFrom + quietMs, to: history.endedAt });
  return windows;
}

export function within(windows: readonly Window[], from: number, to: number): boolean {
  return windows.some((window) => window.from <= from && to <= window.to);
}

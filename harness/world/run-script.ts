/**
 * Runs one script in one world to its end and says how it ended. That is no verdict: checkers judge the history.
 * Other processes are stopped when the script is over; faults are left as they are, so that evidence shows them.
 */
import { messageOf } from "../error-text.ts";
import type { CoreWorld } from "./core.ts";
import { Broken, Missed, Stopped } from "./world.ts";
import type { World } from "./world.ts";

export interface ScriptEnd {
  readonly script: "completed" | "missed" | "harness-error";
  readonly error?: string;
}

/**
 * Records `attempt-end` as its last event. Past `limitMs` the script is told to stop, which ends it at its next world
 * call; that is our failure, because every wait in a script has a limit of its own.
 */
export async function runScript(core: CoreWorld, script: (world: World) => Promise<void>, limitMs: number): Promise<ScriptEnd> {
  const main = core.processes.start("main", () => script(core.world));
  const timer = new AbortController();
  const watch = stopAfter(core, limitMs, timer.signal);
  await main.process.ended;
  timer.abort();
  const late = await watch;
  await core.processes.stopAll();
  const failure = main.process.failure ?? core.processes.unseen[0]?.failure;
  const end = late ? overdue(limitMs, failure) : endOf(failure);
  core.recorder.write({ kind: "attempt-end", ...end }, "main");
  return end;
}

/** True when the limit came first. */
async function stopAfter(core: CoreWorld, limitMs: number, signal: AbortSignal): Promise<boolean> {
  await core.sleep(limitMs, signal);
  if (signal.aborted) return false;
  await core.processes.stopAll();
  return true;
}

/** How a script ended that did not end by itself. */
export const overdue = (limitMs: number, failure: { readonly error: unknown } | undefined): ScriptEnd => ({
  script: "harness-error",
  error: `the script did not end within its limit of ${limitMs} ms${failure === undefined ? "" : `: ${messageOf(failure.error)}`}`,
});

/** How a script ended, from what it threw. */
export function endOf(failure: { readonly error: unknown } | undefined): ScriptEnd {
  if (failure === undefined) return { script: "completed" };
  const { error } = failure;
  if (error instanceof Missed || error instanceof Broken) return { script: "missed", error: error.message };
  const name = error instanceof Error ? error.name : "thrown";
  return {
    script: "harness-error",
    error: error instanceof Stopped ? `stopped from outside: ${error.message}` : `${name}: ${messageOf(error)}`,
  };
}

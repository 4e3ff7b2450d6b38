/**
 * Waiting on conditions, the same over real and virtual time: ask, look at the clock, sleep, ask again.
 * What a condition saw is in the history because it asks through world calls; the wait itself is recorded around it.
 */
import { Broken, Missed } from "./world.ts";
import type { Recorder } from "./recorder.ts";
import type { WaitOptions } from "./world.ts";

export const everyMsDefault = 250;

export interface Waiting {
  readonly now: () => number;
  /** Throws `Stopped` when the process was told to end. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly recorder: Recorder;
}

/**
 * Asks last at the limit itself. A value that was asked for in time and came back after the limit is still taken: how
 * long it took is in the history, and a checker holds it against its bound.
 */
export async function waitUntil<T>(on: Waiting, name: string, condition: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const { withinMs, everyMs = everyMsDefault } = options;
  const limit = on.now() + withinMs;
  const end = begin(on, "until", name, withinMs);
  try {
    for (;;) {
      const value = await condition();
      if (value !== undefined) {
        end(true);
        return value;
      }
      const left = limit - on.now();
      if (left <= 0) throw new Missed(`waited ${withinMs} ms for: ${name}`);
      await on.sleep(Math.min(everyMs, left));
    }
  } catch (error) {
    end(false, messageOf(error));
    throw error;
  }
}

export async function holdFor(
  on: Waiting,
  name: string,
  condition: () => Promise<boolean>,
  options: { readonly forMs: number; readonly everyMs?: number },
): Promise<void> {
  const { forMs, everyMs = everyMsDefault } = options;
  const began = on.now();
  const end = begin(on, "hold", name, forMs);
  try {
    for (;;) {
      if (!(await condition())) throw new Broken(`did not hold after ${Math.round(on.now() - began)} ms of ${forMs}: ${name}`);
      const left = began + forMs - on.now();
      if (left <= 0) break;
      await on.sleep(Math.min(everyMs, left));
    }
  } catch (error) {
    end(false, messageOf(error));
    throw error;
  }
  end(true);
}

function begin(on: Waiting, form: "until" | "hold", condition: string, limitMs: number): (met: boolean, detail?: string) => void {
  const wait = on.recorder.nextWait();
  on.recorder.write({ kind: "wait", wait, form, condition, limitMs });
  return (met, detail) => on.recorder.write({ kind: "wait-end", wait, met, ...(detail === undefined ? {} : { detail }) });
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

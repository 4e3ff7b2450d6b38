/**
 * Waiting on conditions, the same over real and virtual time: ask, look at the clock, let time pass, ask again.
 * What a condition saw is in the history because it asks through world calls; the wait itself is recorded around it.
 */
import { messageOf } from "../error-text.ts";
import type { Flow, WaitAsk } from "./flow.ts";
import type { Recorder } from "./recorder.ts";
import { Broken, Missed } from "./world.ts";
import type { WaitOptions } from "./world.ts";

/** Milliseconds between two askings where the script names none. */
export const everyMsDefault = 250;

export interface Waiting {
  readonly now: () => number;
  readonly recorder: Recorder;
}

/**
 * Gives the first value that is not `undefined`. Asks last at the limit itself. A value that was asked for in time and
 * came back after the limit is still taken: how long it took is in the history, and a checker holds it to its bound.
 */
export function* waitUntil(on: Waiting, name: string, options: WaitOptions): Flow<WaitAsk, unknown> {
  const { withinMs, everyMs = everyMsDefault } = options;
  const limit = on.now() + withinMs;
  return yield* recorded(on, "until", name, withinMs, function* () {
    for (;;) {
      const value = yield { ask: "evaluate" };
      if (value !== undefined) return value;
      const left = limit - on.now();
      if (left <= 0) throw new Missed(`waited ${withinMs} ms for: ${name}`);
      yield { ask: "sleep", ms: Math.min(everyMs, left) };
    }
  });
}

export function* holdFor(
  on: Waiting,
  name: string,
  options: { readonly forMs: number; readonly everyMs?: number },
): Flow<WaitAsk, unknown> {
  const { forMs, everyMs = everyMsDefault } = options;
  const began = on.now();
  return yield* recorded(on, "hold", name, forMs, function* () {
    for (;;) {
      if ((yield { ask: "evaluate" }) !== true)
        throw new Broken(`did not hold after ${Math.round(on.now() - began)} ms of ${forMs}: ${name}`);
      const left = began + forMs - on.now();
      if (left <= 0) return undefined;
      yield { ask: "sleep", ms: Math.min(everyMs, left) };
    }
  });
}

/** Evaluates at a fixed interval, start to start, until the process is stopped; what takes longer delays the next. */
export function* repeat(now: () => number, intervalMs: number): Flow<WaitAsk, never> {
  let next = now();
  for (;;) {
    yield { ask: "evaluate" };
    next = Math.max(next + intervalMs, now());
    yield { ask: "sleep", ms: next - now() };
  }
}

function* recorded(
  on: Waiting,
  form: "until" | "hold",
  condition: string,
  limitMs: number,
  body: () => Flow<WaitAsk, unknown>,
): Flow<WaitAsk, unknown> {
  const wait = on.recorder.nextWait();
  on.recorder.write({ kind: "wait", wait, form, condition, limitMs });
  try {
    const value = yield* body();
    on.recorder.write({ kind: "wait-end", wait, met: true });
    return value;
  } catch (error) {
    on.recorder.write({ kind: "wait-end", wait, met: false, detail: messageOf(error) });
    throw error;
  }
}

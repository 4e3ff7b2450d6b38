/** Asks again until something holds; lab plumbing only, suites wait through their world. */
import { setTimeout as pause } from "node:timers/promises";

/** `attempt` answers true when done; false or a throw means "not yet". The last throw is the cause of giving up. */
export async function waitUntil(what: string, limitMs: number, everyMs: number, attempt: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + limitMs;
  let last: unknown;
  do {
    try {
      if (await attempt()) return;
    } catch (error) {
      last = error;
    }
    await pause(everyMs);
  } while (performance.now() < end);
  const why = last instanceof Error ? `: ${last.message}` : "";
  throw new Error(`waited ${limitMs} ms in vain until ${what}${why}`, { cause: last });
}

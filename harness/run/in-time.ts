/** A time limit on work that may never end. */
import { setTimeout as timer } from "node:timers/promises";

/** Rejects past the limit; what the work comes to afterwards is nobody's affair. */
export async function inTime<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = timer(limitMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no end within ${limitMs} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

/**
 * A pull with two limits: silence (no sign of life from the registry) and a whole. Without them a registry that
 * accepts and never answers would hold up every start.
 */
import type { ImageEngine } from "./engine.ts";

export interface PullLimits {
  readonly silenceMs: number;
  readonly wholeMs: number;
}

export const PULL_LIMITS: PullLimits = { silenceMs: 8_000, wholeMs: 180_000 };

/** Does nothing when the engine has the image already. */
export async function pullWithin(engine: ImageEngine, reference: string, limits: PullLimits, signal: AbortSignal): Promise<void> {
  if ((await engine.inspect(reference)) !== undefined) return;
  const silence = new AbortController();
  const give = () => silence.abort(new Error(`no answer from the registry within ${limits.silenceMs / 1000} s`));
  let timer = setTimeout(give, limits.silenceMs);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(give, limits.silenceMs);
  };
  const whole = AbortSignal.timeout(limits.wholeMs);
  try {
    await engine.pull(reference, { signal: AbortSignal.any([signal, silence.signal, whole]), alive });
  } catch (error) {
    throw silence.signal.aborted ? silence.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

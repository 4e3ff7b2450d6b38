/**
 * SIGINT and SIGTERM as an abort signal whose reason is the exit code: the first ends the work in order, the second at
 * once.
 */

export interface Signals extends Disposable {
  readonly interrupted: AbortSignal;
}

export function onSignals(): Signals {
  const abort = new AbortController();
  const on = (code: 130 | 143) => (): void => {
    if (abort.signal.aborted) process.exit(code);
    abort.abort(code);
  };
  const int = on(130);
  const term = on(143);
  process.on("SIGINT", int);
  process.on("SIGTERM", term);
  return {
    interrupted: abort.signal,
    [Symbol.dispose]: () => {
      process.off("SIGINT", int);
      process.off("SIGTERM", term);
    },
  };
}

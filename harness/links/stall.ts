/** Watches how late this process's event loop runs. Bundled into agent and gateway, used by the lab itself too. */
const EVERY_MS = 20;

export interface StallWatch {
  /** Largest delay since last asked, in milliseconds. */
  take(): number;
}

export function watchStall(): StallWatch {
  let due = performance.now() + EVERY_MS;
  let worst = 0;
  const late = (): number => Math.max(0, performance.now() - due);
  setInterval(() => {
    worst = Math.max(worst, late());
    due = performance.now() + EVERY_MS;
  }, EVERY_MS).unref();
  return {
    take: () => {
      const seen = Math.max(worst, late());
      worst = 0;
      return Math.round(seen * 10) / 10;
    },
  };
}

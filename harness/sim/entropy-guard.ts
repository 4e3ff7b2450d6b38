/**
 * While product or peer code runs in simulation, nothing outside the seed may reach it: clocks, timers and random
 * sources throw. Armed around every step of a node, disarmed in between; the originals are put back at disposal.
 */
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

/** What a run would be irreproducible with, by the object that holds it. */
const sources: readonly (readonly [label: string, holder: object, keys: readonly string[]])[] = [
  ["", globalThis, ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "fetch"]],
  ["Date.", Date, ["now"]],
  ["Math.", Math, ["random"]],
  ["performance.", performance, ["now"]],
  ["process.", process, ["nextTick", "uptime", "cpuUsage", "memoryUsage"]],
  ["process.hrtime.", process.hrtime, ["bigint"]],
  ["crypto.", globalThis.crypto, ["getRandomValues", "randomUUID"]],
  ["node:crypto.", crypto, ["randomBytes", "randomInt", "randomUUID", "randomFillSync", "generateKeyPairSync"]],
];

export class EntropyLeak extends Error {
  override readonly name = "EntropyLeak";
}

export interface EntropyGuard extends Disposable {
  /** Runs `step` with every source closed. */
  run<T>(step: () => T): T;
}

type Callable = (...args: readonly unknown[]) => unknown;

let installed = 0;

/** One guard at a time per process; dispose it before making another. */
export function entropyGuard(): EntropyGuard {
  if (installed > 0) throw new Error("an entropy guard is already installed in this process; dispose it first");
  installed += 1;
  let armed = false;
  const check = (what: string): void => {
    if (!armed) return;
    armed = false;
    throw new EntropyLeak(`${what} was used while simulated code ran; time and randomness are inputs there`);
  };
  const restores = [
    ...sources.flatMap(([label, holder, keys]) => keys.map((key) => trap(holder, key, `${label}${key}`, check))),
    trapDate(check),
  ];
  syncBuiltinESMExports();
  return {
    run: (step) => {
      armed = true;
      try {
        return step();
      } finally {
        armed = false;
      }
    },
    [Symbol.dispose]: () => {
      for (const restore of restores.toReversed()) restore();
      syncBuiltinESMExports();
      installed -= 1;
    },
  };
}

function trap(holder: object, key: string, what: string, check: (what: string) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(holder, key);
  const original: unknown = Reflect.get(holder, key);
  if (typeof original !== "function") return () => undefined;
  const guarded = function guarded(this: unknown, ...args: readonly unknown[]): unknown {
    check(what);
    return Reflect.apply(original as Callable, this, args);
  };
  Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(holder, key, { value: guarded, configurable: true, writable: true, enumerable: own?.enumerable ?? false });
  return () => {
    if (own === undefined) Reflect.deleteProperty(holder, key);
    else Object.defineProperty(holder, key, own);
  };
}

function trapDate(check: (what: string) => void): () => void {
  const original = globalThis.Date;
  globalThis.Date = new Proxy(original, {
    construct: (target, args: readonly unknown[], newTarget): object => {
      check("new Date");
      return Reflect.construct(target, args, newTarget) as object;
    },
    apply: (target, self: unknown, args: readonly unknown[]): unknown => {
      check("Date()");
      return Reflect.apply(target as unknown as Callable, self, args);
    },
  });
  return () => {
    globalThis.Date = original;
  };
}

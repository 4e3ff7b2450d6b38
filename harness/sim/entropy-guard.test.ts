/** What a simulated node must not reach, and that everything is put back. */
import crypto, { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { EntropyLeak, entropyGuard } from "./entropy-guard.ts";

const leaks: readonly (readonly [string, () => unknown])[] = [
  ["Date.now", () => Date.now()],
  ["new Date", () => new Date()],
  ["Date()", () => Date()],
  ["Math.random", () => Math.random()],
  ["performance.now", () => performance.now()],
  ["process.hrtime.bigint", () => process.hrtime.bigint()],
  ["process.nextTick", () => process.nextTick(() => undefined)],
  ["setTimeout", () => setTimeout(() => undefined, 0)],
  ["setImmediate", () => setImmediate(() => undefined)],
  ["setInterval", () => setInterval(() => undefined, 1000)],
  ["queueMicrotask", () => queueMicrotask(() => undefined)],
  ["crypto.randomUUID", () => globalThis.crypto.randomUUID()],
  ["crypto.getRandomValues", () => globalThis.crypto.getRandomValues(new Uint8Array(4))],
  ["node:crypto.randomBytes", () => crypto.randomBytes(4)],
  ["node:crypto.randomBytes", () => randomBytes(4)],
];

describe("the entropy guard", () => {
  test.for(leaks)("%s throws while a step runs", ([what, use]) => {
    using guard = entropyGuard();
    expect(() => guard.run(use)).toThrow(EntropyLeak);
    expect(() => guard.run(use)).toThrow(what);
  });

  test("between steps everything works, also after a step that threw", () => {
    using guard = entropyGuard();
    expect(() =>
      guard.run(() => {
        throw new Error("product failure");
      }),
    ).toThrow("product failure");
    expect(Date.now()).toBeGreaterThan(0);
    expect(new Date(0).getTime()).toBe(0);
    expect(randomBytes(4)).toHaveLength(4);
  });

  test("disposal puts the originals back", () => {
    const { now } = Date;
    const { Date: original } = globalThis;
    const guard = entropyGuard();
    expect(Date.now).not.toBe(now);
    guard[Symbol.dispose]();
    expect(Date.now).toBe(now);
    expect(globalThis.Date).toBe(original);
  });
});

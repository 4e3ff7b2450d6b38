/** Virtual time: order, streams and the chain depend on the seed and on nothing else. */
import { describe, expect, test } from "vitest";
import { stream } from "../world/streams.ts";
import { Kernel } from "./kernel.ts";

/** Three events at one instant and one later; what ran, and the chain. */
function story(seed: string): { readonly ran: readonly string[]; readonly digest: string } {
  const kernel = new Kernel(seed);
  const ran: string[] = [];
  for (const name of ["a", "b", "c"]) kernel.after(5, name, () => ran.push(`${name}@${kernel.nowMs}`));
  kernel.after(1, "first", () => ran.push(`first@${kernel.nowMs}`));
  while (kernel.step());
  return { ran, digest: kernel.chain.digest };
}

describe("the kernel", () => {
  test("runs by time; the seed decides among simultaneous events, and different seeds decide differently", () => {
    expect(story("1")).toEqual(story("1"));
    const orders = new Set(Array.from({ length: 20 }, (_, seed) => story(String(seed)).ran.join(" ")));
    expect(orders.size).toBeGreaterThan(2);
    for (const order of orders) expect(order).toMatch(/^first@1 /);
  });

  test("a cancelled event neither runs, nor moves time, nor enters the chain", () => {
    const kernel = new Kernel("x");
    kernel.after(1000, "never", () => expect.unreachable()).cancel();
    const { digest } = kernel.chain;
    expect(kernel.step()).toBe(true);
    expect(kernel.step()).toBe(false);
    expect([kernel.nowMs, kernel.chain.digest]).toEqual([0, digest]);
  });
});

describe("streams", () => {
  test("the n-th draw depends on seed, name and n only", () => {
    const alone = stream("seed", "link m1>m2");
    const mixed = stream("seed", "link m1>m2");
    const other = stream("seed", "link m2>m1");
    const draws = Array.from({ length: 10 }, () => alone.next32());
    const between = draws.map(() => {
      other.next32();
      return mixed.next32();
    });
    expect(between).toEqual(draws);
    expect(Array.from({ length: 10 }, () => other.next32())).not.toEqual(draws);
  });

  test("draws fill their range evenly enough", () => {
    const one = stream("seed", "even");
    const counts = new Map<number, number>();
    for (let n = 0; n < 6000; n += 1) {
      const drawn = one.between(1, 6);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect(new Set(counts.keys())).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

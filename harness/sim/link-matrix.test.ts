/** The matrix follows the overlap rule of the container arm, by the cases both share, and keeps a link's order. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { RegisteredFault } from "../nemesis/overlap.ts";
import { Kernel } from "./kernel.ts";
import { LinkMatrix } from "./link-matrix.ts";

interface Case {
  readonly title: string;
  readonly registered: readonly RegisteredFault[];
  readonly inForce: Readonly<Record<string, string>>;
}
const cases: readonly Case[] = JSON.parse(readFileSync(new URL("../nemesis/overlap-cases.json", import.meta.url), "utf8"));
const link = { from: "m1", to: "m2" };

describe("the link matrix", () => {
  test.each(cases)("$title", ({ registered, inForce }) => {
    const matrix = new LinkMatrix(new Kernel("cases"));
    for (const fault of registered) matrix.register(fault);
    const seen = registered.flatMap((fault) => fault.links.map(({ from, to }) => [`${from}>${to}`, matrix.effect(from, to)] as const));
    expect(Object.fromEntries(seen)).toEqual(inForce);
  });

  test("when the strongest heals the next one takes its place, and then the link is open again", () => {
    const matrix = new LinkMatrix(new Kernel("heal"));
    matrix.register({ handle: "refuse", kind: "partition-refuse", links: [link] });
    matrix.register({ handle: "cut", kind: "partition", links: [link] });
    expect(matrix.passes("m1", "m2")).toBe("lost");
    matrix.unregister("cut");
    expect(matrix.passes("m1", "m2")).toBe("refused");
    matrix.unregister("refuse");
    expect(matrix.passes("m1", "m2")).toBe("open");
  });

  test("a direction that is not cut stays open", () => {
    const matrix = new LinkMatrix(new Kernel("one way"));
    matrix.register({ handle: "cut", kind: "partition", links: [link] });
    expect([matrix.passes("m1", "m2"), matrix.passes("m2", "m1")]).toEqual(["lost", "open"]);
  });

  test("messages of one link arrive in the order they were sent, also when a delay ends between them", () => {
    const matrix = new LinkMatrix(new Kernel("order"));
    matrix.register({ handle: "slow", kind: "latency", links: [link], args: { latencyMs: 500 } });
    const slow = matrix.send("m1", "m2", 100);
    matrix.unregister("slow");
    const next = matrix.send("m1", "m2", 100);
    expect(slow.kind === "delivered" && slow.atUs).toBeGreaterThan(500_000);
    expect(next.kind === "delivered" && slow.kind === "delivered" && next.atUs > slow.atUs).toBe(true);
  });
});

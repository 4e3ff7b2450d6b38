/** Symbols to names, and what cannot be resolved. */
import { describe, expect, test } from "vitest";
import type { ConcreteFault, Fault, LinkFault, NodeSymbol } from "./fault.ts";
import { aliveUnder, askOrder, order, readingWanted, resolveFault } from "./targets.ts";
import type { ClusterReading } from "./targets.ts";

const names = ["m1", "m2", "m3", "m4", "m5", "w1", "w2"];
const nodes = names.map((name) => ({ name, role: name.startsWith("m") ? ("manager" as const) : ("worker" as const) }));
const reading: ClusterReading = { nodes, leader: "m2", hosts: new Map([["web.1", "w2"]]), alive: new Set(names) };

const on = (...symbols: readonly NodeSymbol[]): Fault => ({ kind: "kill", on: symbols });
const cut = (from: readonly NodeSymbol[], to: readonly NodeSymbol[], direction: LinkFault["direction"] = "both"): LinkFault => ({
  kind: "partition",
  from,
  to,
  direction,
});
const resolved = (fault: Fault, with_: Partial<ClusterReading> = {}): unknown => {
  const resolution = resolveFault(fault, { ...reading, ...with_ });
  if ("skipped" in resolution) return resolution.skipped;
  const { concrete } = resolution;
  return "nodes" in concrete ? concrete.nodes.join(" ") : concrete.links.map(({ from, to }) => `${from}>${to}`).join(" ");
};

describe("nodes", () => {
  test.for<readonly [NodeSymbol, string]>([
    ["leader", "m2"],
    ["manager(1)", "m1"],
    ["worker(2)", "w2"],
    ["follower(1)", "m1"],
    ["follower(2)", "m3"],
    ["host-of(web.1)", "w2"],
    ["managers", "m1 m2 m3 m4 m5"],
    ["workers", "w1 w2"],
    ["minority", "m1 m2"],
    ["majority", "m3 m4 m5"],
    [{ node: "m4" }, "m4"],
  ])("%o is %s", ([symbol, wanted]) => {
    expect(resolved(on(symbol))).toBe(wanted);
  });

  test.for<readonly [NodeSymbol, Partial<ClusterReading>, string]>([
    ["leader", { leader: undefined }, "no manager named a leader"],
    ["follower(1)", { leader: undefined }, "no manager named a leader"],
    ["worker(3)", {}, "worker(3): there are 2 (w1 w2)"],
    ["host-of(web.9)", {}, "host-of(web.9): no running task of that name was seen"],
    ["minority", { nodes: nodes.filter(({ name }) => name === "m1" || name.startsWith("w")) }, "so few managers have no minority"],
    [{ node: "m9" }, {}, "there is no node m9"],
    ["everyone-else", {}, "everyone-else has no other side in a node fault"],
  ])("%o is skipped where it names nobody", ([symbol, with_, why]) => {
    expect(resolved(on(symbol), with_)).toBe(why);
  });

  test("a dead manager is no follower, and comes last into a minority", () => {
    const alive = new Set(names.filter((name) => name !== "m1"));
    expect(resolved(on("follower(1)"), { alive })).toBe("m3");
    expect(resolved(on("minority"), { alive })).toBe("m2 m3");
    expect(resolved(on("minority"), { alive, leader: undefined })).toBe("m2 m3");
  });

  test("one that cannot be resolved skips the whole fault", () => {
    expect(resolved(on("leader", "worker(9)"))).toBe("worker(9): there are 2 (w1 w2)");
  });
});

describe("links", () => {
  test("a symmetric cut takes both directions of each pair, sorted", () => {
    expect(resolved(cut(["worker(1)"], ["manager(1)", "manager(2)"]))).toBe("m1>w1 m2>w1 w1>m1 w1>m2");
  });
  test("a one-way cut takes only what from sends", () => {
    expect(resolved(cut(["leader"], ["manager(1)"], "from-to"))).toBe("m2>m1");
  });
  test("everyone-else, on either side or by default, is who is not on the other", () => {
    const all = resolved(cut(["worker(1)"], ["everyone-else"]));
    expect(all).toBe("m1>w1 m2>w1 m3>w1 m4>w1 m5>w1 w1>m1 w1>m2 w1>m3 w1>m4 w1>m5 w1>w2 w2>w1");
    expect(resolved(cut(["worker(1)"], []))).toBe(all);
    expect(resolved(cut(["everyone-else"], ["worker(1)"]))).toBe(all);
    expect(resolved(cut(["everyone-else"], ["everyone-else"]))).toBe("both sides are everyone-else");
  });
  test("no link leads from a node to itself", () => {
    expect(resolved(cut(["leader"], ["leader"]))).toBe("no link lies between the two sides");
  });
  test("minority and majority are the two sides of one cut", () => {
    expect(resolved(cut(["minority"], ["majority"], "from-to"))).toBe("m1>m3 m1>m4 m1>m5 m2>m3 m2>m4 m2>m5");
  });
});

describe("readings", () => {
  test("only what the symbols need is asked for", () => {
    expect(readingWanted(on("manager(1)", "workers"))).toEqual({ leader: false, hosts: false });
    expect(readingWanted(on("follower(1)"))).toEqual({ leader: true, hosts: false });
    expect(readingWanted(cut(["host-of(web.1)"], ["minority"]))).toEqual({ leader: true, hosts: true });
  });

  test("the side that can elect is asked who leads before a deposed leader is, the dead never", () => {
    const cutM1: ConcreteFault = {
      kind: "partition",
      links: ["m2", "m3"].flatMap((peer) => [
        { from: "m1", to: peer },
        { from: peer, to: "m1" },
      ]),
    };
    expect(askOrder(["m1", "m2", "m3"], [cutM1])).toEqual(["m2", "m3", "m1"]);
    expect(askOrder(["m1", "m2", "m3"], [{ kind: "power-off", nodes: ["m2"] }])).toEqual(["m1", "m3"]);
    expect([...aliveUnder(["m1", "m2"], [{ kind: "restart", nodes: ["m1"] }])]).toEqual(["m1", "m2"]);
  });

  test("names sort by number", () => {
    expect(["m10", "w1", "m2", "m1"].toSorted(order)).toEqual(["m1", "m2", "m10", "w1"]);
  });
});

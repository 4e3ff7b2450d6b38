/** Who had a majority according to the faults on record, and when a swarm counts as left alone. */
import { expect, test } from "vitest";
import { SmallHistory } from "../checker/testing/small-history.ts";
import { quorumDuring } from "./connectivity.ts";
import { quorumLosses, sides } from "./control-plane.ts";
import { settledWindows } from "./settled.ts";

const links = (from: string, to: readonly string[]): { readonly links: readonly { readonly from: string; readonly to: string }[] } => ({
  links: to.flatMap((other) => [
    { from, to: other },
    { from: other, to: from },
  ]),
});

test("quorum: a proved cut leaves the lone manager surely without and the others surely with a majority", () => {
  const built = new SmallHistory(3);
  built.pass(1000);
  built.fault("f1", "partition", links("m1", ["m2", "m3"]));
  built.pass(10_000);
  built.heal("f1");
  built.pass(1000);
  const history = built.history();
  expect(["m1", "m2", "m3"].map((node) => quorumDuring(history, node, 2000, 9000))).toEqual(["no", "yes", "yes"]);
});

test("quorum: while a cut is being installed or healed nothing is sure of the manager it is aimed at", () => {
  const built = new SmallHistory(3);
  built.pass(1000);
  built.fault("f1", "partition", links("m1", ["m2", "m3"]));
  built.pass(10_000);
  built.heal("f1");
  const history = built.history();
  expect([quorumDuring(history, "m1", 1050, 1100), quorumDuring(history, "m1", 11_250, 11_300)]).toEqual(["unsure", "unsure"]);
});

test("quorum: a fault that could not be proved makes nothing sure", () => {
  const built = new SmallHistory(3);
  built.fault("f1", "partition", links("m1", ["m2", "m3"]), "indeterminate");
  built.pass(10_000);
  const history = built.history();
  expect(["m1", "m2"].map((node) => quorumDuring(history, node, 1000, 9000))).toEqual(["unsure", "yes"]);
});

test("quorum: a cut in one direction only is no sure loss and no whole majority either", () => {
  const built = new SmallHistory(3);
  built.fault("f1", "partition", { links: ["m2", "m3"].map((to) => ({ from: "m1", to })) });
  built.pass(10_000);
  expect(quorumDuring(built.history(), "m1", 1000, 9000)).toBe("unsure");
});

test("quorum: two of five machines may be lost, a third one takes it from all", () => {
  const built = new SmallHistory(5);
  built.fault("f1", "power-off", { nodes: ["m1"] });
  built.fault("f2", "power-off", { nodes: ["m2"] });
  built.pass(5000);
  built.fault("f3", "power-off", { nodes: ["m3"] });
  built.pass(5000);
  built.heal("f3");
  built.pass(5000);
  const history = built.history();
  expect(quorumLosses(history)).toEqual([{ from: 5600, to: 10_600 }]);
  expect(sides(history, "yes").filter((side) => side.node === "m4")).toEqual([
    { node: "m4", from: 0, to: 5400 },
    { node: "m4", from: 10_800, to: 15_800 },
  ]);
});

test("settled: a window opens the quiet time after a fault, a write or a running update, and closes with the next", () => {
  const built = new SmallHistory(3);
  built.pass(15_000);
  built.fault("f1", "kill", { nodes: ["m1"] });
  built.heal("f1");
  built.pass(12_000);
  built.answered("m1", { method: "POST", path: "/services/web/update?version=3" }, null);
  built.pass(11_000);
  expect(settledWindows(built.history(), 10_000)).toEqual([
    { from: 10_000, to: 15_000 },
    { from: 25_400, to: 27_400 },
    { from: 37_404, to: 38_404 },
  ]);
});

/** INV-03: the order of task states. */
import { expect, test } from "vitest";
import { SmallHistory } from "../checker/testing/small-history.ts";
import { inv03 } from "./inv-03.ts";

/** What is said when the same task shows these states one after the other. */
function said(...states: readonly string[]): readonly string[] {
  const built = new SmallHistory(1);
  for (const state of states) {
    built.answered("m1", { method: "GET", path: "/tasks" }, [{ id: "t1", version: 1, state }]);
    built.pass(10);
  }
  return inv03({ history: built.history(), bounds: {} }).findings.map((finding) => finding.observed);
}

test("a task goes through all states of the Engine API, `allocated` among them, without a finding", () => {
  expect(said("new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running", "failed")).toEqual([]);
});

test("a state that goes back and a terminal one that is left are findings", () => {
  expect(said("running", "starting")).toEqual([expect.stringContaining("starting through m1")]);
  expect(said("shutdown", "failed")).toEqual([expect.stringContaining("failed through m1")]);
});

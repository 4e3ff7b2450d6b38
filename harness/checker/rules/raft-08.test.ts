/** RAFT-08: what a repair that came late needs to be seen by. */
import { expect, test } from "vitest";
import { act, subject } from "../marks.ts";
import { SmallHistory } from "../testing/small-history.ts";
import { raft08 } from "./raft-08.ts";

const bounds = { quorumReturn: 90_000, repair: 60_000 };
const task = (id: string) => ({ id, service: "web", slot: 1, node: "id-of-m1", state: "running", desired: "running", image: "1" });

/** The quorum lost and back, a task damaged meanwhile; then the lists of tasks, each so long after the one before. */
function judged(lists: readonly { readonly afterMs: number; readonly view: readonly unknown[] }[]) {
  const built = new SmallHistory(3);
  built.mark(subject.name, { as: "repair", id: "web", name: "web", replicas: 1 });
  built.fault("f1", "kill", { nodes: ["m2", "m3"] });
  built.mark(act.name, { act: "break", data: "old" });
  built.pass(1000);
  built.heal("f1");
  built.pass(1000);
  built.answered("m1", { method: "POST", path: "/services/create", body: { Name: "fresh" } }, { id: "fresh" });
  for (const { afterMs, view } of lists) {
    built.pass(afterMs);
    built.answered("m1", { method: "GET", path: "/tasks" }, view);
  }
  const { findings, exposure } = raft08({ history: built.history(), bounds });
  return { findings: findings.map((finding) => finding.observed), repairs: exposure["repairs"] };
}

test("a repair seen in time counts", () => {
  expect(judged([{ afterMs: 10_000, view: [task("new")] }])).toEqual({ findings: [], repairs: 1 });
});

test("a repair that nobody looked at before the bound was over is not late, and does not count", () => {
  const lists = [
    { afterMs: 10, view: [] },
    { afterMs: 70_000, view: [task("new")] },
  ];
  expect(judged(lists)).toEqual({ findings: [], repairs: 0 });
});

test("damage seen past the bound is a finding", () => {
  const lists = [
    { afterMs: 61_000, view: [] },
    { afterMs: 10_000, view: [task("new")] },
  ];
  expect(judged(lists)).toEqual({ findings: [expect.stringContaining("only after")], repairs: 1 });
});

/** INV-04: what lateness and orphans need to be seen by. */
import { expect, test } from "vitest";
import { audit, subject } from "../checker/marks.ts";
import { SmallHistory } from "../checker/testing/small-history.ts";
import { inv04 } from "./inv-04.ts";

const bounds = { converge: 61_000 };
const task = { id: "t1", service: "web", slot: 1, node: "id-of-m1", state: "running", desired: "running", image: "1" };

function settled(): SmallHistory {
  const built = new SmallHistory(1);
  built.mark(subject.name, { as: "replicated", id: "web", name: "web", replicas: 1 });
  built.answered("m1", { method: "GET", path: "/nodes" }, [{ id: "id-of-m1", leader: true, state: "ready" }]);
  return built;
}
const tasks = (built: SmallHistory, view: readonly unknown[]): void => built.answered("m1", { method: "GET", path: "/tasks" }, view);
const containers = (built: SmallHistory): void =>
  built.answered("m1", { method: "GET", path: "/containers/json" }, [{ id: "c1", name: "c1", task: "t1", state: "running" }]);

test("whole at the first look after the bound is not late: nobody looked before; it is not shown to be in time either", () => {
  const built = settled();
  tasks(built, []);
  built.pass(70_000);
  tasks(built, [task]);
  built.mark(audit.name, {});
  const { findings, missing } = inv04({ history: built.history(), bounds });
  expect(findings).toEqual([]);
  expect(missing).toEqual([expect.stringContaining("not listed")]);
});

test("not whole at a look after the bound is late, also when it is whole soon after", () => {
  const built = settled();
  built.pass(62_000);
  tasks(built, []);
  built.pass(1000);
  tasks(built, [task]);
  built.mark(audit.name, {});
  expect(inv04({ history: built.history(), bounds }).findings).toEqual([
    expect.objectContaining({ observed: expect.stringContaining("later") }),
  ]);
});

test("without a list of tasks at the audit no container is an orphan", () => {
  const built = settled();
  tasks(built, [task]);
  built.mark(audit.name, {});
  containers(built);
  const { findings, missing } = inv04({ history: built.history(), bounds });
  expect(findings).toEqual([]);
  expect(missing).toEqual([expect.stringContaining("no list of tasks at the audit")]);
});

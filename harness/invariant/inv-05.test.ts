/** INV-05: which windows are settled, and which count. */
import { expect, test } from "vitest";
import { SmallHistory } from "../checker/testing/small-history.ts";
import { inv05 } from "./inv-05.ts";

const bounds = { quiet: 10_000 };
const create = { method: "POST", path: "/services/create", body: { Name: "web" } };

test("a settled window in which nobody looked is no exposure", () => {
  const built = new SmallHistory(1);
  built.pass(20_000);
  built.answered("m1", create, { id: "a" });
  built.pass(20_000);
  built.answered("m1", { method: "GET", path: "/tasks" }, []);
  built.pass(1);
  expect(inv05({ history: built.history(), bounds }).exposure).toMatchObject({ snapshots: 1, windows: 1 });
});

/** Registers of INV-01: what the last list shows of a label, against the updates that were acknowledged. */
import { expect, test } from "vitest";
import { audit } from "../checker/marks.ts";
import { SmallHistory } from "../checker/testing/small-history.ts";
import { inv01 } from "./inv-01.ts";

const update = (labels: Readonly<Record<string, string>>) => ({
  method: "POST",
  path: "/services/reg/update?version=1",
  body: { Name: "register", Labels: labels },
});

/** A register made through m1, the updates one after the other, and the list m1 gives at the audit. */
function said(updates: readonly Readonly<Record<string, string>>[], shown: Readonly<Record<string, string>>): readonly string[] {
  const built = new SmallHistory(1);
  built.answered("m1", { method: "POST", path: "/services/create", body: { Name: "register", Labels: {} } }, { id: "reg" });
  for (const labels of updates) {
    built.pass(10);
    built.answered("m1", update(labels), null);
  }
  built.pass(10);
  built.mark(audit.name, {});
  built.answered("m1", { method: "GET", path: "/services" }, [{ id: "reg", name: "register", version: 9, labels: shown, update: "" }]);
  return inv01({ history: built.history(), bounds: {} }).findings.map((finding) => `${finding.expected}; seen ${finding.observed}`);
}

test("a register that shows its last acknowledged value accuses nobody", () => {
  expect(said([{ v: "1" }, { v: "2" }], { v: "2" })).toEqual([]);
});

test("a register that shows an older value lost a write", () => {
  expect(said([{ v: "1" }, { v: "2" }], { v: "1" })).toEqual([expect.stringMatching(/not older than v=2.*seen v=1/)]);
});

test("a register that is as it was created lost every write, though it shows no value at all", () => {
  expect(said([{ v: "1" }], {})).toEqual([expect.stringMatching(/not older than v=1.*seen no v/)]);
});

test("a later update that leaves the value as it is takes nothing away", () => {
  expect(said([{ v: "1" }, { v: "1" }], { v: "1" })).toEqual([]);
});

test("a value that was refused and shows all the same accuses nobody: managers repeat what a dying leader may have done", () => {
  const built = new SmallHistory(1);
  built.answered("m1", { method: "POST", path: "/services/create", body: { Name: "register" } }, { id: "reg" });
  built.answered("m1", update({ v: "1" }), null);
  built.failed("m1", update({ v: "2" }), "fail", "update out of sequence", 500);
  built.mark(audit.name, {});
  const shown = { id: "reg", name: "register", version: 9, labels: { v: "2" }, update: "" };
  built.answered("m1", { method: "GET", path: "/services" }, [shown]);
  expect(inv01({ history: built.history(), bounds: {} }).findings).toEqual([]);
});

test("a service whose removal was answered with 404 may be gone: the first try of a dying leader may have removed it", () => {
  const missing = (status: number): readonly unknown[] => {
    const built = new SmallHistory(1);
    built.answered("m1", { method: "POST", path: "/services/create", body: { Name: "web" } }, { id: "web" });
    built.failed("m1", { method: "DELETE", path: "/services/web" }, "fail", "refused", status);
    built.mark(audit.name, {});
    built.answered("m1", { method: "GET", path: "/services" }, []);
    return inv01({ history: built.history(), bounds: {} }).findings;
  };
  expect(missing(404)).toEqual([]);
  expect(missing(400)).toHaveLength(1);
});

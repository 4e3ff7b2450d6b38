/** RAFT-03: which time a majority is given before its silence is held against it. */
import { expect, test } from "vitest";
import { SmallHistory } from "../testing/small-history.ts";
import { raft03 } from "./raft-03.ts";

const bounds = { election: 45_000, quorumReturn: 90_000 };
const create = (name: string) => ({ method: "POST", path: "/services/create", body: { Name: name } });

/** A survivor refuses writes for so long after a fault came, or after it went, and then acknowledges one. */
function judged(nodes: readonly string[], { healed, silentMs }: { readonly healed: boolean; readonly silentMs: number }) {
  const built = new SmallHistory(3);
  built.fault("f1", "kill", { nodes });
  if (healed) {
    built.pass(1000);
    built.heal("f1");
  }
  for (let passed = 0; passed < silentMs; passed += 1000) {
    built.pass(1000);
    built.failed("m1", create(`refused-${passed}`), "info", "no leader", 500);
  }
  built.answered("m1", create("first"), { id: "first" });
  built.pass(1);
  return raft03({ history: built.history(), bounds }).findings.map((finding) => finding.observed);
}

test("a majority that a loss left over has the election bound", () => {
  expect(judged(["m3"], { healed: false, silentMs: 40_000 })).toEqual([]);
  expect(judged(["m3"], { healed: false, silentMs: 50_000 })).toEqual([expect.stringContaining("the first only after")]);
});

test("a majority that came back has the bound of a quorum's return, as in RAFT-08", () => {
  expect(judged(["m2", "m3"], { healed: true, silentMs: 50_000 })).toEqual([]);
  expect(judged(["m2", "m3"], { healed: true, silentMs: 95_000 })).toEqual([expect.stringContaining("the first only after")]);
});

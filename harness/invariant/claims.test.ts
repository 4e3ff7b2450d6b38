/** What the claim about reads changes: the same history, judged under both. */
import { expect, test } from "vitest";
import type { Finding } from "../checker/checker.ts";
import { raft05 } from "../checker/rules/raft-05.ts";
import { SmallHistory } from "../checker/testing/small-history.ts";
import type { AttemptHistory } from "../history/attempt.ts";
import { inv03 } from "./inv-03.ts";

function under(reads: "linearizable" | "stale-until-stepdown", history: AttemptHistory): AttemptHistory {
  const { facts } = history.context;
  return { ...history, context: { ...history.context, facts: { ...facts, claims: { reads } } } };
}

const said = (findings: readonly Finding[]): string => findings.map((finding) => `${finding.expected}; ${finding.observed}`).join("\n");

const row = (id: string, version: number) => ({ id, name: id, version, labels: {}, update: "" });

test("reads of a deposed leader that lack an acknowledged write break RAFT-05 only under linearizable reads", () => {
  const built = new SmallHistory(3);
  const both = (to: string) => [
    { from: "m1", to },
    { from: to, to: "m1" },
  ];
  built.fault("f1", "partition", { links: [...both("m2"), ...both("m3")] });
  built.pass(12_000);
  built.answered("m2", { method: "POST", path: "/services/create", body: { Name: "fresh" } }, { id: "fresh" });
  built.pass(1000);
  built.answered("m1", { method: "GET", path: "/services" }, [row("old", 3)]);
  const history = built.history();
  const bounds = { stepDown: 25_000, election: 45_000 };
  expect(raft05({ history: under("stale-until-stepdown", history), bounds }).findings).toEqual([]);
  expect(said(raft05({ history: under("linearizable", history), bounds }).findings)).toContain("m1 answered without it");
});

test("an older version through another manager breaks INV-03 only under linearizable reads, through the same one always", () => {
  const built = new SmallHistory(3);
  built.answered("m2", { method: "GET", path: "/services" }, [row("web", 20)]);
  built.pass(1);
  built.answered("m1", { method: "GET", path: "/services" }, [row("web", 10)]);
  const across = built.history();
  expect(inv03({ history: under("stale-until-stepdown", across), bounds: {} }).findings).toEqual([]);
  expect(said(inv03({ history: under("linearizable", across), bounds: {} }).findings)).toContain("version 10 through m1");
  built.answered("m2", { method: "GET", path: "/services" }, [row("web", 19)]);
  expect(said(inv03({ history: under("stale-until-stepdown", built.history()), bounds: {} }).findings)).toContain("version 19 through m2");
});

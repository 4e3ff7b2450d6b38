/** RAFT-04: every survivor has to answer, not one of them. */
import { expect, test } from "vitest";
import { SmallHistory } from "../testing/small-history.ts";
import { raft04 } from "./raft-04.ts";

const bounds = { election: 45_000, write: 5000 };
const read = { method: "GET", path: "/nodes" };

/** m1 lost, m2 answers ten seconds later; m3 is asked then and, after `silentMs`, answers or does not. */
function judged(m3: { readonly silentMs: number; readonly answersAtLast: boolean }) {
  const built = new SmallHistory(3);
  built.fault("f1", "power-off", { nodes: ["m1"] });
  built.failed("m3", read, "fail", "no answer within 5000 ms");
  built.pass(10_000);
  built.answered("m2", { method: "POST", path: "/services/create", body: { Name: "web" } }, { ID: "web" });
  for (let ms = 0; ms < m3.silentMs; ms += 5000) {
    built.failed("m3", read, "fail", "no answer within 5000 ms");
    built.pass(5000);
  }
  built.answered("m2", read, []);
  if (m3.answersAtLast) built.answered("m3", read, []);
  built.heal("f1");
  return raft04({ history: built.history(), bounds });
}

test("a survivor that is silent past the bound is a finding though another answers", () => {
  for (const answersAtLast of [false, true]) {
    const { findings, exposure } = judged({ silentMs: 60_000, answersAtLast });
    expect(findings).toMatchObject([{ expected: expect.stringContaining("an answered request on m3 within 45.0 s"), boundMs: 45_000 }]);
    expect(exposure).toMatchObject({ survivorsAnswered: answersAtLast ? 2 : 1 });
  }
});

test("survivors that answer in time are counted, and one that nobody asked until the bound is only not counted", () => {
  expect(judged({ silentMs: 20_000, answersAtLast: true })).toMatchObject({ findings: [], exposure: { survivorsAnswered: 2 } });
  expect(judged({ silentMs: 20_000, answersAtLast: false })).toMatchObject({ findings: [], exposure: { survivorsAnswered: 1 } });
});

/** What is written about a run, drawn from a made-up one with a verdict of every kind. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Checker } from "../checker/checker.ts";
import { Activity } from "./activity.ts";
import { enrichAllure } from "./allure-enrich.ts";
import { faultEventsOf, stepsOf } from "./allure-steps.ts";
import { createBundle, seal, verifyBundle, writeInto } from "./bundle.ts";
import { failureText } from "./failure-text.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { holds, recheck } from "./recheck.ts";
import { resultOf } from "./result.ts";
import { sampleEvents, sampleFinding, sampleInfo, sampleRules } from "./testing/sample-run.ts";

const events = sampleEvents();
const lost = events.filter((event) => event.attempt === "leader-lost#1");
const kept = events.filter((event) => event.attempt === "quorum-lost#1");
const scratch = () => mkdtempSync(join(tmpdir(), "report-"));
const asJudged: Checker = ({ history }) => ({
  findings: history.context.scenario === "leader-lost" ? [sampleFinding] : [],
  exposure: { writes: 6 },
});
const checkers = new Map(sampleRules.map((rule) => [rule.id, asJudged]));

function storedRun(whole = true): string {
  const bundle = createBundle(scratch(), sampleInfo.id);
  writeInto(bundle, "catalogue.json", JSON.stringify(sampleRules));
  writeInto(
    bundle,
    "events.jsonl",
    sampleEvents(whole)
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(""),
  );
  if (whole) writeInto(bundle, "result.json", JSON.stringify(resultOf(sampleRules, sampleEvents())));
  if (whole) seal(bundle);
  return bundle.directory;
}

test("report: every fault of an attempt is a step and every fault event is in its fault log", () => {
  const kinds = ["fault-start", "fault-installed", "heal-start", "fault-removed"];
  expect(faultEventsOf(kept).map((event) => event.kind)).toEqual(kinds);
  expect(stepsOf(kept, 0).map((step) => step.name)).toEqual([
    "phase before: 5 ms pass",
    "fault f1: power-off m1",
    "until a new leader (60 ms at most)",
  ]);
  expect(resultOf(sampleRules, events).exposure).toEqual({ operations: 2, faultsInjected: 2, faultsProven: 2 });
});

test("report: Allure results get rules, attempts with faults as steps, the fault log and the node logs", () => {
  const directory = scratch();
  const evidence = join(directory, "evidence");
  const results = join(directory, "allure-results");
  mkdirSync(join(evidence, "leader-lost", "1"), { recursive: true });
  writeFileSync(join(evidence, "leader-lost", "1", "m1-engine.log"), "log of m1");
  mkdirSync(results);
  const bare = { uuid: "u", name: "leader-lost", status: "failed", labels: [], parameters: [], steps: [], attachments: [], links: [] };
  writeFileSync(join(results, "u-result.json"), JSON.stringify(bare));
  enrichAllure(results, { result: resultOf(sampleRules, events), events, evidence });
  const enriched = JSON.parse(readFileSync(join(results, "u-result.json"), "utf8"));
  expect(enriched.labels).toContainEqual({ name: "rule", value: "RAFT-06" });
  expect(enriched.parameters).toContainEqual({ name: "seed", value: "7", excluded: true });
  const [attempt] = enriched.steps;
  expect(attempt).toMatchObject({ name: "leader-lost#1: fail", status: "failed" });
  expect(attempt.attachments.map((one: { name: string }) => one.name)).toEqual(["fault log", "m1-engine.log"]);
  for (const { source } of attempt.attachments) expect(readdirSync(results)).toContain(source);
});

test("failure: ends with expected, seen, the fault in force and the next command", () => {
  const judgement = { rule: "RAFT-06/crash", outcome: "fail" as const, findings: [sampleFinding], exposure: {}, reasons: [] };
  expect(
    failureText(judgement, { attempt: "leader-lost#1", events: lost, evidence: "runs/x/evidence", next: "./swarmproof gate" }),
  ).toEqual([
    "RAFT-06/crash fail (leader-lost#1)",
    "  expected  a new leader within 45 s",
    "  seen      none for 60.2 s on m2 and m3",
    "  fault     f1 power-off m1, installed 0.1 s before",
    "  evidence  runs/x/evidence",
    "  next      ./swarmproof gate",
  ]);
});

test("activity: says which fault is in force, what is waited for and how long yet", () => {
  const activity = new Activity();
  for (const event of lost.slice(0, 7)) activity.see(event);
  activity.busy("c1", "cluster: engines");
  expect(activity.lines(820)).toEqual([
    "cluster: engines",
    "RAFT-06/crash  leader-lost#1  0.0 s · power-off m1 in force · waits for a new leader, 0.1 s left",
  ]);
  activity.over("leader-lost#1");
  activity.busy("c1", undefined);
  expect(activity.lines(900)).toEqual([]);
});

test("fingerprint: the same bug on other nodes, ids, times and counts has the same one", () => {
  const one = fingerprintOf("RAFT-06/crash", {
    expected: "a leader within 45 s",
    observed: "none for 60.2 s on m2 and m3, task x7dm2kq9w1r5t8y3u6i4o2p5a said 17",
  });
  const other = fingerprintOf("RAFT-06/crash", {
    expected: "a leader within 45 s",
    observed: "none for 71 s on m1 and m2, task x7dm2kq9w1r5t8y3u6i4o2p5b said 3",
  });
  expect(one).toBe(other);
  expect(one).not.toBe(fingerprintOf("RAFT-06/crash", { expected: "a leader within 45 s", observed: "two leaders" }));
});

test("bundle: latest points to the newest, a sealed one is as it was", () => {
  const root = scratch();
  createBundle(root, "a");
  const bundle = createBundle(root, "b");
  writeInto(bundle, "result.json", "{}");
  seal(bundle);
  expect(readFileSync(join(root, ".swarmproof/runs/latest/result.json"), "utf8")).toBe("{}");
  expect(verifyBundle(bundle.directory)).toEqual([]);
  expect(() => createBundle(root, "b")).toThrow(/never written over/);
});

test("bundle: a changed, a missing and an added file are named", () => {
  const directory = storedRun();
  writeFileSync(join(directory, "result.json"), "{}");
  writeFileSync(join(directory, "new.txt"), "");
  expect(verifyBundle(directory)).toEqual([expect.stringMatching(/^result\.json was changed/), "new.txt was added"]);
});

test("recheck: a stored run gets the same verdicts again", () => {
  const found = recheck(storedRun(), checkers);
  expect(found.damage).toEqual([]);
  expect(found.verdicts.map((one) => [one.ref, one.stored, one.now])).toEqual([
    ["RAFT-05", "pass", "pass"],
    ["RAFT-06/crash", "fail", "fail"],
    ["RAFT-06/partition", "skipped", "skipped"],
    ["NODE-11", "skipped", "skipped"],
  ]);
  expect(holds(found)).toBe(true);
});

test("recheck: a checker that judges otherwise today is a difference", () => {
  const found = recheck(storedRun(), new Map(sampleRules.map((rule) => [rule.id, () => ({ findings: [], exposure: {} })])));
  expect(holds(found)).toBe(false);
  expect(found.verdicts[1]).toMatchObject({ ref: "RAFT-06/crash", stored: "fail", now: "inconclusive" });
});

test("recheck: a changed verdict in the bundle does not hold, nor does a run that was cut short", () => {
  const directory = storedRun();
  const result = readFileSync(join(directory, "result.json"), "utf8");
  writeFileSync(join(directory, "result.json"), result.replaceAll('"verdict":"fail"', '"verdict":"pass"'));
  expect(holds(recheck(directory, checkers))).toBe(false);
  const cut = recheck(storedRun(false), checkers);
  expect(cut.damage).toEqual([expect.stringMatching(/manifest\.json is missing/)]);
  expect(holds(cut)).toBe(false);
});

test("result: a run without an end is incomplete and says so", () => {
  expect(resultOf(sampleRules, sampleEvents(false)).run).toMatchObject({ state: "incomplete", why: "the run ended without saying so" });
});

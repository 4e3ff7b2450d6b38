/**
 * Bugs planted in our own harness: it must prove that it can fail. Each names the self-test that has to turn red.
 * Ids are those of the list of seeded harness bugs; numbers are stable and need not be contiguous.
 */
import type { Mutant } from "../../harness/mutants/patcher.ts";

const judge = "harness/checker/judge.ts";
const byJudge = (test: string): Mutant["killedBy"] => ({ project: "unit", file: "harness/checker/judge.test.ts", tests: [test] });
const byLinks: Mutant["killedBy"] = {
  project: "containers-selftest",
  file: "harness/links/selftest/link-faults.test.ts",
  tests: ["both ways partition: no end of a connection crosses the cut"],
};

export const harnessBugs: readonly Mutant[] = [
  {
    id: "H1",
    why: "a checker's findings are never looked at: everything passes",
    file: judge,
    find: "if (findings.length > 0) {",
    replace: "if (findings.length < 0) {",
    killedBy: byJudge("judge: findings any finding of a safety rule is a fail, with the finding in the judgement"),
  },
  {
    id: "H2",
    why: "what nobody knows counts as a pass",
    file: judge,
    find: 'if (doubts.length > 0) return judged("inconclusive", doubts);',
    replace: 'if (doubts.length > 0) return judged("pass", doubts);',
    killedBy: byJudge("judge: without findings a missing precondition is inconclusive, never a pass"),
  },
  {
    id: "H3",
    why: "a time-out of ours counts as a violation of the target",
    file: judge,
    find: 'if (doubts.length > 0) return judged("inconclusive", doubts);',
    replace: 'if (doubts.length > 0) return judged(input.history.script === "missed" ? "fail" : "inconclusive", doubts);',
    killedBy: byJudge("judge: without findings a condition that timed out is inconclusive, never a violation"),
  },
  {
    id: "H4",
    why: "a fault that is asked for is never carried out",
    file: "harness/links/links.ts",
    find: "this.#carryOut(installing.changes)",
    replace: "this.#carryOut(installing.changes.slice(0, 0))",
    killedBy: { ...byLinks, says: /canary tcp m\d→m\d ended as echo/ },
  },
  {
    id: "H5",
    why: "a heal forgets one link",
    file: "harness/links/links.ts",
    find: "this.#carryOut(healing.changes)",
    replace: "this.#carryOut(healing.changes.slice(1))",
    killedBy: { ...byLinks, says: /canary (tcp|udp) m\d→m\d ended as silent/ },
  },
  {
    id: "H6",
    why: "nobody listens to the monitor that watches for parts of ours that die",
    file: "harness/run/session.ts",
    find: "for (const dead of await this.#casualties(sut))",
    replace: "for (const dead of (await this.#casualties(sut)).slice(0, 0))",
    killedBy: {
      project: "unit",
      file: "harness/run/session.test.ts",
      tests: ["attempt: a part of ours that died makes it an error and is in the history"],
    },
  },
  {
    id: "H7",
    why: "an invocation is stamped after its request was sent: the interval shrinks",
    file: "harness/world/core.ts",
    find: `    const op = this.#recorder.invoke(node, request, deadlineMs);
    const outcome = await this.#processes.track(this.#port.exchange.send(node, request, deadlineMs));`,
    replace: `    const sent = this.#processes.track(this.#port.exchange.send(node, request, deadlineMs));
    const op = this.#recorder.invoke(node, request, deadlineMs);
    const outcome = await sent;`,
    killedBy: {
      project: "unit",
      file: "harness/world/recording.test.ts",
      tests: ["recording: an invocation is stamped before its request leaves, its completion after the answer"],
    },
  },
  {
    id: "H8",
    why: "a write that may have happened is written down as one that did not",
    file: "harness/history/outcome.ts",
    find: 'return { kind: read || !outcome.sent ? "fail" : "info", error: outcome.error };',
    replace: 'return { kind: "fail", error: outcome.error };',
    killedBy: {
      project: "unit",
      file: "harness/history/outcome.test.ts",
      tests: ["outcome: a write without an answer is in doubt once a byte may have left, and has failed when none has"],
    },
  },
  {
    id: "H13",
    why: "an attempt without any traffic is green",
    file: judge,
    find: 'if (!history.operations.some((operation) => operation.result === "ok"))',
    replace: "if (history.operations.length < 0)",
    killedBy: byJudge("judge: without findings a zero-traffic run is inconclusive also for a rule that declares no minimum"),
  },
  {
    id: "H14",
    why: "the final read leaves one manager out",
    file: "suites/consensus/traffic.ts",
    find: `  for (const node of managers) {
    await world.until(\`\${node} lists all services\``,
    replace: `  for (const node of managers.toSpliced(1, managers.length - 2)) {
    await world.until(\`\${node} lists all services\``,
    killedBy: {
      project: "unit",
      file: "suites/mutants/final-read.test.ts",
      tests: ["final read: every manager is asked, so INV-01 misses none"],
    },
  },
  {
    id: "H16",
    why: "the report drops the faults",
    file: "harness/run/result.ts",
    find: "faults: faults.map(({ fault, kind, nodes })",
    replace: "faults: faults.slice(0, 0).map(({ fault, kind, nodes })",
    killedBy: {
      project: "unit",
      file: "harness/run/result-faults.test.ts",
      tests: ["result: faults asked for and proved are counted, those in force at a finding are named"],
    },
  },
];

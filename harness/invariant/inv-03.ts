/**
 * INV-03: in successive reads through one manager the version of an object and the rank of a task's state never
 * decrease, and a terminal task never leaves its state.
 *
 * Two reads are successive when the first was answered before the second was asked. A target that claims linearizable
 * reads is judged over all managers as one; one that lets a deposed leader answer until it steps down, per manager.
 * Rulebook INV-03, ORCH-02, API-04, A2; design, claims.
 */
import { seconds } from "../checker/samples.ts";
import type { Checker, Finding } from "../checker/checker.ts";
import type { AttemptHistory } from "../history/attempt.ts";
import { snapshotsOf } from "./readings.ts";
import { isTerminal, rankOf } from "./task-state.ts";

interface Sample {
  readonly object: string;
  readonly version: number;
  /** Of a task. */
  readonly state: string | undefined;
}

interface Reading {
  readonly view: string;
  readonly node: string;
  readonly from: number;
  readonly to: number;
  readonly seq: number;
  readonly samples: readonly Sample[];
}

/** The most that was certainly known of an object at a time: highest version and state, and which read showed it. */
interface Known {
  readonly version: number;
  readonly state: string | undefined;
  readonly by: Reading;
}

const findingsMax = 20;

export const inv03: Checker = ({ history }) => {
  const readings = readingsOf(history);
  const findings = [...Map.groupBy(readings, (reading) => reading.view).values()].flatMap(regressions);
  const changes = new Map<string, Set<string>>();
  for (const { samples } of readings) {
    for (const { object, version } of samples) {
      const seen = changes.get(object) ?? new Set();
      changes.set(object, seen.add(String(version)));
    }
  }
  return {
    findings: findings.slice(0, findingsMax),
    exposure: {
      snapshots: readings.length,
      /** Versions that followed another of the same object: without movement monotony means nothing. */
      versionChanges: [...changes.values()].reduce((sum, seen) => sum + seen.size - 1, 0),
    },
  };
};

function readingsOf(history: AttemptHistory): readonly Reading[] {
  const perManager = history.context.facts.claims.reads === "stale-until-stepdown";
  const shaped = (
    kind: string,
    snapshots: readonly {
      node: string;
      from: number;
      to: number;
      op: { seq: number };
      items: readonly { id: string; version: number; state?: string }[];
    }[],
  ): readonly Reading[] =>
    snapshots.map(({ node, from, to, op, items }) => ({
      view: perManager ? node : "all managers",
      node,
      from,
      to,
      seq: op.seq,
      samples: items.map((item) => ({
        object: `${kind} ${item.id}`,
        version: item.version,
        state: kind === "task" ? item.state : undefined,
      })),
    }));
  return [
    ...shaped("task", snapshotsOf(history, "GET /tasks")),
    ...shaped("service", snapshotsOf(history, "GET /services")),
    ...shaped("node", snapshotsOf(history, "GET /nodes")),
  ];
}

/** Reads in order of asking, against what reads answered before that had shown. */
function regressions(readings: readonly Reading[]): readonly Finding[] {
  const byAsking = readings.toSorted((a, b) => a.from - b.from);
  const byAnswer = readings.toSorted((a, b) => a.to - b.to);
  const known = new Map<string, Known>();
  const findings: Finding[] = [];
  let answered = 0;
  for (const reading of byAsking) {
    for (let next = byAnswer[answered]; next !== undefined && next.to < reading.from; next = byAnswer[answered]) {
      learn(known, next);
      answered += 1;
    }
    for (const sample of reading.samples) {
      const before = known.get(sample.object);
      if (before !== undefined) findings.push(...compare(sample, before, reading));
    }
  }
  return findings;
}

function learn(known: Map<string, Known>, by: Reading): void {
  for (const { object, version, state } of by.samples) {
    const before = known.get(object);
    const further =
      state !== undefined && (before?.state === undefined || (!isTerminal(before.state) && rankOf(state) > rankOf(before.state)));
    if (before === undefined || version > before.version || further) {
      known.set(object, { version: Math.max(version, before?.version ?? 0), state: further ? state : before?.state, by });
    }
  }
}

function compare({ object, version, state }: Sample, before: Known, reading: Reading): readonly Finding[] {
  const where = { t: reading.to, seq: reading.seq };
  const at = `${reading.node} at ${seconds(reading.to)}`;
  const shown = `as ${before.by.node} had shown by ${seconds(before.by.to)}`;
  if (version < before.version) {
    return [
      { expected: `${object} at version ${before.version} or later, ${shown}`, observed: `version ${version} through ${at}`, ...where },
    ];
  }
  if (state === undefined || before.state === undefined || state === before.state) return [];
  if (isTerminal(before.state))
    return [{ expected: `${object} to stay ${before.state}, ${shown}`, observed: `${state} through ${at}`, ...where }];
  if (rankOf(state) < rankOf(before.state)) {
    return [{ expected: `${object} at ${before.state} or beyond, ${shown}`, observed: `${state} through ${at}`, ...where }];
  }
  return [];
}

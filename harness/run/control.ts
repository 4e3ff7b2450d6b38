/**
 * What Vitest workers and the gate process say to one another over a local socket: one JSON value per line each way.
 *
 * The gate owns clusters, journal, progress and verdicts; a worker runs scripts. A worker that vanishes gives its
 * cluster back dirty. Requests carry `id` and are answered once; `event` has no answer, its order is kept.
 */
import type { Judgement } from "../checker/checker.ts";
import type { Recorded } from "../history/event.ts";
import type { ConcreteFault, FaultReport, HealReport } from "../nemesis/fault.ts";
import type { Access, ClusterShape, NodeInfo, TargetFacts } from "../sut/sut.ts";

export interface Lease {
  readonly lease: string;
  readonly shape: ClusterShape;
  readonly nodes: readonly NodeInfo[];
  readonly facts: TargetFacts;
  readonly access: Access;
}

/** What the run wants, told to each worker once. */
export interface Plan {
  readonly arm: "simulation" | "containers";
  /** `RULE` or `RULE/variant`. */
  readonly selected: readonly string[];
  readonly seed: string;
  /** `process.hrtime` origin of the observer clock, nanoseconds as decimal text (CLOCK_MONOTONIC, shared by all processes of a machine). */
  readonly originNs: string;
  readonly attemptsMax: number;
  /** Milliseconds each generated property may take; absent: its own default. */
  readonly timeLimitMs?: number;
}

export type Ask =
  | { readonly ask: "plan" }
  | { readonly ask: "lease"; readonly scenario: string; readonly shape: ClusterShape; readonly fresh: boolean }
  | { readonly ask: "install"; readonly lease: string; readonly handle: string; readonly fault: ConcreteFault }
  | { readonly ask: "remove"; readonly lease: string; readonly handle: string }
  | {
      readonly ask: "probe";
      readonly lease: string;
      readonly kind: string;
      readonly node: string;
      readonly args: Readonly<Record<string, unknown>>;
    }
  /** Ends an attempt: the gate judges its history for each rule named and takes evidence. */
  | { readonly ask: "judge"; readonly lease: string; readonly attempt: string; readonly rules: readonly string[] }
  | { readonly ask: "release"; readonly lease: string; readonly wrecked: boolean };

export interface Answers {
  readonly plan: Plan;
  readonly lease: Lease;
  readonly install: FaultReport;
  readonly remove: HealReport;
  readonly probe: unknown;
  readonly judge: readonly Judgement[];
  readonly release: null;
}

export type ToGate = ({ readonly id: number } & Ask) | { readonly event: Recorded };
export type ToWorker = { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string };

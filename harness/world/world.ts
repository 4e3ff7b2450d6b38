/**
 * What a suite sees of the world, on every arm: a clock, waiting, processes, calls, faults. Suites import no timers,
 * sockets or clients; the same script runs against containers in real time and in virtual time.
 *
 * Everything asked through a world is in the history, including what `until`, `hold` and `every` saw.
 */
import type { ApiRequest, Outcome, StreamChunk } from "../client/exchange.ts";
import type { Fault, FaultReport, HealReport } from "../nemesis/fault.ts";
import type { ClusterShape, NodeInfo, TargetFacts } from "../sut/sut.ts";

/** A fault in force. `heal` may be called once; afterwards it answers the first report again. */
export interface FaultInForce {
  readonly handle: string;
  readonly report: FaultReport;
  /** Nodes (or both ends of links) it was really aimed at, by name, sorted. */
  readonly nodes: readonly string[];
  heal(): Promise<HealReport>;
}

/** A spawned process of a script. */
export interface Running<T> {
  readonly name: string;
  readonly done: Promise<T>;
  /** Tells the process to end at its next world call or wait; `done` then resolves or rejects with `Stopped`. */
  stop(): void;
}

export interface WaitOptions {
  /** Milliseconds from now. */
  readonly withinMs: number;
  /** Interval of asking, milliseconds; default 250. */
  readonly everyMs?: number;
}

export interface World {
  readonly cluster: { readonly shape: ClusterShape; readonly nodes: readonly NodeInfo[]; readonly facts: TargetFacts };
  /** One seed per attempt; draws of scripts come from `random`, never from `Math.random`. */
  readonly seed: string;
  random(stream: string): () => number;
  /** Milliseconds since the run began, observer clock (virtual in simulation). */
  now(): number;
  /** Asks until `condition` gives a value; past the limit throws `Missed`. */
  until<T>(name: string, condition: () => Promise<T | undefined>, options: WaitOptions): Promise<T>;
  /** Asks for `forMs` long; throws `Broken` as soon as `condition` is false. */
  hold(name: string, condition: () => Promise<boolean>, options: { readonly forMs: number; readonly everyMs?: number }): Promise<void>;
  /** Lets time pass doing nothing; a phase, named in the history. Not for waiting on a state: that is `until`. */
  pass(name: string, forMs: number): Promise<void>;
  /** Runs `f` at a fixed interval (start to start; a slow `f` delays the next) as a process of its own until stopped. */
  every(name: string, intervalMs: number, f: (world: World, tick: number) => Promise<void>): Running<void>;
  spawn<T>(name: string, process: (world: World) => Promise<T>): Running<T>;
  /** Waits for all; the first rejection stops the others and is rethrown when all have ended. */
  all<T>(processes: readonly Running<T>[]): Promise<readonly T[]>;
  call(node: string, request: ApiRequest, deadlineMs?: number): Promise<Outcome>;
  /** A stream; every chunk is in the history. */
  open(node: string, request: ApiRequest): AsyncIterable<StreamChunk>;
  fault(fault: Fault): Promise<FaultInForce>;
  /** An observation that is no API call, done from the lab side; kinds are those of `harness/world/probe.ts`. */
  probe(kind: string, node: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  mark(name: string, data?: unknown): void;
  log(text: string): void;
}

/** The condition was not met in time. No verdict by itself: checkers judge the history. */
export class Missed extends Error {
  override readonly name = "Missed";
}
/** A condition that had to hold did not. No verdict by itself. */
export class Broken extends Error {
  override readonly name = "Broken";
}
/** The process was told to stop. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}
/** Our own failure; never a verdict on the target. */
export class HarnessError extends Error {
  override readonly name = "HarnessError";
}

/**
 * Histories of a few events for tests of readings and checkers, written by hand: time passes, faults come and go,
 * requests are answered. Gives plain events, so the same reading as in a real run lies in between.
 */
import { readAttempt } from "../../history/attempt.ts";
import type { AttemptContext, AttemptHistory } from "../../history/attempt.ts";
import type { HistoryEvent } from "../../history/event.ts";

/** How long every answer, install and heal takes, milliseconds. */
const answerMs = 4;
const faultMs = 200;
const attempt = "small#1";

type Body = { readonly [key: string]: unknown };
type Request = { readonly method: string; readonly path: string; readonly body?: unknown };

export class SmallHistory {
  readonly #events: unknown[] = [];
  #now = 0;
  #op = 0;

  constructor(managers: number) {
    const names = Array.from({ length: managers }, (_, index) => `m${index + 1}`);
    const context: AttemptContext = {
      scenario: "small",
      rules: [],
      shape: { managers, workers: 0 },
      nodes: names.map((name) => ({ name, role: "manager", id: `id-of-${name}` })),
      facts: {
        name: "small",
        claims: { reads: "stale-until-stepdown" },
        constants: {},
        images: { v1: "1", v2: "2", broken: "b", missing: "m" },
        lacks: {},
      },
      seed: "small",
    };
    this.#add({ kind: "attempt-start", context });
  }

  #add(event: Body): void {
    this.#events.push({ ...event, seq: this.#events.length, t: this.#now, attempt, proc: "main" });
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  fault(fault: string, faultKind: string, concrete: Body, state: "installed" | "indeterminate" = "installed"): void {
    const words = { fault, faultKind, symbolic: concrete, concrete };
    this.#add({ kind: "fault-start", ...words });
    this.#now += faultMs;
    this.#add({ kind: "fault-installed", ...words, state });
  }

  heal(fault: string): void {
    this.#add({ kind: "heal-start", fault });
    this.#now += faultMs;
    this.#add({ kind: "fault-removed", fault, state: "removed" });
  }

  mark(name: string, data: Body): void {
    this.#add({ kind: "mark", name, data });
  }

  /** A request that is acknowledged with that view. */
  answered(node: string, request: Request, view: unknown): void {
    this.#asked(node, request);
    this.#add({ kind: "ok", op: this.#op, status: 200, view });
  }

  /** A request that came to nothing: `fail` surely, `info` perhaps; without a status there was no answer. */
  failed(node: string, request: Request, kind: "fail" | "info", error: string, status?: number): void {
    this.#asked(node, request);
    this.#add({ kind, op: this.#op, error, ...(status === undefined ? {} : { status }) });
  }

  #asked(node: string, request: Request): void {
    this.#op += 1;
    this.#add({ kind: "invoke", op: this.#op, node, request, deadlineMs: 5000 });
    this.#now += answerMs;
  }

  history(): AttemptHistory {
    const end = { kind: "attempt-end", script: "completed", seq: this.#events.length, t: this.#now, attempt, proc: "main" };
    return readAttempt(attempt, [...this.#events, end] as readonly HistoryEvent[]);
  }
}

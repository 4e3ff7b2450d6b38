/**
 * Writes the events of one attempt: stamps them, names the process, counts operations, waits and faults.
 *
 * An invocation is stamped before the request is handed to the exchange and a completion after the answer was parsed:
 * a wider interval costs power, a narrower one invents violations. What an outcome means is decided in
 * `harness/history/outcome.ts`, how an answer is read in `harness/client/views.ts`.
 */
import type { ApiRequest, Outcome } from "../client/exchange.ts";
import { viewOf } from "../client/views.ts";
import type { EventKind, Recorded } from "../history/event.ts";
import { classify } from "../history/outcome.ts";
import type { WorldPort } from "./port.ts";

/** An event without what the recorder itself adds. */
type Draft = { [K in EventKind]: Omit<Extract<Recorded, { kind: K }>, "t" | "attempt" | "proc"> }[EventKind];

export class Recorder {
  readonly #port: Pick<WorldPort, "now" | "record">;
  readonly #attempt: string;
  readonly #procName: () => string;
  #ops = 0;
  #waits = 0;
  #faults = 0;

  constructor(port: Pick<WorldPort, "now" | "record">, attempt: string, procName: () => string) {
    this.#port = port;
    this.#attempt = attempt;
    this.#procName = procName;
  }

  write(draft: Draft, proc = this.#procName()): void {
    this.#port.record({ t: this.#port.now(), attempt: this.#attempt, proc, ...draft });
  }

  /** Call before the request is handed to the exchange; returns the number of the operation. */
  invoke(node: string, request: ApiRequest, deadlineMs: number): number {
    const op = this.#ops++;
    const { method, path, body } = request;
    this.write({ kind: "invoke", op, node, request: body === undefined ? { method, path } : { method, path, body }, deadlineMs });
    return op;
  }

  /** Call once the answer is parsed. */
  complete(op: number, request: ApiRequest, outcome: Outcome): void {
    const definite = classify(request.method, outcome);
    if (definite.kind === "ok") {
      const body = outcome.kind === "answer" ? outcome.body : undefined;
      this.write({ kind: "ok", op, status: definite.status, view: viewOf(request.method, request.path, body) });
      return;
    }
    const { error, status } = definite;
    this.write({ kind: definite.kind, op, error, ...(status === undefined ? {} : { status }) });
  }

  nextWait(): number {
    return this.#waits++;
  }
  nextFault(): string {
    return `f${++this.#faults}`;
  }
}

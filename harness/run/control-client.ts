/**
 * The worker's end of the control socket. Asks are answered once; events go out in the order they were recorded. When
 * the gate is gone every open and later question is rejected, so that a worker ends instead of waiting for ever.
 */
import { connect } from "node:net";
import { once } from "node:events";
import type { Recorded } from "../history/event.ts";
import type { Answers, Ask, ToGate, ToWorker } from "./control.ts";
import { jsonLines } from "./json-lines.ts";
import type { Line } from "./json-lines.ts";

/** Where the gate listens, for processes it started. */
export const controlVariable = "SWARMPROOF_CONTROL";

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ControlClient {
  readonly #line: Line;
  readonly #waiting = new Map<number, Waiting>();
  readonly #lostAbort = new AbortController();
  /** Aborted once the gate is gone, so that a script does not go on for nobody. */
  readonly gone = this.#lostAbort.signal;
  #asked = 0;
  #closed = false;

  private constructor(socket: ReturnType<typeof connect>) {
    this.#line = jsonLines(socket, { value: (value) => this.#answered(value as ToWorker), closed: () => this.#lost() });
  }

  static async connect(path: string): Promise<ControlClient> {
    const socket = connect(path);
    await once(socket, "connect");
    return new ControlClient(socket);
  }

  /** Rejects with the gate's text when it could not do it. */
  readonly ask = async <K extends Ask["ask"]>(question: Extract<Ask, { readonly ask: K }>): Promise<Answers[K]> => {
    if (this.#closed) throw new Error(`the gate process is gone; it cannot be asked for ${question.ask}`);
    this.#asked += 1;
    const id = this.#asked;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#send({ id, ...(question as Ask) });
    return (await answer) as Answers[K];
  };

  readonly record = (event: Recorded): void => this.#send({ event });

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line.end();
  }

  #send(said: ToGate): void {
    this.#line.send(said);
  }

  #answered(reply: ToWorker): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("error" in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.answer);
  }

  #lost(): void {
    this.#closed = true;
    this.#lostAbort.abort(new Error("the gate process is gone"));
    for (const waiting of this.#waiting.values()) waiting.reject(new Error("the gate process is gone"));
    this.#waiting.clear();
  }
}

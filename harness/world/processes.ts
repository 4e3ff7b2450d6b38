/**
 * The processes of a script: who is running, what each is waiting for, how one is stopped.
 *
 * Which process a world call belongs to is known through AsyncLocalStorage, so a client object made by one process may
 * be used by another. Each process counts its own outstanding world calls: in virtual time a process that is
 * unfinished with none outstanding waits for something the simulation does not own, and is reported by name.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { HarnessError, Stopped } from "./world.ts";
import type { Running } from "./world.ts";

/** One process as the table keeps it. */
export interface Process {
  readonly name: string;
  readonly abort: AbortController;
  /** World calls begun and not yet ended. */
  outstanding: number;
  /** Processes whose end it asked for and which have not ended. */
  readonly awaited: Set<Process>;
  state: "running" | "ended";
  /** What it ended with, if it threw. */
  failure: { readonly error: unknown } | undefined;
  /** Somebody asked for its end, so a failure does not go unseen. */
  observed: boolean;
  ended: Promise<void>;
}

export class Processes {
  readonly #current = new AsyncLocalStorage<Process>();
  readonly #all: Process[] = [];
  readonly #names = new Map<string, number>();
  readonly #outside: Process = this.#blank("outside");

  /** The process on whose behalf the code now runs. */
  current(): Process {
    return this.#current.getStore() ?? this.#outside;
  }

  /** Throws `Stopped` where the current process was told to end. */
  enter(): Process {
    const process = this.current();
    if (process.abort.signal.aborted) throw new Stopped(`process ${process.name} was told to stop`);
    return process;
  }

  /** Counts `call` as outstanding for the current process until it settles. */
  async track<T>(call: Promise<T>): Promise<T> {
    const process = this.current();
    process.outstanding += 1;
    try {
      return await call;
    } finally {
      process.outstanding -= 1;
    }
  }

  start<T>(wanted: string, body: () => Promise<T>): Running<T> & { readonly process: Process } {
    const process = this.#blank(this.#unique(wanted));
    this.#all.push(process);
    const done = this.#current.run(process, () => Promise.resolve().then(body));
    process.ended = this.#end(process, done);
    const observe = (): Promise<T> => this.#await(process, done);
    return {
      name: process.name,
      process,
      get done() {
        return observe();
      },
      stop: () => process.abort.abort(),
    };
  }

  async #end(process: Process, done: Promise<unknown>): Promise<void> {
    try {
      await done;
    } catch (error) {
      process.failure = { error };
    }
    process.state = "ended";
  }

  /** Reading `done` counts as waiting for that process, because an `await` itself cannot be seen. */
  #await<T>(process: Process, done: Promise<T>): Promise<T> {
    const waiter = this.current();
    process.observed = true;
    if (process.state === "running") {
      waiter.awaited.add(process);
      void process.ended.then(() => waiter.awaited.delete(process));
    }
    return done;
  }

  get unfinished(): readonly Process[] {
    return this.#all.filter((process) => process.state === "running");
  }

  /** Failures of processes whose end nobody asked for, oldest first; being stopped is none. */
  get unseen(): readonly Process[] {
    return this.#all.filter((process) => !process.observed && process.failure !== undefined && !(process.failure.error instanceof Stopped));
  }

  /** Throws when a process waits for something that is no world call. Only true at rest, when promise jobs are drained. */
  assertOwned(): void {
    for (const process of this.unfinished) {
      if (process.outstanding > 0 || process.awaited.size > 0) continue;
      throw new HarnessError(
        `process ${process.name} is unfinished and waits for nothing the world knows; await world calls, until, pass or all, not bare promises`,
      );
    }
  }

  /** Stops all but `keep` and waits until they have ended. */
  async stopAll(keep?: Process): Promise<void> {
    const others = this.unfinished.filter((process) => process !== keep);
    for (const process of others) process.abort.abort();
    await Promise.all(others.map((process) => process.ended));
  }

  #unique(wanted: string): string {
    const count = (this.#names.get(wanted) ?? 0) + 1;
    this.#names.set(wanted, count);
    return count === 1 ? wanted : `${wanted}~${count}`;
  }

  #blank(name: string): Process {
    return {
      name,
      abort: new AbortController(),
      outstanding: 0,
      awaited: new Set(),
      state: "running",
      failure: undefined,
      observed: false,
      ended: Promise.resolve(),
    };
  }
}

/**
 * Virtual time: a clock in whole microseconds, one queue, named random streams, and the hash chain over every event
 * that ran. It knows nothing of nodes or worlds; it runs what is due, one event at a time, in one order per seed.
 */
import { Streams } from "../world/streams.ts";
import { EventQueue } from "./event-queue.ts";
import { HashChain } from "./hash-chain.ts";

export interface Timer {
  cancel(): void;
}

export class Kernel {
  readonly streams: Streams;
  readonly chain = new HashChain();
  readonly #queue = new EventQueue();
  #nowUs = 0;
  #seq = 0;

  constructor(seed: string) {
    this.streams = new Streams(seed);
  }

  get nowUs(): number {
    return this.#nowUs;
  }
  get nowMs(): number {
    return this.#nowUs / 1000;
  }

  /** Runs `run` after `ms` (rounded to microseconds, at least one, so that no two events wait on an equal instant forever). */
  after(ms: number, label: string, run: () => void): Timer {
    return this.at(this.#nowUs + Math.max(1, Math.round(ms * 1000)), label, run);
  }

  at(timeUs: number, label: string, run: () => void): Timer {
    let cancelled = false;
    const seq = this.#seq++;
    const dueUs = Math.max(timeUs, this.#nowUs);
    const fire = (): void => {
      if (cancelled) return;
      this.#nowUs = dueUs;
      this.chain.add(`${seq} ${dueUs} ${label} ${this.streams.drawn}`);
      run();
    };
    this.#queue.push({ timeUs: dueUs, tie: this.streams.get("tie").next32(), seq, run: fire });
    return { cancel: () => (cancelled = true) };
  }

  /** Runs the next event; false when nothing is due any more. Cancelled events leave no trace in time or chain. */
  step(): boolean {
    const due = this.#queue.pop();
    due?.run();
    return due !== undefined;
  }
}

/**
 * The world a script sees, over a port: the part that both bodies share. Everything asked is recorded, processes and
 * waits are kept track of, faults are resolved and healed. It draws no conclusion from what it saw.
 */
import { messageOf } from "../error-text.ts";
import type { ApiRequest, Outcome, StreamChunk } from "../client/exchange.ts";
import type { Fault, HealReport } from "../nemesis/fault.ts";
import { Faults } from "./faults.ts";
import type { Injected } from "./faults.ts";
import type { Setting, WorldPort } from "./port.ts";
import { Processes } from "./processes.ts";
import { Recorder } from "./recorder.ts";
import { drive } from "./flow.ts";
import type { PortAsk, WaitAsk } from "./flow.ts";
import { holdFor, repeat, waitUntil } from "./waiting.ts";
import type { Waiting } from "./waiting.ts";
import { HarnessError, Stopped } from "./world.ts";
import type { FaultInForce, Running, WaitOptions, World } from "./world.ts";

/** Milliseconds a call may take when the script names no deadline. */
export const callDeadlineMsDefault = 5000;

/** A world with what its owner (not the script) needs of it. */
export interface CoreWorld {
  readonly world: World;
  readonly processes: Processes;
  readonly recorder: Recorder;
  /** Handles of faults not yet removed. */
  readonly faultsActive: () => readonly string[];
  /** Sleeps on behalf of the owner until `signal` is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function createWorld(port: WorldPort, setting: Setting): CoreWorld {
  const processes = new Processes();
  const recorder = new Recorder(port, setting.attempt, () => processes.current().name);
  const world = new Core(port, setting, processes, recorder);
  return { world, processes, recorder, faultsActive: () => world.faults.active, sleep: (ms, signal) => port.sleep(ms, signal) };
}

class Core implements World {
  readonly cluster: World["cluster"];
  readonly seed: string;
  readonly faults: Faults;
  readonly #port: WorldPort;
  readonly #processes: Processes;
  readonly #recorder: Recorder;
  readonly #waiting: Waiting;

  constructor(port: WorldPort, setting: Setting, processes: Processes, recorder: Recorder) {
    this.cluster = setting.cluster;
    this.seed = setting.seed;
    this.#port = port;
    this.#processes = processes;
    this.#recorder = recorder;
    this.faults = new Faults(setting.cluster.nodes, recorder);
    this.#waiting = { now: () => port.now(), recorder };
  }

  random(stream: string): () => number {
    return this.#port.random(stream);
  }

  now(): number {
    return this.#port.now();
  }

  async #sleep(ms: number): Promise<void> {
    const process = this.#processes.enter();
    await this.#processes.track(this.#port.sleep(ms, process.abort.signal));
    this.#processes.enter();
  }

  async until<T>(name: string, condition: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
    this.#processes.enter();
    let met: { readonly value: T } | undefined;
    const evaluate = async (): Promise<true | undefined> => {
      const value = await condition();
      if (value === undefined) return undefined;
      met = { value };
      return true;
    };
    await drive(waitUntil(this.#waiting, name, options), (ask) => this.#wait(ask, evaluate));
    if (met === undefined) throw new HarnessError(`until ${name} ended without a value`);
    return met.value;
  }

  async hold(
    name: string,
    condition: () => Promise<boolean>,
    options: { readonly forMs: number; readonly everyMs?: number },
  ): Promise<void> {
    this.#processes.enter();
    await drive(holdFor(this.#waiting, name, options), (ask) => this.#wait(ask, condition));
  }

  #wait(ask: WaitAsk, evaluate: () => Promise<unknown>): Promise<unknown> {
    return ask.ask === "evaluate" ? evaluate() : this.#sleep(ask.ms);
  }

  async pass(name: string, forMs: number): Promise<void> {
    this.#processes.enter();
    this.log(`phase ${name}: ${forMs} ms pass`);
    await this.#sleep(forMs);
  }

  every(name: string, intervalMs: number, f: (world: World, tick: number) => Promise<void>): Running<void> {
    return this.spawn(name, async () => {
      try {
        let tick = 0;
        await drive(
          repeat(() => this.now(), intervalMs),
          (ask) => this.#wait(ask, () => f(this, tick++)),
        );
      } catch (error) {
        if (!(error instanceof Stopped)) throw error;
      }
    });
  }

  spawn<T>(name: string, process: (world: World) => Promise<T>): Running<T> {
    this.#processes.enter();
    return this.#processes.start(name, () => process(this));
  }

  async all<T>(running: readonly Running<T>[]): Promise<readonly T[]> {
    this.#processes.enter();
    let first: { readonly error: unknown } | undefined;
    const stopRest = (error: unknown): void => {
      if (first !== undefined) return;
      first = { error };
      for (const other of running) other.stop();
    };
    const ends = running.map((one) => one.done.then((value) => ({ value }), stopRest));
    const settled = await Promise.all(ends);
    if (first !== undefined) throw first.error;
    return settled.flatMap((end) => (end === undefined ? [] : [end.value]));
  }

  async call(node: string, request: ApiRequest, deadlineMs = callDeadlineMsDefault): Promise<Outcome> {
    this.#processes.enter();
    const op = this.#recorder.invoke(node, request, deadlineMs);
    const outcome = await this.#processes.track(this.#port.exchange.send(node, request, deadlineMs));
    this.#recorder.complete(op, request, outcome);
    return outcome;
  }

  async *open(node: string, request: ApiRequest): AsyncGenerator<StreamChunk, void, void> {
    const process = this.#processes.enter();
    const closing = new AbortController();
    const signal = AbortSignal.any([closing.signal, process.abort.signal]);
    const op = this.#recorder.invoke(node, request, 0);
    const chunks = this.#port.exchange.open(node, request, signal)[Symbol.asyncIterator]();
    let count = 0;
    let error: string | undefined;
    try {
      for (;;) {
        const next = await this.#processes.track(chunks.next());
        if (next.done === true) break;
        count += 1;
        this.#recorder.write({ kind: "chunk", op, data: next.value.data });
        yield next.value;
      }
    } catch (thrown) {
      error = messageOf(thrown);
    } finally {
      closing.abort();
      if (error === undefined) this.#recorder.write({ kind: "ok", op, status: 200, view: { chunks: count } });
      else this.#recorder.write({ kind: "fail", op, error });
    }
    this.#processes.enter();
  }

  async fault(fault: Fault): Promise<FaultInForce> {
    this.#processes.enter();
    const injected = await drive(this.faults.inject(fault), (ask) => this.#ofPort(ask));
    const inForce = this.#inForce(injected);
    const { forMs } = fault;
    if (forMs !== undefined && injected.report.state !== "skipped") {
      this.#processes.start(`heal-${injected.handle}`, async () => {
        await this.#sleep(forMs);
        await inForce.heal();
      });
    }
    return inForce;
  }

  /** Healing is open to a stopped process too: undoing must not depend on who is told to stop. */
  #inForce(injected: Injected): FaultInForce {
    let healing: Promise<HealReport> | undefined;
    const heal = (): Promise<HealReport> => {
      healing ??= drive(this.faults.heal(injected), (ask) => this.#ofPort(ask));
      return this.#processes.track(healing);
    };
    return { ...injected, heal };
  }

  #ofPort(ask: PortAsk): Promise<unknown> {
    if (ask.ask === "call") return this.call(ask.node, ask.request, ask.deadlineMs);
    return this.#processes.track<unknown>(
      ask.ask === "install" ? this.#port.install(ask.handle, ask.fault) : this.#port.remove(ask.handle),
    );
  }

  async probe(kind: string, node: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#processes.enter();
    const data = await this.#processes.track(this.#port.probe(kind, node, args));
    this.#recorder.write({ kind: "probe", probe: kind, node, data });
    return data;
  }

  mark(name: string, data?: unknown): void {
    this.#recorder.write({ kind: "mark", name, ...(data === undefined ? {} : { data }) });
  }

  log(text: string): void {
    this.#recorder.write({ kind: "note", text });
  }
}

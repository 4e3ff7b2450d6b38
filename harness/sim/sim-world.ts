/**
 * Async scripts in virtual time: the same `World` as on containers, over a simulated lab. Promise jobs are drained by
 * one macrotask turn, taken only after an event that settled a promise of the world, so scripts cost little and their
 * order is that of the events. At rest every unfinished process must be waiting for something the world owns.
 */
import { messageOf } from "../error-text.ts";
import type { ApiRequest, Outcome, StreamChunk } from "../client/exchange.ts";
import type { CallbackPort } from "../world/callback-port.ts";
import { createWorld } from "../world/core.ts";
import type { WorldPort } from "../world/port.ts";
import { runScript } from "../world/run-script.ts";
import type { ScriptEnd } from "../world/run-script.ts";
import type { World } from "../world/world.ts";
import type { SimLab } from "./sim-lab.ts";

/** Taken before any guard can close it. */
const macrotask = globalThis.setImmediate;
const turn = (): Promise<void> => new Promise((resolve) => void macrotask(resolve));

export interface SimRun {
  readonly lab: SimLab;
  readonly attempt: string;
  readonly seed: string;
  /** Virtual milliseconds. */
  readonly limitMs: number;
}

export async function runInSimulation(
  { lab, attempt, seed, limitMs }: SimRun,
  script: (world: World) => Promise<void>,
): Promise<ScriptEnd> {
  const settled = { count: 0 };
  const core = createWorld(promisePort(lab.port, settled), {
    attempt,
    seed,
    cluster: { shape: lab.shape, nodes: lab.nodes, facts: lab.facts },
  });
  const state: { over?: ScriptEnd } = {};
  void runScript(core, script, limitMs).then((end) => (state.over = end));
  await turn();
  while (state.over === undefined) {
    const stuck = stuckBecause(() => core.processes.assertOwned()) ?? stuckBecause(() => untilSettled(lab, settled));
    if (stuck !== undefined) {
      core.recorder.write({ kind: "attempt-end", ...stuck }, "main");
      return stuck;
    }
    await turn();
  }
  return state.over;
}

function untilSettled(lab: SimLab, settled: { count: number }): void {
  settled.count = 0;
  while (settled.count === 0) lab.step();
}

function stuckBecause(act: () => void): ScriptEnd | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return { script: "harness-error", error: messageOf(error) };
  }
}

/** Promises over the callbacks; counts those it settled. */
export function promisePort(port: CallbackPort, settled: { count: number }): WorldPort {
  const promised = <T>(start: (then: (value: T) => void) => void): Promise<T> =>
    new Promise((resolve) => {
      start((value) => {
        settled.count += 1;
        resolve(value);
      });
    });
  return {
    now: () => port.now(),
    sleep: (ms, signal) => sleepOn(port, ms, signal, settled),
    exchange: {
      send: (node: string, request: ApiRequest, deadlineMs: number): Promise<Outcome> =>
        promised((then) => port.send(node, request, deadlineMs, then)),
      open: (): AsyncIterable<StreamChunk> => {
        throw new Error("simulated nodes answer no streams; use until and call");
      },
    },
    install: (handle, fault) => promised((then) => port.install(handle, fault, then)),
    remove: (handle) => promised((then) => port.remove(handle, then)),
    probe: (kind, node) => promised((then) => port.probe(kind, node, then)),
    record: (event) => port.record(event),
    random: (stream) => port.random(stream),
  };
}

function sleepOn(port: CallbackPort, ms: number, signal: AbortSignal, settled: { count: number }): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      signal.removeEventListener("abort", stopped);
      settled.count += 1;
      resolve();
    };
    const cancel = port.after(ms, wake);
    const stopped = (): void => {
      cancel();
      wake();
    };
    signal.addEventListener("abort", stopped, { once: true });
    return undefined;
  });
}

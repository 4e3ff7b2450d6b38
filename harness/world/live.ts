/**
 * The world in real time: the machine's monotonic clock, Node's timers, an exchange through the gateway; faults and
 * probes are asked of the gate process, which owns the cluster. Every observer of a run reads the same clock, so one
 * order holds for the events of all of them.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as timer } from "node:timers/promises";
import type { Exchange } from "../client/exchange.ts";
import type { Recorded } from "../history/event.ts";
import type { Answers, Ask, Lease, Plan } from "../run/control.ts";
import { createWorld } from "./core.ts";
import type { CoreWorld } from "./core.ts";
import type { WorldPort } from "./port.ts";
import { Streams } from "./streams.ts";

/** One question to the gate process; rejects when the gate could not answer. */
export type Rpc = <K extends Ask["ask"]>(question: Extract<Ask, { readonly ask: K }>) => Promise<Answers[K]>;

export interface LiveParts {
  readonly lease: Lease;
  readonly plan: Plan;
  readonly exchange: Exchange;
  /** Sends the event to the journal; keeps the order. */
  readonly record: (event: Recorded) => void;
  readonly rpc: Rpc;
  /** `<scenario>#<number>`. */
  readonly attempt: string;
  readonly seed: string;
}

export interface LiveWorld extends CoreWorld {
  /** Records this process's largest stall since the world was made and stops measuring. Call once, after the script. */
  recordStall(): void;
}

const stallResolutionMs = 10;

export function liveWorld(parts: LiveParts): LiveWorld {
  const { lease, attempt, seed } = parts;
  const stalls = monitorEventLoopDelay({ resolution: stallResolutionMs });
  stalls.enable();
  const port = livePort(parts);
  const core = createWorld(port, { attempt, seed, cluster: { shape: lease.shape, nodes: lease.nodes, facts: lease.facts } });
  const recordStall = (): void => {
    stalls.disable();
    const ms = Math.max(0, Math.round(stalls.max / 1e6) - stallResolutionMs);
    core.recorder.write({ kind: "stall", who: "worker", ms }, "world");
  };
  return { ...core, recordStall };
}

function livePort({ lease, plan, exchange, record, rpc, seed }: LiveParts): WorldPort {
  const streams = new Streams(seed);
  return {
    now: observerClock(plan.originNs),
    sleep: async (ms, signal) => {
      await timer(Math.max(0, ms), undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },
    exchange,
    install: (handle, fault) => rpc({ ask: "install", lease: lease.lease, handle, fault }),
    remove: (handle) => rpc({ ask: "remove", lease: lease.lease, handle }),
    probe: (kind, node, args) => rpc({ ask: "probe", lease: lease.lease, kind, node, args }),
    record,
    random: (name) => {
      const one = streams.get(name);
      return () => one.unit();
    },
  };
}

/** Milliseconds since the origin of the run, to the microsecond. */
export function observerClock(originNs: string): () => number {
  const origin = BigInt(originNs);
  return () => Number((process.hrtime.bigint() - origin) / 1000n) / 1000;
}

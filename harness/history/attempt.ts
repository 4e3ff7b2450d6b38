/**
 * One attempt's history, read for judging: operations with both ends, faults with the time they were proved in force
 * and proved gone, marks, probes. Built from events alone, so a stored run is judged as it was live.
 */
import type { ClusterShape, TargetFacts } from "../sut/sut.ts";
import type { EventOf, HistoryEvent } from "./event.ts";

export interface Operation {
  readonly op: number;
  readonly proc: string;
  readonly node: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  /** Before the request was written. */
  readonly invokedAt: number;
  /** After the answer was parsed; absent while open at the end of the attempt. */
  readonly endedAt: number | undefined;
  readonly result: "ok" | "fail" | "info" | "open";
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly view: unknown;
  readonly seq: number;
}

export interface FaultSpan {
  readonly fault: string;
  readonly kind: string;
  readonly concrete: unknown;
  /** Node names in the concrete target: nodes, or all ends of links. */
  readonly nodes: readonly string[];
  readonly startedAt: number;
  /** Proved in force at; absent when skipped or indeterminate. */
  readonly provedAt: number | undefined;
  readonly healStartedAt: number | undefined;
  /** Proved gone at. */
  readonly removedAt: number | undefined;
  readonly state: "installed" | "skipped" | "indeterminate";
  readonly healState: "removed" | "skipped" | "indeterminate" | undefined;
  readonly why: string | undefined;
}

export interface Mark {
  readonly name: string;
  readonly t: number;
  readonly data: unknown;
  readonly seq: number;
}

/** Carried by `attempt-start`. */
export interface AttemptContext {
  readonly scenario: string;
  readonly rules: readonly string[];
  readonly shape: ClusterShape;
  readonly nodes: readonly { readonly name: string; readonly role: "manager" | "worker"; readonly id: string }[];
  readonly facts: TargetFacts;
  readonly seed: string;
}

export interface AttemptHistory {
  readonly attempt: string;
  readonly context: AttemptContext;
  readonly operations: readonly Operation[];
  readonly faults: readonly FaultSpan[];
  readonly marks: readonly Mark[];
  readonly probes: readonly {
    readonly probe: string;
    readonly node: string | undefined;
    readonly t: number;
    readonly data: unknown;
    readonly seq: number;
  }[];
  readonly chunks: readonly { readonly op: number; readonly t: number; readonly data: unknown; readonly seq: number }[];
  /** Largest stall of any observer, milliseconds. */
  readonly stallMs: number;
  readonly script: "completed" | "missed" | "harness-error" | "unfinished";
  readonly scriptError: string | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Mutable<T extends readonly unknown[]> = T[number][];
type OpenOperation = Writable<Operation>;
type OpenFault = Writable<FaultSpan>;

/** Node names in a concrete fault target. */
export function nodesOf(concrete: unknown): readonly string[] {
  if (typeof concrete !== "object" || concrete === null) return [];
  if ("nodes" in concrete && Array.isArray(concrete.nodes)) return concrete.nodes.map(String).sort();
  if ("links" in concrete && Array.isArray(concrete.links)) {
    const ends = (concrete.links as readonly { from: string; to: string }[]).flatMap((link) => [link.from, link.to]);
    return [...new Set(ends)].sort();
  }
  return [];
}

/** Throws when the attempt has no `attempt-start`: such events cannot be judged. */
export function readAttempt(attempt: string, events: readonly HistoryEvent[]): AttemptHistory {
  const operations = new Map<number, OpenOperation>();
  const faults = new Map<string, OpenFault>();
  const marks: Mark[] = [];
  const probes: Mutable<AttemptHistory["probes"]> = [];
  const chunks: Mutable<AttemptHistory["chunks"]> = [];
  let context: AttemptContext | undefined;
  let stallMs = 0;
  let script: AttemptHistory["script"] = "unfinished";
  let scriptError: string | undefined;
  let startedAt = 0;
  let endedAt = 0;
  const own = events.filter((event) => event.attempt === attempt).sort((a, b) => a.seq - b.seq);
  for (const event of own) {
    endedAt = Math.max(endedAt, event.t);
    switch (event.kind) {
      case "attempt-start":
        context = event.context as AttemptContext;
        startedAt = event.t;
        break;
      case "attempt-end":
        script = event.script;
        scriptError = event.error;
        break;
      case "invoke":
        operations.set(event.op, invoked(event));
        break;
      case "ok":
      case "fail":
      case "info":
        complete(known(operations, event.op, event.seq), event);
        break;
      case "chunk":
        chunks.push({ op: event.op, t: event.t, data: event.data, seq: event.seq });
        break;
      case "fault-start":
        faults.set(event.fault, started(event));
        break;
      case "fault-installed": {
        const span = known(faults, event.fault, event.seq);
        span.state = event.state;
        span.why = event.why;
        span.concrete = event.concrete;
        span.nodes = nodesOf(event.concrete);
        span.provedAt = event.state === "installed" ? event.t : undefined;
        break;
      }
      case "heal-start":
        known(faults, event.fault, event.seq).healStartedAt = event.t;
        break;
      case "fault-removed": {
        const span = known(faults, event.fault, event.seq);
        span.healState = event.state;
        span.removedAt = event.state === "removed" ? event.t : undefined;
        if (event.why !== undefined) span.why = event.why;
        break;
      }
      case "mark":
        marks.push({ name: event.name, t: event.t, data: event.data, seq: event.seq });
        break;
      case "probe":
        probes.push({ probe: event.probe, node: event.node, t: event.t, data: event.data, seq: event.seq });
        break;
      case "stall":
        stallMs = Math.max(stallMs, event.ms);
        break;
      default:
        break;
    }
  }
  if (context === undefined) throw new Error(`attempt ${attempt}: no attempt-start among ${own.length} events; the history is not whole`);
  const byTime = [...operations.values()].sort((a, b) => a.invokedAt - b.invokedAt || a.seq - b.seq);
  return {
    attempt,
    context,
    operations: byTime,
    faults: [...faults.values()],
    marks,
    probes,
    chunks,
    stallMs,
    script,
    scriptError,
    startedAt,
    endedAt,
  };
}

function invoked(event: EventOf<"invoke">): OpenOperation {
  return {
    seq: event.seq,
    op: event.op,
    proc: event.proc,
    node: event.node,
    method: event.request.method,
    path: event.request.path,
    body: event.request.body,
    invokedAt: event.t,
    endedAt: undefined,
    result: "open",
    status: undefined,
    error: undefined,
    view: undefined,
  };
}

function complete(operation: OpenOperation, event: EventOf<"ok" | "fail" | "info">): void {
  operation.endedAt = event.t;
  operation.result = event.kind;
  operation.status = event.status;
  if (event.kind === "ok") operation.view = event.view;
  else operation.error = event.error;
}

function started(event: EventOf<"fault-start">): OpenFault {
  return {
    fault: event.fault,
    kind: event.faultKind,
    concrete: event.concrete,
    nodes: nodesOf(event.concrete),
    startedAt: event.t,
    provedAt: undefined,
    healStartedAt: undefined,
    removedAt: undefined,
    state: "indeterminate",
    healState: undefined,
    why: "never reported",
  };
}

function known<K, V>(table: ReadonlyMap<K, V>, key: K, seq: number): V {
  const found = table.get(key);
  if (found === undefined) throw new Error(`event ${seq} speaks of ${String(key)}, which never began`);
  return found;
}

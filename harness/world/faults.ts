/**
 * The faults of one script: reads what the symbols need, resolves, asks the arm to install and to remove, records
 * every step. Knows no way to cut anything, and no clock: when a fault heals is its owner's affair.
 */
import { messageOf } from "../error-text.ts";
import type { Outcome } from "../client/exchange.ts";
import { readNodes } from "../client/views.ts";
import { nodesOf } from "../history/attempt.ts";
import type { ConcreteFault, Fault, FaultReport, HealReport } from "../nemesis/fault.ts";
import { aliveUnder, askOrder, readingWanted, resolveFault, symbolsOf } from "../nemesis/targets.ts";
import type { ClusterReading } from "../nemesis/targets.ts";
import { call, install, remove } from "./flow.ts";
import type { Flow, PortAsk } from "./flow.ts";
import { taskHosts } from "./task-hosts.ts";
import type { Recorder } from "./recorder.ts";
import type { World } from "./world.ts";

/** A manager that does not answer within this is not waited for: a fault must fire near its time. */
const readingDeadlineMs = 2000;

export interface Injected {
  readonly handle: string;
  readonly report: FaultReport;
  /** Names in the concrete target, sorted; empty when skipped. */
  readonly nodes: readonly string[];
}

export class Faults {
  readonly #nodes: World["cluster"]["nodes"];
  readonly #recorder: Recorder;
  readonly #inForce = new Map<string, ConcreteFault>();

  constructor(nodes: World["cluster"]["nodes"], recorder: Recorder) {
    this.#nodes = nodes;
    this.#recorder = recorder;
  }

  /** Handles of faults installed (or possibly installed) and not yet removed, oldest first. */
  get active(): readonly string[] {
    return [...this.#inForce.keys()];
  }

  *inject(fault: Fault): Flow<PortAsk, Injected> {
    const handle = this.#recorder.nextFault();
    const resolution = resolveFault(fault, yield* this.#read(fault));
    const skipped = "skipped" in resolution;
    const words = {
      fault: handle,
      faultKind: fault.kind,
      symbolic: symbolic(fault),
      concrete: skipped ? null : resolution.concrete,
      ...(fault.args === undefined ? {} : { args: fault.args }),
    };
    this.#recorder.write({ kind: "fault-start", ...words });
    const report: FaultReport = skipped ? { state: "skipped", why: resolution.skipped } : yield* this.#install(handle, resolution.concrete);
    this.#recorder.write({ kind: "fault-installed", ...words, ...report });
    return { handle, report, nodes: skipped ? [] : nodesOf(resolution.concrete) };
  }

  *#install(handle: string, concrete: ConcreteFault): Flow<PortAsk, FaultReport> {
    this.#inForce.set(handle, concrete);
    const report = yield* inDoubt<FaultReport>(install(handle, concrete));
    if (report.state === "skipped") this.#inForce.delete(handle);
    return report;
  }

  /** Once per fault; what was never in force is not removed. */
  *heal({ handle, report }: Injected): Flow<PortAsk, HealReport> {
    this.#recorder.write({ kind: "heal-start", fault: handle });
    const healed: HealReport =
      report.state === "skipped" ? { state: "skipped", why: report.why ?? "never in force" } : yield* inDoubt<HealReport>(remove(handle));
    if (healed.state !== "indeterminate") this.#inForce.delete(handle);
    this.#recorder.write({ kind: "fault-removed", fault: handle, ...healed });
    return healed;
  }

  *#read(fault: Fault): Flow<PortAsk, ClusterReading> {
    const inForce = [...this.#inForce.values()];
    const wanted = readingWanted(fault);
    const managers = askOrder(
      this.#nodes.filter((node) => node.role === "manager").map((node) => node.name),
      inForce,
    );
    const alive = aliveUnder(
      this.#nodes.map((node) => node.name),
      inForce,
    );
    const leader = wanted.leader ? yield* this.#leader(managers) : undefined;
    const hosts = wanted.hosts ? yield* this.#hosts(managers) : new Map<string, string>();
    return { nodes: this.#nodes, alive, leader, hosts };
  }

  /** The first manager that names exactly one leader is believed. */
  *#leader(managers: readonly string[]): Flow<PortAsk, string | undefined> {
    for (const manager of managers) {
      const nodes = readNodes(good(yield* get(manager, "/nodes")));
      const leaders = nodes?.filter((node) => node.leader) ?? [];
      const name = leaders.length === 1 ? this.#nameOf(leaders[0]?.id) : undefined;
      if (name !== undefined) return name;
    }
    return undefined;
  }

  *#hosts(managers: readonly string[]): Flow<PortAsk, ReadonlyMap<string, string>> {
    for (const manager of managers) {
      const services = good(yield* get(manager, "/services"));
      const tasks = services === undefined ? undefined : good(yield* get(manager, "/tasks"));
      if (tasks !== undefined) return taskHosts(services, tasks, (id) => this.#nameOf(id));
    }
    return new Map();
  }

  #nameOf(id: string | undefined): string | undefined {
    return this.#nodes.find((node) => node.id === id)?.name;
  }
}

const get = (node: string, path: string): Flow<PortAsk, Outcome> => call(node, { method: "GET", path }, readingDeadlineMs);

const good = (outcome: Outcome): unknown => (outcome.kind === "answer" && outcome.status === 200 ? outcome.body : undefined);

/** An arm that throws leaves us not knowing, and that is what the history must say. */
function* inDoubt<T>(act: Flow<PortAsk, T>): Flow<PortAsk, T | { readonly state: "indeterminate"; readonly why: string }> {
  try {
    return yield* act;
  } catch (error) {
    return { state: "indeterminate", why: `the lab failed: ${messageOf(error)}` };
  }
}

/** The words of the script, as they go into the history. */
function symbolic(fault: Fault): unknown {
  const { forMs } = fault;
  const time = forMs === undefined ? {} : { forMs };
  return "on" in fault ? { on: symbolsOf(fault), ...time } : { from: fault.from, to: fault.to, direction: fault.direction, ...time };
}

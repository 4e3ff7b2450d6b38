/**
 * Faults of a script: reads what the symbols need, resolves, installs through the port, records every step, heals by
 * itself when the time of a fault is over. Knows no way to cut anything; that is the arm's.
 */
import type { ApiRequest, Outcome } from "../client/exchange.ts";
import { readNodes, readServices, readTasks } from "../client/views.ts";
import type { ConcreteFault, Fault, FaultReport, HealReport } from "../nemesis/fault.ts";
import { aliveUnder, askOrder, order, readingWanted, resolveFault, symbolsOf } from "../nemesis/targets.ts";
import type { ClusterReading } from "../nemesis/targets.ts";
import { nodesOf } from "../history/attempt.ts";
import type { Setting, WorldPort } from "./port.ts";
import type { Processes } from "./processes.ts";
import type { Recorder } from "./recorder.ts";
import type { FaultInForce } from "./world.ts";
import { messageOf } from "./waiting.ts";

/** A manager that does not answer within this is not waited for: a fault must fire near its time. */
const readingDeadlineMs = 2000;

export interface FaultParts {
  readonly port: WorldPort;
  readonly setting: Setting;
  readonly recorder: Recorder;
  readonly processes: Processes;
  readonly call: (node: string, request: ApiRequest, deadlineMs: number) => Promise<Outcome>;
  readonly sleep: (ms: number) => Promise<void>;
}

export class Faults {
  readonly #on: FaultParts;
  readonly #inForce = new Map<string, ConcreteFault>();

  constructor(parts: FaultParts) {
    this.#on = parts;
  }

  /** Handles of faults installed (or possibly installed) and not yet removed, oldest first. */
  get active(): readonly string[] {
    return [...this.#inForce.keys()];
  }

  async inject(fault: Fault): Promise<FaultInForce> {
    const { recorder } = this.#on;
    const handle = recorder.nextFault();
    const resolution = resolveFault(fault, await this.#read(fault));
    const skipped = "skipped" in resolution;
    const words = {
      fault: handle,
      faultKind: fault.kind,
      symbolic: symbolic(fault),
      concrete: skipped ? null : resolution.concrete,
      ...(fault.args === undefined ? {} : { args: fault.args }),
    };
    recorder.write({ kind: "fault-start", ...words });
    const report = skipped ? ({ state: "skipped", why: resolution.skipped } as const) : await this.#install(handle, resolution.concrete);
    recorder.write({ kind: "fault-installed", ...words, ...report });
    const inForce = this.#handle(handle, report, skipped ? [] : nodesOf(resolution.concrete));
    if (fault.forMs !== undefined && report.state !== "skipped") this.#healAfter(inForce, fault.forMs);
    return inForce;
  }

  async #install(handle: string, concrete: ConcreteFault): Promise<FaultReport> {
    this.#inForce.set(handle, concrete);
    const report = await this.#guarded<FaultReport>(() => this.#on.port.install(handle, concrete));
    if (report.state === "skipped") this.#inForce.delete(handle);
    return report;
  }

  /** An arm that throws leaves us not knowing; that is what the history must say. */
  async #guarded<T>(act: () => Promise<T>): Promise<T | { readonly state: "indeterminate"; readonly why: string }> {
    try {
      return await this.#on.processes.track(act());
    } catch (error) {
      return { state: "indeterminate", why: `the lab failed: ${messageOf(error)}` };
    }
  }

  #handle(handle: string, report: FaultReport, nodes: readonly string[]): FaultInForce {
    let healing: Promise<HealReport> | undefined;
    const heal = (): Promise<HealReport> => {
      healing ??= this.#remove(handle, report);
      return this.#on.processes.track(healing);
    };
    return { handle, report, nodes, heal };
  }

  /** Undoing is allowed to a stopped process too. */
  async #remove(handle: string, report: FaultReport): Promise<HealReport> {
    const { recorder, port } = this.#on;
    recorder.write({ kind: "heal-start", fault: handle });
    const healed: HealReport =
      report.state === "skipped"
        ? { state: "skipped", why: report.why ?? "never in force" }
        : await this.#guarded<HealReport>(() => port.remove(handle));
    if (healed.state !== "indeterminate") this.#inForce.delete(handle);
    recorder.write({ kind: "fault-removed", fault: handle, ...healed });
    return healed;
  }

  #healAfter(fault: FaultInForce, forMs: number): void {
    this.#on.processes.start(`heal-${fault.handle}`, async () => {
      await this.#on.sleep(forMs);
      await fault.heal();
    });
  }

  async #read(fault: Fault): Promise<ClusterReading> {
    const { nodes } = this.#on.setting.cluster;
    const names = nodes.map((node) => node.name);
    const inForce = [...this.#inForce.values()];
    const wanted = readingWanted(fault);
    const managers = askOrder(
      nodes.filter((node) => node.role === "manager").map((node) => node.name),
      inForce,
    );
    return {
      nodes,
      alive: aliveUnder(names, inForce),
      leader: wanted.leader ? await this.#leader(managers) : undefined,
      hosts: wanted.hosts ? await this.#hosts(managers) : new Map(),
    };
  }

  #get(node: string, path: string): Promise<Outcome> {
    return this.#on.call(node, { method: "GET", path }, readingDeadlineMs);
  }

  /** The first manager that names exactly one leader is believed. */
  async #leader(managers: readonly string[]): Promise<string | undefined> {
    for (const manager of managers) {
      const outcome = await this.#get(manager, "/nodes");
      const nodes = outcome.kind === "answer" && outcome.status === 200 ? readNodes(outcome.body) : undefined;
      const leaders = nodes?.filter((node) => node.leader) ?? [];
      const name = leaders.length === 1 ? this.#nameOf(leaders[0]?.id) : undefined;
      if (name !== undefined) return name;
    }
    return undefined;
  }

  async #hosts(managers: readonly string[]): Promise<ReadonlyMap<string, string>> {
    for (const manager of managers) {
      const services = await this.#get(manager, "/services");
      const tasks = await this.#get(manager, "/tasks");
      if (services.kind !== "answer" || services.status !== 200 || tasks.kind !== "answer" || tasks.status !== 200) continue;
      const serviceNames = new Map(readServices(services.body)?.map((service) => [service.id, service.name]));
      return this.#hostsOf(readTasks(tasks.body) ?? [], serviceNames);
    }
    return new Map();
  }

  #hostsOf(tasks: NonNullable<ReturnType<typeof readTasks>>, serviceNames: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const hosts = new Map<string, string>();
    for (const task of tasks) {
      const service = serviceNames.get(task.service);
      const host = this.#nameOf(task.node);
      if (service === undefined || host === undefined || task.state !== "running" || task.desired !== "running") continue;
      const key = task.slot === 0 ? service : `${service}.${task.slot}`;
      const known = hosts.get(key);
      if (known === undefined || order(host, known) < 0) hosts.set(key, host);
    }
    return hosts;
  }

  #nameOf(id: string | undefined): string | undefined {
    return this.#on.setting.cluster.nodes.find((node) => node.id === id)?.name;
  }
}

/** The words of the script, as they go into the history. */
function symbolic(fault: Fault): unknown {
  const { forMs } = fault;
  const time = forMs === undefined ? {} : { forMs };
  return "on" in fault ? { on: symbolsOf(fault), ...time } : { from: fault.from, to: fault.to, direction: fault.direction, ...time };
}

/**
 * Simulated nodes on simulated links: boots, steps, delivers, takes requests, and carries out faults on nodes. The
 * nodes are any `SimNode`; this file knows no implementation. Clients reach a node's API on a path no fault touches,
 * as they do through the gateway on containers.
 *
 * One fault at a time is in force on a node, as on containers: a second one has no target and is skipped. kill drops
 * what is in memory; power-off also what the machine held, and no link speaks; a paused node is delivered nothing until
 * it goes on, then everything in order.
 */
import type { ApiRequest, Outcome } from "../client/exchange.ts";
import type { ConcreteFault, FaultReport, HealReport } from "../nemesis/fault.ts";
import type { DirectedLink } from "../nemesis/overlap.ts";
import type { EntropyGuard } from "./entropy-guard.ts";
import type { Kernel, Timer } from "./kernel.ts";
import { LinkMatrix } from "./link-matrix.ts";
import type { Boot, NodeInput, SimNode } from "./sim-node.ts";

type Down = "power-off" | "kill" | "pause";
/** Virtual milliseconds from an orderly stop to the start again. */
const restartMs = 1000;
/** Microseconds between a client and a node. */
const clientUs = { low: 200, high: 1000 };

interface Host {
  readonly name: string;
  node: SimNode | undefined;
  survived: { readonly disk?: unknown; readonly machine?: unknown };
  state: "up" | Down;
  /** Handle of the fault in force on it. */
  fault: string | undefined;
  /** What came in while paused. */
  held: NodeInput[];
  alarm: Timer | undefined;
  readonly requests: Map<number, (outcome: Outcome) => void>;
}

export interface SimClusterParts {
  readonly kernel: Kernel;
  readonly names: readonly string[];
  readonly boot: Boot;
  readonly guard: EntropyGuard;
}

export class SimCluster {
  readonly links: LinkMatrix;
  readonly #on: SimClusterParts;
  readonly #hosts: ReadonlyMap<string, Host>;
  readonly #faults = new Map<string, ConcreteFault>();
  #requests = 0;

  constructor(parts: SimClusterParts) {
    this.#on = parts;
    this.links = new LinkMatrix(parts.kernel);
    this.#hosts = new Map(parts.names.map((name) => [name, blank(name)]));
    for (const host of this.#hosts.values()) this.#start(host);
  }

  // Clients.

  send(node: string, request: ApiRequest, deadlineMs: number, then: (outcome: Outcome) => void): void {
    const { kernel } = this.#on;
    const host = this.#host(node);
    const id = this.#requests++;
    let open = true;
    const settle = (outcome: Outcome): void => {
      if (!open) return;
      open = false;
      late.cancel();
      host.requests.delete(id);
      then(outcome);
    };
    const late = kernel.after(deadlineMs, `deadline ${node}#${id}`, () => settle(noAnswer(true, `no answer within ${deadlineMs} ms`)));
    host.requests.set(id, (outcome) => this.#client(host, "to", () => settle(outcome)));
    this.#client(host, "from", () => {
      if (!open) return;
      if (host.state === "up" || host.state === "pause") this.#deliver(host, { kind: "request", id, request });
      else if (host.state === "kill") settle(noAnswer(false, "connection refused"));
    });
  }

  #client(host: Host, way: string, then: () => void): void {
    const { kernel } = this.#on;
    const us = kernel.streams.get(`client ${host.name}`).between(clientUs.low, clientUs.high);
    kernel.after(us / 1000, `client ${way} ${host.name}`, then);
  }

  // Faults.

  install(handle: string, fault: ConcreteFault): FaultReport {
    if ("links" in fault) {
      this.#faults.set(handle, fault);
      this.links.register({ handle, ...fault });
      return { state: "installed" };
    }
    const hosts = fault.nodes.map((name) => this.#host(name));
    const taken = hosts.find((host) => host.fault !== undefined);
    if (taken !== undefined) return { state: "skipped", why: `${taken.state} of ${taken.name} is in force (${taken.fault})` };
    this.#faults.set(handle, fault);
    const { kind } = fault;
    for (const host of hosts) {
      this.#put(host, handle, kind === "restart" ? "kill" : kind);
      if (kind === "restart") this.#on.kernel.after(restartMs, `restart ${host.name}`, () => this.#lift(host, handle));
    }
    return { state: "installed" };
  }

  remove(handle: string): HealReport {
    const fault = this.#faults.get(handle);
    if (fault === undefined) return { state: "skipped", why: `no fault ${handle} is registered` };
    this.#faults.delete(handle);
    if ("links" in fault) this.links.unregister(handle);
    else for (const name of fault.nodes) this.#lift(this.#host(name), handle);
    return { state: "removed" };
  }

  #put(host: Host, handle: string, kind: Down): void {
    host.fault = handle;
    host.state = kind;
    if (kind === "power-off") {
      const links = this.#on.names.flatMap((peer) => (peer === host.name ? [] : bothWays(host.name, peer)));
      this.links.register({ handle: `${handle} ${host.name}`, kind: "isolation", links });
    }
    if (kind !== "pause") this.#stop(host, kind === "power-off");
  }

  #lift(host: Host, handle: string): void {
    if (host.fault !== handle) return;
    const before = host.state;
    host.fault = undefined;
    host.state = "up";
    this.links.unregister(`${handle} ${host.name}`);
    if (before === "pause") this.#goOn(host);
    else this.#start(host);
  }

  // Nodes.

  #start(host: Host): void {
    const { guard, boot, kernel } = this.#on;
    host.node = guard.run(() => boot(host.name, host.survived, kernel.nowMs));
    this.#after(host, host.node);
  }

  #stop(host: Host, machineToo: boolean): void {
    if (host.node !== undefined) host.survived = host.node.survives();
    if (machineToo) host.survived = { disk: host.survived.disk };
    host.node = undefined;
    host.held = [];
    host.alarm?.cancel();
    const open = [...host.requests.values()];
    host.requests.clear();
    // A machine without power says nothing; a killed process's connections are reset by its kernel.
    if (!machineToo) for (const settle of open) settle(noAnswer(true, "connection reset"));
  }

  #goOn(host: Host): void {
    const held = host.held;
    host.held = [];
    for (const input of held) this.#deliver(host, input);
    this.#deliver(host, { kind: "wake" });
  }

  #deliver(host: Host, input: NodeInput): void {
    const { guard, kernel } = this.#on;
    const { node } = host;
    if (node === undefined) return;
    if (host.state === "pause") {
      if (input.kind !== "wake") host.held.push(input);
      return;
    }
    guard.run(() => node.step(input, kernel.nowMs));
    this.#after(host, node);
  }

  /** Carries out effects and sets the alarm. */
  #after(host: Host, node: SimNode): void {
    for (const effect of node.drain()) {
      if (effect.kind === "send") this.#pass(host, effect.to, effect.body);
      else host.requests.get(effect.id)?.({ kind: "answer", status: effect.status, body: copy(effect.body) });
    }
    host.alarm?.cancel();
    const deadline = node.deadline();
    if (deadline === undefined) return;
    const { kernel } = this.#on;
    host.alarm = kernel.at(Math.max(kernel.nowUs + 1, Math.round(deadline * 1000)), `wake ${host.name}`, () =>
      this.#deliver(host, { kind: "wake" }),
    );
  }

  /** What was under way when a link is cut is lost with it. */
  #pass(host: Host, to: string, body: unknown): void {
    const { kernel } = this.#on;
    const from = host.name;
    const passage = this.links.send(from, to, 1024);
    if (passage.kind === "refused") kernel.after(1, `refused ${from}>${to}`, () => this.#deliver(host, { kind: "undelivered", to }));
    if (passage.kind !== "delivered") return;
    kernel.at(passage.atUs, `message ${from}>${to}`, () => {
      if (this.links.passes(from, to) === "open") this.#deliver(this.#host(to), { kind: "message", from, body });
    });
  }

  #host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`there is no simulated node ${name}; there are ${[...this.#hosts.keys()].join(" ")}`);
    return host;
  }

  /** `up`, or the fault in force on a node. */
  stateOf(name: string): string {
    return this.#host(name).state;
  }
}

const blank = (name: string): Host => ({
  name,
  node: undefined,
  survived: {},
  state: "up",
  fault: undefined,
  held: [],
  alarm: undefined,
  requests: new Map(),
});

const bothWays = (a: string, b: string): readonly DirectedLink[] => [
  { from: a, to: b },
  { from: b, to: a },
];

const noAnswer = (sent: boolean, error: string): Outcome => ({ kind: "no-answer", sent, error });

/** Answers cross the border as JSON does: no reference into a node's memory, no `undefined`. */
const copy = (body: unknown): unknown => JSON.parse(JSON.stringify(body)) as unknown;

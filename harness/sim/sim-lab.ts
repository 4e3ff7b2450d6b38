/**
 * A simulated cluster with its kernel, formed and ready to be driven: what a lease is on containers. Gives the port a
 * simulated world runs over, and the event loop that pumps it.
 */
import type { Outcome } from "../client/exchange.ts";
import { readNodes } from "../client/views.ts";
import type { Recorded } from "../history/event.ts";
import type { ClusterShape, NodeInfo, TargetFacts } from "../sut/sut.ts";
import type { CallbackPort } from "../world/callback-port.ts";
import { HarnessError } from "../world/world.ts";
import { entropyGuard } from "./entropy-guard.ts";
import { Kernel } from "./kernel.ts";
import { SimCluster } from "./sim-cluster.ts";
import type { Boot } from "./sim-node.ts";

/** One implementation that can be simulated. */
export interface SimTarget {
  readonly facts: TargetFacts;
  readonly boot: (members: readonly Pick<NodeInfo, "name" | "role">[]) => Boot;
  readonly nodeId: (name: string) => string;
  /** Virtual milliseconds within which a new cluster has formed. */
  readonly formingMsMax: number;
}

/** Virtual milliseconds until a fault is in force, or gone, and proved. */
const faultMs = 20;

export class SimLab implements Disposable {
  readonly shape: ClusterShape;
  readonly nodes: readonly NodeInfo[];
  readonly facts: TargetFacts;
  readonly kernel: Kernel;
  readonly cluster: SimCluster;
  readonly port: CallbackPort;
  readonly events: Recorded[] = [];
  readonly #guard = entropyGuard();

  constructor(target: SimTarget, shape: ClusterShape, seed: string) {
    this.shape = shape;
    this.facts = target.facts;
    this.kernel = new Kernel(seed);
    this.nodes = membersOf(shape).map(({ name, role }) => ({ name, role, address: name, id: target.nodeId(name), apiPort: 2375 }));
    const names = this.nodes.map((node) => node.name);
    this.cluster = new SimCluster({ kernel: this.kernel, names, boot: target.boot(this.nodes), guard: this.#guard });
    this.port = this.#makePort();
    this.#form(target.formingMsMax);
  }

  [Symbol.dispose](): void {
    this.#guard[Symbol.dispose]();
  }

  /** Runs one event; throws when nothing is due although somebody still waits. */
  step(): void {
    if (!this.kernel.step()) throw new HarnessError("the simulation has nothing left to do and the script has not ended");
  }

  #makePort(): CallbackPort {
    const { kernel, cluster } = this;
    return {
      now: () => kernel.nowMs,
      after: (ms, then) => {
        const timer = kernel.after(ms, "timer", then);
        return () => timer.cancel();
      },
      send: (node, request, deadlineMs, then) => cluster.send(node, request, deadlineMs, then),
      install: (handle, fault, then) => {
        const report = cluster.install(handle, fault);
        kernel.after(faultMs, `installed ${handle}`, () => then(report));
      },
      remove: (handle, then) => {
        const report = cluster.remove(handle);
        kernel.after(faultMs, `removed ${handle}`, () => then(report));
      },
      probe: (kind, node, then) => void kernel.after(1, `probe ${kind} ${node}`, () => then({ state: cluster.stateOf(node) })),
      record: (event) => {
        this.events.push(event);
        kernel.chain.add(JSON.stringify(event));
      },
      random: (name) => {
        const stream = kernel.streams.get(`script ${name}`);
        return () => stream.unit();
      },
    };
  }

  /** Asks the first manager until all nodes are ready under one leader; nobody's history, so nothing is recorded. */
  #form(limitMs: number): void {
    const wanted = this.nodes.length;
    while (this.kernel.nowMs < limitMs) {
      const nodes = this.#ask("m1", "/nodes");
      const ready = nodes?.filter((node) => node.state === "ready").length ?? 0;
      if (ready === wanted && nodes?.some((node) => node.leader) === true) return;
    }
    throw new HarnessError(`the simulated cluster did not form within ${limitMs} ms`);
  }

  #ask(node: string, path: string): ReturnType<typeof readNodes> {
    const got: { outcome?: Outcome } = {};
    this.cluster.send(node, { method: "GET", path }, 1000, (outcome) => (got.outcome = outcome));
    while (got.outcome === undefined) this.step();
    this.kernel.after(100, "forming", () => undefined);
    this.step();
    return answered(got.outcome);
  }
}

const answered = (outcome: Outcome): ReturnType<typeof readNodes> =>
  outcome.kind === "answer" && outcome.status === 200 ? readNodes(outcome.body) : undefined;

function membersOf({ managers, workers }: ClusterShape): readonly Pick<NodeInfo, "name" | "role">[] {
  return [
    ...numbered("m", managers).map((name) => ({ name, role: "manager" as const })),
    ...numbered("w", workers).map((name) => ({ name, role: "worker" as const })),
  ];
}

const numbered = (letter: string, count: number): readonly string[] => Array.from({ length: count }, (_, k) => `${letter}${k + 1}`);

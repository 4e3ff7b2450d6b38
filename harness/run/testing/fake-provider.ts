/**
 * A provider of clusters that are nothing but a record of what was done to them; for tests of the gate process. What a
 * cluster answers (a fault not proved, a casualty, an unclean return) is set by the test.
 */
import type { Exchange, Outcome } from "../../client/exchange.ts";
import type { ConcreteFault, FaultReport, HealReport } from "../../nemesis/fault.ts";
import type { Casualty, ClusterShape, Sut, SutProvider, TargetFacts } from "../../sut/sut.ts";

export const fakeFacts: TargetFacts = {
  name: "fake@1",
  claims: { reads: "stale-until-stepdown" },
  constants: { ElectionTick: 10_000 },
  images: { v1: "w:1", v2: "w:2", broken: "w:broken", missing: "w:none" },
  lacks: { clock: "a fake has no clock" },
};

export interface FakeBehaviour {
  installs: FaultReport;
  removes: HealReport;
  casualties: readonly Casualty[];
  clean: { readonly clean: boolean; readonly why?: string };
  /** Set: evidence cannot be taken. */
  evidenceFails: string | undefined;
  /** The lab never says what of it ended. */
  casualtiesHang: boolean;
  /** The lab is asked for its stalls and never answers. */
  stallsHang: boolean;
  /** Set: the cluster does not start. */
  startFails: string | undefined;
}

export class FakeProvider implements SutProvider {
  readonly facts = fakeFacts;
  /** What was done, in order: `start c1`, `install c1 f1`, `evidence c1`, `destroy c1` … */
  readonly deeds: string[] = [];
  readonly behaviour: FakeBehaviour = {
    installs: { state: "installed" },
    removes: { state: "removed" },
    casualties: [],
    clean: { clean: true },
    evidenceFails: undefined,
    casualtiesHang: false,
    stallsHang: false,
    startFails: undefined,
  };
  #started = 0;

  async start(shape: ClusterShape): Promise<Sut> {
    if (this.behaviour.startFails !== undefined) throw new Error(this.behaviour.startFails);
    this.#started += 1;
    const id = `c${this.#started}`;
    this.deeds.push(`start ${id}`);
    return new FakeSut(id, shape, this);
  }
  async sweep(): Promise<readonly string[]> {
    return [];
  }
  async close(): Promise<void> {
    this.deeds.push("close");
  }
}

class FakeSut implements Sut {
  readonly id: string;
  readonly shape: ClusterShape;
  readonly nodes: Sut["nodes"];
  readonly facts = fakeFacts;
  readonly access = {};
  readonly #provider: FakeProvider;
  readonly #faults = new Set<string>();
  readonly stallMs?: () => Promise<number>;

  constructor(id: string, shape: ClusterShape, provider: FakeProvider) {
    this.id = id;
    this.shape = shape;
    this.#provider = provider;
    if (provider.behaviour.stallsHang) this.stallMs = () => new Promise<never>(() => {});
    this.nodes = [...group("manager", shape.managers), ...group("worker", shape.workers)];
  }

  async install(handle: string, fault: ConcreteFault): Promise<FaultReport> {
    this.#provider.deeds.push(`install ${this.id} ${handle} ${fault.kind}`);
    this.#faults.add(handle);
    return this.#provider.behaviour.installs;
  }
  async remove(handle: string): Promise<HealReport> {
    this.#provider.deeds.push(`remove ${this.id} ${handle}`);
    this.#faults.delete(handle);
    return this.#provider.behaviour.removes;
  }
  active(): readonly string[] {
    return [...this.#faults];
  }
  async probe(kind: string): Promise<unknown> {
    return { kind };
  }
  async evidence(): Promise<void> {
    if (this.#provider.behaviour.evidenceFails !== undefined) throw new Error(this.#provider.behaviour.evidenceFails);
    this.#provider.deeds.push(`evidence ${this.id} with ${this.#faults.size} faults`);
  }
  async cleanCheck(): Promise<{ readonly clean: boolean; readonly why?: string }> {
    return this.#provider.behaviour.clean;
  }
  async casualties(): Promise<readonly Casualty[]> {
    const { casualties, casualtiesHang } = this.#provider.behaviour;
    if (casualtiesHang) await new Promise<never>(() => {});
    this.#provider.behaviour.casualties = [];
    return casualties;
  }
  async destroy(): Promise<void> {
    this.#provider.deeds.push(`destroy ${this.id}`);
  }
}

/** Answers every call with 200 and an empty list. */
export const fakeExchange: Exchange = {
  send: async (): Promise<Outcome> => ({ kind: "answer", status: 200, body: [] }),
  async *open() {},
};

function group(role: "manager" | "worker", count: number): Sut["nodes"] {
  return Array.from({ length: count }, (_, i) => {
    const name = `${role.slice(0, 1)}${i + 1}`;
    return { name, role, address: `10.0.0.${i + 1}`, id: `id-${name}`, apiPort: 2375 };
  });
}

/**
 * The seam between the judge and a running swarm. Two bodies: containers (`harness/sut/containers`) and the
 * simulation (`harness/sim`). Suites never see it; the gate process owns every `Sut`.
 */
import type { ConcreteFault, FaultReport, HealReport } from "../nemesis/fault.ts";

export interface ClusterShape {
  readonly managers: number;
  readonly workers: number;
}

export interface NodeInfo {
  /** `m1` … managers in order of joining, `w1` … workers. Also the node's hostname. */
  readonly name: string;
  readonly role: "manager" | "worker";
  readonly address: string;
  /** Swarm node id as the swarm gave it. */
  readonly id: string;
  readonly apiPort: number;
}

export type Capability = "kill" | "pause" | "restart" | "power-off" | "partition" | "clock" | "disk" | "step-time";

/** Claims and constants of the target (`target.yaml`), in milliseconds where a time. */
export interface TargetFacts {
  readonly name: string;
  readonly claims: { readonly reads: "linearizable" | "stale-until-stepdown" };
  readonly constants: Readonly<Record<string, number>>;
  readonly images: Readonly<Record<"v1" | "v2" | "broken" | "missing", string>>;
  /** Capabilities the target lacks or does not claim, with the reason. */
  readonly lacks: Readonly<Partial<Record<Capability, string>>>;
}

/** How a world reaches the nodes of a leased cluster. */
export interface Access {
  /** `http://127.0.0.1:PORT` of the gateway (HTTP CONNECT); absent in simulation. */
  readonly gateway?: string;
  /** Fixed version prefix of every path (`/v1.41`), where the target's API needs one. */
  readonly apiPrefix?: string;
}

/** Something that ended without being told to. Whose it is follows from the evidence, not from where it stood. */
export interface Casualty {
  /** `target`: the node's own main process ended, by itself. `lab`: ours, or ended from outside. */
  readonly whose: "target" | "lab";
  /** What ended, when, with which status, and its last words. */
  readonly text: string;
}

export interface Sut {
  readonly id: string;
  readonly shape: ClusterShape;
  readonly nodes: readonly NodeInfo[];
  readonly facts: TargetFacts;
  readonly access: Access;
  /** Installs and proves; `handle` names the fault for `remove`. Never throws for a fault that could not be proved. */
  install(handle: string, fault: ConcreteFault): Promise<FaultReport>;
  /** Heals and proves that it is gone. */
  remove(handle: string): Promise<HealReport>;
  /** Handles of faults still registered, oldest first. */
  active(): readonly string[];
  /** An observation from the lab side: `ping` (TCP connect from the gateway), `processes`, `sockets`, `engine-log` … */
  probe(kind: string, node: string, args: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Writes everything worth keeping into `directory`; best effort, never throws. */
  evidence(directory: string): Promise<void>;
  /** Removes what a scenario may have left (services, labels, availability, roles) and says whether the cluster is as new. */
  cleanCheck(): Promise<{ readonly clean: boolean; readonly why?: string }>;
  /** A node, proxy or gateway that ended without being told to, since the last call. */
  casualties(): Promise<readonly Casualty[]>;
  /** How to reach a cluster that is kept, and how to remove it; afterwards the provider leaves it up. */
  describeKept?(): Promise<string>;
  /** Largest stall of observers inside the cluster (its gateway) since the last call, milliseconds. */
  stallMs?(): Promise<number>;
  destroy(): Promise<void>;
}

export interface SutProvider {
  readonly facts: TargetFacts;
  start(shape: ClusterShape, progress: (text: string) => void): Promise<Sut>;
  /** Removes what dead runs left behind; returns what it removed. */
  sweep(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * A fault as data. Legal in every state: what has no target is recorded as skipped. What it does on an arm is that
 * arm's affair (`harness/links`, `harness/sim`); what it means is here (design: containers, pods, links, faults).
 */

/** Links between two groups of nodes. */
export type LinkFaultKind =
  | "partition"
  | "partition-silent"
  | "partition-refuse"
  | "reset"
  | "latency"
  | "jitter"
  | "bandwidth"
  | "slow-close"
  | "slicer";
/** A node as a whole. */
export type NodeFaultKind = "kill" | "pause" | "restart" | "power-off";

/** `both`, or only what `from` sends to `to` is lost. */
export type Direction = "both" | "from-to";

/** Symbolic nodes are resolved when the fault fires and recorded concretely. Plain node names are symbols too. */
export type NodeSymbol =
  | "leader"
  | "minority"
  | "majority"
  | "everyone-else"
  | "managers"
  | "workers"
  | `follower(${number})`
  | `manager(${number})`
  | `worker(${number})`
  | `host-of(${string})`
  | { readonly node: string };

export interface LinkFault {
  readonly kind: LinkFaultKind;
  readonly from: readonly NodeSymbol[];
  /** Default `everyone-else`: all nodes not in `from`. */
  readonly to: readonly NodeSymbol[];
  readonly direction: Direction;
  /** Attributes of the kind: `latencyMs`, `jitterMs`, `rateKiBs`, `delayMs` … */
  readonly args?: Readonly<Record<string, number>>;
  /** Heals by itself after this; absent: until healed by the script. */
  readonly forMs?: number;
}
export interface NodeFault {
  readonly kind: NodeFaultKind;
  readonly on: readonly NodeSymbol[];
  readonly args?: Readonly<Record<string, number>>;
  readonly forMs?: number;
}
export type Fault = LinkFault | NodeFault;

/** Directed pairs and nodes by name, sorted; what an arm is given. */
export type ConcreteFault =
  | {
      readonly kind: LinkFaultKind;
      readonly links: readonly { readonly from: string; readonly to: string }[];
      readonly args?: Readonly<Record<string, number>>;
    }
  | { readonly kind: NodeFaultKind; readonly nodes: readonly string[]; readonly args?: Readonly<Record<string, number>> };

export interface FaultReport {
  readonly state: "installed" | "skipped" | "indeterminate";
  readonly why?: string;
  /** Canary matrix, rule counters, raw proxy lists …: kept as evidence. */
  readonly proof?: unknown;
}
export interface HealReport {
  readonly state: "removed" | "skipped" | "indeterminate";
  readonly why?: string;
  readonly proof?: unknown;
}

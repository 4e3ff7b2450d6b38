/**
 * The links between a set of pods: installs, heals and proves faults on them. At most one fault per directed link is
 * in force (`harness/nemesis/overlap.ts`); what is wanted of every pod follows from that (`link-state.ts`), is carried
 * out step by step in the order the proxies survive, and is proved afterwards by observation alone (`proof.ts`).
 */
import type { FaultReport, HealReport, LinkFaultKind } from "../nemesis/fault.ts";
import type { DirectedLink } from "../nemesis/overlap.ts";
import type { LinkEnd } from "./pod.ts";
import type { RealPort } from "./ports.ts";

/** The target really talks here: at least one of the links `from` → `anyOf` has carried a connection to `port`. */
export interface TrafficExpectation {
  readonly from: string;
  readonly port: RealPort;
  readonly anyOf: readonly string[];
}

export interface MeshOptions {
  /** Asked at every install, so that it may follow changes of role; expectations whose links are not faulted are ignored. */
  readonly expectTraffic: () => readonly TrafficExpectation[];
  readonly log?: (line: string) => void;
}

export interface LinkFaultRequest {
  readonly kind: LinkFaultKind;
  readonly links: readonly DirectedLink[];
  readonly args?: Readonly<Record<string, number>>;
}

export interface LinkMesh {
  /** Loads every pod's table and proxies and shows that all links work. Before any node container starts. Throws. */
  prepare(): Promise<void>;
  install(handle: string, request: LinkFaultRequest): Promise<FaultReport>;
  remove(handle: string): Promise<HealReport>;
  /**
   * Machine lost, first half: silence on every link of the node, new dials hidden, proved. Then SIGKILL the node
   * container.
   */
  isolate(node: string): Promise<FaultReport>;
  /**
   * Second half, before the node container starts again: its Toxiproxy killed and repopulated, its namespace cleared
   * of what is not ours, the cut lifted and proved gone.
   */
  rejoin(node: string): Promise<HealReport>;
  /** Who reaches whom just now, by arrived nonces and echoes. */
  matrix(): Promise<CanaryMatrix>;
  /** Handles registered, oldest first; an isolated node is `power-off:<node>`. */
  active(): readonly string[];
  /** Finds Toxiproxy servers that died by themselves, repopulates them with the toxics in force; one line per event. */
  audit(): Promise<readonly string[]>;
  /** Rules, proxies, sockets of every pod; best effort. */
  evidence(): Promise<Readonly<Record<string, unknown>>>;
}

export interface CanaryCell {
  readonly from: string;
  readonly to: string;
  readonly protocol: "tcp" | "udp";
  /** The truth about from → to. */
  readonly arrived: boolean;
  /** `echo`, `silent`, `refused` … */
  readonly outcome: string;
  readonly echoMs?: number;
}
export type CanaryMatrix = readonly CanaryCell[];

export declare function linkMesh(ends: readonly LinkEnd[], options: MeshOptions): LinkMesh;

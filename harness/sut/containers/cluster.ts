/**
 * A formed cluster as a `Sut`: passes link faults on to the mesh and node faults to `NodeFaults`, and brings the other
 * parts (clean check, casualties, evidence, probes, keep) together. Holds no logic of theirs.
 */
import { messageOf } from "../../error-text.ts";
import type { ConcreteFault, FaultReport, HealReport } from "../../nemesis/fault.ts";
import { removeContainer } from "../../links/pod.ts";
import type { Access, Casualty, ClusterShape, NodeInfo, Sut, TargetFacts } from "../sut.ts";
import { factsOf } from "../target.ts";
import type { Target } from "../target.ts";
import { Casualties } from "./casualties.ts";
import { makeClean } from "./clean-check.ts";
import { writeEvidence } from "./evidence.ts";
import type { Formed } from "./form.ts";
import { startRelay } from "./keep.ts";
import type { Kept } from "./keep.ts";
import { NodeFaults } from "./node-faults.ts";
import { probeNode } from "./probe.ts";

/** Faults healed, a leader answering everywhere, all nodes ready and tasks gone: heal bound plus the end of tasks. */
const CLEAN_BOUND_MS = 120_000;

export interface ClusterParts {
  readonly formed: Formed;
  readonly shape: ClusterShape;
  readonly target: Target;
  readonly gatewayImage: string;
  readonly swarmSpec: unknown;
}

export class ContainerCluster implements Sut {
  readonly id: string;
  readonly shape: ClusterShape;
  readonly nodes: readonly NodeInfo[];
  readonly facts: TargetFacts;
  readonly access: Access;
  /** Milliseconds of each step of forming. */
  readonly breakdown: Readonly<Record<string, number>>;
  readonly gatewayImage: string;
  private readonly parts: ClusterParts;
  private readonly nodeFaults: NodeFaults;
  private readonly fallen: Casualties;
  private readonly handles: string[] = [];
  private kept: Kept | undefined;
  private keeping = false;
  private audited: readonly string[] = [];
  private ending: Promise<void> | undefined;

  constructor(parts: ClusterParts) {
    const { formed, target } = parts;
    this.parts = parts;
    this.gatewayImage = parts.gatewayImage;
    this.id = formed.id;
    this.shape = parts.shape;
    this.nodes = formed.members.map((member) => member.info);
    this.facts = factsOf(target);
    this.access = { gateway: formed.network.gatewayUrl, ...(target.apiPrefix === undefined ? {} : { apiPrefix: target.apiPrefix }) };
    this.breakdown = formed.breakdown;
    this.nodeFaults = new NodeFaults({ members: formed.members, mesh: formed.mesh, exchange: formed.exchange, target });
    this.fallen = new Casualties([
      { id: formed.network.gatewayContainerId, what: "gateway", target: false, runs: () => true },
      ...formed.members.flatMap(({ info, node, pod }) => [
        { id: pod.containerId, what: `pod ${info.name}`, target: false, runs: () => true },
        { id: node.id, what: `node ${info.name}`, target: true, runs: () => !this.nodeFaults.heldDown().has(info.name) },
      ]),
    ]);
  }

  async install(handle: string, fault: ConcreteFault): Promise<FaultReport> {
    if (this.handles.includes(handle)) return { state: "skipped", why: `${handle} is registered already` };
    this.handles.push(handle);
    const report = await this.installed(handle, fault).catch((error: unknown): FaultReport => ({
      state: "indeterminate",
      why: messageOf(error),
    }));
    if (report.state === "skipped") this.forget(handle);
    return report;
  }

  async remove(handle: string): Promise<HealReport> {
    if (!this.handles.includes(handle)) return { state: "skipped", why: `no fault ${handle} is registered` };
    const healing = this.nodeFaults.active().includes(handle) ? this.nodeFaults.remove(handle) : this.parts.formed.mesh.remove(handle);
    const report = await healing.catch((error: unknown): HealReport => ({ state: "indeterminate", why: messageOf(error) }));
    this.forget(handle);
    return report;
  }

  active(): readonly string[] {
    return [...this.handles];
  }

  async probe(kind: string, node: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { formed } = this.parts;
    const member = formed.members.find(({ info }) => info.name === node);
    if (member === undefined) throw new Error(`no node ${node} in ${this.id}`);
    return probeNode(kind, { id: this.id, network: formed.network, member }, args);
  }

  async evidence(directory: string): Promise<void> {
    await writeEvidence(this.parts.formed, directory, { active: this.active(), casualties: this.fallen.all(), breakdown: this.breakdown });
  }

  async cleanCheck(): Promise<{ readonly clean: boolean; readonly why?: string }> {
    const { formed, target, swarmSpec } = this.parts;
    try {
      const registered = [...this.handles, ...formed.mesh.active()];
      if (registered.length > 0) return { clean: false, why: `faults are still in force: ${registered.join(", ")}` };
      const fallen = [...this.fallen.all(), ...(await this.casualties())];
      if (fallen.length > 0) return { clean: false, why: fallen.map((one) => one.text).join("; ") };
      await makeClean({ exchange: formed.exchange, nodes: this.nodes, target, swarmSpec, boundMs: CLEAN_BOUND_MS });
      const silent = (await formed.mesh.matrix()).filter((cell) => !cell.arrived || cell.outcome !== "echo");
      if (silent.length === 0) return { clean: true };
      return {
        clean: false,
        why: `links do not work: ${silent.map(({ from, to, protocol, outcome }) => `${from}→${to} ${protocol} ${outcome}`).join(", ")}`,
      };
    } catch (error) {
      return { clean: false, why: messageOf(error) };
    }
  }

  async casualties(): Promise<readonly Casualty[]> {
    const [fallen, audited] = await Promise.all([
      this.fallen.take(),
      this.parts.formed.mesh.audit().catch((error: unknown) => [`links cannot be looked at: ${messageOf(error)}`]),
    ]);
    // What lasts is told once.
    const news = audited.filter((line) => !this.audited.includes(line));
    this.audited = audited;
    return [...fallen, ...news.map((text) => ({ whose: "lab", text }) as const)];
  }

  async stallMs(): Promise<number> {
    return (await this.parts.formed.network.stall()).maxMs;
  }

  /** Opens a way in on 127.0.0.1 for people, and keeps the cluster from being swept. Text for the terminal. */
  async describeKept(): Promise<string> {
    this.keeping = true;
    this.kept ??= await startRelay(this.parts.formed, this.gatewayImage);
    return this.kept.text;
  }

  /** Id of a node's container on the container engine. */
  containerOf(node: string): string {
    const member = this.parts.formed.members.find(({ info }) => info.name === node);
    if (member === undefined) throw new Error(`no node ${node} in ${this.id}`);
    return member.node.id;
  }

  isKept(): boolean {
    return this.keeping;
  }

  /** Once; a second call waits for the same end. */
  destroy(): Promise<void> {
    this.ending ??= this.takenDown();
    return this.ending;
  }

  private async takenDown(): Promise<void> {
    const { formed } = this.parts;
    // Every part is tried even when one fails: what is left then is as little as can be.
    const failed = [
      ...(await failures([formed.exchange.close(), ...(this.kept === undefined ? [] : [removeContainer(this.kept.containerId)])])),
      ...(await failures(formed.members.map(async ({ node }) => node.remove()))),
      ...(await failures(formed.members.map(async ({ pod }) => pod.stop()))),
      ...(await failures([formed.network.stop()])),
    ];
    if (failed.length > 0) throw new Error(`${this.id} is not wholly taken down: ${failed.join("; ")}`);
  }

  private installed(handle: string, fault: ConcreteFault): Promise<FaultReport> {
    if ("nodes" in fault) return this.nodeFaults.install(handle, fault.kind, fault.nodes);
    return this.parts.formed.mesh.install(handle, fault);
  }

  private forget(handle: string): void {
    const at = this.handles.indexOf(handle);
    if (at >= 0) this.handles.splice(at, 1);
  }
}

async function failures(work: readonly Promise<void>[]): Promise<readonly string[]> {
  const settled = await Promise.allSettled(work);
  return settled.flatMap((result) => (result.status === "rejected" ? [messageOf(result.reason)] : []));
}

/**
 * Faults of whole nodes: `kill`, `pause`, `restart`, `power-off`. Installs, heals and proves each by observation; at most
 * one is in force on a node, a second is skipped. Owns which nodes are held down on purpose, so that a container which
 * ends by itself can be told apart. Knows nothing of link faults but `isolate` and `rejoin` (design: containers, pods,
 * links, faults).
 *
 * kill: the engine alone dies; its tasks live on. restart: the engine stops in order at install and starts at heal.
 * pause: the whole node freezes, tasks too. power-off: links silenced first, so that no FIN or RST reaches a peer.
 */
import { messageOf } from "../../error-text.ts";
import type { Exchange } from "../../client/exchange.ts";
import type { LinkMesh } from "../../links/links.ts";
import type { FaultReport, HealReport, NodeFaultKind } from "../../nemesis/fault.ts";
import { factsOf } from "../target.ts";
import type { Target } from "../target.ts";
import type { Member } from "./form.ts";
import { untilAnswers } from "./form.ts";
import { frozenProof } from "./freezer.ts";
import { survivors, taskProcesses } from "./processes.ts";
import type { NodeProcess } from "./processes.ts";

interface InForce {
  readonly kind: NodeFaultKind;
  readonly nodes: readonly string[];
}

/** What was seen of one node; `failed` names the part of the proof that is missing. */
interface Seen {
  readonly node: string;
  readonly failed?: string;
  readonly proof: Readonly<Record<string, unknown>>;
}

const PING_LIMIT_MS = 1000;

export class NodeFaults {
  private readonly members: ReadonlyMap<string, Member>;
  private readonly mesh: Pick<LinkMesh, "isolate" | "rejoin">;
  private readonly exchange: Exchange;
  private readonly target: Target;
  private readonly inForce = new Map<string, InForce>();
  private readonly down = new Set<string>();

  constructor(parts: {
    readonly members: readonly Member[];
    readonly mesh: Pick<LinkMesh, "isolate" | "rejoin">;
    readonly exchange: Exchange;
    readonly target: Target;
  }) {
    this.members = new Map(parts.members.map((member) => [member.info.name, member]));
    this.mesh = parts.mesh;
    this.exchange = parts.exchange;
    this.target = parts.target;
  }

  active(): readonly string[] {
    return [...this.inForce.keys()];
  }

  /** Nodes whose container is ended, or is being ended or started, by us. */
  heldDown(): ReadonlySet<string> {
    return this.down;
  }

  paused(): ReadonlySet<string> {
    return new Set([...this.inForce.values()].filter(({ kind }) => kind === "pause").flatMap(({ nodes }) => nodes));
  }

  async install(handle: string, kind: NodeFaultKind, nodes: readonly string[]): Promise<FaultReport> {
    const lacking = factsOf(this.target).lacks[kind];
    if (lacking !== undefined) return { state: "skipped", why: `${this.target.name} lacks ${kind}: ${lacking}` };
    const members = nodes.flatMap((name) => this.members.get(name) ?? []);
    if (members.length === 0) return { state: "skipped", why: `no such node: ${nodes.join(", ") || "none named"}` };
    const busy = [...this.inForce].find(([, fault]) => fault.nodes.some((name) => nodes.includes(name)));
    if (busy !== undefined) return { state: "skipped", why: `${busy[1].kind} of ${busy[1].nodes.join(", ")} is in force (${busy[0]})` };
    this.inForce.set(handle, { kind, nodes });
    // All links first, then all nodes: machines that are lost together are lost at one moment.
    const cuts = kind === "power-off" ? await this.isolated(members) : new Map<string, FaultReport>();
    const seen = await Promise.all(members.map(async (member) => this.observed(member, () => this.strike(kind, member, cuts))));
    return { ...verdict(seen, "installed"), proof: seen };
  }

  async remove(handle: string): Promise<HealReport> {
    const fault = this.inForce.get(handle);
    if (fault === undefined) return { state: "skipped", why: `no fault ${handle} is registered` };
    const members = fault.nodes.flatMap((name) => this.members.get(name) ?? []);
    const seen = await Promise.all(members.map(async (member) => this.observed(member, () => this.mend(fault.kind, member))));
    this.inForce.delete(handle);
    return { ...verdict(seen, "removed"), proof: seen };
  }

  private async observed(member: Member, work: () => Promise<Omit<Seen, "node">>): Promise<Seen> {
    try {
      return { node: member.info.name, ...(await work()) };
    } catch (error) {
      return { node: member.info.name, failed: messageOf(error), proof: {} };
    }
  }

  private async isolated(members: readonly Member[]): Promise<ReadonlyMap<string, FaultReport>> {
    const cuts = members.map(async ({ info }) => [info.name, await this.isolate(info.name)] as const);
    return new Map(await Promise.all(cuts));
  }

  private async isolate(name: string): Promise<FaultReport> {
    if (this.members.size === 1) return { state: "installed", why: "it has no peers" };
    return this.mesh.isolate(name).catch((error: unknown): FaultReport => ({ state: "indeterminate", why: messageOf(error) }));
  }

  private strike(kind: NodeFaultKind, member: Member, cuts: ReadonlyMap<string, FaultReport>): Promise<Omit<Seen, "node">> {
    switch (kind) {
      case "kill":
        return this.kill(member);
      case "pause":
        return this.pause(member);
      case "restart":
        return this.stop(member);
      case "power-off":
        return this.powerOff(member, cuts.get(member.info.name));
      default:
        return kind satisfies never;
    }
  }

  private async mend(kind: NodeFaultKind, member: Member): Promise<Omit<Seen, "node">> {
    switch (kind) {
      case "kill":
      case "restart":
        return this.startEngine(member);
      case "pause":
        await member.node.unpause();
        return this.serving(member, {});
      case "power-off":
        return this.powerOn(member);
      default:
        return kind satisfies never;
    }
  }

  private async kill(member: Member): Promise<Omit<Seen, "node">> {
    const before = await taskProcesses(member.node.id);
    const order = await member.node.engine("kill");
    const refused = await this.refuses(member);
    const after = await taskProcesses(member.node.id);
    const lost = survivors(before, after).lost;
    const proof = { order, api: refused.said, tasksBefore: before.map(line), tasksAfter: after.map(line) };
    const status = await member.node.engine("status");
    if (order.code !== 0 || status.output.trim() !== "down") return { failed: `the engine is not down: ${status.output.trim()}`, proof };
    if (!refused.refused) return { failed: `the API still answers: ${refused.said}`, proof };
    if (lost.length > 0) return { failed: `tasks ended with the engine: ${lost.map(line).join("; ")}`, proof };
    return { proof };
  }

  private async stop(member: Member): Promise<Omit<Seen, "node">> {
    const order = await member.node.engine("stop");
    const status = await member.node.engine("status");
    const refused = await this.refuses(member);
    const proof = { order, status: status.output.trim(), api: refused.said };
    if (order.code !== 0 || status.output.trim() !== "down") return { failed: `the engine did not stop: ${order.output.trim()}`, proof };
    return refused.refused ? { proof } : { failed: `the API still answers: ${refused.said}`, proof };
  }

  private async startEngine(member: Member): Promise<Omit<Seen, "node">> {
    const order = await member.node.engine("start");
    if (order.code !== 0) return { failed: `the engine did not start: ${order.output.trim()}`, proof: { order } };
    return this.serving(member, { order });
  }

  private async pause(member: Member): Promise<Omit<Seen, "node">> {
    await member.node.pause();
    const [state, silent, frozen] = await Promise.all([member.node.state(), this.refuses(member), frozenProof(member.node.id)]);
    const proof = { state, api: silent.said, frozen };
    if (state !== "paused") return { failed: `the node container is ${state}`, proof };
    if (!silent.refused) return { failed: `the API still answers: ${silent.said}`, proof };
    return frozen.all ? { proof } : { failed: `not frozen: ${frozen.notFrozen.join("; ")}`, proof };
  }

  /** Ended only after its links are silent: what the dying sockets send reaches nobody. */
  private async powerOff(member: Member, cut: FaultReport | undefined): Promise<Omit<Seen, "node">> {
    this.down.add(member.info.name);
    const ended = await member.node.powerOff();
    const proof = { cut, ended };
    if (!ended) return { failed: "the node container still runs after SIGKILL", proof };
    if (cut?.state !== "installed") return { failed: `its links were not proved silent before: ${cut?.why ?? "nothing seen"}`, proof };
    return { proof };
  }

  private async powerOn(member: Member): Promise<Omit<Seen, "node">> {
    const joined = await this.rejoin(member.info.name);
    await member.node.powerOn();
    try {
      const served = await this.serving(member, { joined });
      if (served.failed !== undefined || joined.state === "removed") return served;
      return { ...served, failed: `the cut was not proved gone: ${joined.why ?? joined.state}` };
    } finally {
      this.down.delete(member.info.name);
    }
  }

  private async rejoin(name: string): Promise<HealReport> {
    if (this.members.size === 1) return { state: "removed", why: "it has no peers" };
    return this.mesh.rejoin(name).catch((error: unknown): HealReport => ({ state: "indeterminate", why: messageOf(error) }));
  }

  /** Waits for the API; past the limit the heal is not proved. */
  private async serving(member: Member, proof: Readonly<Record<string, unknown>>): Promise<Omit<Seen, "node">> {
    const limitMs = this.target.engine?.answersWithin ?? this.target.ready.within;
    const began = performance.now();
    try {
      await untilAnswers(this.exchange, member.info.name, this.target, limitMs);
    } catch (error) {
      return { failed: messageOf(error), proof: { ...proof, state: await member.node.state() } };
    }
    return { proof: { ...proof, answeredAfterMs: Math.round(performance.now() - began) } };
  }

  private async refuses(member: Member): Promise<{ readonly refused: boolean; readonly said: string }> {
    const outcome = await this.exchange.send(member.info.name, { method: "GET", path: this.target.ready.path }, PING_LIMIT_MS);
    return outcome.kind === "answer" ? { refused: false, said: `status ${outcome.status}` } : { refused: true, said: outcome.error };
  }
}

function verdict<S extends string>(seen: readonly Seen[], done: S): { readonly state: S | "indeterminate"; readonly why?: string } {
  const failed = seen.filter((one) => one.failed !== undefined);
  if (failed.length === 0) return { state: done };
  return { state: "indeterminate", why: failed.map((one) => `${one.node}: ${one.failed}`).join("; ") };
}

function line(process: NodeProcess): string {
  return `${process.pid} ${process.stat} ${process.command}`;
}

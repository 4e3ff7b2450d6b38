/**
 * A self-test fixture, never a target: nodes that speak a small part of the Engine API over simulated links, with the
 * plainest rule that keeps its promises. The whole store is replicated at each heartbeat; the lowest live manager that
 * a majority votes for leads; a write is answered once a majority holds the store that contains it; a leader that
 * heard no majority for one election time-out steps down. Terms and votes as in Raft §5.2–5.4, the log being one value.
 */
import type { ApiRequest } from "../client/exchange.ts";
import type { Boot, NodeEffect, NodeInput, SimNode } from "./sim-node.ts";
import { noLeader, toyTiming } from "./toy-messages.ts";
import type { Asker, Disk, ToyMessage, ToyTiming } from "./toy-messages.ts";
import { containers, isWrite, read, write } from "./toy-api.ts";
import type { Answer } from "./toy-api.ts";
import { newer, reconcile } from "./toy-store.ts";
import type { Stamp, ToyStore } from "./toy-store.ts";

/** Nodes by name with their roles; ids are names with a prefix, so that nobody takes one for the other. */
export function toyBoot(
  members: readonly { readonly name: string; readonly role: "manager" | "worker" }[],
  timing: ToyTiming = toyTiming,
): Boot {
  const empty: ToyStore = {
    stamp: { term: 0, index: 0 },
    nodes: members.map(({ name, role }) => ({ name, id: toyId(name), role, version: 0, availability: "active", state: "ready" })),
    services: [],
    tasks: [],
  };
  return (name, survived, nowMs) => {
    const disk = (survived.disk as Disk | undefined) ?? { term: 0, votedFor: undefined, store: empty };
    return new ToyPeer(name, members, timing, disk, (survived.machine as readonly string[] | undefined) ?? [], nowMs);
  };
}

export const toyId = (name: string): string => `node-${name}`;

class ToyPeer implements SimNode {
  readonly #name: string;
  readonly #managers: readonly string[];
  readonly #all: readonly string[];
  readonly #timing: ToyTiming;
  readonly #effects: NodeEffect[] = [];
  #now: number;
  #disk: Disk;
  #running: readonly string[];
  #assignTerm = 0;
  #role: "follower" | "candidate" | "leader" = "follower";
  #leader: string | undefined;
  #heardLeaderAt: number;
  #wakeAt: number | undefined;
  #votes = new Set<string>();
  /** What each manager is known to hold, and when that was said. */
  #held = new Map<string, { readonly stamp: Stamp; readonly at: number }>();
  #heardNode = new Map<string, number>();
  /** Answers that wait until a majority holds `index` of this term. */
  #waiting: { readonly index: number; readonly asker: Asker; readonly reply: () => Answer }[] = [];
  #forwarded = new Map<number, number>();

  constructor(
    name: string,
    members: readonly { readonly name: string; readonly role: "manager" | "worker" }[],
    timing: ToyTiming,
    disk: Disk,
    running: readonly string[],
    nowMs: number,
  ) {
    this.#name = name;
    this.#managers = members.filter((member) => member.role === "manager").map((member) => member.name);
    this.#all = members.map((member) => member.name);
    this.#timing = timing;
    this.#disk = disk;
    this.#running = running;
    this.#now = nowMs;
    this.#heardLeaderAt = nowMs;
    this.#setAlarm();
  }

  survives(): { readonly disk: Disk; readonly machine: readonly string[] } {
    return { disk: this.#disk, machine: this.#running };
  }
  deadline(): number | undefined {
    return this.#wakeAt;
  }
  drain(): readonly NodeEffect[] {
    return this.#effects.splice(0);
  }

  step(input: NodeInput, nowMs: number): void {
    this.#now = nowMs;
    switch (input.kind) {
      case "wake":
        this.#wake();
        break;
      case "message":
        this.#message(input.from, input.body as ToyMessage);
        break;
      case "request":
        this.#request(input.id, input.request);
        break;
      case "undelivered":
        break;
    }
  }

  // Time.

  #wake(): void {
    for (const [id, until] of this.#forwarded) {
      if (until <= this.#now)
        this.#answer({ node: this.#name, id }, failure("rpc error: code = DeadlineExceeded desc = context deadline exceeded"));
    }
    if (this.#role === "leader") this.#lead();
    else if (this.#isManager && this.#now >= this.#standAt()) this.#stand();
    this.#setAlarm();
  }

  /** The lower the name, the earlier it stands. */
  #standAt(): number {
    return this.#heardLeaderAt + this.#timing.electionMs + this.#managers.indexOf(this.#name) * 2 * this.#timing.heartbeatMs;
  }

  #setAlarm(): void {
    const own = this.#role === "leader" ? this.#now + this.#timing.heartbeatMs : this.#isManager ? this.#standAt() : Infinity;
    const next = Math.min(own, ...this.#forwarded.values());
    this.#wakeAt = Number.isFinite(next) ? next : undefined;
  }

  get #isManager(): boolean {
    return this.#managers.includes(this.#name);
  }
  #majority(count: number): boolean {
    return count * 2 > this.#managers.length;
  }

  // Leading.

  #stand(): void {
    this.#role = "candidate";
    this.#leader = undefined;
    this.#heardLeaderAt = this.#now;
    this.#disk = { ...this.#disk, term: this.#disk.term + 1, votedFor: this.#name };
    this.#votes = new Set([this.#name]);
    for (const peer of this.#peers) this.#send(peer, { type: "vote?", term: this.#disk.term, stamp: this.#disk.store.stamp });
    this.#winIfElected();
  }

  #winIfElected(): void {
    if (this.#role !== "candidate" || !this.#majority(this.#votes.size)) return;
    this.#role = "leader";
    this.#leader = this.#name;
    this.#held = new Map(this.#managers.map((name) => [name, { stamp: { term: 0, index: 0 }, at: this.#now }]));
    this.#heardNode = new Map(this.#all.map((name) => [name, this.#now]));
    this.#change((store) => store);
    this.#lead();
  }

  #lead(): void {
    this.#held.set(this.#name, { stamp: this.#disk.store.stamp, at: this.#now });
    const heard = [...this.#held.values()].filter((held) => held.at > this.#now - this.#timing.electionMs);
    if (!this.#majority(heard.length)) return this.#stepDown();
    this.#heardLeaderAt = this.#now;
    this.#watchNodes();
    this.#spread();
    for (const node of this.#all) this.#send(node, { type: "assign", term: this.#disk.term, tasks: this.#tasksFor(node) });
    return undefined;
  }

  #stepDown(): void {
    this.#role = "follower";
    this.#leader = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { asker } of waiting)
      this.#answer(asker, failure("rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status"));
    this.#setAlarm();
  }

  /** Makes the next store of this term and offers it to the managers. */
  #change(make: (store: ToyStore) => ToyStore): void {
    const { store, term } = this.#disk;
    const stamped: ToyStore = { ...store, stamp: { term, index: store.stamp.index + 1 } };
    this.#disk = { ...this.#disk, store: reconcile(make(stamped), this.#now) };
    this.#held.set(this.#name, { stamp: this.#disk.store.stamp, at: this.#now });
    this.#spread();
    this.#settle();
  }

  #spread(): void {
    for (const peer of this.#peers) this.#send(peer, { type: "store", term: this.#disk.term, store: this.#disk.store });
  }

  get #peers(): readonly string[] {
    return this.#managers.filter((name) => name !== this.#name);
  }

  /** Answers whatever a majority now holds. Stores of earlier terms count for nothing by themselves (Raft §5.4.2). */
  #settle(): void {
    const holds = (index: number): boolean =>
      this.#timing.answersAlone === true ||
      this.#majority([...this.#held.values()].filter(({ stamp }) => stamp.term === this.#disk.term && stamp.index >= index).length);
    const ready = this.#waiting.filter(({ index }) => holds(index));
    this.#waiting = this.#waiting.filter((one) => !ready.includes(one));
    for (const { asker, reply } of ready) this.#answer(asker, reply());
  }

  #watchNodes(): void {
    const silentSince = this.#now - this.#timing.nodeDownMs;
    const stateOf = (name: string): "ready" | "down" => ((this.#heardNode.get(name) ?? 0) < silentSince ? "down" : "ready");
    if (this.#disk.store.nodes.every((node) => node.state === stateOf(node.name))) return;
    this.#change((store) => ({
      ...store,
      nodes: store.nodes.map((node) =>
        node.state === stateOf(node.name) ? node : { ...node, state: stateOf(node.name), version: store.stamp.index },
      ),
    }));
  }

  #tasksFor(node: string): readonly string[] {
    return this.#disk.store.tasks.filter((task) => task.node === node && task.desired === "running").map((task) => task.id);
  }

  #status(from: string, running: readonly string[]): void {
    if (this.#role !== "leader") return;
    this.#heardNode.set(from, this.#now);
    const runs = new Set(running);
    // What has ended stays ended, and a task that ran is not taken back to an earlier state.
    const stateOf = (task: ToyStore["tasks"][number]): "assigned" | "running" | "shutdown" => {
      if (task.state === "shutdown") return task.state;
      if (runs.has(task.id)) return "running";
      return task.desired === "shutdown" ? "shutdown" : task.state;
    };
    if (this.#disk.store.tasks.every((task) => task.node !== from || task.state === stateOf(task))) return;
    this.#change((store) => ({
      ...store,
      tasks: store.tasks.map((task) =>
        task.node !== from || task.state === stateOf(task) ? task : { ...task, state: stateOf(task), version: store.stamp.index },
      ),
    }));
  }

  // Messages.

  #message(from: string, body: ToyMessage): void {
    switch (body.type) {
      case "assign":
        return this.#assigned(from, body.term, body.tasks);
      case "status":
        return this.#status(from, body.running);
      case "forward":
        return this.#serve({ node: from, id: body.id }, body.request);
      case "answer":
        return this.#answer({ node: this.#name, id: body.id }, body);
      default:
        return this.#consensus(from, body);
    }
  }

  #consensus(from: string, body: Extract<ToyMessage, { readonly type: "vote?" | "vote" | "store" | "held" }>): void {
    if (body.type === "vote?" && this.#now - this.#heardLeaderAt < this.#timing.electionMs && this.#leader !== undefined) return;
    if (body.term > this.#disk.term) {
      this.#disk = { ...this.#disk, term: body.term, votedFor: undefined };
      if (this.#role === "leader") this.#stepDown();
      this.#role = "follower";
    }
    switch (body.type) {
      case "vote?":
        this.#vote(from, body.term, body.stamp);
        break;
      case "vote":
        if (body.granted && body.term === this.#disk.term) this.#votes.add(from);
        this.#winIfElected();
        break;
      case "store":
        this.#hold(from, body.term, body.store);
        break;
      case "held":
        if (this.#role === "leader" && body.term === this.#disk.term) {
          this.#held.set(from, { stamp: body.stamp, at: this.#now });
          this.#settle();
        }
        break;
    }
    this.#setAlarm();
  }

  #vote(from: string, term: number, stamp: Stamp): void {
    const free = this.#disk.votedFor === undefined || this.#disk.votedFor === from;
    const granted = term === this.#disk.term && free && !newer(this.#disk.store.stamp, stamp);
    if (granted) {
      this.#disk = { ...this.#disk, votedFor: from };
      this.#heardLeaderAt = this.#now;
    }
    this.#send(from, { type: "vote", term: this.#disk.term, granted });
  }

  #hold(from: string, term: number, store: ToyStore): void {
    if (term === this.#disk.term) {
      this.#role = "follower";
      this.#leader = from;
      this.#heardLeaderAt = this.#now;
      if (newer(store.stamp, this.#disk.store.stamp)) this.#disk = { ...this.#disk, store };
    }
    this.#send(from, { type: "held", term: this.#disk.term, stamp: this.#disk.store.stamp });
  }

  #assigned(from: string, term: number, tasks: readonly string[]): void {
    if (term < this.#assignTerm) return;
    this.#assignTerm = term;
    this.#running = tasks;
    this.#send(from, { type: "status", running: tasks });
  }

  // Requests.

  #request(id: number, request: ApiRequest): void {
    const asker = { node: this.#name, id };
    const path = request.path.replace(/^\/v\d+\.\d+/, "");
    if (path.startsWith("/_ping")) return this.#answer(asker, { status: 200, body: "OK" });
    if (path.startsWith("/info")) return this.#answer(asker, this.#info());
    if (path.startsWith("/containers/json")) return this.#answer(asker, containers(this.#running, this.#disk.store));
    if (!this.#isManager) return this.#answer(asker, { status: 503, body: { message: "This node is not a swarm manager." } });
    if (this.#role === "leader") return this.#serve(asker, request);
    if (this.#leader === undefined || this.#now - this.#heardLeaderAt > this.#timing.electionMs)
      return this.#answer(asker, failure(noLeader));
    this.#forwarded.set(id, this.#now + this.#timing.requestMs);
    this.#send(this.#leader, { type: "forward", id, request });
    return this.#setAlarm();
  }

  /** A read waits for the writes before it; without any it is answered from memory, even by a leader deposed unawares. */
  #serve(asker: Asker, request: ApiRequest): void {
    if (this.#role !== "leader") return this.#answer(asker, failure(noLeader));
    const index = this.#disk.store.stamp.index;
    if (!isWrite(request)) {
      this.#waiting.push({ index, asker, reply: () => read(this.#disk.store, this.#name, request) });
      return this.#settle();
    }
    const tried = write({ ...this.#disk.store, stamp: { term: this.#disk.term, index: index + 1 } }, request);
    if ("refused" in tried) return this.#answer(asker, tried.refused);
    this.#waiting.push({ index: index + 1, asker, reply: () => tried.answer });
    return this.#change(() => tried.store);
  }

  #info(): Answer {
    const { nodes } = this.#disk.store;
    const Swarm = {
      NodeID: toyId(this.#name),
      LocalNodeState: "active",
      ControlAvailable: this.#isManager,
      Error: this.#isManager && this.#leader === undefined ? noLeader : "",
      Nodes: nodes.length,
      Managers: this.#managers.length,
    };
    return { status: 200, body: { Name: this.#name, Swarm } };
  }

  #answer(asker: Asker, answer: Answer): void {
    const { status, body } = answer;
    if (asker.node !== this.#name) return this.#send(asker.node, { type: "answer", id: asker.id, status, body });
    this.#forwarded.delete(asker.id);
    this.#effects.push({ kind: "answer", id: asker.id, status, body });
    return undefined;
  }

  #send(to: string, body: ToyMessage): void {
    this.#effects.push({ kind: "send", to, body });
  }
}

const failure = (message: string): Answer => ({ status: 500, body: { message } });

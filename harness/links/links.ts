/**
 * The links between a set of pods: installs, heals and proves faults on them. At most one fault per directed link is
 * in force (`harness/nemesis/overlap.ts`); what is wanted of every pod follows from that (`link-state.ts`), is carried
 * out step by step in the order the proxies survive (`carry-out.ts`), and is proved afterwards by observation alone
 * (`proof.ts`). Holds the list of registered faults and nothing else: what the pods are is read from them each time.
 */
import { messageOf } from "../error-text.ts";
import type { FaultReport, HealReport, LinkFaultKind } from "../nemesis/fault.ts";
import { inForce, linkKey } from "../nemesis/overlap.ts";
import type { DirectedLink, RegisteredFault } from "../nemesis/overlap.ts";
import { sendCanaries } from "./canary.ts";
import type { SeenCell } from "./canary.ts";
import { PodHands } from "./carry-out.ts";
import type { LinkChange } from "./carry-out.ts";
import { expectCells, expectHealed } from "./expect.ts";
import type { ExpectedCell } from "./expect.ts";
import { linkState } from "./link-state.ts";
import type { LinkState } from "./link-state.ts";
import { readTable } from "./observed.ts";
import type { LinkEnd } from "./pod.ts";
import type { RealPort } from "./ports.ts";
import { doubtCanaries, doubtConfiguration, doubtPassage, doubtTraffic, slowCells } from "./proof.ts";
import type { Doubts, TrafficSeen } from "./proof.ts";

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

/** Kept as evidence with every report. */
export interface LinkProof {
  readonly inForce: Readonly<Record<string, string>>;
  readonly matrix: CanaryMatrix;
  readonly traffic?: readonly TrafficSeen[];
  readonly proxies: Readonly<Record<string, unknown>>;
  readonly sets: Readonly<Record<string, { readonly cutDial: readonly string[]; readonly deafUdp: readonly string[] }>>;
  readonly doubts: Doubts;
  readonly tookMs: number;
}

/** Looks at what should be fast again after a heal; the fastest echo of all of them counts. */
const SLOW_ROUNDS = 4;

/** How `isolate` registers a lost machine. */
export function powerOffHandle(node: string): string {
  return `power-off:${node}`;
}

export class LinkMesh {
  readonly #ends: readonly LinkEnd[];
  readonly #hands: readonly PodHands[];
  readonly #options: MeshOptions;
  #registered: readonly RegisteredFault[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #events: string[] = [];

  constructor(ends: readonly LinkEnd[], options: MeshOptions) {
    this.#ends = ends.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#hands = this.#ends.map((end) => new PodHands(end, this.#ends));
    this.#options = options;
  }

  /** Loads every pod's table and proxies and shows that all links work. Before any node container starts. Throws. */
  prepare(): Promise<void> {
    return this.#inTurn(async () => {
      await Promise.all(this.#hands.map(async (hands) => hands.load()));
      const { doubts } = await this.#prove(this.#cells(this.#state()));
      if (doubts.length > 0) throw new Error(`links are not ready: ${doubts.join("; ")}`);
    });
  }

  /** `installed` also for a fault that waits under a stronger one on the same links; `why` says so. */
  install(handle: string, request: LinkFaultRequest): Promise<FaultReport> {
    return this.#inTurn(async () => {
      const refusal = this.#refusal(handle, request.links);
      if (refusal !== undefined) return { state: "skipped", why: refusal };
      return this.#installed({ handle, ...request });
    });
  }

  /** Proves that the fault is gone, or that the next one registered on its links has taken its place. */
  remove(handle: string): Promise<HealReport> {
    return this.#inTurn(async () => {
      if (!this.active().includes(handle)) return { state: "skipped", why: `no fault ${handle} is registered` };
      return this.#removed(handle);
    });
  }

  /** Machine lost, first half: silence on every link of the node, new dials hidden, proved. Then SIGKILL the node container. */
  isolate(node: string): Promise<FaultReport> {
    return this.#inTurn(async () => {
      const others = this.#ends.map((end) => end.name).filter((name) => name !== node);
      const links = others.flatMap((other) => [
        { from: node, to: other },
        { from: other, to: node },
      ]);
      const refusal = this.#refusal(powerOffHandle(node), links);
      if (refusal !== undefined) return { state: "skipped", why: refusal };
      return this.#installed({ handle: powerOffHandle(node), kind: "isolation", links });
    });
  }

  /**
   * Second half, before the node container starts again: its Toxiproxy killed and repopulated, its namespace cleared
   * of what is not ours, the cut lifted and proved gone.
   */
  rejoin(node: string): Promise<HealReport> {
    return this.#inTurn(async () => {
      const handle = powerOffHandle(node);
      const hands = this.#hands.find((each) => each.name === node);
      if (hands === undefined || !this.active().includes(handle)) return { state: "skipped", why: `${node} is not isolated` };
      const doubts = await doubtsOf(`${node} as after a reboot`, async () => {
        await hands.reboot();
        await hands.converge(this.#state());
      });
      return this.#removed(handle, doubts);
    });
  }

  /** Who reaches whom just now, by arrived nonces and echoes. */
  matrix(): Promise<CanaryMatrix> {
    return this.#inTurn(async () => matrixOf(await sendCanaries(this.#ends, this.#cells(this.#state()))));
  }

  /** Handles registered, oldest first; an isolated node is `power-off:<node>`. */
  active(): readonly string[] {
    return this.#registered.map((fault) => fault.handle);
  }

  /** Finds Toxiproxy servers that died by themselves, repopulates them with the toxics in force; one line per event. */
  audit(): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const state = this.#state();
      const doubts = await Promise.all(this.#hands.map(async (hands) => doubtsOf(hands.name, async () => hands.converge(state))));
      return [...this.#takeEvents(), ...doubts.flat()];
    });
  }

  async #installed(fault: RegisteredFault): Promise<FaultReport> {
    const begun = performance.now();
    const [passage, traffic] = await this.#passage(fault.links);
    this.#registered = [...this.#registered, fault];
    const state = this.#state();
    const installing = await this.#changes(state);
    const carried = await this.#carryOut(installing.changes);
    const proved = await this.#prove(this.#cells(state));
    const doubts = [...passage, ...doubtTraffic(traffic), ...installing.doubts, ...carried, ...proved.doubts, ...this.#takeEvents()];
    const proof: LinkProof = { ...proved, traffic, doubts, tookMs: performance.now() - begun };
    if (doubts.length > 0) return this.#report({ state: "indeterminate", why: doubts.join("; "), proof });
    const covered = this.#coveredBy(fault);
    return { state: "installed", ...(covered === undefined ? {} : { why: covered }), proof };
  }

  async #removed(handle: string, before: Doubts = []): Promise<HealReport> {
    const begun = performance.now();
    const cellsBefore = this.#cells(this.#state());
    this.#registered = this.#registered.filter((fault) => fault.handle !== handle);
    const state = this.#state();
    const healing = await this.#changes(state);
    const carried = await this.#carryOut(healing.changes);
    const proved = await this.#prove(healedCells(this.#cells(state), cellsBefore));
    const doubts = [...before, ...healing.doubts, ...carried, ...proved.doubts, ...this.#takeEvents()];
    const proof: LinkProof = { ...proved, doubts, tookMs: performance.now() - begun };
    if (doubts.length > 0) return this.#report({ state: "indeterminate", why: doubts.join("; "), proof });
    return { state: "removed", proof };
  }

  /** Part (b): looked at before the fault changes anything, on every pod it touches. */
  async #passage(links: readonly DirectedLink[]): Promise<readonly [Doubts, readonly TrafficSeen[]]> {
    const touched = new Set(links.flatMap((link) => [link.from, link.to]));
    const hands = this.#hands.filter((each) => touched.has(each.name));
    const doubts = await Promise.all(
      hands.map(async (each) =>
        doubtsOf(`${each.name} before the fault`, async () => {
          const look = await each.end.agent.observe();
          const again = doubtPassage(each.view, look, look).length === 0 ? look : await each.end.agent.observe();
          each.remember(look);
          return doubtPassage(each.view, look, again);
        }),
      ),
    );
    const named = new Set(links.flatMap((link) => [linkKey(link), linkKey({ from: link.to, to: link.from })]));
    const expected = this.#options.expectTraffic().filter((each) => each.anyOf.some((to) => named.has(linkKey({ from: each.from, to }))));
    const traffic = expected.map((each) => ({ ...each, packets: this.#hands.find((own) => own.name === each.from)?.steered(each) ?? 0 }));
    return [doubts.flat(), traffic];
  }

  async #changes(state: LinkState): Promise<{ readonly changes: readonly LinkChange[]; readonly doubts: Doubts }> {
    const changes: LinkChange[] = [];
    const doubts = await Promise.all(
      this.#hands.map(async (hands) => doubtsOf(hands.name, async () => void changes.push(...(await hands.changes(state))))),
    );
    return { changes, doubts: [...doubts.flat(), ...this.#takeEvents()] };
  }

  /** One link after the other would leave the fault half in force for long: all at once. */
  async #carryOut(changes: readonly LinkChange[]): Promise<Doubts> {
    const doubts = await Promise.all(
      this.#hands.map(async (hands) => {
        const own = changes.filter((change) => change.pod === hands.name);
        return doubtsOf(hands.name, async () => hands.carryOut(own, this.#state()));
      }),
    );
    return doubts.flat();
  }

  /** Parts (a) and (c), by observation of all pods, touched or not. */
  async #prove(cells: readonly ExpectedCell[]): Promise<Omit<LinkProof, "tookMs">> {
    const state = this.#state();
    const [canaries, configured] = await Promise.all([
      this.#proveCanaries(cells),
      Promise.all(this.#hands.map(async (hands) => this.#proveConfiguration(hands, state))),
    ]);
    return {
      inForce: Object.fromEntries([...inForce(this.#registered)].map(([key, fault]) => [key, `${fault.kind} ${fault.handle}`])),
      matrix: matrixOf(canaries.seen),
      proxies: Object.fromEntries(configured.map((each) => [each.name, each.proxies])),
      sets: Object.fromEntries(configured.map((each) => [each.name, each.sets])),
      doubts: [...canaries.doubts, ...configured.flatMap((each) => each.doubts)],
    };
  }

  async #proveCanaries(cells: readonly ExpectedCell[]): Promise<{ readonly seen: readonly SeenCell[]; readonly doubts: Doubts }> {
    try {
      let seen = await sendCanaries(this.#ends, cells);
      for (let round = 1; round < SLOW_ROUNDS; round += 1) {
        const slow = slowCells(cells, seen);
        if (slow.length === 0) break;
        seen = merged(seen, await sendCanaries(this.#ends, slow));
      }
      return { seen, doubts: doubtCanaries(cells, seen) };
    } catch (error) {
      return { seen: [], doubts: [`canaries could not be sent: ${messageOf(error)}`] };
    }
  }

  async #proveConfiguration(hands: PodHands, state: LinkState) {
    try {
      const [proxies, look] = await Promise.all([hands.end.toxiproxy.raw(), hands.end.agent.observe()]);
      const table = readTable(look.nft);
      const sets = { cutDial: table.cutDial, deafUdp: table.deafUdp };
      return { name: hands.name, proxies, sets, doubts: doubtConfiguration(hands.view, state, proxies, table) };
    } catch (error) {
      return {
        name: hands.name,
        proxies: [],
        sets: { cutDial: [], deafUdp: [] },
        doubts: [`${hands.name} could not be read: ${messageOf(error)}`],
      };
    }
  }

  #state(): LinkState {
    return linkState(
      this.#ends.map((end) => end.name),
      inForce(this.#registered),
    );
  }

  #cells(state: LinkState): readonly ExpectedCell[] {
    return [...state.values()].flatMap(expectCells);
  }

  #refusal(handle: string, links: readonly DirectedLink[]): string | undefined {
    if (this.active().includes(handle)) return `a fault ${handle} is registered already`;
    const known = new Set(this.#ends.map((end) => end.name));
    const unknown = links.find((link) => !known.has(link.from) || !known.has(link.to) || link.from === link.to);
    if (unknown !== undefined) return `there is no link ${unknown.from}→${unknown.to}`;
    return links.length === 0 ? "it names no link" : undefined;
  }

  #coveredBy(fault: RegisteredFault): string | undefined {
    const strongest = inForce(this.#registered);
    const covered = fault.links.flatMap((link) => {
      const present = strongest.get(linkKey(link));
      return present === undefined || present.handle === fault.handle
        ? []
        : [`${link.from}→${link.to} by ${present.kind} ${present.handle}`];
    });
    return covered.length === 0 ? undefined : `registered, covered on ${covered.join(", ")}`;
  }

  #report<T extends FaultReport | HealReport>(report: T): T {
    this.#options.log?.(`${report.state}: ${report.why ?? ""}`);
    return report;
  }

  #takeEvents(): readonly string[] {
    return [...this.#events.splice(0), ...this.#hands.flatMap((hands) => hands.takeEvents())];
  }

  /** One thing at a time: a proof must not look at another fault's half-way state. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function healedCells(now: readonly ExpectedCell[], before: readonly ExpectedCell[]): readonly ExpectedCell[] {
  return now.map((cell) =>
    expectHealed(
      cell,
      before.find((each) => each.from === cell.from && each.to === cell.to && each.protocol === cell.protocol),
    ),
  );
}

function merged(seen: readonly SeenCell[], more: readonly SeenCell[]): readonly SeenCell[] {
  return seen.map((cell) => {
    const other = more.find((each) => each.from === cell.from && each.to === cell.to && each.protocol === cell.protocol);
    return other === undefined ? cell : { ...cell, replies: [...cell.replies, ...other.replies], arrived: cell.arrived + other.arrived };
  });
}

function matrixOf(seen: readonly SeenCell[]): CanaryMatrix {
  return seen.flatMap((cell) => {
    const [reply] = cell.replies;
    if (reply === undefined) return [];
    const { from, to, protocol } = cell;
    return [
      {
        from,
        to,
        protocol,
        arrived: cell.arrived > 0,
        outcome: reply.outcome,
        ...(reply.echoMs === undefined ? {} : { echoMs: reply.echoMs }),
      },
    ];
  });
}

/** A step that fails leaves a doubt, never a throw: the proof says what came of it. */
async function doubtsOf(where: string, act: () => Promise<void | Doubts>): Promise<Doubts> {
  try {
    return (await act()) ?? [];
  } catch (error) {
    return [`${where}: ${messageOf(error)}`];
  }
}

/**
 * The hands on one pod: loads its table, keeps its proxies populated, carries changes out. A server that does not
 * answer an admin call in time is wedged and one that is gone has crashed: both end the same way, killed and populated
 * again with what is wanted, and each leaves an event, because connections died that no fault asked for.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Observation } from "./agent/protocol.ts";
import { LabRefusal, LabTimeout } from "./lab-http.ts";
import type { DialState, LinkState } from "./link-state.ts";
import { setsText, tableText } from "./nft.ts";
import type { Peer } from "./nft.ts";
import { readTable } from "./observed.ts";
import type { ObservedTable } from "./observed.ts";
import type { LinkEnd } from "./pod.ts";
import { STREAM_PORTS, listenerPort, proxyName } from "./ports.ts";
import type { StreamPort } from "./ports.ts";
import type { PodView } from "./proof.ts";
import { stepsBetween } from "./steps.ts";
import type { Step } from "./steps.ts";
import type { ProxyWanted, RawProxy } from "./toxiproxy.ts";
import { waitUntil } from "./wait-until.ts";

/** Everything one pod has to do for one peer. */
export interface LinkChange {
  readonly pod: string;
  readonly peer: string;
  readonly proxies: readonly { readonly proxy: ProxyWanted; readonly steps: readonly Step[] }[];
  /** The sets must change for this peer, too. */
  readonly sets: boolean;
}

const SERVER_BACK_MS = 5000;

export class PodHands {
  readonly end: LinkEnd;
  readonly view: PodView;
  readonly #proxies: readonly { readonly peer: Peer; readonly port: StreamPort; readonly wanted: ProxyWanted }[];
  #table: ObservedTable = readTable("");
  #events: string[] = [];

  constructor(end: LinkEnd, all: readonly LinkEnd[]) {
    this.end = end;
    const peers = all.map(({ name, address }, index) => ({ name, address, index })).filter((peer) => peer.name !== end.name);
    this.view = { name: end.name, address: end.address, peers };
    this.#proxies = peers.flatMap((peer) => STREAM_PORTS.map((port) => ({ peer, port, wanted: proxyWanted(end.name, peer, port) })));
  }

  get name(): string {
    return this.end.name;
  }

  async load(): Promise<void> {
    await this.end.agent.loadNft(tableText(this.view.peers));
    await this.#populate();
  }

  /** The last look: counters before a fault, and what the sets hold. */
  remember(look: Observation): void {
    this.#table = readTable(look.nft);
  }

  /** Connections to `port` of any of these peers that were steered, by the last look. */
  steered({ port, anyOf }: { readonly port: number; readonly anyOf: readonly string[] }): number {
    const peers = this.view.peers.filter((peer) => anyOf.includes(peer.name));
    return peers.reduce((sum, peer) => sum + (this.#table.steering.get(`${peer.address}:${port}`)?.packets ?? 0), 0);
  }

  /** What must change here so that the pod is as `state` wants it, from what its proxies and sets are now. */
  async changes(state: LinkState): Promise<readonly LinkChange[]> {
    const [raw, look] = await Promise.all([this.#listed(), this.end.agent.observe()]);
    this.remember(look);
    const table = this.#table;
    return this.view.peers.flatMap((peer) => {
      const dial = state.get(`${this.name}>${peer.name}`);
      const back = state.get(`${peer.name}>${this.name}`);
      if (dial === undefined || back === undefined) return [];
      const proxies = this.#stepsFor(peer, dial, raw);
      const sets =
        table.cutDial.includes(peer.address) !== dial.hidden ||
        table.deafUdp.some((each) => each.startsWith(`${peer.address}:`)) !== back.udpUnheard;
      return proxies.length === 0 && !sets ? [] : [{ pod: this.name, peer: peer.name, proxies, sets }];
    });
  }

  #stepsFor(peer: Peer, dial: DialState, raw: readonly RawProxy[]): LinkChange["proxies"] {
    return this.#proxies
      .filter((each) => each.peer.name === peer.name)
      .flatMap(({ wanted }) => {
        const actual = raw.find((proxy) => proxy.name === wanted.name);
        const steps = actual === undefined ? [] : stepsBetween(actual, dial.proxy);
        return steps.length === 0 ? [] : [{ proxy: wanted, steps }];
      });
  }

  async carryOut(changes: readonly LinkChange[], state: LinkState): Promise<void> {
    await Promise.all([
      changes.some((change) => change.sets) ? this.end.agent.loadNft(this.#setsFor(changes, state)) : undefined,
      this.#takeAll(changes, state),
    ]);
  }

  /** Reads what is and carries out what is missing, in one go. */
  async converge(state: LinkState): Promise<void> {
    await this.carryOut(await this.changes(state), state);
  }

  /** As a machine comes back: no connection of before lives on in the proxies, nothing of the node is left. */
  async reboot(): Promise<void> {
    await this.#restart();
    const cleared = await this.end.agent.clear();
    if (cleared.failed.length > 0) throw new Error(`not cleared: ${cleared.failed.join(", ")}`);
  }

  takeEvents(): readonly string[] {
    return this.#events.splice(0);
  }

  /** Of the peers not among `changes`, each set keeps what it has: a link that was not named is not touched. */
  #setsFor(changes: readonly LinkChange[], state: LinkState): string {
    const named = new Set(changes.map((change) => change.peer));
    const peers = this.view.peers;
    const hidden = peers.filter(
      (peer) =>
        (named.has(peer.name) ? state.get(`${this.name}>${peer.name}`)?.hidden : this.#table.cutDial.includes(peer.address)) === true,
    );
    const deaf = peers.filter((peer) =>
      named.has(peer.name)
        ? state.get(`${peer.name}>${this.name}`)?.udpUnheard === true
        : this.#table.deafUdp.some((each) => each.startsWith(`${peer.address}:`)),
    );
    return setsText({ cutDial: hidden.map((peer) => peer.address), deafUdp: deaf.map((peer) => peer.address) });
  }

  /** What the server refuses is thrown; one that does not answer is revived once, and what is still missing carried out. */
  async #takeAll(changes: readonly LinkChange[], state: LinkState): Promise<void> {
    // All are let end before anybody repeats: a late answer must not meet its own repetition.
    const take = async (list: readonly LinkChange[]): Promise<void> => {
      const taken = await Promise.allSettled(
        list.flatMap((change) => change.proxies.map(async ({ proxy, steps }) => this.#take(proxy, steps))),
      );
      const failures: unknown[] = taken.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
      if (failures.length > 0) throw failures.find((failure) => failure instanceof LabTimeout) ?? failures[0];
    };
    try {
      await take(changes);
    } catch (error) {
      if (error instanceof LabRefusal) throw error;
      await this.#revive(error);
      await take(await this.changes(state));
    }
  }

  async #take(proxy: ProxyWanted, steps: readonly Step[]): Promise<void> {
    const { toxiproxy } = this.end;
    for (const step of steps) {
      switch (step.do) {
        case "add-toxic":
          await toxiproxy.addToxic(proxy, step.toxic);
          break;
        case "update-toxic":
          await toxiproxy.updateToxic(proxy, step.toxic);
          break;
        case "remove-toxic":
          await toxiproxy.removeToxic(proxy, step.name);
          break;
        case "drain":
          await pause(step.ms);
          break;
        case "enable":
        case "disable":
          await toxiproxy.setEnabled(proxy, step.do === "enable");
          break;
        default:
          step satisfies never;
      }
    }
  }

  /** A server that was restarted has lost its proxies: they are put back before anybody compares. */
  async #listed(): Promise<readonly RawProxy[]> {
    let raw: readonly RawProxy[];
    try {
      raw = await this.end.toxiproxy.raw();
    } catch (error) {
      await this.#revive(error);
      raw = await this.end.toxiproxy.raw();
    }
    const names = new Set(raw.map((proxy) => proxy.name));
    if (this.#proxies.every(({ wanted }) => names.has(wanted.name))) return raw;
    this.#events.push(`Toxiproxy of ${this.name} had lost its proxies (restarted by itself): populated again`);
    await this.#populate();
    return this.end.toxiproxy.raw();
  }

  /** A server that is gone comes back by itself, and `#listed` finds out whether it is another one. */
  async #revive(cause: unknown): Promise<void> {
    if (!(cause instanceof LabTimeout)) return this.#back();
    this.#events.push(`Toxiproxy of ${this.name} was wedged: ${cause.message}; killed and populated again`);
    return this.#restart();
  }

  async #restart(): Promise<void> {
    const { pid } = await this.end.agent.killToxiproxy();
    await waitUntil(`Toxiproxy of ${this.name} is another one`, SERVER_BACK_MS, 20, async () => {
      const now = (await this.end.agent.observe()).toxiproxyPid;
      return now !== 0 && now !== pid;
    });
    await this.#back();
    await this.#populate();
  }

  async #back(): Promise<void> {
    await waitUntil(`Toxiproxy of ${this.name} answers`, SERVER_BACK_MS, 20, async () => (await this.end.toxiproxy.version()) !== "");
  }

  async #populate(): Promise<void> {
    await this.end.toxiproxy.populate(this.#proxies.map(({ wanted }) => wanted));
  }
}

function proxyWanted(from: string, peer: Peer, port: StreamPort): ProxyWanted {
  return {
    name: proxyName(from, peer.name, port),
    listen: `127.0.0.1:${listenerPort(peer.index, port)}`,
    upstream: `${peer.address}:${port}`,
  };
}

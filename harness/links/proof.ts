/**
 * Judges whether faults are in force exactly as wanted, from observation alone. Pure. Three parts (design: containers):
 * (a) canaries by arrived nonces, on touched and untouched pairs; (b) before a fault, the target's own connections
 * really pass the proxies; (c) the proxies' own list. Every doubt is a sentence; none means proved.
 */
import type { SeenCell } from "./canary.ts";
import type { ExpectedCell } from "./expect.ts";
import type { LinkState } from "./link-state.ts";
import { deafElements, steeringWanted } from "./nft.ts";
import type { Peer } from "./nft.ts";
import { bypassing, readTable } from "./observed.ts";
import type { ObservedTable } from "./observed.ts";
import { REAL_PORTS, STREAM_PORTS, proxyName } from "./ports.ts";
import { sameToxic } from "./steps.ts";
import type { RawProxy } from "./toxiproxy.ts";
import type { Observation } from "./agent/protocol.ts";

export type Doubts = readonly string[];

/** Part (a). */
export function doubtCanaries(expected: readonly ExpectedCell[], seen: readonly SeenCell[]): Doubts {
  const byKey = new Map(seen.map((cell) => [cellKey(cell), cell]));
  return expected.flatMap((cell) => {
    const found = byKey.get(cellKey(cell));
    const what = `canary ${cell.protocol} ${cell.from}→${cell.to}`;
    if (found === undefined || found.replies.length < cell.samples) return [`${what} was not sent`];
    return doubtCell(cell, found).map((doubt) => `${what} ${doubt}`);
  });
}

/** Cells whose only fault is that no echo was fast enough yet: a stall of this machine looks the same, so they are asked again. */
export function slowCells(expected: readonly ExpectedCell[], seen: readonly SeenCell[]): readonly ExpectedCell[] {
  return expected.filter((cell) => {
    const found = seen.find((each) => cellKey(each) === cellKey(cell));
    return (
      found !== undefined &&
      doubtCell(cell, found).length > 0 &&
      doubtCell({ ...cell, echoMsBelow: Number.POSITIVE_INFINITY }, found).length === 0
    );
  });
}

function doubtCell(cell: ExpectedCell, seen: SeenCell): Doubts {
  const doubts: string[] = [];
  const wrong = seen.replies.filter((reply) => !cell.outcomes.includes(reply.outcome));
  if (wrong.length > 0) doubts.push(`ended as ${unique(wrong.map((reply) => reply.outcome))}, wanted ${cell.outcomes.join(" or ")}`);
  if (cell.arrives === true && seen.arrived < seen.replies.length) doubts.push("did not arrive, wanted to arrive");
  if (cell.arrives === false && seen.arrived > 0) doubts.push("arrived, wanted to be lost");
  const echoes = seen.replies.flatMap((reply) => (reply.echoMs === undefined ? [] : [reply.echoMs]));
  const fastest = Math.min(...echoes);
  const spread = Math.max(...echoes) - fastest;
  if (echoes.length > 0) {
    if (fastest < cell.echoMsMin) doubts.push(`came back in ${fastest} ms, wanted at least ${Math.round(cell.echoMsMin)} ms`);
    if (fastest >= cell.echoMsBelow) doubts.push(`took ${fastest} ms, wanted less than ${Math.round(cell.echoMsBelow)} ms`);
    if (spread < cell.echoSpreadMsMin)
      doubts.push(`varied by ${Math.round(spread)} ms, wanted at least ${Math.round(cell.echoSpreadMsMin)} ms`);
  }
  const early = seen.replies.find((reply) => reply.closeMs !== undefined && reply.closeMs < cell.closeMsMin);
  if (early !== undefined) doubts.push(`was closed after ${early.closeMs} ms, wanted no sooner than ${Math.round(cell.closeMsMin)} ms`);
  const unclosed = cell.timeClose && cell.closeMsMin === 0 && seen.replies.every((reply) => reply.closeMs === undefined);
  if (unclosed) doubts.push("was not closed in time");
  return doubts;
}

export interface PodView {
  readonly name: string;
  readonly address: string;
  readonly peers: readonly Peer[];
}

/** The table steers every port of every peer, as it was loaded. */
export function doubtSteering(pod: PodView, table: ObservedTable): Doubts {
  const doubts = [...steeringWanted(pod.peers)].flatMap(([from, to]) => {
    const rule = table.steering.get(from);
    return rule?.to === to
      ? []
      : [`${pod.name} does not steer ${from} into its proxy (${rule === undefined ? "no such rule" : `to ${rule.to}`})`];
  });
  return table.exempt ? doubts : [...doubts, `${pod.name} does not exempt its proxy's own dials`];
}

/** Part (b) without the traffic: namespace, rules, and nobody past the proxies. `again` is a second look. */
export function doubtPassage(pod: PodView, look: Observation, again: Observation): Doubts {
  const peers = { addresses: pod.peers.map((peer) => peer.address), ports: REAL_PORTS };
  const second = new Set(bypassing(again, peers));
  const past = bypassing(look, peers).filter((connection) => second.has(connection));
  return [
    ...(look.ipv6.disabled && look.ipv6.addresses.length === 0 ? [] : [`IPv6 is on in ${pod.name}`]),
    ...(look.toolError === undefined ? [] : [`${pod.name} could not be observed: ${look.toolError}`]),
    ...(look.nftError === undefined ? [] : [`${pod.name} has no link table: ${look.nftError}`]),
    ...doubtSteering(pod, readTable(look.nft)),
    ...past.map((connection) => `a connection of ${pod.name} bypasses its proxy: ${connection}`),
  ];
}

export interface TrafficSeen {
  readonly from: string;
  readonly port: number;
  readonly anyOf: readonly string[];
  /** Connections steered so far, over all of `anyOf`. */
  readonly packets: number;
}

export function doubtTraffic(traffic: readonly TrafficSeen[]): Doubts {
  return traffic
    .filter((each) => each.packets === 0)
    .map((each) => `no connection of ${each.from} to port ${each.port} of ${each.anyOf.join(", ")} has passed a proxy yet`);
}

/** Part (c), and the sets that hide dials and UDP. */
export function doubtConfiguration(pod: PodView, state: LinkState, raw: readonly RawProxy[], table: ObservedTable): Doubts {
  return [...doubtProxies(pod, state, raw), ...doubtSets(pod, state, table)];
}

function doubtProxies(pod: PodView, state: LinkState, raw: readonly RawProxy[]): Doubts {
  const listed = new Map(raw.map((proxy) => [proxy.name, proxy]));
  return pod.peers.flatMap((peer) => {
    const wanted = state.get(`${pod.name}>${peer.name}`)?.proxy;
    return STREAM_PORTS.flatMap((port) => {
      const name = proxyName(pod.name, peer.name, port);
      const proxy = listed.get(name);
      if (proxy === undefined || wanted === undefined) return [`proxy ${name} is missing`];
      const same =
        proxy.toxics.length === wanted.toxics.length && wanted.toxics.every((toxic) => proxy.toxics.some((each) => sameToxic(each, toxic)));
      return [
        ...(same ? [] : [`proxy ${name} has toxics ${listing(proxy.toxics)}, wanted ${listing(wanted.toxics)}`]),
        ...(proxy.enabled === wanted.enabled ? [] : [`proxy ${name} is ${proxy.enabled ? "enabled" : "disabled"}`]),
      ];
    });
  });
}

function doubtSets(pod: PodView, state: LinkState, table: ObservedTable): Doubts {
  const hidden = pod.peers.filter((peer) => state.get(`${pod.name}>${peer.name}`)?.hidden === true).map((peer) => peer.address);
  const unheard = pod.peers.filter((peer) => state.get(`${peer.name}>${pod.name}`)?.udpUnheard === true);
  const deaf = unheard.flatMap((peer) => deafElements(peer.address));
  return [
    ...(sameSet(table.cutDial, hidden) ? [] : [`${pod.name} hides dials to [${table.cutDial.join(" ")}], wanted [${hidden.join(" ")}]`]),
    ...(sameSet(table.deafUdp, deaf) ? [] : [`${pod.name} drops UDP of [${table.deafUdp.join(" ")}], wanted [${deaf.join(" ")}]`]),
  ];
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && right.every((each) => left.includes(each));
}

function listing(toxics: readonly { readonly name: string; readonly attributes: object }[]): string {
  return toxics.length === 0 ? "none" : toxics.map((toxic) => `${toxic.name}${JSON.stringify(toxic.attributes)}`).join(" ");
}

function unique(words: readonly string[]): string {
  return [...new Set(words)].join(", ");
}

function cellKey(cell: { readonly from: string; readonly to: string; readonly protocol: string }): string {
  return `${cell.protocol} ${cell.from}>${cell.to}`;
}

/**
 * Text of the table `ip chaos` in a pod: steers every dial to a peer's swarm, gossip and canary port into the link's
 * proxy, and holds the two sets that faults fill. Pure. The table is ours alone; nobody flushes the ruleset.
 */
import { PROXY_UID, STREAM_PORTS, UDP_PORTS, listenerPort } from "./ports.ts";
import type { StreamPort } from "./ports.ts";

export interface Peer {
  readonly name: string;
  readonly address: string;
  /** Place in the sorted list of all pods: decides the listeners. */
  readonly index: number;
}

/** Replaces the table as one transaction; counters start at zero, so it is loaded before the node starts and never again. */
export function tableText(peers: readonly Peer[]): string {
  const steer = peers.flatMap((peer) => STREAM_PORTS.map((port) => steerLine(peer, port)));
  return `table ip chaos
delete table ip chaos
table ip chaos {
  set cut_dial { type ipv4_addr; }
  set deaf_udp { type ipv4_addr . inet_service; }
  chain nat_out {
    type nat hook output priority -110; policy accept;
    meta skuid ${PROXY_UID} return
${steer.map((line) => `    ${line}`).join("\n")}
  }
  chain flt_out {
    type filter hook output priority 0; policy accept;
${CUT_LINES.map((line) => `    ${line}`).join("\n")}
  }
  chain flt_in {
    type filter hook prerouting priority -300; policy accept;
    meta l4proto udp ip saddr . udp dport @deaf_udp counter drop
  }
}
`;
}

/**
 * Only TCP, and only before the proxy: a dropped UDP send would come back as EPERM, and a SYN dropped behind the proxy
 * blocks its accept loop. A steered flow is known by its rewriting, whoever owns the socket (a closing socket has no
 * owner any more and its late FIN would slip past a rule on owners); a flow that was never steered is known by its
 * sender not being the proxy.
 */
const CUT_LINES = [
  "meta l4proto tcp ct original ip daddr @cut_dial ct status dnat counter drop",
  `meta l4proto tcp ct direction original ct original ip daddr @cut_dial meta skuid != ${PROXY_UID} counter drop`,
];

function steerLine(peer: Peer, port: StreamPort): string {
  return `ip daddr ${peer.address} tcp dport ${port} counter dnat to 127.0.0.1:${listenerPort(peer.index, port)}`;
}

/** Makes both sets hold exactly these peers, as one transaction. */
export function setsText(wanted: { readonly cutDial: readonly string[]; readonly deafUdp: readonly string[] }): string {
  const heard = wanted.deafUdp.flatMap((address) => UDP_PORTS.map((port) => `${address} . ${port}`));
  return [
    "flush set ip chaos cut_dial",
    "flush set ip chaos deaf_udp",
    ...(wanted.cutDial.length === 0 ? [] : [`add element ip chaos cut_dial { ${wanted.cutDial.join(", ")} }`]),
    ...(heard.length === 0 ? [] : [`add element ip chaos deaf_udp { ${heard.join(", ")} }`]),
    "",
  ].join("\n");
}

/** What the table of a pod must contain for its links to be steered: destination → listener. */
export function steeringWanted(peers: readonly Peer[]): ReadonlyMap<string, string> {
  return new Map(
    peers.flatMap((peer) =>
      STREAM_PORTS.map((port) => [`${peer.address}:${port}`, `127.0.0.1:${listenerPort(peer.index, port)}`] as const),
    ),
  );
}

/** Elements `setsText` adds for one deaf peer, as they are listed back. */
export function deafElements(address: string): readonly string[] {
  return UDP_PORTS.map((port) => `${address}:${port}`);
}

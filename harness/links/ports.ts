/** Port numbers of a pod and the names of a directed link's proxies. Shared by agent, nft text, Toxiproxy and proof. */

export const ENGINE_API_PORT = 2375;
export const SWARM_PORT = 2377;
export const GOSSIP_PORT = 7946;
export const OVERLAY_PORT = 4789;
export const CANARY_PORT = 7;
export const TOXIPROXY_PORT = 8474;
export const AGENT_PORT = 8475;
export const GATEWAY_PORT = 8476;
/** First listener of a pod's proxies on 127.0.0.1. */
export const FIRST_LISTENER = 21_000;

/** Dials of this uid are the proxy's own and are not steered into it. */
export const PROXY_UID = 9999;

/** TCP ports of the target that are steered through the proxies. */
export const REAL_PORTS = [SWARM_PORT, GOSSIP_PORT] as const;
export type RealPort = (typeof REAL_PORTS)[number];

/** What a directed link has a proxy for. */
export const STREAM_PORTS = [SWARM_PORT, GOSSIP_PORT, CANARY_PORT] as const;
export type StreamPort = (typeof STREAM_PORTS)[number];

/** UDP ports a receiver goes deaf on under a partition. */
export const UDP_PORTS = [GOSSIP_PORT, OVERLAY_PORT, CANARY_PORT] as const;

export function proxyName(from: string, to: string, port: StreamPort): string {
  return `${from}-${to}-${port === CANARY_PORT ? "canary" : port}`;
}

/** Each pod gives its peers blocks of ten listeners, by the peer's place in the sorted list of all pods. */
export function listenerPort(peerIndex: number, port: StreamPort): number {
  return FIRST_LISTENER + peerIndex * 10 + STREAM_PORTS.indexOf(port);
}

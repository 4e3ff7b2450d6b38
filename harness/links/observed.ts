/** Reads what the tools in a pod print: the link table, tracked connections, sockets. Pure. */
import { PROXY_UID } from "./ports.ts";

export interface ObservedTable {
  /** `address:port` → where it is steered and how many connections were, for every rule of the form we load. */
  readonly steering: ReadonlyMap<string, { readonly to: string; readonly packets: number }>;
  /** The proxy's own dials are exempted before any other rule. */
  readonly exempt: boolean;
  readonly cutDial: readonly string[];
  /** `address:port`. */
  readonly deafUdp: readonly string[];
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An empty or unreadable listing is an empty table: nothing is steered. */
export function readTable(text: string): ObservedTable {
  const items = listOf(field(parse(text), "nftables"));
  const rules = items.map((item) => field(item, "rule")).filter((rule) => field(rule, "chain") === "nat_out");
  const steering = new Map<string, { readonly to: string; readonly packets: number }>();
  for (const rule of rules) {
    const read = readSteering(listOf(field(rule, "expr")));
    if (read !== undefined) steering.set(read.from, { to: read.to, packets: read.packets });
  }
  const first = listOf(field(rules[0], "expr"));
  const exempt =
    first.some((part) => textOf(field(field(part, "match"), "right")) === String(PROXY_UID)) &&
    first.some((part) => field(part, "return") !== undefined);
  return { steering, exempt, cutDial: elements(items, "cut_dial"), deafUdp: elements(items, "deaf_udp") };
}

function readSteering(expressions: readonly Json[]): { readonly from: string; readonly to: string; readonly packets: number } | undefined {
  let address = "";
  let port = "";
  let to = "";
  let packets = 0;
  for (const expression of expressions) {
    const match = field(expression, "match");
    const name = field(field(field(match, "left"), "payload"), "field");
    if (name === "daddr") address = textOf(field(match, "right"));
    if (name === "dport") port = textOf(field(match, "right"));
    packets += Number(field(field(expression, "counter"), "packets") ?? 0);
    const target = field(expression, "dnat");
    if (target !== undefined) to = `${textOf(field(target, "addr"))}:${textOf(field(target, "port"))}`;
  }
  return address === "" || port === "" || to === "" ? undefined : { from: `${address}:${port}`, to, packets };
}

function elements(items: readonly Json[], name: string): readonly string[] {
  const set = items.map((item) => field(item, "set")).find((each) => field(each, "name") === name);
  return listOf(field(set, "elem"))
    .map((element) => {
      const parts = field(element, "concat");
      return parts === undefined ? textOf(element) : listOf(parts).map(textOf).join(":");
    })
    .toSorted();
}

export interface TrackedConnection {
  readonly state: string;
  readonly source: string;
  readonly sourcePort: string;
  readonly destination: string;
  readonly destinationPort: string;
  /** Who answers: the loopback address once a proxy stands in. */
  readonly answeredBy: string;
}

export function readConntrack(text: string): readonly TrackedConnection[] {
  return text.split("\n").flatMap((line) => {
    const state = /^tcp\s+\d+\s+\d+\s+(\S+)\s/u.exec(line)?.[1];
    const pairs = [...line.matchAll(/\b(src|dst|sport|dport)=(\S+)/gu)].map((match) => match[2] ?? "");
    const [source, destination, sourcePort, destinationPort, answeredBy] = pairs;
    if (state === undefined || source === undefined || destination === undefined) return [];
    if (sourcePort === undefined || destinationPort === undefined || answeredBy === undefined) return [];
    return [{ state, source, sourcePort, destination, destinationPort, answeredBy }];
  });
}

export interface ObservedSocket {
  readonly state: string;
  readonly localPort: string;
  readonly peer: string;
  readonly peerPort: string;
  readonly uid: number;
}

export function readSockets(text: string): readonly ObservedSocket[] {
  return text.split("\n").flatMap((line) => {
    const [state, , , local, remote] = line.trim().split(/\s+/u);
    if (state === undefined || local === undefined || remote === undefined) return [];
    const [, localPort] = splitAddress(local);
    const [peer, peerPort] = splitAddress(remote);
    return [{ state, localPort, peer, peerPort, uid: Number(/\buid:(\d+)/u.exec(line)?.[1] ?? 0) }];
  });
}

/** States in which somebody holds the socket and may still send; a closing one has no owner left to tell by. */
const LIVE = new Set(["ESTAB", "SYN-SENT", "CLOSE-WAIT"]);

/**
 * Connections of the node to `addresses` on `ports` that no proxy stands in for. An established one that is not tracked
 * is one of them: it is older than the tracking. One that is still dialling may be untracked because its dial is hidden.
 */
export function bypassing(
  look: { readonly conntrack: string; readonly sockets: string },
  peers: { readonly addresses: readonly string[]; readonly ports: readonly number[] },
): readonly string[] {
  const tracked = new Map(
    readConntrack(look.conntrack).map((each) => [`${each.sourcePort}>${each.destination}:${each.destinationPort}`, each]),
  );
  return readSockets(look.sockets)
    .filter((socket) => LIVE.has(socket.state) && socket.uid !== PROXY_UID)
    .filter((socket) => peers.addresses.includes(socket.peer) && peers.ports.includes(Number(socket.peerPort)))
    .flatMap((socket) => {
      const key = `${socket.localPort}>${socket.peer}:${socket.peerPort}`;
      const answeredBy = tracked.get(key)?.answeredBy;
      if (answeredBy === "127.0.0.1" || (answeredBy === undefined && socket.state !== "ESTAB")) return [];
      return [`${key} ${socket.state} answered by ${answeredBy ?? "nobody known"}`];
    });
}

function splitAddress(text: string): readonly [string, string] {
  const at = text.lastIndexOf(":");
  const address = text
    .slice(0, at)
    .replace(/^\[/u, "")
    .replace(/\]$/u, "")
    .replace(/^::ffff:/u, "")
    .replace(/%.*$/u, "");
  return [address, text.slice(at + 1)];
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: Json | undefined, name: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

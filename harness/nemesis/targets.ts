/**
 * Symbols to node names: pure, given one reading of the cluster. It knows faults and names, not how anything is cut
 * or asked; the world makes the reading and records symbol and answer.
 *
 * Numbers count from 1 in name order (`manager(1)` is `m1`); `follower(k)` counts the live managers that are not the
 * leader. `minority` is the largest minority of the managers, never a worker: the leader first when one is known,
 * then live managers in name order, then dead ones. `majority` is the managers that are not in it, so the two are the
 * sides of a cut. `everyone-else` is every node that is not on the other side. What cannot be resolved skips the
 * whole fault: half of a cut is another fault than the one that was asked for.
 */
import type { ConcreteFault, Fault, LinkFault, NodeSymbol } from "./fault.ts";

export interface ClusterReading {
  readonly nodes: readonly { readonly name: string; readonly role: "manager" | "worker" }[];
  /** Name of the leader; absent when no manager named one. */
  readonly leader: string | undefined;
  /** `service.slot` (or `service` for a global one) → name of the node where its running task is. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Nodes that no fault in force has killed, frozen or cut from power. */
  readonly alive: ReadonlySet<string>;
}

export type Resolution = { readonly concrete: ConcreteFault } | { readonly skipped: string };

/** What must be read of the cluster before `fault` can be resolved. */
export function readingWanted(fault: Fault): { readonly leader: boolean; readonly hosts: boolean } {
  const symbols = symbolsOf(fault).filter((symbol): symbol is Exclude<NodeSymbol, object> => typeof symbol === "string");
  return {
    leader: symbols.some(
      (symbol) => symbol === "leader" || symbol === "minority" || symbol === "majority" || symbol.startsWith("follower("),
    ),
    hosts: symbols.some((symbol) => symbol.startsWith("host-of(")),
  };
}

export function symbolsOf(fault: Fault): readonly NodeSymbol[] {
  return "on" in fault ? fault.on : [...fault.from, ...fault.to];
}

export function resolveFault(fault: Fault, reading: ClusterReading): Resolution {
  try {
    return { concrete: "on" in fault ? nodeFault(fault, reading) : linkFault(fault, reading) };
  } catch (error) {
    if (error instanceof Unresolved) return { skipped: error.message };
    throw error;
  }
}

class Unresolved extends Error {}

const withArgs = (fault: Fault): { readonly args?: Readonly<Record<string, number>> } =>
  fault.args === undefined ? {} : { args: fault.args };

function nodeFault(fault: Exclude<Fault, LinkFault>, reading: ClusterReading): ConcreteFault {
  if (fault.on.includes("everyone-else")) throw new Unresolved("everyone-else has no other side in a node fault");
  const nodes = group(fault.on, reading);
  if (nodes.length === 0) throw new Unresolved("no node is meant");
  return { kind: fault.kind, nodes, ...withArgs(fault) };
}

function linkFault(fault: LinkFault, reading: ClusterReading): ConcreteFault {
  const [from, to] = sides(fault, reading);
  const pairs = new Map<string, { readonly from: string; readonly to: string }>();
  for (const a of from) {
    for (const b of to) {
      if (a === b) continue;
      pairs.set(`${a} ${b}`, { from: a, to: b });
      if (fault.direction === "both") pairs.set(`${b} ${a}`, { from: b, to: a });
    }
  }
  if (pairs.size === 0) throw new Unresolved("no link lies between the two sides");
  const links = [...pairs.values()].sort((a, b) => order(a.from, b.from) || order(a.to, b.to));
  return { kind: fault.kind, links, ...withArgs(fault) };
}

function sides(fault: LinkFault, reading: ClusterReading): readonly [readonly string[], readonly string[]] {
  const fromRest = fault.from.includes("everyone-else");
  const toRest = fault.to.includes("everyone-else") || fault.to.length === 0;
  if (fromRest && toRest) throw new Unresolved("both sides are everyone-else");
  if (fromRest) {
    const to = group(fault.to, reading);
    return [rest(to, reading), to];
  }
  const from = group(fault.from, reading);
  return [from, toRest ? rest(from, reading) : group(fault.to, reading)];
}

const rest = (side: readonly string[], reading: ClusterReading): readonly string[] =>
  reading.nodes.map((node) => node.name).filter((name) => !side.includes(name));

function group(symbols: readonly NodeSymbol[], reading: ClusterReading): readonly string[] {
  return [...new Set(symbols.flatMap((symbol) => members(symbol, reading)))].sort(order);
}

/** Names a symbol stands for. */
function members(symbol: NodeSymbol, reading: ClusterReading): readonly string[] {
  if (typeof symbol === "object") return [existing(symbol.node, reading)];
  const managers = named("manager", reading);
  switch (symbol) {
    case "leader":
      return [leaderOf(reading)];
    case "managers":
      return managers;
    case "workers":
      return named("worker", reading);
    case "minority":
      return minority(reading);
    case "majority": {
      const few = minorityOrNone(reading);
      return managers.filter((name) => !few.includes(name));
    }
    case "everyone-else":
      return [];
    default:
      return [numbered(symbol, reading)];
  }
}

const numberedForm = /^(follower|manager|worker|host-of)\((.+)\)$/;

function numbered(symbol: string, reading: ClusterReading): string {
  const [, kind, argument = ""] = numberedForm.exec(symbol) ?? [];
  switch (kind) {
    case "manager":
    case "worker":
      return nth(named(kind, reading), argument, symbol);
    case "follower": {
      const leader = leaderOf(reading);
      const followers = named("manager", reading).filter((name) => name !== leader && reading.alive.has(name));
      return nth(followers, argument, symbol);
    }
    case "host-of": {
      const host = reading.hosts.get(argument);
      if (host === undefined) throw new Unresolved(`${symbol}: no running task of that name was seen`);
      return host;
    }
    default:
      return existing(symbol, reading);
  }
}

function nth(names: readonly string[], argument: string, symbol: string): string {
  const found = names[Number(argument) - 1];
  if (found === undefined) throw new Unresolved(`${symbol}: there are ${names.length} (${names.join(" ")})`);
  return found;
}

function existing(name: string, reading: ClusterReading): string {
  if (reading.nodes.some((node) => node.name === name)) return name;
  throw new Unresolved(`there is no node ${name}`);
}

function leaderOf(reading: ClusterReading): string {
  if (reading.leader === undefined) throw new Unresolved("no manager named a leader");
  return reading.leader;
}

function minority(reading: ClusterReading): readonly string[] {
  const few = minorityOrNone(reading);
  if (few.length === 0) throw new Unresolved("so few managers have no minority");
  return few;
}

function minorityOrNone(reading: ClusterReading): readonly string[] {
  const managers = named("manager", reading);
  const size = Math.floor((managers.length - 1) / 2);
  const rank = (name: string): number => (name === reading.leader ? 0 : reading.alive.has(name) ? 1 : 2);
  return managers.toSorted((a, b) => rank(a) - rank(b) || order(a, b)).slice(0, size);
}

const named = (role: "manager" | "worker", reading: ClusterReading): readonly string[] =>
  reading.nodes
    .filter((node) => node.role === role)
    .map((node) => node.name)
    .sort(order);

/** `m2` before `m10`; names without a number by code units. */
export function order(a: string, b: string): number {
  const [wordA, numberA] = wordAndNumber(a);
  const [wordB, numberB] = wordAndNumber(b);
  if (wordA !== wordB) return wordA < wordB ? -1 : 1;
  return numberA - numberB;
}

function wordAndNumber(name: string): readonly [string, number] {
  const digits = /\d+$/.exec(name)?.[0] ?? "";
  return [name.slice(0, name.length - digits.length), digits === "" ? -1 : Number(digits)];
}

const silencing = new Set(["kill", "pause", "power-off"]);
const cutting = new Set(["partition", "partition-silent", "partition-refuse", "reset"]);

/** Nodes left alive by the faults in force. */
export function aliveUnder(nodes: readonly string[], inForce: Iterable<ConcreteFault>): ReadonlySet<string> {
  const alive = new Set(nodes);
  for (const fault of inForce) {
    if ("nodes" in fault && silencing.has(fault.kind)) for (const name of fault.nodes) alive.delete(name);
  }
  return alive;
}

/**
 * Managers in the order in which they are worth asking who leads: the live ones with the most live managers in reach
 * first, so that a deposed leader behind a cut is not believed before the side that can elect.
 */
export function askOrder(managers: readonly string[], inForce: readonly ConcreteFault[]): readonly string[] {
  const alive = aliveUnder(managers, inForce);
  const cut = new Set<string>();
  for (const fault of inForce) {
    if ("links" in fault && cutting.has(fault.kind)) for (const link of fault.links) cut.add(`${link.from} ${link.to}`);
  }
  const reach = (name: string): number =>
    managers.filter((other) => other !== name && alive.has(other) && !cut.has(`${name} ${other}`) && !cut.has(`${other} ${name}`)).length;
  return managers.filter((name) => alive.has(name)).toSorted((a, b) => reach(b) - reach(a) || order(a, b));
}

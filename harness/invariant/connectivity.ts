/**
 * Which managers could reach a majority, as far as the faults on record say: the judge's own reading of who was dead
 * and who was cut off, so that no phase a script claims is believed without proof.
 *
 * A fault counts as surely in force only between `provedAt` and `healStartedAt`, and as possibly in force from
 * `startedAt` until it is proved gone. Answers are three-valued; a checker accuses only on a sure one.
 */
import type { AttemptHistory, FaultSpan } from "../history/attempt.ts";

const silencing = new Set(["kill", "pause", "power-off", "restart"]);
const cutting = new Set(["partition", "partition-silent", "partition-refuse"]);

/** Proved in force during all of the interval. */
export function surelyInForce(fault: FaultSpan, from: number, to: number): boolean {
  return fault.provedAt !== undefined && fault.provedAt <= from && (fault.healStartedAt ?? Infinity) >= to;
}

/** Perhaps in force at some moment of the interval. */
export function possiblyInForce(fault: FaultSpan, from: number, to: number): boolean {
  return fault.state !== "skipped" && fault.startedAt <= to && (fault.removedAt ?? Infinity) >= from;
}

export function majorityOf(managers: number): number {
  return Math.floor(managers / 2) + 1;
}

export const managersOf = (history: AttemptHistory): readonly string[] =>
  history.context.nodes.filter((node) => node.role === "manager").map((node) => node.name);

interface Damage {
  readonly dead: ReadonlySet<string>;
  /** `from to` of every directed link that is cut. */
  readonly cut: ReadonlySet<string>;
}

function damageOf(faults: readonly FaultSpan[]): Damage {
  const dead = new Set<string>();
  const cut = new Set<string>();
  for (const fault of faults) {
    if (silencing.has(fault.kind)) for (const node of fault.nodes) dead.add(node);
    if (cutting.has(fault.kind)) for (const link of linksOf(fault.concrete)) cut.add(`${link.from} ${link.to}`);
  }
  return { dead, cut };
}

interface Link {
  readonly from: string;
  readonly to: string;
}

function linksOf(concrete: unknown): readonly Link[] {
  if (typeof concrete !== "object" || concrete === null || !("links" in concrete) || !Array.isArray(concrete.links)) return [];
  return (concrete.links as readonly unknown[]).filter(
    (link): link is Link => typeof link === "object" && link !== null && "from" in link && "to" in link,
  );
}

/** Managers that `node` is connected with over any path, itself included; empty when it is dead. */
function component(node: string, managers: readonly string[], joined: (a: string, b: string) => boolean): readonly string[] {
  const found = [node];
  for (const member of found) {
    for (const other of managers) if (!found.includes(other) && joined(member, other)) found.push(other);
  }
  return found;
}

/**
 * Whether `node` was on a side with a majority during all of the interval. `yes`: nothing that was perhaps in force
 * could take it from a fully connected majority. `no`: what was surely in force did, all the time.
 */
export function quorumDuring(history: AttemptHistory, node: string, from: number, to: number): "yes" | "no" | "unsure" {
  const managers = managersOf(history);
  const needed = majorityOf(managers.length);
  const sure = damageOf(history.faults.filter((fault) => surelyInForce(fault, from, to)));
  // A link counts as lost for sure when both directions are: with one left, some answers still pass.
  const surelyApart = (a: string, b: string): boolean =>
    sure.dead.has(a) || sure.dead.has(b) || (sure.cut.has(`${a} ${b}`) && sure.cut.has(`${b} ${a}`));
  if (sure.dead.has(node) || component(node, managers, (a, b) => !surelyApart(a, b)).length < needed) return "no";
  const possible = damageOf(history.faults.filter((fault) => possiblyInForce(fault, from, to)));
  const whole = (a: string, b: string): boolean =>
    !possible.dead.has(a) && !possible.dead.has(b) && !possible.cut.has(`${a} ${b}`) && !possible.cut.has(`${b} ${a}`);
  const reach = component(node, managers, whole);
  const clique = reach.every((a) => reach.every((b) => a === b || whole(a, b)));
  return !possible.dead.has(node) && reach.length >= needed && clique ? "yes" : "unsure";
}

/** Last moment at which a fault was perhaps in force; 0 without faults, infinite when one was never proved gone. */
export function faultsGoneAt(history: AttemptHistory): number {
  return Math.max(0, ...history.faults.filter((fault) => fault.state !== "skipped").map((fault) => fault.removedAt ?? Infinity));
}

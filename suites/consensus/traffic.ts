/**
 * Traffic of the consensus scenarios: creates of empty services, control reads, volleys, and waiting for what a swarm
 * does after a fault. Drives and waits only; outcomes are judged from the history.
 *
 * An empty service (no replicas) is the cheapest write there is: one committed entry and nothing to schedule.
 */
import { SwarmClient, specOf } from "../../harness/client/swarm.ts";
import type { Outcome } from "../../harness/client/exchange.ts";
import type { FaultInForce, World } from "../../harness/world/world.ts";

/** Waits of the scripts, a little above the bounds of the rules, so that a miss shows in the history. Milliseconds. */
export function waits(world: World): {
  readonly election: number;
  readonly back: number;
  readonly agree: number;
  readonly write: number;
  readonly stepDown: number;
} {
  const constant = (name: string): number => world.cluster.facts.constants[name] ?? 0;
  return {
    election: constant("election") + 6000,
    back: constant("quorumReturn") + 6000,
    agree: constant("healLong") + 6000,
    write: constant("write"),
    stepDown: 2 * constant("ElectionTick") + 5000,
  };
}

export const managerNames = (world: World): readonly string[] =>
  world.cluster.nodes.filter((node) => node.role === "manager").map((node) => node.name);

export interface WriteWish {
  readonly node: string;
  readonly name: string;
  readonly deadlineMs: number;
}

/** `done`: acknowledged; `refused`: surely not done; `doubt`: neither. */
export type Written = "done" | "refused" | "doubt";

export async function write(world: World, wish: WriteWish): Promise<{ readonly written: Written; readonly id: string }> {
  const body = specOf({ name: wish.name, image: world.cluster.facts.images.v1, replicas: 0 });
  const outcome = await world.call(wish.node, { method: "POST", path: "/services/create", body }, wish.deadlineMs);
  return { written: writtenOf(outcome), id: idOf(outcome) };
}

export function writtenOf(outcome: Outcome): Written {
  if (outcome.kind === "no-answer") return outcome.sent ? "doubt" : "refused";
  if (outcome.status >= 200 && outcome.status < 300) return "done";
  return outcome.status < 500 ? "refused" : "doubt";
}

function idOf(outcome: Outcome): string {
  const body: unknown = outcome.kind === "answer" ? outcome.body : undefined;
  return typeof body === "object" && body !== null && "ID" in body ? String(body.ID) : "";
}

export async function read(world: World, node: string, path: string, deadlineMs = 2000): Promise<boolean> {
  const outcome = await world.call(node, { method: "GET", path }, deadlineMs);
  return outcome.kind === "answer" && outcome.status === 200;
}

/** Writes under fresh names, a short deadline each, until one is acknowledged: parked requests tell nothing about now. */
export async function writeUntilDone(
  world: World,
  wish: { readonly node: string; readonly prefix: string; readonly withinMs: number },
): Promise<void> {
  let tries = 0;
  await world.until(
    `a write acknowledged by ${wish.node}`,
    async () => {
      tries += 1;
      const { written } = await write(world, { node: wish.node, name: `${wish.prefix}-try-${tries}`, deadlineMs: 2000 });
      return written === "done" ? true : undefined;
    },
    { withinMs: wish.withinMs, everyMs: 500 },
  );
}

/** So many writes and control reads through one manager, one after the other. */
export async function exercise(world: World, node: string, prefix: string, times = 5): Promise<void> {
  const { write: deadlineMs } = waits(world);
  for (let time = 1; time <= times; time += 1) {
    await write(world, { node, name: `${prefix}-${time}`, deadlineMs });
    await read(world, node, time % 2 === 0 ? "/nodes" : "/services", deadlineMs);
  }
}

/** Processes that start one after the other and do not wait for one another. */
export async function volley(
  world: World,
  name: string,
  shots: { readonly count: number; readonly everyMs: number },
  shot: (world: World, index: number) => Promise<unknown>,
): Promise<void> {
  const running = Array.from({ length: shots.count }, (_, index) =>
    world.spawn(`${name}-${index + 1}`, async (own) => {
      if (index > 0 && shots.everyMs > 0) await own.pass("its turn in the volley", index * shots.everyMs);
      await shot(own, index);
    }),
  );
  await world.all(running);
}

/** The leader that all of `managers` name; asks them in turn until they do. */
export function agreedLeader(
  world: World,
  options: { readonly managers?: readonly string[]; readonly not?: string; readonly ready?: boolean; readonly withinMs?: number } = {},
): Promise<string> {
  const managers = options.managers ?? managerNames(world);
  return world.until(
    `${managers.join(" ")} name the same leader${options.ready === true ? " and all nodes are ready" : ""}`,
    async () => {
      const named = new Set<string | undefined>();
      for (const name of managers) named.add(await leaderSeenBy(world, name, options.ready === true));
      const [leader] = named;
      return named.size === 1 && leader !== options.not ? leader : undefined;
    },
    { withinMs: options.withinMs ?? waits(world).agree, everyMs: 250 },
  );
}

async function leaderSeenBy(world: World, manager: string, ready: boolean): Promise<string | undefined> {
  const nodes = await new SwarmClient(world, manager, 2000).nodes();
  if (nodes === undefined || (ready && nodes.some((node) => node.state !== "ready"))) return undefined;
  const leaders = nodes.filter((node) => node.leader);
  const [leader] = leaders;
  return leaders.length === 1 ? world.cluster.nodes.find((node) => node.id === leader?.id)?.name : undefined;
}

/** Cuts `node` off from all nodes but those that are cut off already, so that no link is cut twice. */
export function isolate(world: World, node: string, already: readonly string[] = []): Promise<FaultInForce> {
  const others = world.cluster.nodes.map((one) => one.name).filter((name) => name !== node && !already.includes(name));
  return world.fault({ kind: "partition", from: [{ node }], to: others.map((name) => ({ node: name })), direction: "both" });
}

/** Lists services on each manager once, with patience. */
export async function readEverywhere(world: World, managers: readonly string[] = managerNames(world)): Promise<void> {
  for (const node of managers) {
    await world.until(`${node} lists all services`, async () => ((await read(world, node, "/services", 5000)) ? true : undefined), {
      withinMs: 30_000,
    });
  }
}

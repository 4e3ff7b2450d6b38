/**
 * Makes a swarm of engines that answer: init on the first, joins by the two tokens, until every manager sees all nodes
 * ready and reachable. Knows the Engine API alone.
 */
import type { Exchange } from "../../client/exchange.ts";
import { readNodes } from "../../client/views.ts";
import { waitUntil } from "../../links/wait-until.ts";
import type { Target } from "../target.ts";
import { all } from "./all.ts";

/** A node to be; the first of a list becomes the first manager. */
export interface Joining {
  readonly name: string;
  readonly role: "manager" | "worker";
  readonly address: string;
}

const JOIN_LIMIT_MS = 30_000;
const SETTLE_LIMIT_MS = 60_000;

/** Managers one after the other, since raft admits one member at a time; workers together. Answers name → swarm id. */
export async function joinAll(exchange: Exchange, places: readonly Joining[], target: Target): Promise<ReadonlyMap<string, string>> {
  const [first, ...others] = places;
  if (first === undefined) throw new Error("a cluster wants at least one manager");
  const listen = `0.0.0.0:${target.ports.swarm}`;
  const init = { ListenAddr: listen, AdvertiseAddr: `${first.address}:${target.ports.swarm}` };
  await posted(exchange, first.name, "/swarm/init", init);
  const tokens = await joinTokens(exchange, first.name);
  const join = async (place: Joining): Promise<void> => {
    const body = {
      ListenAddr: listen,
      AdvertiseAddr: `${place.address}:${target.ports.swarm}`,
      RemoteAddrs: [`${first.address}:${target.ports.swarm}`],
      JoinToken: tokens[place.role],
    };
    await posted(exchange, place.name, "/swarm/join", body);
  };
  const inTurn = async (): Promise<void> => {
    for (const place of others.filter((other) => other.role === "manager")) await join(place);
  };
  await all([inTurn(), ...others.filter((other) => other.role === "worker").map(join)]);
  const ids = await all(places.map(async (place) => [place.name, await swarmId(exchange, place.name)] as const));
  return new Map(ids);
}

async function posted(exchange: Exchange, node: string, path: string, body: unknown): Promise<void> {
  const outcome = await exchange.send(node, { method: "POST", path, body }, JOIN_LIMIT_MS);
  if (outcome.kind !== "answer" || outcome.status !== 200) throw new Error(`POST ${path} on ${node}: ${JSON.stringify(outcome)}`);
}

async function joinTokens(exchange: Exchange, node: string): Promise<{ readonly manager: string; readonly worker: string }> {
  const outcome = await exchange.send(node, { method: "GET", path: "/swarm" }, JOIN_LIMIT_MS);
  const body =
    outcome.kind === "answer" ? (outcome.body as { readonly JoinTokens?: { readonly Manager?: string; readonly Worker?: string } }) : {};
  const { Manager: manager, Worker: worker } = body.JoinTokens ?? {};
  if (manager === undefined || worker === undefined)
    throw new Error(`GET /swarm on ${node} gave no join tokens: ${JSON.stringify(outcome)}`);
  return { manager, worker };
}

async function swarmId(exchange: Exchange, node: string): Promise<string> {
  const outcome = await exchange.send(node, { method: "GET", path: "/info" }, JOIN_LIMIT_MS);
  const body = outcome.kind === "answer" ? (outcome.body as { readonly Swarm?: { readonly NodeID?: string } }) : {};
  const id = body.Swarm?.NodeID;
  if (id === undefined || id === "") throw new Error(`GET /info on ${node} shows no swarm id: ${JSON.stringify(outcome)}`);
  return id;
}

/** Every manager itself reports all nodes ready and all managers reachable. */
export async function untilSettled(exchange: Exchange, places: readonly Joining[]): Promise<void> {
  const managers = places.filter((place) => place.role === "manager");
  await all(
    managers.map(async ({ name }) =>
      waitUntil(`${name} reports all nodes ready`, SETTLE_LIMIT_MS, 100, async () => {
        const outcome = await exchange.send(name, { method: "GET", path: "/nodes" }, 3000);
        const nodes = outcome.kind === "answer" && outcome.status === 200 ? readNodes(outcome.body) : undefined;
        const ready = nodes?.filter((node) => node.state === "ready").length;
        const reachable = nodes?.filter((node) => node.reachability === "reachable").length;
        return ready === places.length && reachable === managers.length && nodes?.filter((node) => node.leader).length === 1;
      }),
    ),
  );
}

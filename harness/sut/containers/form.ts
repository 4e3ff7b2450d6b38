/**
 * Forms a cluster: gateway and network, pods, link tables, node containers, workload images, swarm init and joins,
 * until every manager sees all nodes ready and reachable. Rules and proxies stand before the first node starts, so that
 * no connection is older than they are. Takes everything down again when a step fails.
 */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { request } from "undici";
import type { Exchange } from "../../client/exchange.ts";
import { readNodes } from "../../client/views.ts";
import { UndiciExchange, undiciExchange } from "../../client/undici-exchange.ts";
import { startLabNetwork } from "../../links/lab-network.ts";
import type { LabNetwork } from "../../links/lab-network.ts";
import type { LinkMesh } from "../../links/links.ts";
import { linkMesh } from "../../links/links.ts";
import { startPod } from "../../links/pod.ts";
import type { Pod } from "../../links/pod.ts";
import { waitUntil } from "../../links/wait-until.ts";
import type { NodeHost } from "../../images/moby/host-options.ts";
import type { ClusterShape, NodeInfo } from "../sut.ts";
import type { Target } from "../target.ts";
import { NodeContainer } from "./node.ts";
import { NODE_LABEL, PART_LABEL, ownerLabels } from "./owner.ts";
import type { Labels } from "./owner.ts";
import { containerLog, messageOf } from "./host-engine.ts";
import { expectedTraffic } from "./traffic.ts";

/** References of images on the container engine, and the archive that is loaded into every node. */
export interface LabImages {
  readonly infra: string;
  readonly gateway: string;
  readonly node: string;
  readonly workloadArchive: string;
}

export interface FormOptions {
  readonly target: Target;
  readonly images: LabImages;
  readonly host: NodeHost;
  readonly shape: ClusterShape;
  readonly progress: (text: string) => void;
  /** Lets the gateway be switched to lying; self-tests of the judge only. */
  readonly liarAllowed?: boolean;
}

/** One node with its pod. */
export interface Member {
  readonly info: NodeInfo;
  readonly pod: Pod;
  readonly node: NodeContainer;
}

export interface Formed {
  readonly id: string;
  readonly network: LabNetwork;
  readonly mesh: LinkMesh;
  readonly members: readonly Member[];
  readonly exchange: UndiciExchange;
  readonly labels: Labels;
  /** Milliseconds of each step, in order. */
  readonly breakdown: Readonly<Record<string, number>>;
}

interface Place {
  readonly name: string;
  readonly role: "manager" | "worker";
  readonly pod: Pod;
}

const FIRST_HOST = 11;
const LOAD_LIMIT_MS = 60_000;
const JOIN_LIMIT_MS = 30_000;
const SETTLE_LIMIT_MS = 60_000;

export async function form(options: FormOptions): Promise<Formed> {
  const undo: (() => Promise<void>)[] = [];
  try {
    return await formWith(options, undo);
  } catch (error) {
    for (const step of undo.toReversed())
      await step().catch((failed: unknown) => options.progress(`while taking down: ${messageOf(failed)}`));
    throw error;
  }
}

async function formWith(options: FormOptions, undo: (() => Promise<void>)[]): Promise<Formed> {
  const { target, shape, images, progress } = options;
  const id = `swarmproof-${randomBytes(4).toString("hex")}`;
  const labels = ownerLabels(id);
  const breakdown: Record<string, number> = {};
  const timed = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    progress(`${id}: ${step}`);
    const began = performance.now();
    const result = await work();
    breakdown[step] = Math.round(performance.now() - began);
    return result;
  };

  const network = await timed("network and gateway", () =>
    startLabNetwork({
      name: id,
      labels: { ...labels, [PART_LABEL]: "gateway" },
      gatewayImage: images.gateway,
      liarAllowed: options.liarAllowed ?? false,
    }),
  );
  undo.push(() => network.stop());

  const places = await timed("pods", () => startPlaces(options, { id, network, labels, undo }));
  const pods = places.map((place) => place.pod);
  const mesh = linkMesh(pods, { expectTraffic: () => expectedTraffic(places), log: progress });
  await timed("link tables", () => mesh.prepare());

  const nodes = await timed("node containers", () =>
    all(
      places.map(async (place) => {
        const part = { ...labels, [NODE_LABEL]: place.name, [PART_LABEL]: "node" };
        const node = await NodeContainer.start(place.pod, {
          target,
          image: images.node,
          containerName: `${id}-${place.name}`,
          labels: part,
          host: options.host,
        });
        undo.push(() => node.remove());
        return node;
      }),
    ),
  );
  const reachable = places.map(({ name, pod }) => ({ name, address: pod.address, apiPort: target.ports.api }));
  const access = { gateway: network.gatewayUrl, ...(target.apiPrefix === undefined ? {} : { apiPrefix: target.apiPrefix }) };
  const exchange = undiciExchange(reachable, access);
  undo.push(() => exchange.close());
  try {
    await timed("engines", () => all(places.map(async (place) => untilAnswers(exchange, place.name, target))));
    const [, ids] = await Promise.all([
      timed("workload images", () =>
        all(places.map(async (place) => loadImages(place.pod.address, { network, target, archive: images.workloadArchive }))),
      ),
      timed("init and joins", () => joinAll(exchange, places, target)),
    ]);
    await timed("all ready", () => untilSettled(exchange, places));
    const members = places.map((place, i): Member => {
      const node = nodes[i];
      const swarmId = ids.get(place.name);
      if (node === undefined || swarmId === undefined) throw new Error(`node ${place.name} has no swarm id`);
      const { name, role, pod } = place;
      return { info: { name, role, address: pod.address, id: swarmId, apiPort: target.ports.api }, pod, node };
    });
    progress(`${id}: ${shape.managers} managers and ${shape.workers} workers ready`);
    return { id, network, mesh, members, exchange, labels, breakdown };
  } catch (error) {
    const logs = await all(nodes.map(async (node, i) => `${places[i]?.name}: ${await containerLog(node.id, 15).catch(messageOf)}`));
    throw new Error(`cluster of ${target.name} did not form: ${messageOf(error)}\n${logs.join("\n")}`, { cause: error });
  }
}

interface Ground {
  readonly id: string;
  readonly network: LabNetwork;
  readonly labels: Labels;
  readonly undo: (() => Promise<void>)[];
}

async function startPlaces(options: FormOptions, { id, network, labels, undo }: Ground): Promise<readonly Place[]> {
  const { managers, workers } = options.shape;
  const names = [
    ...Array.from({ length: managers }, (_, i) => ({ name: `m${i + 1}`, role: "manager" as const })),
    ...Array.from({ length: workers }, (_, i) => ({ name: `w${i + 1}`, role: "worker" as const })),
  ];
  return all(
    names.map(async ({ name, role }, i) => {
      const pod = await startPod({
        name,
        containerName: `${id}-infra-${name}`,
        image: options.images.infra,
        network,
        address: network.address(FIRST_HOST + i),
        labels: { ...labels, [NODE_LABEL]: name, [PART_LABEL]: "infra" },
        sysctls: { "net.ipv4.ip_forward": "1" },
      });
      undo.push(() => pod.stop());
      return { name, role, pod };
    }),
  );
}

/** Waits for all even when one fails, so that nothing still starts while the rest is taken down. */
async function all<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

export async function untilAnswers(exchange: Exchange, node: string, target: Target, limitMs = target.ready.within): Promise<void> {
  await waitUntil(`the engine of ${node} answers`, limitMs, 50, async () => {
    const outcome = await exchange.send(node, { method: "GET", path: target.ready.path }, 2000);
    return outcome.kind === "answer" && outcome.status === 200;
  });
}

interface Upload {
  readonly network: LabNetwork;
  readonly target: Target;
  readonly archive: string;
}

async function loadImages(address: string, { network, target, archive }: Upload): Promise<void> {
  const response = await request(`http://${address}:${target.ports.api}${target.apiPrefix ?? ""}/images/load?quiet=1`, {
    method: "POST",
    dispatcher: network.dispatcher,
    headers: { "content-type": "application/x-tar" },
    body: createReadStream(archive),
    signal: AbortSignal.timeout(LOAD_LIMIT_MS),
  });
  const text = await response.body.text();
  if (response.statusCode !== 200 || text.includes('"error"')) {
    throw new Error(`the node at ${address} did not take the workload images: ${response.statusCode} ${text.slice(0, 300)}`);
  }
}

/** Managers one after the other, since raft admits one member at a time; workers together. Answers name → swarm id. */
async function joinAll(exchange: Exchange, places: readonly Place[], target: Target): Promise<ReadonlyMap<string, string>> {
  const [first, ...others] = places;
  if (first === undefined) throw new Error("a cluster wants at least one manager");
  const listen = `0.0.0.0:${target.ports.swarm}`;
  const init = { ListenAddr: listen, AdvertiseAddr: `${first.pod.address}:${target.ports.swarm}` };
  await posted(exchange, first.name, "/swarm/init", init);
  const tokens = await joinTokens(exchange, first.name);
  const join = async (place: Place): Promise<void> => {
    const body = {
      ListenAddr: listen,
      AdvertiseAddr: `${place.pod.address}:${target.ports.swarm}`,
      RemoteAddrs: [`${first.pod.address}:${target.ports.swarm}`],
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
async function untilSettled(exchange: Exchange, places: readonly Place[]): Promise<void> {
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

/**
 * Forms a cluster: gateway and network, pods, link tables, node containers, workload images, swarm init and joins,
 * until every manager sees all nodes ready and reachable. Rules and proxies stand before the first node starts, so that
 * no connection is older than they are. Takes everything down again when a step fails.
 */
import { messageOf } from "../../error-text.ts";
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { request } from "undici";
import type { Exchange } from "../../client/exchange.ts";
import { undiciExchange } from "../../client/undici-exchange.ts";
import type { UndiciExchange } from "../../client/undici-exchange.ts";
import { startLabNetwork } from "../../links/lab-network.ts";
import type { LabNetwork } from "../../links/lab-network.ts";
import { LinkMesh } from "../../links/links.ts";
import { startPod } from "../../links/pod.ts";
import type { Pod } from "../../links/pod.ts";
import { waitUntil } from "../../links/wait-until.ts";
import type { NodeHost } from "../../images/moby/host-options.ts";
import type { ClusterShape, NodeInfo } from "../sut.ts";
import type { Target } from "../target.ts";
import { NodeContainer } from "./node.ts";
import { NODE_LABEL, PART_LABEL, ownerLabels } from "./owner.ts";
import type { Labels } from "./owner.ts";
import { containerLog } from "./host-engine.ts";
import { all } from "./all.ts";
import { joinAll, untilSettled } from "./join.ts";
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
  /** Undoes every step of forming, for a cluster that nobody took over; tells what it could not undo. */
  readonly takeDown: () => Promise<void>;
}

interface Place {
  readonly name: string;
  readonly role: "manager" | "worker";
  readonly pod: Pod;
}

const FIRST_HOST = 11;
const LOAD_LIMIT_MS = 60_000;

export async function form(options: FormOptions): Promise<Formed> {
  const undo: (() => Promise<void>)[] = [];
  const takeDown = async (): Promise<void> => {
    for (const step of undo.toReversed())
      await step().catch((failed: unknown) => options.progress(`while taking down: ${messageOf(failed)}`));
  };
  try {
    return { ...(await formWith(options, undo)), takeDown };
  } catch (error) {
    await takeDown();
    throw error;
  }
}

async function formWith(options: FormOptions, undo: (() => Promise<void>)[]): Promise<Omit<Formed, "takeDown">> {
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
  const mesh = new LinkMesh(pods, { expectTraffic: () => expectedTraffic(places), log: progress });
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
  const joining = places.map(({ name, role, pod }) => ({ name, role, address: pod.address }));
  const reachable = joining.map((node) => ({ ...node, apiPort: target.ports.api }));
  const access = { gateway: network.gatewayUrl, ...(target.apiPrefix === undefined ? {} : { apiPrefix: target.apiPrefix }) };
  const exchange = undiciExchange(reachable, access);
  undo.push(() => exchange.close());
  try {
    await timed("engines", () => all(places.map(async (place) => untilAnswers(exchange, place.name, target))));
    const [, ids] = await Promise.all([
      timed("workload images", () =>
        all(places.map(async (place) => loadImages(place.pod.address, { network, target, archive: images.workloadArchive }))),
      ),
      timed("init and joins", () => joinAll(exchange, joining, target)),
    ]);
    await timed("all ready", () => untilSettled(exchange, joining));
    const members = places.map((place, i): Member => {
      const node = nodes[i];
      const given = ids.get(place.name);
      if (node === undefined || given === undefined) throw new Error(`node ${place.name} has no swarm id`);
      const { name, role, pod } = place;
      return { info: { name, role, address: pod.address, id: given, apiPort: target.ports.api }, pod, node };
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

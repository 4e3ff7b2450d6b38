/**
 * Observations from the lab side that are no API calls of a client: `ping` (does a connection to a port stand),
 * `processes`, `containers-on-host`, `engine-log`, `sockets`. Reads only.
 */
import { messageOf } from "../../error-text.ts";
import { Client } from "undici";
import type { Dispatcher } from "undici";
import type { LabNetwork } from "../../links/lab-network.ts";
import type { Member } from "./form.ts";
import { containerLog, hostEngine } from "./host-engine.ts";
import { CLUSTER_LABEL, NODE_LABEL, PART_LABEL } from "./owner.ts";
import { processesOf, tasksAmong } from "./processes.ts";

const PING_LIMIT_MS = 2000;

export const PROBE_KINDS = ["ping", "processes", "containers-on-host", "engine-log", "sockets"] as const;

export interface ProbeGround {
  readonly id: string;
  readonly network: LabNetwork;
  readonly member: Member;
}

/** Throws for a kind it does not know; what the node does is in the answer. */
export async function probeNode(
  kind: string,
  { id, network, member }: ProbeGround,
  args: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  switch (kind) {
    case "ping":
      return ping(network, member, args);
    case "processes": {
      const all = await processesOf(member.node.id);
      const tasks = new Set(tasksAmong(all).map(({ pid }) => pid));
      return all.map((process) => ({ ...process, task: tasks.has(process.pid) }));
    }
    case "containers-on-host":
      return containersOnHost(id);
    case "engine-log":
      return (await containerLog(member.node.id, numberOf(args["lines"], 200))).split("\n");
    case "sockets":
      return (await member.pod.agent.observe()).sockets.split("\n");
    default:
      throw new Error(`no probe ${kind}; there are ${PROBE_KINDS.join(", ")}`);
  }
}

/** A TCP connection from the gateway; `reason` is the gateway's word for why there is none. */
async function ping(network: LabNetwork, member: Member, args: Readonly<Record<string, unknown>>): Promise<unknown> {
  const port = numberOf(args["port"], member.info.apiPort);
  const client = new Client(network.gatewayUrl);
  const began = performance.now();
  try {
    const answer: Dispatcher.ConnectData = await client.connect({
      path: `${member.info.address}:${port}`,
      signal: AbortSignal.timeout(numberOf(args["limitMs"], PING_LIMIT_MS)),
    });
    answer.socket.destroy();
    const reason = answer.headers["x-reason"];
    return { connected: answer.statusCode === 200, ms: Math.round(performance.now() - began), ...(reason === undefined ? {} : { reason }) };
  } catch (error) {
    return { connected: false, ms: Math.round(performance.now() - began), reason: messageOf(error) };
  } finally {
    await client.destroy();
  }
}

async function containersOnHost(id: string): Promise<unknown> {
  const docker = await hostEngine();
  const listed = await docker.listContainers({ all: true, filters: { label: [`${CLUSTER_LABEL}=${id}`] } });
  return listed.map(({ Names, State, Status, Labels }) => ({
    name: Names[0]?.slice(1) ?? "",
    part: Labels[PART_LABEL] ?? "",
    node: Labels[NODE_LABEL] ?? "",
    state: State,
    status: Status,
  }));
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/**
 * A pod's infra container: owner of the network namespace, the static address, the link table, Toxiproxy and the
 * agent. The node container joins it by `networkMode` and may die and come back without the pod noticing.
 */
import { messageOf } from "../error-text.ts";
import type { StartedTestContainer } from "testcontainers";
import { getContainerRuntimeClient } from "testcontainers";
import { AgentClient } from "./agent-client.ts";
import type { LabNetwork } from "./lab-network.ts";
import { AGENT_PORT, TOXIPROXY_PORT } from "./ports.ts";
import { RawContainer } from "./raw-container.ts";
import { ToxiproxyAdmin } from "./toxiproxy.ts";
import { waitUntil } from "./wait-until.ts";

export interface PodOptions {
  /** Node name, `m1`, `w2` …; also the hostname the node container inherits. No `/`. */
  readonly name: string;
  readonly containerName: string;
  readonly image: string;
  readonly network: LabNetwork;
  /** From `network.address(n)`. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  /** More sysctls of the network namespace, for instance `net.ipv4.ip_forward`. */
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly readyMs?: number;
}

/** What links need of a pod; a fake one serves the tests without containers. */
export interface LinkEnd {
  readonly name: string;
  readonly address: string;
  readonly agent: Pick<AgentClient, "observe" | "loadNft" | "canary" | "arrived" | "killToxiproxy" | "clear">;
  readonly toxiproxy: Pick<ToxiproxyAdmin, "populate" | "setEnabled" | "addToxic" | "updateToxic" | "removeToxic" | "raw" | "version">;
}

export interface Pod extends LinkEnd {
  readonly containerId: string;
  /** For the node container: `container:<id>`. */
  readonly networkMode: string;
  readonly agent: AgentClient;
  readonly toxiproxy: ToxiproxyAdmin;
  /** Whether the infra container still runs. */
  running(): Promise<boolean>;
  stop(): Promise<void>;
}

/**
 * NET_ADMIN loads the table and reads conntrack; SETUID, SETGID and SETPCAP let the supervisor start Toxiproxy under
 * its own uid with an empty bounding set (the agent kills it under the same uid). Nothing else is needed: the node
 * container brings its own capabilities.
 */
const CAPABILITIES = ["NET_ADMIN", "SETUID", "SETGID", "SETPCAP"];

const SYSCTLS = {
  "net.ipv6.conf.all.disable_ipv6": "1",
  "net.ipv6.conf.default.disable_ipv6": "1",
  // The canary echo listens on port 7 without NET_BIND_SERVICE.
  "net.ipv4.ip_unprivileged_port_start": "0",
};

export async function startPod(options: PodOptions): Promise<Pod> {
  const container = await new RawContainer(options.image)
    .withName(options.containerName)
    .withLabels({ ...options.labels })
    .withDroppedCapabilities("ALL")
    .withAddedCapabilities(...CAPABILITIES)
    .withStaticAddress(options.network.name, options.address)
    .tuneCreate((create) => {
      create.Hostname = options.name;
    })
    .tuneHost((host) => {
      host.Init = true;
      host.Sysctls = { ...SYSCTLS, ...options.sysctls };
    })
    .start();
  const pod = podOf(container, options);
  try {
    await untilReady(pod, options.readyMs ?? 20_000);
    return pod;
  } catch (error) {
    const log = await lastLog(pod.containerId);
    await pod.stop();
    throw new Error(`pod ${options.name} is not ready: ${messageOf(error)}; its last output: ${log}`, { cause: error });
  }
}

function podOf(container: StartedTestContainer, options: PodOptions): Pod {
  const containerId = container.getId();
  const { dispatcher } = options.network;
  return {
    name: options.name,
    address: options.address,
    containerId,
    networkMode: `container:${containerId}`,
    agent: new AgentClient(`http://${options.address}:${AGENT_PORT}`, dispatcher),
    toxiproxy: new ToxiproxyAdmin(`http://${options.address}:${TOXIPROXY_PORT}`, dispatcher),
    running: async () => (await inspect(containerId))?.State.Running === true,
    stop: async () => removeContainer(containerId),
  };
}

async function untilReady(pod: Pod, limitMs: number): Promise<void> {
  await waitUntil(`agent and Toxiproxy of ${pod.name} answer`, limitMs, 40, async () => {
    await pod.agent.stall();
    await pod.toxiproxy.version();
    return true;
  });
}

async function inspect(id: string) {
  const client = await getContainerRuntimeClient();
  try {
    return await client.container.dockerode.getContainer(id).inspect();
  } catch {
    return undefined;
  }
}

async function lastLog(id: string): Promise<string> {
  const client = await getContainerRuntimeClient();
  try {
    const log = await client.container.dockerode.getContainer(id).logs({ stdout: true, stderr: true, tail: 20 });
    return log.toString("utf8").replaceAll(/[^\x20-\x7e\n]/gu, "");
  } catch (error) {
    return `none (${messageOf(error)})`;
  }
}

/** Force and with anonymous volumes; a container that is gone already is fine. */
export async function removeContainer(id: string): Promise<void> {
  const client = await getContainerRuntimeClient();
  try {
    await client.container.dockerode.getContainer(id).remove({ force: true, v: true });
  } catch (error) {
    if (!/no such container|already in progress/iu.test(messageOf(error))) throw error;
  }
}

/**
 * The network of one cluster and its gateway: a bridge with a free /24, and one container on it with one port
 * published on 127.0.0.1 that speaks HTTP CONNECT. Everything the lab says to a pod goes through its dispatcher, so
 * that container addresses need not be routable from here.
 */
import { networkInterfaces } from "node:os";
import { getContainerRuntimeClient } from "testcontainers";
import type { Dispatcher } from "undici";
import { ProxyAgent } from "undici";
import type { Stall } from "./agent/protocol.ts";
import { labCall } from "./lab-http.ts";
import { removeContainer } from "./pod.ts";
import { GATEWAY_PORT } from "./ports.ts";
import { RawContainer } from "./raw-container.ts";
import { candidateSubnets, hostAddress } from "./subnets.ts";
import { waitUntil } from "./wait-until.ts";

export interface LabNetworkOptions {
  /** Unique on the engine; the gateway container is called `<name>-gateway`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly gatewayImage: string;
  /** Lets the gateway be switched to lying; self-tests only, a gate never sets it. */
  readonly liarAllowed?: boolean;
}

export interface LabNetwork extends AsyncDisposable {
  readonly id: string;
  readonly name: string;
  /** `10.x.y.0/24`. */
  readonly subnet: string;
  /** `http://127.0.0.1:PORT` of the gateway. */
  readonly gatewayUrl: string;
  readonly gatewayContainerId: string;
  readonly dispatcher: Dispatcher;
  /** Address of host 3 … 254 in the subnet; 1 is the bridge, 2 the gateway. */
  address(host: number): string;
  /** Largest stall of the gateway's event loop since last asked. */
  stall(): Promise<Stall>;
  /** Removes gateway and network; pods must be gone. */
  stop(): Promise<void>;
}

export async function startLabNetwork(options: LabNetworkOptions): Promise<LabNetwork> {
  const { id, subnet } = await createNetwork(options);
  let gatewayContainerId: string | undefined;
  try {
    const gateway = await startGateway(options, subnet);
    gatewayContainerId = gateway.id;
    const gatewayUrl = `http://127.0.0.1:${gateway.port}`;
    const dispatcher = new ProxyAgent({ uri: gatewayUrl, proxyTunnel: true });
    const network = networkOf({ options, id, subnet, gatewayUrl, gatewayContainerId: gateway.id, dispatcher });
    await waitUntil("the gateway answers", 10_000, 30, async () => (await network.stall()).maxMs >= 0);
    return network;
  } catch (error) {
    if (gatewayContainerId !== undefined) await removeContainer(gatewayContainerId);
    await removeNetwork(id);
    throw error;
  }
}

interface Parts {
  readonly options: LabNetworkOptions;
  readonly id: string;
  readonly subnet: string;
  readonly gatewayUrl: string;
  readonly gatewayContainerId: string;
  readonly dispatcher: ProxyAgent;
}

function networkOf(parts: Parts): LabNetwork {
  const { id, subnet, gatewayUrl, gatewayContainerId, dispatcher } = parts;
  const stop = async (): Promise<void> => {
    await dispatcher.destroy();
    await removeContainer(gatewayContainerId);
    await removeNetwork(id);
  };
  return {
    id,
    name: parts.options.name,
    subnet,
    gatewayUrl,
    gatewayContainerId,
    dispatcher,
    address: (host) => hostAddress(subnet, host),
    stall: () => gatewayStall(gatewayUrl),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function gatewayStall(gatewayUrl: string): Promise<Stall> {
  const { Agent } = await import("undici");
  const direct = new Agent({ connect: { timeout: 2000 } });
  try {
    const stall: Stall = JSON.parse(await labCall({ method: "GET", url: `${gatewayUrl}/stall`, dispatcher: direct, limitMs: 2000 }));
    return stall;
  } finally {
    await direct.close();
  }
}

async function startGateway(options: LabNetworkOptions, subnet: string): Promise<{ readonly id: string; readonly port: number }> {
  const container = await new RawContainer(options.gatewayImage)
    .withName(`${options.name}-gateway`)
    .withLabels({ ...options.labels })
    .withDroppedCapabilities("ALL")
    .withEnvironment({ GATEWAY_LIAR: options.liarAllowed === true ? "allowed" : "no" })
    .withStaticAddress(options.name, hostAddress(subnet, 2))
    .tuneCreate((create) => {
      create.ExposedPorts = { [`${GATEWAY_PORT}/tcp`]: {} };
    })
    .tuneHost((host) => {
      host.Init = true;
      host.PortBindings = { [`${GATEWAY_PORT}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] };
    })
    .start();
  const client = await getContainerRuntimeClient();
  const inspected = await client.container.dockerode.getContainer(container.getId()).inspect();
  const port = inspected.NetworkSettings.Ports[`${GATEWAY_PORT}/tcp`]?.[0]?.HostPort;
  if (port === undefined) throw new Error(`the gateway of ${options.name} has no published port`);
  return { id: container.getId(), port: Number(port) };
}

/** Several clusters may look for a free subnet at once: the engine refuses an overlap and the next one is tried. */
async function createNetwork(options: LabNetworkOptions): Promise<{ readonly id: string; readonly subnet: string }> {
  const client = await getContainerRuntimeClient();
  const { dockerode } = client.container;
  const networks = await dockerode.listNetworks();
  const used = networks.flatMap((network) =>
    (network.IPAM?.Config ?? []).flatMap((config) => (config.Subnet === undefined ? [] : [config.Subnet])),
  );
  const local = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
  let last: unknown;
  for (const subnet of candidateSubnets(used, local).slice(0, 50)) {
    try {
      const created = await dockerode.createNetwork({
        Name: options.name,
        CheckDuplicate: true,
        Labels: { ...options.labels },
        IPAM: { Driver: "default", Config: [{ Subnet: subnet }] },
      });
      return { id: created.id, subnet };
    } catch (error) {
      if (!/overlap/iu.test(error instanceof Error ? error.message : "")) throw error;
      last = error;
    }
  }
  throw new Error(`no free subnet for ${options.name}`, { cause: last });
}

async function removeNetwork(id: string): Promise<void> {
  const client = await getContainerRuntimeClient();
  try {
    await client.container.dockerode.getNetwork(id).remove();
  } catch (error) {
    if (!/no such network|not found/iu.test(error instanceof Error ? error.message : "")) throw error;
  }
}

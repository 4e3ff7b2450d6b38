/**
 * A kept cluster: one relay container with a port on 127.0.0.1 per node, so that the ordinary docker CLI reaches each
 * engine. Its label also tells every later sweep to pass the cluster by. Faults stay as they are.
 */
import { RawContainer } from "../../links/raw-container.ts";
import { waitUntil } from "../../links/wait-until.ts";
import type { Formed } from "./form.ts";
import { containerLog, inspectContainer } from "./host-engine.ts";
import { CLUSTER_LABEL, KEPT_LABEL, PART_LABEL } from "./owner.ts";

export interface Kept {
  readonly containerId: string;
  readonly text: string;
}

const FIRST_PORT = 12_001;
const RELAY_HOST = 3;
const READY_LIMIT_MS = 10_000;

/** Plain byte relay; each argument is `port=address:port`. */
const RELAY = `
const net = require("node:net");
const routes = process.argv.slice(1);
let missing = routes.length;
for (const route of routes) {
  const [port, to] = route.split("=");
  const [host, toPort] = to.split(":");
  net.createServer({ allowHalfOpen: true }, (near) => {
    const far = net.connect({ host, port: Number(toPort), allowHalfOpen: true });
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
  }).listen(Number(port), () => {
    missing -= 1;
    if (missing === 0) console.log("relay listens");
  });
}`;

export async function startRelay(formed: Formed, gatewayImage: string): Promise<Kept> {
  const ports = formed.members.map(({ info }, i) => ({ info, port: FIRST_PORT + i }));
  const container = await new RawContainer(gatewayImage)
    .withName(`${formed.id}-relay`)
    .withLabels({ ...formed.labels, [PART_LABEL]: "relay", [KEPT_LABEL]: formed.id })
    .withDroppedCapabilities("ALL")
    .withEntrypoint(["node", "-e", RELAY, "--"])
    .withCommand(ports.map(({ info, port }) => `${port}=${info.address}:${info.apiPort}`))
    .withStaticAddress(formed.id, formed.network.address(RELAY_HOST))
    .tuneCreate((create) => {
      create.ExposedPorts = Object.fromEntries(ports.map(({ port }) => [`${port}/tcp`, {}]));
    })
    .tuneHost((host) => {
      host.Init = true;
      host.PortBindings = Object.fromEntries(ports.map(({ port }) => [`${port}/tcp`, [{ HostIp: "127.0.0.1", HostPort: "" }]]));
    })
    .start();
  // The published port accepts before anything listens behind it.
  await waitUntil("the relay listens", READY_LIMIT_MS, 50, async () => (await containerLog(container.getId())).includes("relay listens"));
  const published = (await inspectContainer(container.getId()))?.NetworkSettings.Ports ?? {};
  const lines = ports.map(
    ({ info, port }) => `  ${info.name}  DOCKER_HOST=tcp://127.0.0.1:${published[`${port}/tcp`]?.[0]?.HostPort ?? "?"}`,
  );
  const text = [
    `cluster ${formed.id} is kept, faults as they are:`,
    ...lines,
    `remove it: ./swarmproof down ${formed.id}`,
    `or: ${removeCommand(formed.id)}`,
  ];
  return { containerId: container.getId(), text: text.join("\n") };
}

/** For people without the project at hand. */
function removeCommand(id: string): string {
  return `docker rm -fv $(docker ps -aqf label=${CLUSTER_LABEL}=${id}); docker network rm ${id}`;
}

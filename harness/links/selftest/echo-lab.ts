/** Pods with an echo app each, for the self-tests of links: started together, removed together. */
import { randomBytes } from "node:crypto";
import { text as readAll } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Wait, getContainerRuntimeClient } from "testcontainers";
import { bundle } from "../../images/bundle.ts";
import { resolveImage } from "../../images/images.ts";
import { startLabNetwork } from "../lab-network.ts";
import type { LabNetwork } from "../lab-network.ts";
import { LinkMesh } from "../links.ts";
import type { TrafficExpectation } from "../links.ts";
import { removeContainer, startPod } from "../pod.ts";
import type { Pod } from "../pod.ts";
import { REAL_PORTS } from "../ports.ts";
import { RawContainer } from "../raw-container.ts";
import { waitUntil } from "../wait-until.ts";
import { EchoClient } from "./echo-client.ts";

export interface EchoLab extends AsyncDisposable {
  readonly network: LabNetwork;
  readonly pods: readonly Pod[];
  readonly mesh: LinkMesh;
  readonly pod: (name: string) => Pod;
  readonly app: (name: string) => EchoClient;
  /** Every app opens a connection to every other one on both ports, so that there is traffic to judge by. */
  readonly talk: () => Promise<void>;
  /** SIGKILL of the app beside a pod, and its start; the pod lives on. */
  readonly killApp: (name: string) => Promise<void>;
  readonly restartApp: (name: string) => Promise<void>;
  /** SIGSTOP of a pod's Toxiproxy: it accepts connections and answers nothing, as a server that waits for its lock. */
  readonly stopToxiproxy: (name: string) => Promise<void>;
}

export interface EchoLabOptions {
  readonly names?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  /** Run between the start of the apps and `prepare`. */
  readonly beforePrepare?: (lab: Pick<EchoLab, "pods" | "app" | "pod">) => Promise<void>;
  readonly liarAllowed?: boolean;
  /** Without apps there is no traffic to expect. */
  readonly apps?: boolean;
  /** An engine to be lied about beside each pod. */
  readonly fakeEngine?: boolean;
  /** Leaves other labs of these tests alone. */
  readonly keep?: boolean;
}

export async function startEchoLab(options: EchoLabOptions = {}): Promise<EchoLab> {
  const names = options.names ?? ["m1", "m2", "m3"];
  const run = `links-selftest-${randomBytes(3).toString("hex")}`;
  const labels = { "swarmproof.selftest": run };
  const { docker, gateway, infra } = await images();
  if (options.keep !== true) await sweep(docker);
  const network = await startLabNetwork({ name: run, labels, gatewayImage: gateway, liarAllowed: options.liarAllowed === true });
  const pods: Pod[] = [];
  const targets = new Map<string, string>();
  const dispose = async (): Promise<void> => {
    await Promise.all([...targets.values()].map(removeContainer));
    await Promise.all(pods.map(async (pod) => pod.stop()));
    await network.stop();
  };
  try {
    await Promise.all(
      names.map(async (name, index) => {
        const sysctls = options.sysctls ?? {};
        pods.push(
          await startPod({
            name,
            containerName: `${run}-${name}`,
            image: infra,
            network,
            address: network.address(11 + index),
            labels,
            sysctls,
          }),
        );
      }),
    );
    const base = { image: gateway, labels };
    const engine = { ...base, program: import.meta.resolve("./fake-engine.ts"), ready: "fake engine listens" };
    const echo = { ...base, program: import.meta.resolve("./echo-app.ts"), ready: "echo app listens" };
    const wanted = [...(options.apps === false ? [] : [echo]), ...(options.fakeEngine === true ? [engine] : [])];
    const started = pods.flatMap((pod) => wanted.map(async (each) => targets.set(pod.name, await startApp(pod, each))));
    await Promise.all(started);
    const pod = (name: string): Pod => pods.find((each) => each.name === name) ?? missing(name);
    const clients = new Map(pods.map((each) => [each.name, new EchoClient(each.address, network.dispatcher)]));
    const app = (name: string): EchoClient => clients.get(name) ?? missing(name);
    const target = (name: string) => docker.getContainer(targets.get(name) ?? missing(name));
    const killApp = async (name: string): Promise<void> => void (await target(name).kill({ signal: "SIGKILL" }));
    const restartApp = async (name: string): Promise<void> => {
      await target(name).start();
      await waitUntil(`the app of ${name} listens`, 10_000, 50, async () => (await app(name).heard("")).heard >= 0);
    };
    const stopToxiproxy = async (name: string): Promise<void> => {
      const pid = (await pod(name).agent.observe()).toxiproxyPid;
      const container = docker.getContainer(pod(name).containerId);
      const stop = await container.exec({ Cmd: ["/bin/busybox", "kill", "-STOP", String(pid)], User: "9999", AttachStdout: true });
      await readAll(await stop.start({}));
    };
    await options.beforePrepare?.({ pods, app, pod });
    const mesh = new LinkMesh(pods, { expectTraffic: () => (options.apps === false ? [] : everybody(names)) });
    await mesh.prepare();
    return {
      network,
      pods,
      mesh,
      pod,
      app,
      talk: async () => talk(pods, app),
      killApp,
      restartApp,
      stopToxiproxy,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function everybody(names: readonly string[]): readonly TrafficExpectation[] {
  return names.flatMap((from) =>
    names.filter((to) => to !== from).flatMap((to) => REAL_PORTS.map((port) => ({ from, port, anyOf: [to] }))),
  );
}

async function talk(pods: readonly Pod[], app: (name: string) => EchoClient): Promise<void> {
  for (const from of pods) {
    for (const to of pods.filter((each) => each !== from)) {
      for (const port of REAL_PORTS) {
        const outcome = await app(from.name).open(`talk-${to.name}-${port}`, to.address, port);
        if (outcome !== "connected") throw new Error(`${from.name} cannot talk to ${to.name}:${port}: ${outcome}`);
      }
    }
  }
}

interface AppOptions {
  /** URL of the program's source. */
  readonly program: string;
  /** Its first line of output. */
  readonly ready: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

async function startApp(pod: Pod, { program, ready, image, labels }: AppOptions): Promise<string> {
  const text = Buffer.from(await bundle(fileURLToPath(program))).toString("utf8");
  const container = await new RawContainer(image)
    .withLabels({ ...labels })
    .withNetworkMode(pod.networkMode)
    .withEntrypoint(["node", "/app.cjs"])
    .withCopyContentToContainer([{ content: text, target: "/app.cjs" }])
    .withWaitStrategy(Wait.forLogMessage(ready))
    .start();
  return container.getId();
}

async function images() {
  const client = await getContainerRuntimeClient();
  const docker = client.container.dockerode;
  const [infra, gateway] = [await resolveImage("infra", { docker }), await resolveImage("gateway", { docker })];
  return { docker, infra: infra.ref, gateway: gateway.ref };
}

/** What a killed run of these tests left behind; they never run side by side. */
async function sweep(docker: Awaited<ReturnType<typeof getContainerRuntimeClient>>["container"]["dockerode"]): Promise<void> {
  const filters = { label: ["swarmproof.selftest"] };
  const left = await docker.listContainers({ all: true, filters });
  await Promise.all(left.map(async (container) => removeContainer(container.Id)));
  const networks = await docker.listNetworks({ filters });
  await Promise.all(networks.map(async (network) => docker.getNetwork(network.Id).remove()));
}

function missing(name: string): never {
  throw new Error(`no pod ${name} in this lab`);
}

/**
 * The node container of a pod: made once, joined to the pod's network namespace, and taken through its life. Owns the
 * facts "runs", "is paused", "engine is up"; decides nothing about faults (`node-faults.ts`) nor about the swarm.
 */
import { tuneMobyHost } from "../../images/moby/host-options.ts";
import type { NodeHost } from "../../images/moby/host-options.ts";
import { removeContainer } from "../../links/pod.ts";
import type { Pod } from "../../links/pod.ts";
import { RawContainer } from "../../links/raw-container.ts";
import type { Target } from "../target.ts";
import { execIn, hostEngine, inspectContainer, untilStopped } from "./host-engine.ts";
import type { Ended } from "./host-engine.ts";
import type { Labels } from "./owner.ts";
import { removeCgroups } from "./cgroups.ts";

export interface NodeOptions {
  readonly target: Target;
  readonly image: string;
  readonly containerName: string;
  readonly labels: Labels;
  readonly host: NodeHost;
}

export type EngineOrder = "kill" | "start" | "stop" | "status";

const END_LIMIT_MS = 20_000;
const ORDER_LIMIT_MS = 75_000;

export class NodeContainer {
  readonly id: string;
  private readonly target: Target;

  private constructor(id: string, target: Target) {
    this.id = id;
    this.target = target;
  }

  static async start(pod: Pod, options: NodeOptions): Promise<NodeContainer> {
    const { target } = options;
    const container = new RawContainer(options.image)
      .withName(options.containerName)
      .withLabels({ ...options.labels })
      .withEnvironment({ ...target.environment })
      .withNetworkMode(pod.networkMode)
      .tuneHost((host) => hostOptions(host, options))
      .tuneCreate((create) => {
        create.Volumes = Object.fromEntries(target.volumes.map((path) => [path, {}]));
      });
    if (target.command.length > 0) container.withCommand([...target.command]);
    return new NodeContainer((await container.start()).getId(), target);
  }

  /** `up` with the engine's pid, `down`, or `undefined` when it cannot be asked. */
  async engine(order: EngineOrder): Promise<Ended> {
    const commands = this.target.engine;
    if (commands === undefined) throw new Error(`target ${this.target.name} has no commands for its engine`);
    return execIn(this.id, commands[order], ORDER_LIMIT_MS);
  }

  /** SIGKILL of the whole container, tasks and all. True when it has ended. */
  async powerOff(): Promise<boolean> {
    const docker = await hostEngine();
    await docker.getContainer(this.id).kill({ signal: "SIGKILL" });
    return untilStopped(this.id, END_LIMIT_MS);
  }

  async powerOn(): Promise<void> {
    const docker = await hostEngine();
    await docker.getContainer(this.id).start();
  }

  async pause(): Promise<void> {
    const docker = await hostEngine();
    await docker.getContainer(this.id).pause();
  }

  async unpause(): Promise<void> {
    const docker = await hostEngine();
    await docker.getContainer(this.id).unpause();
  }

  async state(): Promise<"running" | "paused" | "ended" | "gone"> {
    const found = await inspectContainer(this.id);
    if (found === undefined) return "gone";
    if (found.State.Paused) return "paused";
    return found.State.Running ? "running" : "ended";
  }

  async remove(): Promise<void> {
    await removeContainer(this.id);
    await removeCgroups(this.id);
  }
}

type HostConfig = Parameters<typeof tuneMobyHost>[0];

function hostOptions(host: HostConfig, options: NodeOptions): void {
  if (options.target.host === "docker-in-docker") {
    tuneMobyHost(host, options.host);
    return;
  }
  host.Init = true;
  host.CapAdd = ["NET_ADMIN", "SYS_ADMIN"];
  host.SecurityOpt = ["seccomp=unconfined", "apparmor=unconfined"];
  host.MaskedPaths = [];
  host.ReadonlyPaths = [];
}

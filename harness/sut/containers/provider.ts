/**
 * The containers arm's `SutProvider`: forms clusters of one target, sweeps what dead runs left, and takes down what it
 * started. Images are resolved by the caller.
 */
import type { NodeHost } from "../../images/moby/host-options.ts";
import type { ClusterShape, SutProvider, TargetFacts } from "../sut.ts";
import { factsOf } from "../target.ts";
import type { Target } from "../target.ts";
import { ContainerCluster } from "./cluster.ts";
import { form } from "./form.ts";
import type { LabImages } from "./form.ts";
import { hostFacts } from "./host-facts.ts";
import { sweep } from "./sweep.ts";

export interface ContainersOptions {
  readonly target: Target;
  readonly images: LabImages;
  /** Lets the gateway be switched to lying; self-tests of the judge only. */
  readonly liarAllowed?: boolean;
}

/** Forming and what it needs to know; others in tests, which have no engine. */
export interface FormingSteps {
  readonly form: typeof form;
  readonly hostFacts: typeof hostFacts;
}

export function containersProvider(options: ContainersOptions): ContainersProvider {
  return new ContainersProvider(options);
}

export class ContainersProvider implements SutProvider {
  readonly facts: TargetFacts;
  private readonly options: ContainersOptions;
  private readonly steps: FormingSteps;
  private readonly running = new Set<ContainerCluster>();
  private readonly forming = new Set<Promise<ContainerCluster>>();
  private host: Promise<NodeHost> | undefined;

  constructor(options: ContainersOptions, steps: FormingSteps = { form, hostFacts }) {
    this.options = options;
    this.steps = steps;
    this.facts = factsOf(options.target);
  }

  start(shape: ClusterShape, progress: (text: string) => void): Promise<ContainerCluster> {
    const started = this.formed(shape, progress);
    // An interrupted run closes the provider while a cluster still forms: it must not be left behind.
    this.forming.add(started);
    const over = (): void => void this.forming.delete(started);
    started.then(over, over);
    return started;
  }

  private async formed(shape: ClusterShape, progress: (text: string) => void): Promise<ContainerCluster> {
    const { target, images, liarAllowed } = this.options;
    this.host ??= this.steps.hostFacts(images.node);
    const formed = await this.steps.form({ target, images, host: await this.host, shape, progress, liarAllowed: liarAllowed ?? false });
    try {
      const spec = await formed.exchange.send("m1", { method: "GET", path: "/swarm" }, 5000);
      const swarmSpec = spec.kind === "answer" ? (spec.body as { readonly Spec?: unknown }).Spec : undefined;
      const cluster = new ContainerCluster({ formed, shape, target, gatewayImage: images.gateway, swarmSpec });
      this.running.add(cluster);
      return cluster;
    } catch (error) {
      // Nobody else knows of it yet. That it could not be taken down either must not hide why.
      await formed.takeDown().catch(() => undefined);
      throw error;
    }
  }

  async sweep(): Promise<readonly string[]> {
    return sweep();
  }

  /** Takes down what is still up, except what is kept. */
  async close(): Promise<void> {
    await Promise.allSettled(this.forming);
    const left = [...this.running].filter((cluster) => !cluster.isKept());
    this.running.clear();
    await Promise.all(left.map(async (cluster) => cluster.destroy()));
  }
}

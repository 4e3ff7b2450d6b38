/**
 * A testcontainers container with the settings that library has no words for: static address, sysctls, init, cgroup
 * namespace, unmasked paths. No reaper is started for it: the lab's own labels and sweep take care of leftovers.
 */
import type { ContainerCreateOptions, HostConfig } from "dockerode";
import { GenericContainer } from "testcontainers";

/** `CgroupnsMode` is known to the engine and not to the type package. */
export type HostTuning = HostConfig & { CgroupnsMode?: string };

export class RawContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.autoCleanup = false;
  }

  tuneHost(tune: (host: HostTuning) => void): this {
    tune(this.hostConfig);
    return this;
  }

  tuneCreate(tune: (create: ContainerCreateOptions) => void): this {
    tune(this.createOpts);
    return this;
  }

  /** Not to be mixed with `withNetworkAliases`, which would connect a second time. */
  withStaticAddress(network: string, address: string): this {
    this.networkMode = network;
    this.createOpts.NetworkingConfig = { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } };
    return this;
  }
}

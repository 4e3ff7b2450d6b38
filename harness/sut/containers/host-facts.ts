/** What the container engine's host allows: cgroup version, and whether `--privileged` is granted. Asked once per run. */
import type { NodeHost } from "../../images/moby/host-options.ts";
import { hostEngine } from "./host-engine.ts";
import { ownerLabels } from "./owner.ts";

export async function hostFacts(image: string): Promise<NodeHost> {
  const docker = await hostEngine();
  const info: unknown = await docker.info();
  const version = (info as { readonly CgroupVersion?: string }).CgroupVersion;
  return { cgroupVersion: version === "2" ? 2 : 1, privileged: await privilegedGranted(image) };
}

/** Privileged containers are refused at start, not at creation, where a capability is missing from the bounding set. */
async function privilegedGranted(image: string): Promise<boolean> {
  const docker = await hostEngine();
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["/bin/true"],
    Cmd: [],
    Labels: ownerLabels("host-facts"),
    HostConfig: { Privileged: true, NetworkMode: "none" },
  });
  try {
    await container.start();
    const ended: unknown = await container.wait();
    return (ended as { readonly StatusCode?: number }).StatusCode === 0;
  } catch {
    return false;
  } finally {
    await container.remove({ force: true, v: true });
  }
}

/**
 * The infra image: owner of a pod's network namespace. Carries the Toxiproxy server, nftables and conntrack tools and
 * the bundled agent. Its start script supervises Toxiproxy and runs the agent; everything else is the agent's.
 */
import { bundle } from "../bundle.ts";
import { APPLETS, DASH, LEFT_OUT, MAINTAINER_ONLY, NODE_PACKAGES, SHELL_PACKAGES, SUITE, beside, busyboxLinks } from "../common.ts";
import type { ImageDefinition, ImageFile } from "../definition.ts";
import { nodeBinary, script, text } from "../image-file.ts";

const TOOLS = ["nftables", "conntrack", "iproute2", "util-linux"];

export async function infraDefinition(agentEntry: string, toxiproxy: ImageFile): Promise<ImageDefinition> {
  return {
    name: "infra",
    suite: SUITE,
    packages: [...NODE_PACKAGES, ...SHELL_PACKAGES, ...TOOLS],
    notUnpacked: MAINTAINER_ONLY,
    leftOut: LEFT_OUT,
    files: [
      nodeBinary(),
      toxiproxy,
      text("/opt/swarmproof/agent.cjs", await bundle(agentEntry)),
      await script("/opt/swarmproof/start.sh", beside(import.meta.url, "start.sh")),
    ],
    links: { ...busyboxLinks(APPLETS), ...DASH },
    entrypoint: ["/opt/swarmproof/start.sh"],
    environment: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    volumes: [],
    check: {
      command: [
        "/bin/sh",
        "-c",
        "nft --version && conntrack --version && ss -V && setpriv --version && node --version && toxiproxy-server -version",
      ],
      expect: /nftables[^]*conntrack[^]*iproute2[^]*setpriv[^]*v2[0-9][^]*toxiproxy-server/,
    },
  };
}

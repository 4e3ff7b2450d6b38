/** The gateway image: the bundled HTTP CONNECT gateway and the Node.js that runs it. */
import { bundle } from "../bundle.ts";
import { APPLETS, DASH, LEFT_OUT, MAINTAINER_ONLY, NODE_PACKAGES, SHELL_PACKAGES, SUITE, busyboxLinks } from "../common.ts";
import type { ImageDefinition } from "../definition.ts";
import { nodeBinary, text } from "../image-file.ts";

export async function gatewayDefinition(gatewayEntry: string): Promise<ImageDefinition> {
  return {
    name: "gateway",
    suite: SUITE,
    packages: [...NODE_PACKAGES, ...SHELL_PACKAGES],
    notUnpacked: MAINTAINER_ONLY,
    leftOut: LEFT_OUT,
    files: [nodeBinary(), text("/opt/swarmproof/gateway.cjs", await bundle(gatewayEntry))],
    links: { ...busyboxLinks(APPLETS), ...DASH },
    entrypoint: ["node", "/opt/swarmproof/gateway.cjs"],
    environment: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    volumes: [],
    check: { command: ["node", "--version"], expect: /^v2[0-9]/ },
  };
}

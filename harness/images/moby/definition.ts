/**
 * Real Docker Engine as a swarm node: dockerd below a supervisor, so that the engine alone can be killed and started.
 * The container must be made with an init (`HostConfig.Init`) and the options of `host-options.ts`.
 */
import { APPLETS, DASH, LEFT_OUT, MAINTAINER_ONLY, SHELL_PACKAGES, SUITE, beside, busyboxLinks } from "../common.ts";
import type { ImageDefinition } from "../definition.ts";
import { script } from "../image-file.ts";

/** Programs of the packages that a node never runs. */
const UNUSED = [
  "./usr/sbin/ovrouter",
  "./usr/bin/dnet",
  "./usr/bin/containerd-shim",
  "./usr/bin/containerd-shim-runc-v1",
  "./lib/systemd",
  "./lib/udev",
];

/** What the packages' alternatives would have set up. */
const IPTABLES = Object.fromEntries(
  ["iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"].map((name) => [
    `/usr/sbin/${name}`,
    "xtables-nft-multi",
  ]),
);

export async function mobyDefinition(): Promise<ImageDefinition> {
  return {
    name: "moby@20.10",
    suite: SUITE,
    packages: [...SHELL_PACKAGES, "docker.io", "iptables", "iproute2"],
    notUnpacked: MAINTAINER_ONLY,
    leftOut: [...LEFT_OUT, ...UNUSED],
    files: [
      await script("/sbin/engine-supervisor", beside(import.meta.url, "supervisor.sh")),
      await script("/sbin/engine", beside(import.meta.url, "engine.sh")),
    ],
    links: { ...busyboxLinks(APPLETS), ...DASH, ...IPTABLES },
    entrypoint: ["/sbin/engine-supervisor"],
    environment: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    volumes: ["/var/lib/docker"],
    publicBase: { reference: "docker:20.10-dind" },
    check: {
      command: [
        "/bin/sh",
        "-c",
        "dockerd --version && containerd --version && runc --version && iptables --version && ip -V && test -x /sbin/engine",
      ],
      expect: /^Docker version 20\.10\.[^]*containerd[^]*runc[^]*iptables v/,
    },
  };
}

/** A cluster that stands belongs to somebody, or is taken down. Needs no container engine. */
import { Agent } from "undici";
import { expect, test } from "vitest";
import { undiciExchange } from "../../client/undici-exchange.ts";
import { LinkMesh } from "../../links/links.ts";
import { loadTarget } from "../target.ts";
import type { Formed } from "./form.ts";
import { ContainersProvider } from "./provider.ts";

const gateway = "http://127.0.0.1:1";

function formed(takeDown: () => Promise<void>): Formed {
  const stop = async (): Promise<void> => {};
  return {
    id: "swarmproof-test",
    network: {
      id: "n",
      name: "swarmproof-test",
      subnet: "10.0.0.0/24",
      gatewayUrl: gateway,
      gatewayContainerId: "g",
      dispatcher: new Agent(),
      address: (host) => `10.0.0.${host}`,
      stall: () => Promise.reject(new Error("no gateway here")),
      stop,
      [Symbol.asyncDispose]: stop,
    },
    mesh: new LinkMesh([], { expectTraffic: () => [], log: () => {} }),
    members: [],
    exchange: Object.assign(undiciExchange([], { gateway }), { send: () => Promise.reject(new Error("no such node")) }),
    labels: {},
    breakdown: {},
    takeDown,
  };
}

test.each([undefined, "the network is in use"])(
  "a cluster that fails between forming and handing over is taken down: %s",
  async (stuck) => {
    const deeds: string[] = [];
    const cluster = formed(async () => {
      deeds.push("taken down");
      if (stuck !== undefined) throw new Error(stuck);
    });
    const images = { infra: "", gateway: "", node: "", workloadArchive: "" };
    const provider = new ContainersProvider(
      { target: loadTarget("moby@20.10"), images },
      { form: async () => cluster, hostFacts: async () => ({ cgroupVersion: 1, privileged: false }) },
    );
    await expect(provider.start({ managers: 1, workers: 0 }, () => {})).rejects.toThrow("no such node");
    expect(deeds).toEqual(["taken down"]);
  },
);

/**
 * A cluster that was used comes back as new, and says why when it cannot: services, labels, availability, roles, the
 * swarm's settings, secrets, networks and stray containers are put right; a fault in force or a node that left is not.
 * The links of two machines that are lost together are silent, and evidence of such a cluster is bounded.
 */
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UndiciExchange } from "../../../client/undici-exchange.ts";
import type { ContainerCluster } from "../cluster.ts";
import type { ContainersProvider } from "../provider.ts";
import { clientOf, labProvider, serve } from "./lab.ts";

let provider: ContainersProvider;
let cluster: ContainerCluster;
let client: UndiciExchange;

beforeAll(async () => {
  provider = await labProvider();
  await provider.sweep();
  cluster = await provider.start({ managers: 3, workers: 1 }, () => undefined);
  client = clientOf(cluster);
});

afterAll(async () => {
  await client.close();
  await cluster.destroy();
  await provider.close();
});

async function post(path: string, body: unknown): Promise<number> {
  const outcome = await client.send("m1", { method: "POST", path, body }, 10_000);
  return outcome.kind === "answer" ? outcome.status : 0;
}

interface Versioned {
  readonly Version: { readonly Index: number };
  readonly Spec: Readonly<Record<string, unknown>>;
}

async function read(path: string): Promise<Versioned> {
  const outcome = await client.send("m1", { method: "GET", path }, 5000);
  if (outcome.kind !== "answer" || outcome.status !== 200) throw new Error(`${path}: ${JSON.stringify(outcome)}`);
  return outcome.body as Versioned;
}

async function change(path: string, spec: Readonly<Record<string, unknown>>): Promise<number> {
  const now = await read(path);
  return post(`${path}/update?version=${now.Version.Index}`, { ...now.Spec, ...spec });
}

function idOf(name: string): string {
  return cluster.nodes.find((node) => node.name === name)?.id ?? "";
}

describe("a used cluster", () => {
  it("is made as new: services, labels, availability, roles, settings, secrets, networks, stray containers", async () => {
    const image = cluster.facts.images.v1;
    await serve(client, { name: "web", image, replicas: 4 }, 4);
    expect(await change(`/nodes/${idOf("w1")}`, { Availability: "drain", Labels: { zone: "a" } })).toBe(200);
    expect(await change(`/nodes/${idOf("m3")}`, { Role: "worker" })).toBe(200);
    expect(await change("/swarm", { Dispatcher: { HeartbeatPeriod: 2_000_000_000 } })).toBe(200);
    expect(await post("/secrets/create", { Name: "s1", Data: "eA==" })).toBe(201);
    expect(await post("/networks/create", { Name: "n1", Driver: "overlay", CheckDuplicate: true })).toBe(201);
    expect(await post("/containers/create?name=stray", { Image: image })).toBe(201);

    expect(await cluster.cleanCheck()).toEqual({ clean: true });

    for (const name of ["m1", "m2", "m3", "w1"]) {
      const { Spec } = await read(`/nodes/${idOf(name)}`);
      expect(Spec).toMatchObject({ Role: name.startsWith("m") ? "manager" : "worker", Availability: "active", Labels: {} });
    }
    for (const path of ["/services", "/tasks", "/secrets", "/containers/json?all=1"]) expect(await read(path)).toEqual([]);
    expect((await read("/swarm")).Spec["Dispatcher"]).toEqual({ HeartbeatPeriod: 5_000_000_000 });
  });

  it("is not clean while a fault is in force; two machines lost at once are proved silent; evidence of them is bounded", async () => {
    expect(await cluster.install("f1", { kind: "power-off", nodes: ["m2", "w1"] })).toMatchObject({ state: "installed" });
    expect(await cluster.cleanCheck()).toMatchObject({ clean: false, why: expect.stringContaining("f1") });
    const directory = await mkdtemp(join(tmpdir(), "swarmproof-evidence-"));
    try {
      const began = performance.now();
      await cluster.evidence(directory);
      expect(performance.now() - began).toBeLessThan(20_000);
      const files = await readdir(directory);
      expect(files).toEqual(
        expect.arrayContaining(["gateway.log", "m1-api.json", "m1-network.json", "m1-proxies.json", "m2-engine.log", "w1-containers.json"]),
      );
      expect(await readFile(join(directory, "m1-network.json"), "utf8")).toContain("chaos");
      expect(await readFile(join(directory, "m1-proxies.json"), "utf8")).toContain("slow_close");
    } finally {
      await rm(directory, { recursive: true });
    }
    expect(await cluster.remove("f1")).toMatchObject({ state: "removed" });
    expect(await cluster.cleanCheck()).toEqual({ clean: true });
  });

  it("is not clean when a node left", async () => {
    expect((await client.send("w1", { method: "POST", path: "/swarm/leave?force=1" }, 20_000)).kind).toBe("answer");
    expect(await client.send("m1", { method: "DELETE", path: `/nodes/${idOf("w1")}?force=1` }, 5000)).toMatchObject({ status: 200 });
    expect(await cluster.cleanCheck()).toMatchObject({ clean: false, why: expect.stringContaining("w1 left the swarm") });
  });
});

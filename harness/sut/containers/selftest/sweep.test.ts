/**
 * What a killed run leaves is swept by the next, and nothing else: not what a living owner has, not what is not ours,
 * not a cluster that was kept. The killed run is a real process with a real cluster, a fault in force.
 */
import { once } from "node:events";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cgroupsOf } from "../cgroups.ts";
import type { ContainerCluster } from "../cluster.ts";
import { hostEngine } from "../host-engine.ts";
import { CLUSTER_LABEL, NODE_LABEL } from "../owner.ts";
import type { ContainersProvider } from "../provider.ts";
import { takeDown } from "../sweep.ts";
import { labProvider } from "./lab.ts";

interface Things {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
}

let provider: ContainersProvider;
let living: ContainerCluster;
let stranger: string;

beforeAll(async () => {
  provider = await labProvider();
  await provider.sweep();
  living = await provider.start({ managers: 1, workers: 0 }, () => undefined);
  const docker = await hostEngine();
  const { gatewayImage } = living;
  stranger = (await docker.createContainer({ Image: gatewayImage, Labels: { "swarmproof.test": "stranger" } })).id;
});

afterAll(async () => {
  const docker = await hostEngine();
  await docker.getContainer(stranger).remove({ force: true });
  await living.destroy();
  await provider.close();
});

async function thingsOf(cluster: string): Promise<Things> {
  const docker = await hostEngine();
  const filters = { label: [`${CLUSTER_LABEL}=${cluster}`] };
  const [containers, networks] = await Promise.all([docker.listContainers({ all: true, filters }), docker.listNetworks({ filters })]);
  return { containers: containers.map(({ Id }) => Id), networks: networks.map(({ Id }) => Id) };
}

/** Starts `hang.ts`, waits for its cluster and kills it. */
async function killedRun(): Promise<{ readonly id: string; readonly paused: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "hang.ts")], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8");
  for await (const text of child.stdout) {
    said += text;
    if (said.includes("\n")) break;
  }
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return JSON.parse(said) as { readonly id: string; readonly paused: string };
}

async function anonymousVolumes(containers: readonly string[]): Promise<readonly string[]> {
  const docker = await hostEngine();
  const inspected = await Promise.all(containers.map(async (id) => docker.getContainer(id).inspect()));
  return inspected.flatMap(({ Mounts }) => Mounts.flatMap((mount) => ("Name" in mount && mount.Name !== undefined ? [mount.Name] : [])));
}

describe("a sweep", () => {
  it("removes all that a killed run left – containers, network, volumes, control groups – and nothing of others", async () => {
    const { id, paused } = await killedRun();
    expect(paused).toBe("installed");
    const left = await thingsOf(id);
    expect(left.containers.length).toBe(3);
    expect(left.networks.length).toBe(1);
    const volumes = await anonymousVolumes(left.containers);
    expect(volumes.length).toBeGreaterThan(0);

    const said = await provider.sweep();
    // Another run on this machine may have left things too.
    expect(said.filter((line) => line.includes(id)).toSorted()).toEqual([
      `container ${id}-gateway`,
      `container ${id}-infra-m1`,
      `container ${id}-m1`,
      `network ${id}`,
    ]);
    expect(await thingsOf(id)).toEqual({ containers: [], networks: [] });
    const docker = await hostEngine();
    const { Volumes } = await docker.listVolumes();
    expect((Volumes ?? []).filter(({ Name }) => volumes.includes(Name))).toEqual([]);
    for (const container of left.containers) expect(await cgroupsOf(container)).toEqual([]);

    expect((await thingsOf(living.id)).containers.length).toBe(3);
    expect(await docker.getContainer(stranger).inspect()).toMatchObject({ Id: stranger });
  });

  it("passes a kept cluster by; taking it down by name removes it", async () => {
    const kept = await provider.start({ managers: 1, workers: 0 }, () => undefined);
    try {
      const text = await kept.describeKept();
      const address = /DOCKER_HOST=tcp:\/\/(127\.0\.0\.1):(\d+)/.exec(text);
      const answer = await fetch(`http://${address?.[1]}:${address?.[2]}/_ping`);
      expect(await answer.text()).toBe("OK");
      expect(text).toContain(`./swarmproof down ${kept.id}`);
      await provider.sweep();
      expect((await thingsOf(kept.id)).containers.length).toBe(4);
    } finally {
      await takeDown([kept.id]);
    }
    expect(await thingsOf(kept.id)).toEqual({ containers: [], networks: [] });
  });
});

describe("a container that ends by itself", () => {
  it("is told once, with what it was, its status and its last words", async () => {
    const docker = await hostEngine();
    expect(await living.casualties()).toEqual([]);
    const filters = { label: [`${CLUSTER_LABEL}=${living.id}`, `${NODE_LABEL}=m1`] };
    expect((await docker.listContainers({ filters })).length).toBe(2);
    await docker.getContainer(living.containerOf("m1")).kill({ signal: "SIGKILL" });
    await docker.getContainer(living.containerOf("m1")).wait();
    const told = await living.casualties();
    expect(told.length).toBe(1);
    expect(told[0]?.whose).toBe("lab");
    expect(told[0]?.text).toMatch(/^node m1 ended by itself at .* with status 137/);
    expect(told[0]?.text).toMatch(/last output:\n.*level=/);
    expect(await living.casualties()).toEqual([]);
    expect(await living.cleanCheck()).toMatchObject({ clean: false, why: expect.stringContaining("node m1 ended by itself") });
  });

  it("may be a pod or the gateway as well; looking at what is left is bounded", async () => {
    const docker = await hostEngine();
    const parts = await docker.listContainers({ filters: { label: [`${CLUSTER_LABEL}=${living.id}`] } });
    for (const { Id } of parts) {
      await docker.getContainer(Id).kill({ signal: "SIGKILL" });
      await docker.getContainer(Id).wait();
    }
    const began = performance.now();
    const told = (await living.casualties()).map((one) => one.text).join("\n");
    expect(told).toMatch(/^gateway ended by itself .* with status 137/m);
    expect(told).toMatch(/^pod m1 ended by itself .* with status 137/m);
    const directory = await mkdtemp(join(tmpdir(), "swarmproof-evidence-"));
    await living.evidence(directory);
    expect(performance.now() - began).toBeLessThan(40_000);
    expect(await readFile(join(directory, "cluster.json"), "utf8")).toContain("gateway ended by itself");
    expect(await readFile(join(directory, "m1-engine.log"), "utf8")).toContain("API listen on");
    await rm(directory, { recursive: true });
  });
});

/**
 * Faults of whole nodes on real engines, each held against what it must do and must not do: `kill` leaves the tasks
 * alive, `pause` stops them, `restart` ends and starts in order, `power-off` sends no peer a FIN or RST. Afterwards the
 * cluster is as new.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UndiciExchange } from "../../../client/undici-exchange.ts";
import { waitUntil } from "../../../links/wait-until.ts";
import type { ContainerCluster } from "../cluster.ts";
import { hostEngine } from "../host-engine.ts";
import type { ContainersProvider } from "../provider.ts";
import { COUNTING, clientOf, labProvider, serve } from "./lab.ts";

let provider: ContainersProvider;
let cluster: ContainerCluster;
let client: UndiciExchange;

beforeAll(async () => {
  provider = await labProvider();
  await provider.sweep();
  cluster = await provider.start({ managers: 2, workers: 1 }, () => undefined);
  client = clientOf(cluster);
});

afterAll(async () => {
  await client.close();
  await cluster.destroy();
  await provider.close();
});

interface Counted {
  readonly pid: number;
  readonly task: boolean;
  readonly command: string;
}

/** CPU seconds of the counting task on `w1`, by the engine's host. */
async function counter(): Promise<{ readonly pid: number; readonly seconds: number }> {
  const processes = (await cluster.probe("processes", "w1", {})) as readonly (Counted & { readonly cpuS: number })[];
  const found = processes.find((process) => process.task && process.command.includes("while :"));
  if (found === undefined) throw new Error("no counting task on w1");
  return { pid: found.pid, seconds: found.cpuS };
}

/** Looks again and again for `forMs`; answers every look. */
async function watch<T>(forMs: number, look: () => Promise<T>): Promise<ReadonlySet<T>> {
  const end = performance.now() + forMs;
  const seen = new Set<T>();
  await waitUntil("the time is over", forMs + 5000, 200, async () => {
    seen.add(await look());
    return performance.now() >= end;
  });
  return seen;
}

async function apiState(node: string): Promise<string> {
  const outcome = await client.send(node, { method: "GET", path: "/_ping" }, 1000);
  return outcome.kind === "answer" ? "answers" : "silent";
}

async function countsOn(from: number): Promise<void> {
  await waitUntil("the counter grows", 10_000, 250, async () => (await counter()).seconds > from);
}

describe("a node", () => {
  it("kill: the engine is gone and its tasks live on; healed, it serves again", async () => {
    await serve(
      client,
      { name: "count", image: cluster.facts.images.v1, constraints: ["node.hostname==w1"], replicas: 1, command: COUNTING },
      1,
    );
    const before = await counter();
    const report = await cluster.install("f1", { kind: "kill", nodes: ["w1"] });
    expect(report).toMatchObject({ state: "installed" });
    await countsOn(before.seconds + 1);
    expect((await counter()).pid).toBe(before.pid);
    expect(await apiState("w1")).toBe("silent");
    expect(cluster.active()).toEqual(["f1"]);
    expect(await cluster.remove("f1")).toMatchObject({ state: "removed" });
    expect(await apiState("w1")).toBe("answers");
    expect(cluster.active()).toEqual([]);
  });

  it("pause: engine and tasks stand still; healed, both go on where they were", async () => {
    await waitUntil("the counting task runs", 40_000, 250, async () => (await counter()).pid > 0);
    const running = await counter();
    await countsOn(running.seconds);
    expect(await cluster.install("f2", { kind: "pause", nodes: ["w1"] })).toMatchObject({ state: "installed" });
    const frozen = await counter();
    expect([...(await watch(4000, async () => (await counter()).seconds))]).toEqual([frozen.seconds]);
    expect(await apiState("w1")).toBe("silent");
    expect(await cluster.remove("f2")).toMatchObject({ state: "removed" });
    await countsOn(frozen.seconds);
    expect((await counter()).pid).toBe(running.pid);
  });

  it("restart: the engine ends in order and takes its tasks along; healed, it serves again", async () => {
    expect(await cluster.install("f3", { kind: "restart", nodes: ["w1"] })).toMatchObject({ state: "installed" });
    await expect(counter()).rejects.toThrow(/no counting task/);
    expect(await cluster.remove("f3")).toMatchObject({ state: "removed" });
    expect(await apiState("w1")).toBe("answers");
  });

  it("carries one fault at a time; what cannot be is skipped", async () => {
    expect(await cluster.install("f4", { kind: "pause", nodes: ["w1"] })).toMatchObject({ state: "installed" });
    expect(await cluster.install("f5", { kind: "kill", nodes: ["w1"] })).toMatchObject({
      state: "skipped",
      why: expect.stringContaining("pause"),
    });
    expect(await cluster.install("f6", { kind: "kill", nodes: ["w9"] })).toMatchObject({ state: "skipped" });
    expect(await cluster.remove("f5")).toMatchObject({ state: "skipped" });
    expect(await cluster.remove("f4")).toMatchObject({ state: "removed" });
  });

  it("power-off: an idle connection of a peer sees neither FIN nor RST, where a kill ends it; healed, it serves again", async () => {
    await using idle = await idleConnection("m1", "m2");
    expect(await cluster.install("f7", { kind: "power-off", nodes: ["m2"] })).toMatchObject({ state: "installed" });
    expect([...(await watch(8000, () => idle.state()))]).toEqual(["ESTAB"]);
    expect(await apiState("m2")).toBe("silent");
    expect(await cluster.casualties()).toEqual([]);
    expect(await cluster.remove("f7")).toMatchObject({ state: "removed" });
    expect(await apiState("m2")).toBe("answers");
    await using second = await idleConnection("m1", "m2");
    expect(await cluster.install("f8", { kind: "kill", nodes: ["m2"] })).toMatchObject({ state: "installed" });
    await waitUntil("the peer sees the end", 5000, 100, async () => (await second.state()) !== "ESTAB");
    expect(await cluster.remove("f8")).toMatchObject({ state: "removed" });
  });

  it("afterwards the cluster can be made as new", async () => {
    expect(await cluster.cleanCheck()).toEqual({ clean: true });
    expect(await cluster.casualties()).toEqual([]);
  });
});

interface Idle extends AsyncDisposable {
  /** State of the dialling socket as `ss` has it; `gone` when there is none. */
  state(): Promise<string>;
}

/** A connection that `from` dials to the swarm port of `to` and on which nobody says anything. */
async function idleConnection(from: string, to: string): Promise<Idle> {
  const docker = await hostEngine();
  const address = cluster.nodes.find((node) => node.name === to)?.address ?? "";
  const before = new Set(await sockets(from, address));
  const exec = await docker
    .getContainer(cluster.containerOf(from))
    .exec({ Cmd: ["sh", "-c", `sleep 600 | nc ${address} 2377`], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  let own = "";
  await waitUntil("the idle connection stands", 5000, 50, async () => {
    own = (await sockets(from, address)).find((line) => line.startsWith("ESTAB") && !before.has(line)) ?? "";
    return own !== "";
  });
  const local = own.split(/\s+/)[3] ?? "";
  return {
    state: async () => (await sockets(from, address)).find((line) => line.split(/\s+/)[3] === local)?.split(/\s+/)[0] ?? "gone",
    async [Symbol.asyncDispose]() {
      stream.destroy();
    },
  };
}

/** Sockets in the pod of `from` whose far end is the swarm port of `address`, dialled by the node itself. */
async function sockets(from: string, address: string): Promise<readonly string[]> {
  const lines = (await cluster.probe("sockets", from, {})) as readonly string[];
  return lines.filter((line) => line.split(/\s+/)[4] === `${address}:2377` && !line.includes("uid:9999"));
}

/** The mesh on pods without containers: what is installed, in which order, what is proved, and what is doubted. */
import { describe, expect, test } from "vitest";
import type { LinkFaultKind } from "../nemesis/fault.ts";
import { fakePods } from "./fake-pods.ts";
import type { FakePod } from "./fake-pods.ts";
import { LabTimeout } from "./lab-http.ts";
import { LinkMesh } from "./links.ts";

const ONE_WAY = [{ from: "m1", to: "m2" }];
const BOTH = [...ONE_WAY, { from: "m2", to: "m1" }];
const KINDS: readonly LinkFaultKind[] = [
  "partition",
  "partition-silent",
  "partition-refuse",
  "reset",
  "latency",
  "jitter",
  "bandwidth",
  "slow-close",
  "slicer",
];

async function ready(): Promise<{ readonly mesh: LinkMesh; readonly m1: FakePod; readonly m2: FakePod }> {
  const pods = fakePods(["m1", "m2", "m3"]);
  const [m1, m2] = pods;
  if (m1 === undefined || m2 === undefined) throw new Error("no pods");
  const mesh = new LinkMesh(pods, { expectTraffic: () => [] });
  await mesh.prepare();
  return { mesh, m1, m2 };
}

function toxicsOf(pod: FakePod, proxy: string): readonly string[] {
  return (pod.proxies.get(proxy)?.toxics ?? []).map((toxic) => toxic.name);
}

describe("links: what is installed is proved, and proved gone", () => {
  test.each(KINDS)("%s both ways", async (kind) => {
    const { mesh } = await ready();
    expect(await mesh.install("f", { kind, links: BOTH })).toMatchObject({ state: "installed" });
    expect(await mesh.remove("f")).toMatchObject({ state: "removed" });
    expect((await mesh.matrix()).every((cell) => cell.arrived && cell.outcome === "echo")).toBe(true);
  });

  test.each(KINDS)("%s one way", async (kind) => {
    const { mesh } = await ready();
    expect(await mesh.install("f", { kind, links: ONE_WAY })).toMatchObject({ state: "installed" });
    expect(await mesh.remove("f")).toMatchObject({ state: "removed" });
  });

  test("isolation hides every dial, and rejoining lifts it and restarts that pod's Toxiproxy", async () => {
    const { mesh, m1, m2 } = await ready();
    expect(await mesh.isolate("m1")).toMatchObject({ state: "installed" });
    expect(m1.cutDial).toHaveLength(2);
    expect(m2.cutDial).toEqual([m1.address]);
    expect(mesh.active()).toEqual(["power-off:m1"]);
    expect(await mesh.rejoin("m1")).toMatchObject({ state: "removed" });
    expect(m1.calls).toContain("kill");
    expect(m2.cutDial).toEqual([]);
  });
});

describe("links: order of the calls", () => {
  test("one way is upstream where the sender dialled and downstream where the other side did", async () => {
    const { mesh, m1, m2 } = await ready();
    await mesh.install("f", { kind: "partition", links: ONE_WAY });
    expect(toxicsOf(m1, "m1-m2-2377")).toEqual(["upstream-slow_close", "upstream-timeout"]);
    expect(toxicsOf(m2, "m2-m1-2377")).toEqual(["downstream-slow_close", "downstream-timeout"]);
    expect(m2.deafUdp).toContain(`${m1.address}:7946`);
    expect(m1.deafUdp).toEqual([]);
  });

  test("partition: slow_close comes first and goes first", async () => {
    const { mesh, m1 } = await ready();
    await mesh.install("f", { kind: "partition", links: ONE_WAY });
    await mesh.remove("f");
    expect(m1.calls.filter((call) => call.startsWith("m1-m2-7946"))).toEqual([
      "m1-m2-7946 add upstream-slow_close",
      "m1-m2-7946 add upstream-timeout",
      "m1-m2-7946 remove upstream-slow_close",
      "m1-m2-7946 remove upstream-timeout",
    ]);
  });

  test("latency is taken to nothing before it is removed", async () => {
    const { mesh, m1 } = await ready();
    await mesh.install("f", { kind: "latency", links: ONE_WAY });
    await mesh.remove("f");
    expect(m1.calls.filter((call) => call.startsWith("m1-m2-canary"))).toEqual([
      "m1-m2-canary add upstream-latency",
      "m1-m2-canary update upstream-latency",
      "m1-m2-canary remove upstream-latency",
    ]);
  });
});

describe("links: overlap", () => {
  test("at most one fault per proxy and stream: the weaker one waits, takes over, and goes", async () => {
    const { mesh, m1 } = await ready();
    await mesh.install("slow", { kind: "latency", links: BOTH });
    await mesh.install("cut", { kind: "partition", links: ONE_WAY });
    expect(toxicsOf(m1, "m1-m2-2377")).toEqual(["downstream-latency", "upstream-slow_close", "upstream-timeout"]);
    expect(await mesh.remove("cut")).toMatchObject({ state: "removed" });
    expect(toxicsOf(m1, "m1-m2-2377").toSorted()).toEqual(["downstream-latency", "upstream-latency"]);
    expect(await mesh.remove("slow")).toMatchObject({ state: "removed" });
    expect(toxicsOf(m1, "m1-m2-2377")).toEqual([]);
  });

  test("a fault covered by a stronger one says so", async () => {
    const { mesh } = await ready();
    await mesh.install("cut", { kind: "partition", links: ONE_WAY });
    const report = await mesh.install("slow", { kind: "latency", links: ONE_WAY });
    expect(report).toMatchObject({ state: "installed", why: "registered, covered on m1→m2 by partition cut" });
  });
});

describe("links: doubt", () => {
  const cut = { kind: "partition", links: BOTH } as const;

  test("a flushed table may not read installed", async () => {
    const { mesh, m1 } = await ready();
    m1.steering.clear();
    expect(await mesh.install("f", cut)).toMatchObject({ state: "indeterminate" });
  });

  test("one missing rule may not read installed", async () => {
    const { mesh, m1, m2 } = await ready();
    m1.steering.delete(`${m2.address}:7946`);
    const report = await mesh.install("f", cut);
    expect(report.state).toBe("indeterminate");
    expect(report.why).toContain(`m1 does not steer ${m2.address}:7946`);
  });

  test("IPv6 on may not read installed", async () => {
    const { mesh, m2 } = await ready();
    m2.ipv6Disabled = false;
    expect(await mesh.install("f", cut)).toMatchObject({ state: "indeterminate", why: "IPv6 is on in m2" });
  });

  test("no traffic where the target talks may not read installed", async () => {
    const pods = fakePods(["m1", "m2"]);
    const mesh = new LinkMesh(pods, { expectTraffic: () => [{ from: "m1", port: 2377, anyOf: ["m2"] }] });
    await mesh.prepare();
    expect(await mesh.install("f", cut)).toMatchObject({ state: "indeterminate" });
    await mesh.remove("f");
    const steered = pods[0]?.steering.get(`${pods[1]?.address}:2377`);
    if (steered !== undefined) steered.packets = 1;
    expect(await mesh.install("f", cut)).toMatchObject({ state: "installed" });
  });

  test("a wedged server is killed and populated again; the fault is in force and indeterminate", async () => {
    const { mesh, m1 } = await ready();
    m1.nextFailure = new LabTimeout("POST toxics did not answer within 2000 ms");
    const report = await mesh.install("f", cut);
    expect(report.state).toBe("indeterminate");
    expect(report.why).toContain("Toxiproxy of m1 was wedged");
    expect(m1.calls).toContain("kill");
    expect(toxicsOf(m1, "m1-m2-2377")).toContain("upstream-timeout");
  });

  test("a server that lost its proxies is populated with the toxics in force, and the audit says so once", async () => {
    const { mesh, m1 } = await ready();
    await mesh.install("f", cut);
    m1.proxies.clear();
    expect(await mesh.audit()).toEqual(["Toxiproxy of m1 had lost its proxies (restarted by itself): populated again"]);
    expect(toxicsOf(m1, "m1-m2-2377")).toContain("upstream-timeout");
    expect(await mesh.audit()).toEqual([]);
  });

  test("a link left behind by a heal may not read removed", async () => {
    const { mesh, m1 } = await ready();
    await mesh.install("f", cut);
    m1.toxiproxy.removeToxic = async () => undefined;
    const report = await mesh.remove("f");
    expect(report.state).toBe("indeterminate");
    expect(report.why).toContain("canary tcp m1→m2 ended as silent, wanted echo");
  });
});

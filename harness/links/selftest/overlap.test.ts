/** Faults that overlap on a pair, a lost machine, and a Toxiproxy that dies: on three pods with echo targets. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startEchoLab } from "./echo-lab.ts";
import type { EchoLab } from "./echo-lab.ts";

let lab: EchoLab;
beforeAll(async () => {
  lab = await startEchoLab();
  await lab.talk();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** A failed test must not take the next one along. */
afterEach(async () => {
  for (const handle of lab.mesh.active()) await lab.mesh.remove(handle);
});

const M1_M2 = [
  { from: "m1", to: "m2" },
  { from: "m2", to: "m1" },
];

async function say(from: string, to: string): Promise<{ readonly outcome: string; readonly ms: number }> {
  const connected = await lab.app(from).open("again", lab.pod(to).address);
  return connected === "connected" ? lab.app(from).say("again", "x", { limitMs: 1000 }) : { outcome: connected, ms: 0 };
}

test("overlap: the stronger fault is in force, the weaker one takes over when it heals and is proved", async () => {
  expect((await lab.mesh.install("slow", { kind: "latency", links: M1_M2, args: { latencyMs: 100 } })).state).toBe("installed");
  expect((await lab.mesh.install("cut", { kind: "partition", links: M1_M2 })).state).toBe("installed");
  expect((await say("m1", "m2")).outcome).toBe("silent");
  expect(lab.mesh.active()).toEqual(["slow", "cut"]);

  const healed = await lab.mesh.remove("cut");
  expect(healed.why).toBeUndefined();
  expect(healed.state).toBe("removed");
  const late = await say("m1", "m2");
  expect(late.outcome).toBe("echo");
  expect(late.ms).toBeGreaterThanOrEqual(180);

  expect((await lab.mesh.remove("slow")).state).toBe("removed");
  expect((await say("m1", "m2")).outcome).toBe("echo");
});

test("overlap: a weaker fault that comes second waits and says so", async () => {
  expect((await lab.mesh.install("cut", { kind: "partition", links: M1_M2 })).state).toBe("installed");
  const waiting = await lab.mesh.install("slow", { kind: "latency", links: M1_M2 });
  expect(waiting.state).toBe("installed");
  expect(waiting.why).toMatch(/covered on m1→m2 by partition cut/u);
  expect((await lab.mesh.remove("slow")).state).toBe("removed");
  expect((await say("m1", "m2")).outcome).toBe("silent");
  expect((await lab.mesh.remove("cut")).state).toBe("removed");
});

test("isolation: no FIN or RST of a node that is killed reaches a peer, dials are hidden, and after rejoining all links work", async () => {
  expect(await lab.app("m2").open("idle-out", lab.pod("m1").address)).toBe("connected");
  expect(await lab.app("m1").open("idle-in", lab.pod("m2").address)).toBe("connected");
  const isolated = await lab.mesh.isolate("m1");
  expect(isolated.why).toBeUndefined();
  const before = (await lab.app("m2").heard("")).peerEndings.length;
  await lab.killApp("m1");
  expect(await say("m2", "m1")).toEqual({ outcome: "connect-timeout", ms: 0 });
  expect(await lab.app("m2").say("idle-out", "x")).toMatchObject({ outcome: "silent" });
  expect(await lab.app("m2").endings("idle-out")).toEqual([]);
  expect((await lab.app("m2").heard("")).peerEndings.length).toBe(before);
  expect((await say("m2", "m3")).outcome).toBe("echo");

  const rejoined = await lab.mesh.rejoin("m1");
  expect(rejoined.why).toBeUndefined();
  expect(rejoined.state).toBe("removed");
  await lab.restartApp("m1");
  expect((await say("m2", "m1")).outcome).toBe("echo");
  expect((await say("m1", "m2")).outcome).toBe("echo");
});

test("rejoining clears what a node left in the namespace and keeps the link table", async () => {
  const { agent } = lab.pod("m3");
  await agent.loadNft("table ip left_behind {\n  chain c {\n    type filter hook input priority 0\n  }\n}\n");
  await lab.mesh.isolate("m3");
  await lab.killApp("m3");
  expect((await lab.mesh.rejoin("m3")).state).toBe("removed");
  const { nft } = await agent.evidence();
  expect(nft).not.toContain("left_behind");
  expect(nft).toContain("table ip chaos");
  await lab.restartApp("m3");
});

test("a Toxiproxy killed in mid-fault is populated again with the toxics in force, and it is reported", async () => {
  expect(await lab.mesh.install("cut", { kind: "partition", links: M1_M2 })).toMatchObject({ state: "installed" });
  await lab.pod("m1").agent.killToxiproxy();
  const events = await lab.mesh.audit();
  expect(events.join("\n")).toMatch(/Toxiproxy of m1 (was gone|had lost its proxies)/u);
  expect((await say("m1", "m2")).outcome).toBe("silent");
  expect((await lab.mesh.remove("cut")).state).toBe("removed");
  expect(await lab.mesh.audit()).toEqual([]);
});

test("a fault that finds a dead Toxiproxy is in force afterwards and reported as indeterminate", async () => {
  await lab.pod("m2").agent.killToxiproxy();
  const report = await lab.mesh.install("cut", { kind: "partition", links: M1_M2 });
  expect(report.state).toBe("indeterminate");
  expect(report.why).toMatch(/Toxiproxy of m2/u);
  expect((await say("m1", "m2")).outcome).toBe("silent");
  expect((await lab.mesh.remove("cut")).state).toBe("removed");
});

test("a server that does not answer admin calls is killed and populated again; the fault is in force and indeterminate", async () => {
  await lab.stopToxiproxy("m1");
  const begun = performance.now();
  const report = await lab.mesh.install("cut", { kind: "partition", links: M1_M2 });
  expect(report.state).toBe("indeterminate");
  expect(report.why).toMatch(/Toxiproxy of m1 was wedged/u);
  expect(performance.now() - begun).toBeLessThan(8000);
  expect((await say("m1", "m2")).outcome).toBe("silent");
  expect((await lab.mesh.remove("cut")).state).toBe("removed");
  expect((await say("m1", "m2")).outcome).toBe("echo");
});

/** The proof is not fooled: what is not surely in force may not read `installed`, what is not surely gone not `removed`. */
import { afterEach, expect, test } from "vitest";
import { tableText } from "../nft.ts";
import type { Pod } from "../pod.ts";
import { startEchoLab } from "./echo-lab.ts";
import type { EchoLab, EchoLabOptions } from "./echo-lab.ts";

let lab: EchoLab | undefined;
afterEach(async () => {
  await lab?.[Symbol.asyncDispose]();
  lab = undefined;
});

const CUT = {
  kind: "partition",
  links: [
    { from: "m1", to: "m2" },
    { from: "m2", to: "m1" },
  ],
} as const;

async function talkingLab(options: EchoLabOptions = {}): Promise<EchoLab> {
  lab = await startEchoLab(options);
  await lab.talk();
  return lab;
}

/** The same table without the rules that `drop` picks; counters of the rest start again. */
async function reload(pods: readonly Pod[], name: string, drop: (line: string) => boolean): Promise<void> {
  const sorted = pods.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const peers = sorted.map((pod, index) => ({ name: pod.name, address: pod.address, index })).filter((peer) => peer.name !== name);
  const text = tableText(peers)
    .split("\n")
    .filter((line) => !drop(line))
    .join("\n");
  await pods.find((pod) => pod.name === name)?.agent.loadNft(text);
}

test("a flushed table may not read installed", async () => {
  const { mesh, pod } = await talkingLab();
  await pod("m1").agent.loadNft("flush table ip chaos\n");
  const report = await mesh.install("cut", CUT);
  expect(report.state).toBe("indeterminate");
  expect(report.why).toMatch(/m1 does not steer/u);
});

test("one rewriting rule of a real port missing may not read installed", async () => {
  const { mesh, pods, pod } = await talkingLab();
  await reload(pods, "m1", (line) => line.includes(`${pod("m2").address} tcp dport 2377`));
  const report = await mesh.install("cut", CUT);
  expect(report.state).toBe("indeterminate");
  expect(report.why).toMatch(/m1 does not steer .*:2377/u);
});

test("the canary's rewriting rule missing may not read installed: the canary arrives", async () => {
  const { mesh, pods, pod } = await talkingLab();
  await reload(pods, "m2", (line) => line.includes(`${pod("m1").address} tcp dport 7 `));
  const report = await mesh.install("cut", CUT);
  expect(report.state).toBe("indeterminate");
  expect(report.why).toMatch(/canary tcp m2→m1 arrived, wanted to be lost|canary tcp m2→m1 ended as echo/u);
});

test("a connection older than the rules may not read installed", async () => {
  const { mesh, app } = await talkingLab({
    beforePrepare: async ({ app: early, pod }) => {
      expect(await early("m1").open("older", pod("m2").address)).toBe("connected");
      expect((await early("m1").say("older", "before the rules")).outcome).toBe("echo");
    },
  });
  const report = await mesh.install("cut", CUT);
  expect(report.state).toBe("indeterminate");
  expect(report.why).toMatch(/a connection of m1 bypasses its proxy/u);
  expect(await app("m1").endings("older")).toEqual([]);
});

test("no traffic yet on a port where the target talks may not read installed", async () => {
  lab = await startEchoLab();
  const report = await lab.mesh.install("cut", CUT);
  expect(report.state).toBe("indeterminate");
  expect(report.why).toMatch(/no connection of m1 to port 2377 of m2 has passed a proxy yet/u);
});

test("IPv6 on in a pod may not read installed", async () => {
  const { mesh } = await talkingLab({ sysctls: { "net.ipv6.conf.all.disable_ipv6": "0", "net.ipv6.conf.default.disable_ipv6": "0" } });
  const report = await mesh.install("cut", CUT);
  expect(report.state).toBe("indeterminate");
  expect(report.why).toMatch(/IPv6 is on in m1/u);
});

test("a toxic that somebody else left on a healed link may not read removed", async () => {
  const { mesh, pod } = await talkingLab();
  expect((await mesh.install("cut", CUT)).state).toBe("installed");
  const { toxiproxy } = pod("m1");
  const remove = toxiproxy.removeToxic.bind(toxiproxy);
  toxiproxy.removeToxic = async (proxy, name) => (proxy.name === "m1-m2-7946" ? undefined : remove(proxy, name));
  const report = await mesh.remove("cut");
  expect(report.state).toBe("indeterminate");
  expect(report.why).toMatch(/proxy m1-m2-7946 has toxics/u);
});

test("an unknown link, an unknown handle and a handle in use are skipped, not thrown", async () => {
  const { mesh } = await talkingLab();
  expect((await mesh.install("x", { kind: "partition", links: [{ from: "m1", to: "m9" }] })).state).toBe("skipped");
  expect((await mesh.remove("x")).state).toBe("skipped");
  expect((await mesh.install("cut", CUT)).state).toBe("installed");
  expect((await mesh.install("cut", CUT)).state).toBe("skipped");
});

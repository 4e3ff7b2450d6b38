/**
 * Every link fault on three pods with echo targets: seen from both sides by a real client on the swarm port, old
 * connections included, both ways and one way; and gone after the heal.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LinkFaultKind } from "../../nemesis/fault.ts";
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

const BOTH = [
  { from: "m1", to: "m2" },
  { from: "m2", to: "m1" },
];
const ONE_WAY = [{ from: "m1", to: "m2" }];
const SIDES = [
  ["m1", "m2"],
  ["m2", "m1"],
] as const;

let serial = 0;
async function dialled(from: string, to: string): Promise<string> {
  serial += 1;
  const id = `c${serial}`;
  expect(await lab.app(from).open(id, lab.pod(to).address)).toBe("connected");
  expect((await lab.app(from).say(id, "hello")).outcome).toBe("echo");
  return id;
}

async function install(kind: LinkFaultKind, links = BOTH, args: Readonly<Record<string, number>> = {}): Promise<void> {
  const report = await lab.mesh.install("fault", { kind, links, args });
  expect(report.why).toBeUndefined();
  expect(report.state).toBe("installed");
}

/** The report says removed, and the client finds it so, on new connections both ways. */
async function heal(): Promise<void> {
  const report = await lab.mesh.remove("fault");
  expect(report.why).toBeUndefined();
  expect(report.state).toBe("removed");
  for (const [from, to] of SIDES) await dialled(from, to);
}

async function untouched(): Promise<void> {
  for (const [from, to] of [
    ["m1", "m3"],
    ["m3", "m1"],
    ["m2", "m3"],
    ["m3", "m2"],
  ] as const)
    await dialled(from, to);
}

async function datagramHeard(from: string, to: string): Promise<boolean> {
  serial += 1;
  const text = `datagram ${serial} `;
  await lab.app(from).sendDatagram(lab.pod(to).address, text);
  // Something sent later over TCP to a third side has come back by the time a datagram would be there.
  await dialled(from, "m3");
  return (await lab.app(to).heard(text)).heard === 1;
}

describe("both ways", () => {
  test("partition: old connections fall silent and stay open, new dials are accepted and silent, UDP is lost", async () => {
    const old = await Promise.all(SIDES.map(async ([from, to]) => dialled(from, to)));
    const idle = await dialled("m1", "m2");
    await install("partition");
    for (const [index, [from, to]] of SIDES.entries()) {
      expect((await lab.app(from).say(old[index] ?? "", "lost")).outcome).toBe("silent");
      expect(await lab.app(from).open("new", lab.pod(to).address)).toBe("connected");
      expect((await lab.app(from).say("new", "lost")).outcome).toBe("silent");
      expect((await lab.app(to).heard("lost")).heard).toBe(0);
      expect(await datagramHeard(from, to)).toBe(false);
    }
    expect(await lab.app("m1").endings(idle)).toEqual([]);
    await untouched();
    await heal();
    expect(await datagramHeard("m1", "m2")).toBe(true);
    expect((await lab.app("m2").heard("lost")).heard).toBe(0);
  });

  test("partition: no end of a connection crosses the cut", async () => {
    const id = await dialled("m1", "m2");
    await install("partition");
    const before = (await lab.app("m2").heard("")).peerEndings.length;
    await lab.app("m1").end(id);
    expect((await lab.app("m1").say("new", "x")).outcome).not.toBe("echo");
    expect((await lab.app("m2").heard("")).peerEndings.length).toBe(before);
    await heal();
  });

  test("partition-silent: dials are hidden and nothing is accepted, old connections outlive the cut", async () => {
    const old = await dialled("m1", "m2");
    await install("partition-silent");
    const accepted = (await lab.app("m2").heard("")).accepted;
    expect((await lab.app("m1").say(old, "held")).outcome).toBe("silent");
    expect(await lab.app("m1").open("new", lab.pod("m2").address)).toBe("connect-timeout");
    expect((await lab.app("m2").heard("")).accepted).toBe(accepted);
    expect(await datagramHeard("m2", "m1")).toBe(false);
    await untouched();
    await heal();
    expect(await lab.app("m1").endings(old)).toEqual([]);
  });

  test("partition-refuse: old connections are closed and new dials refused", async () => {
    const old = await dialled("m2", "m1");
    await install("partition-refuse");
    expect((await lab.app("m2").say(old, "x")).outcome).toBe("fin");
    for (const [from, to] of SIDES) expect(await lab.app(from).open("new", lab.pod(to).address)).toBe("ECONNREFUSED");
    expect(await datagramHeard("m1", "m2")).toBe(false);
    await untouched();
    await heal();
  });

  test("reset: old connections end on data, new ones are reset", async () => {
    const old = await dialled("m1", "m2");
    await install("reset");
    expect((await lab.app("m1").say(old, "x")).outcome).toMatch(/^(fin|ECONNRESET|EPIPE)$/u);
    for (const [from, to] of SIDES) {
      expect(await lab.app(from).open("new", lab.pod(to).address)).toBe("connected");
      expect((await lab.app(from).say("new", "x")).outcome).toBe("ECONNRESET");
    }
    await untouched();
    await heal();
  });

  test("latency: old and new connections are late both ways, and quick again on the same connection", async () => {
    const old = await dialled("m1", "m2");
    await install("latency", BOTH, { latencyMs: 150 });
    const said = await lab.app("m1").say(old, "slow", { limitMs: 3000 });
    expect(said.outcome).toBe("echo");
    expect(said.ms).toBeGreaterThanOrEqual(270);
    await untouched();
    await heal();
    expect((await lab.app("m1").say(old, "quick", { limitMs: 3000 })).outcome).toBe("echo");
  });

  test("jitter: echoes take different times", async () => {
    const old = await dialled("m1", "m2");
    await install("jitter", BOTH, { jitterMs: 80 });
    const times: number[] = [];
    for (let count = 0; count < 8; count += 1) times.push((await lab.app("m1").say(old, "j", { limitMs: 3000 })).ms);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(20);
    await untouched();
    await heal();
  });

  test("bandwidth: many bytes take their time", async () => {
    const old = await dialled("m2", "m1");
    await install("bandwidth", BOTH, { rateKiBs: 50 });
    const said = await lab.app("m2").say(old, "b", { limitMs: 5000, paddingBytes: 20_000 });
    expect(said.outcome).toBe("echo");
    expect(said.ms).toBeGreaterThanOrEqual(300);
    await untouched();
    await heal();
  });

  test("slow-close: bytes flow, the end of a connection is held back", async () => {
    const old = await dialled("m1", "m2");
    await install("slow-close", BOTH, { delayMs: 2000 });
    expect((await lab.app("m1").say(old, "flows")).outcome).toBe("echo");
    const before = (await lab.app("m2").heard("")).peerEndings.length;
    await lab.app("m1").end(old);
    await dialled("m1", "m3");
    expect((await lab.app("m2").heard("")).peerEndings.length).toBe(before);
    await heal();
    expect((await lab.app("m2").heard("")).peerEndings.length).toBeGreaterThan(before);
  });

  test("slicer: many bytes come in small pieces, each with a delay", async () => {
    const old = await dialled("m1", "m2");
    await install("slicer", BOTH, { sizeBytes: 100, delayMs: 10 });
    const said = await lab.app("m1").say(old, "s", { limitMs: 5000, paddingBytes: 2000 });
    expect(said.outcome).toBe("echo");
    expect(said.ms).toBeGreaterThanOrEqual(180);
    await untouched();
    await heal();
  });
});

describe("one way", () => {
  test("partition: what m1 sends is lost on connections of either side, what m2 sends arrives", async () => {
    const [ofM1, ofM2] = [await dialled("m1", "m2"), await dialled("m2", "m1")];
    await install("partition", ONE_WAY);
    expect((await lab.app("m1").say(ofM1, "one-way-lost")).outcome).toBe("silent");
    expect((await lab.app("m2").heard("one-way-lost")).heard).toBe(0);
    expect((await lab.app("m2").say(ofM2, "one-way-heard")).outcome).toBe("silent");
    expect((await lab.app("m1").heard("one-way-heard")).heard).toBe(1);
    expect(await datagramHeard("m1", "m2")).toBe(false);
    expect(await datagramHeard("m2", "m1")).toBe(true);
    await untouched();
    await heal();
  });

  test("partition-silent: dials of m1 are hidden, what m1 answers to m2 is lost", async () => {
    await install("partition-silent", ONE_WAY);
    expect(await lab.app("m1").open("new", lab.pod("m2").address)).toBe("connect-timeout");
    expect(await lab.app("m2").open("new", lab.pod("m1").address)).toBe("connected");
    expect((await lab.app("m2").say("new", "silent-heard")).outcome).toBe("silent");
    expect((await lab.app("m1").heard("silent-heard")).heard).toBe(1);
    await untouched();
    await heal();
  });

  test("partition-refuse: dials of m1 are refused, what m1 answers to m2 is lost", async () => {
    await install("partition-refuse", ONE_WAY);
    expect(await lab.app("m1").open("new", lab.pod("m2").address)).toBe("ECONNREFUSED");
    expect(await lab.app("m2").open("new", lab.pod("m1").address)).toBe("connected");
    expect((await lab.app("m2").say("new", "refuse-heard")).outcome).toBe("silent");
    expect((await lab.app("m1").heard("refuse-heard")).heard).toBe(1);
    await untouched();
    await heal();
  });

  test.each<readonly [LinkFaultKind, Readonly<Record<string, number>>]>([
    ["reset", {}],
    ["latency", { latencyMs: 150 }],
    ["jitter", { jitterMs: 80 }],
    ["bandwidth", { rateKiBs: 50 }],
    ["slow-close", { delayMs: 500 }],
    ["slicer", { sizeBytes: 100, delayMs: 10 }],
  ])("%s: proved in force one way and proved gone", async (kind, args) => {
    await install(kind, ONE_WAY, args);
    await untouched();
    await heal();
  });

  test("latency: one way costs once", async () => {
    const old = await dialled("m2", "m1");
    await install("latency", ONE_WAY, { latencyMs: 200 });
    const said = await lab.app("m2").say(old, "once", { limitMs: 3000 });
    expect(said.ms).toBeGreaterThanOrEqual(180);
    expect(said.ms).toBeLessThan(380);
    await heal();
  });
});

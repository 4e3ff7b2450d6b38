import { describe, expect, it } from "vitest";
import type { DoctorFacts } from "./doctor-facts.ts";
import { renderDoctor } from "./doctor-table.ts";
import { fitForContainers, judgeFacts } from "./doctor.ts";
import type { Check } from "./doctor.ts";

const GIB = 2 ** 30;

const engine = {
  version: "20.10.24",
  apiVersion: "1.41",
  os: "linux",
  rootless: false,
  cgroupVersion: "1",
  cgroupDriver: "cgroupfs",
  memoryBytes: 8 * GIB,
} as const;

const good: DoctorFacts = {
  nodeVersion: "24.15.0",
  packages: "as locked",
  engine,
  images: [{ name: "infra", ref: "swarmproof/infra:0", source: "present" }],
  toxiproxy: "go",
  hostBuild: { missing: [], debianSources: 3 },
  disks: [{ path: "/", freeBytes: 50 * GIB }],
  kernel: { nftables: true, bridge: true, vxlan: true, ipvs: false },
};

function checked(id: string, facts: Partial<DoctorFacts>): Check | undefined {
  return judgeFacts({ ...good, ...facts }).find((check) => check.id === id);
}

describe("doctor", () => {
  it("finds a good machine fit, and IPVS a thing to know", () => {
    const checks = judgeFacts(good);
    expect(checks.filter((check) => check.state !== "ok").map((check) => [check.id, check.state])).toEqual([["kernel ipvs", "info"]]);
    expect(fitForContainers(checks)).toBe(true);
  });

  it.each([
    ["node", { nodeVersion: "24.14.1" }],
    ["node", { nodeVersion: "25.1.0" }],
    ["node", { nodeVersion: "20.20.2" }],
    ["packages", { packages: "missing" }],
    ["packages", { packages: "older than package-lock.json" }],
    ["engine", { engine: { error: "connect ENOENT /var/run/docker.sock" } }],
    ["engine", { engine: { ...engine, apiVersion: "1.40" } }],
    ["engine", { engine: { ...engine, os: "windows" } }],
    ["rootful", { engine: { ...engine, rootless: true } }],
    ["kernel vxlan", { kernel: { nftables: true, bridge: true, vxlan: false, ipvs: true } }],
  ] as const)("calls %s missing and says how to mend it", (id, facts: Partial<DoctorFacts>) => {
    expect(checked(id, facts)).toMatchObject({ state: "missing", mend: expect.stringMatching(/\w/) });
    expect(fitForContainers(judgeFacts({ ...good, ...facts }))).toBe(false);
  });

  it.each([
    ["cgroup", { engine: { ...engine, cgroupVersion: "2" } }],
    ["memory", { engine: { ...engine, memoryBytes: GIB } }],
    ["disk /", { disks: [{ path: "/", freeBytes: GIB }] }],
    ["host-build", { hostBuild: { missing: [], debianSources: 0 } }],
    ["toxiproxy", { toxiproxy: undefined, images: [] }],
  ] as const)("warns about %s", (id, facts: Partial<DoctorFacts>) => {
    expect(checked(id, facts)?.state).toBe("warn");
  });

  it("says for each image which source would serve", () => {
    const toMake = (name: "infra" | "moby@20.10") => ({ name, ref: "r", source: "to-make" }) as const;
    const images = [toMake("infra"), toMake("moby@20.10"), { name: "gateway", ref: "mine:1", source: "named" }] as const;
    expect(checked("image infra", { images })?.found).toBe("not yet there; will be built from Debian packages");
    expect(checked("image moby@20.10", { images })?.found).toBe("not yet there; will be pulled, else built from Debian packages");
    expect(checked("image gateway", { images })?.found).toBe("named: mine:1");
    const elsewhere = { images, hostBuild: { missing: ["apt-get"], debianSources: 0 } };
    expect(checked("image infra", elsewhere)?.found).toContain("Dockerfile (needs a container registry)");
  });

  it("renders every check with its mend and ends with the next command", () => {
    const checks = judgeFacts({ ...good, engine: { error: "no socket" } });
    const plain = renderDoctor(checks, { colour: false, width: 120 });
    for (const check of checks) expect(plain).toContain(check.title.split(",")[0]);
    expect(plain).toContain("→ ./swarmproof gate --yes");
    expect(plain.trimEnd().split("\n").at(-1)).toBe("1 prerequisite is missing; without containers: ./swarmproof gate --arm simulation");
    expect(plain).not.toContain("\u001b");
    expect(renderDoctor(judgeFacts(good), { colour: true, width: 120 })).toContain("\u001b[32mok");
  });
});

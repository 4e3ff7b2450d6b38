import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { readJournal } from "../history/journal.ts";
import { verifyBundle } from "./bundle.ts";
import { loadCatalogue } from "./catalogue.ts";
import { gate, propertySuites, suitesOf } from "./gate.ts";
import type { GateOptions, GateParts } from "./gate.ts";
import { refsOf } from "./selection.ts";
import { FakeProvider, fakeFacts } from "./testing/fake-provider.ts";
import { EnvironmentError } from "./usage.ts";

// These start Vitest on real suites as the gate does; the clusters are fakes without a gateway, so nothing can pass.
const limitMs = 120_000;
const root = join(import.meta.dirname, "../..");
const options = (): GateOptions => ({
  root,
  facts: { ...fakeFacts, lacks: {} },
  profile: "core",
  rules: ["RAFT-05"],
  seed: "7",
  jobs: 1,
  keep: false,
  out: join(mkdtempSync(join(tmpdir(), "bundle-")), "run"),
  quiet: false,
  live: false,
  colour: false,
  command: ["./swarmproof", "gate"],
});

function partsFor(provider: FakeProvider, more: Partial<GateParts> = {}): GateParts & { readonly said: () => string } {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  return {
    stderr: stream,
    openProvider: async () => provider,
    interrupted: new AbortController().signal,
    render: () => ({ "summary.md": "done\n" }),
    said: () => chunks.join(""),
    ...more,
  };
}

test(
  "gate: trouble of ours in every attempt is exit 3, three recorded attempts and a whole, sealed bundle",
  async () => {
    const provider = new FakeProvider();
    const parts = partsFor(provider);
    const { decision, result, bundle } = await gate(options(), parts);
    expect(decision).toMatchObject({ exitCode: 3, decision: "broken" });
    expect(result.run.state).toBe("complete");
    expect(verifyBundle(bundle.directory)).toEqual([]);
    const files = ["manifest.json", "gate.json", "catalogue.json", "events.jsonl", "summary.md", "vitest.log"];
    expect(files.filter((file) => !existsSync(join(bundle.directory, file)))).toEqual([]);
    expect(parts.said().split("\n")[0]).toBe("fake@1 · containers · timing parity · rules RAFT-05, 1 to judge · jobs 1 · seed 7");
    expect(provider.deeds.at(-1)).toBe("close");
    expect(provider.deeds.filter((deed) => deed.startsWith("start")).length).toBe(
      provider.deeds.filter((deed) => deed.startsWith("destroy")).length,
    );
  },
  limitMs,
);

test(
  "gate: a signal removes the clusters and leaves a bundle marked incomplete, exit 130",
  async () => {
    const interrupt = new AbortController();
    const provider = new FakeProvider();
    const start = provider.start.bind(provider);
    provider.start = async (shape) => {
      const sut = await start(shape);
      interrupt.abort(130);
      return sut;
    };
    const { decision, result, bundle } = await gate(options(), partsFor(provider, { interrupted: interrupt.signal }));
    expect(decision).toMatchObject({ exitCode: 130, decision: "interrupted" });
    expect(result.run).toMatchObject({ state: "incomplete", why: "interrupted, exit code 130" });
    expect(provider.deeds).toContain("destroy c1");
    expect(JSON.parse(readFileSync(join(bundle.directory, "gate.json"), "utf8"))).toMatchObject({ state: "incomplete", exitCode: 130 });
    expect(readJournal(join(bundle.directory, "events.jsonl")).events.at(-1)).toMatchObject({ kind: "run-end", state: "incomplete" });
  },
  limitMs,
);

test(
  "gate: what a dead run left is swept first, and said",
  async () => {
    const provider = new FakeProvider();
    provider.sweep = async () => ["container swarmproof-1-m1"];
    provider.behaviour.startFails = "no space left";
    const parts = partsFor(provider);
    const { decision, result } = await gate(options(), parts);
    expect(parts.said()).toContain("swept 1 things that a dead run left: container swarmproof-1-m1");
    expect(decision.exitCode).toBe(3);
    expect(result.rules[0]?.reasons[0]).toMatch(/no cluster for .*: no space left/);
  },
  limitMs,
);

test("gate: an environment that cannot do it is exit 3 with the command to type next", async () => {
  const parts = partsFor(new FakeProvider(), {
    openProvider: () => Promise.reject(new EnvironmentError("images: none could be had", "./swarmproof doctor")),
  });
  const { decision } = await gate(options(), parts);
  expect(decision.exitCode).toBe(3);
  expect(parts.said()).toContain("harness error: images: none could be had\nnext: ./swarmproof doctor");
});

test("gate: nothing selected is exit 5 and starts nothing", async () => {
  const provider = new FakeProvider();
  const { decision } = await gate({ ...options(), rules: [], profile: "networking" }, partsFor(provider));
  expect(decision.exitCode).toBe(5);
  expect(provider.deeds).toEqual([]);
});

test("gate: generated properties run with a profile or under a time limit, never in smoke", () => {
  const wanted = (more: Partial<GateOptions>) => propertySuites({ ...options(), rules: [], ...more }).length > 0;
  expect(wanted({ profile: "core" })).toBe(true);
  expect(wanted({ profile: "smoke" })).toBe(false);
  expect(wanted({ rules: ["RAFT-06"] })).toBe(false);
  expect(wanted({ rules: ["RAFT-06"], timeLimitMs: 60_000 })).toBe(true);
  expect(wanted({ profile: "core", timeLimitMs: 0 })).toBe(false);
});

test("gate: every suite that the catalogue names is there", () => {
  const rules = loadCatalogue(join(root, "suites", "catalogue"));
  const files = suitesOf(rules, rules.flatMap(refsOf));
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

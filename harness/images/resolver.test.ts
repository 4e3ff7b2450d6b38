import { access } from "node:fs/promises";
import { tmpdir } from "node:os";
import { Readable } from "node:stream";
import Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { CONTENT_LABEL, contentHash, contentReference, instructionsOf, variableOf } from "./definition.ts";
import type { ImageDefinition } from "./definition.ts";
import { dockerEngine } from "./engine.ts";
import { text } from "./image-file.ts";
import { resolveDefinition } from "./resolver.ts";
import type { BuildImage, ResolverPorts } from "./resolver.ts";
import { StandInEngine } from "./stand-in-engine.ts";

const GOOD = "engine 20.10.24";

const withoutBase: ImageDefinition = {
  name: "moby@20.10",
  suite: "bookworm",
  packages: ["docker.io"],
  notUnpacked: [],
  leftOut: [],
  files: [text("/sbin/engine", "#!/bin/sh\n", 0o755)],
  links: {},
  entrypoint: ["/sbin/engine"],
  environment: { PATH: "/bin" },
  volumes: [],
  check: { command: ["engine", "--version"], expect: /20\.10/ },
};

const definition: ImageDefinition = { ...withoutBase, publicBase: { reference: "docker:20.10-dind" } };

interface Lab extends AsyncDisposable {
  readonly standIn: StandInEngine;
  readonly ports: ResolverPorts;
  readonly directories: string[];
}

/** A resolver against the stand-in; the build is a small import whose content prints `output`. */
async function openLab(overrides: Partial<ResolverPorts> = {}, output = GOOD): Promise<Lab> {
  const standIn = await StandInEngine.open();
  const engine = dockerEngine(new Docker({ socketPath: standIn.socketPath }));
  const directories: string[] = [];
  const build: BuildImage = (asked, directory, signal) => {
    directories.push(directory);
    standIn.madeOutput = output;
    return engine.importTree(Readable.from([Buffer.from("tree")]), instructionsOf(asked), signal);
  };
  const ports: ResolverPorts = {
    engine,
    build,
    environment: {},
    nowMs: () => 0,
    progress: () => undefined,
    pull: { silenceMs: 100, wholeMs: 1000 },
    checkMs: 1000,
    signal: new AbortController().signal,
    ...overrides,
  };
  return { standIn, ports, directories, [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose]() };
}

describe("image resolver", () => {
  it("takes an image that is present under its content tag, and asks no registry", async () => {
    await using lab = await openLab();
    const image = { id: "sha256:aa", labels: { [CONTENT_LABEL]: contentHash(definition) }, output: "" };
    lab.standIn.images.set(contentReference(definition), image);
    expect(await resolveDefinition(definition, lab.ports)).toMatchObject({
      source: "present",
      id: "sha256:aa",
      ref: contentReference(definition),
    });
    expect(lab.standIn.calls).toEqual([`GET /images/${contentReference(definition)}/json`]);
  });

  it("does not trust a tag whose image is labelled as something else", async () => {
    await using lab = await openLab();
    lab.standIn.images.set(contentReference(definition), { id: "sha256:aa", labels: {}, output: "" });
    expect(await resolveDefinition(definition, lab.ports)).toMatchObject({ source: "built" });
  });

  it("lays the files over a public image that can be pulled", async () => {
    await using lab = await openLab();
    lab.standIn.registry = { kind: "serves", output: GOOD };
    const resolved = await resolveDefinition(definition, lab.ports);
    expect(resolved).toMatchObject({ source: "pulled", ref: contentReference(definition) });
    expect(lab.standIn.calls).toContain("POST /build");
    expect(lab.directories).toEqual([]);
    expect(await resolveDefinition(definition, lab.ports)).toMatchObject({ source: "present", id: resolved.id });
  });

  it.each(["refuses", "breaks-off", "hangs"] as const)("builds when the registry %s", async (kind) => {
    await using lab = await openLab();
    lab.standIn.registry = { kind };
    const resolved = await resolveDefinition(definition, lab.ports);
    expect(resolved.source).toBe("built");
    expect(resolved.detail).toMatch(/docker:20\.10-dind not taken: .+; built/);
  });

  it("builds when the pulled image has the wrong content, and leaves that one without a tag", async () => {
    await using lab = await openLab();
    lab.standIn.registry = { kind: "serves", output: "engine 28.5" };
    const resolved = await resolveDefinition(definition, lab.ports);
    expect(resolved.source).toBe("built");
    expect(resolved.detail).toContain("wrong content");
    expect(lab.standIn.images.get(contentReference(definition))?.output).toBe(GOOD);
  });

  it("never tags a build with the wrong content, and says what was seen and wanted", async () => {
    await using lab = await openLab({}, "no such file");
    await expect(resolveDefinition(withoutBase, lab.ports)).rejects.toThrow(/wrong content.*"no such file".*wanted 20/s);
    expect([...lab.standIn.images.keys()]).toEqual([]);
  });

  it("never tags a build that failed, and removes its directory", async () => {
    const directories: string[] = [];
    const build: BuildImage = async (_, directory) => {
      directories.push(directory);
      throw new Error("disk full");
    };
    await using lab = await openLab({ build });
    await expect(resolveDefinition(withoutBase, lab.ports)).rejects.toThrow("image moby@20.10: not built: disk full");
    expect([...lab.standIn.images.keys()]).toEqual([]);
    await expect(access(directories[0] ?? tmpdir())).rejects.toThrow("ENOENT");
  });

  it("two builds at once do not share a directory, and both end with the tag", async () => {
    await using lab = await openLab();
    const both = [resolveDefinition(withoutBase, lab.ports), resolveDefinition(withoutBase, lab.ports)] as const;
    const refs = [(await both[0]).ref, (await both[1]).ref];
    expect(new Set(refs)).toEqual(new Set([contentReference(withoutBase)]));
    expect(new Set(lab.directories).size).toBe(2);
    for (const directory of lab.directories) await expect(access(directory)).rejects.toThrow("ENOENT");
  });

  it("takes what the user names, and refuses rather than replace it", async () => {
    await using lab = await openLab({ environment: { [variableOf("moby@20.10")]: "mine:1" } });
    await expect(resolveDefinition(definition, lab.ports)).rejects.toThrow(
      "SWARMPROOF_IMAGE_MOBY_20_10=mine:1 is not on the engine and cannot be pulled",
    );
    lab.standIn.images.set("mine:1", { id: "sha256:bb", labels: {}, output: "" });
    expect(await resolveDefinition(definition, lab.ports)).toMatchObject({ source: "named", ref: "mine:1", id: "sha256:bb" });
  });

  it("gives up at once when it is told to", async () => {
    const stop = new AbortController();
    await using lab = await openLab({ signal: stop.signal, pull: { silenceMs: 60_000, wholeMs: 60_000 } });
    lab.standIn.registry = { kind: "hangs" };
    const running = resolveDefinition(definition, lab.ports);
    stop.abort(new Error("interrupted"));
    await expect(running).rejects.toThrow("interrupted");
  });
});

describe("content hash", () => {
  it("changes with every part that goes in", () => {
    const changed: readonly ImageDefinition[] = [
      { ...definition, packages: ["docker.io", "iptables"] },
      { ...definition, suite: "trixie" },
      { ...definition, files: [text("/sbin/engine", "#!/bin/sh\nexit\n", 0o755)] },
      { ...definition, files: [text("/sbin/engine", "#!/bin/sh\n", 0o644)] },
      { ...definition, links: { "/bin/sh": "dash" } },
      { ...definition, environment: { PATH: "/usr/bin" } },
      { ...definition, leftOut: ["./usr/share"] },
      { ...definition, check: { ...definition.check, expect: /20\.11/ } },
    ];
    expect(new Set([definition, ...changed].map(contentHash)).size).toBe(changed.length + 1);
    expect(contentHash({ ...definition })).toBe(contentHash(definition));
  });
});

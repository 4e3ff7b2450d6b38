import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tar from "tar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImageEngine } from "./engine.ts";
import { run } from "./run.ts";
import type { Run } from "./run.ts";
import { TOXIPROXY_VERSION, toxiproxyBinary } from "./toxiproxy.ts";
import type { ToxiproxyPorts } from "./toxiproxy.ts";

const PROGRAM = (version: string) => `#!/bin/sh\necho toxiproxy-server version ${version}\n`;

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "toxiproxy-test-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function program(name: string, version: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, PROGRAM(version));
  await chmod(path, 0o755);
  return path;
}

/** What each source has to offer; an absent one refuses. */
interface Offer {
  readonly image?: string;
  readonly machine?: string;
  readonly go?: string;
}

function ports(offer: Offer): ToxiproxyPorts {
  const engine: ImageEngine = {
    inspect: async () => undefined,
    pull: async () => {
      if (offer.image === undefined) throw new Error("connection refused");
    },
    copyOut: async () => {
      await program("toxiproxy", offer.image ?? "");
      const chunks: Buffer[] = [];
      for await (const chunk of tar.c({ cwd: directory }, ["toxiproxy"])) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    importTree: unused,
    build: unused,
    check: unused,
    tag: unused,
    remove: unused,
    save: unused,
  };
  const scriptedMachine = () => (offer.machine === undefined ? Promise.reject(new Error("not found")) : program("machine", offer.machine));
  const scripted: Run = async (name, args, options) => {
    if (name === "sh") return args[1]?.includes("/go") === true ? "go" : scriptedMachine();
    if (name !== "go") return run(name, args, options);
    if (offer.go === undefined) throw new Error("go: not found");
    if (args[0] === "env") return offer.go;
    const bin = options?.environment?.["GOBIN"] ?? "";
    expect(options?.environment).toMatchObject({ GOTOOLCHAIN: "local", CGO_ENABLED: "0" });
    await run("mkdir", ["-p", bin]);
    await run("mv", [await program("built", "git"), join(bin, "server")]);
    return "";
  };
  return {
    engine,
    run: scripted,
    cache: join(directory, "cache"),
    pull: { silenceMs: 100, wholeMs: 100 },
    signal: new AbortController().signal,
    progress: () => undefined,
  };
}

function unused(): Promise<never> {
  return Promise.reject(new Error("not part of this test"));
}

describe("source of the Toxiproxy server", () => {
  it("is the public image first, and the cache from then on", async () => {
    const first = await toxiproxyBinary(ports({ image: TOXIPROXY_VERSION, machine: TOXIPROXY_VERSION, go: "go1.24.1" }));
    expect(first.source).toBe("image");
    expect(await readFile(first.path, "utf8")).toBe(PROGRAM(TOXIPROXY_VERSION));
    expect(await toxiproxyBinary(ports({}))).toEqual({ path: first.path, source: "cache" });
  });

  it("is a server of the pinned version on the machine next", async () => {
    expect((await toxiproxyBinary(ports({ machine: TOXIPROXY_VERSION, go: "go1.24.1" }))).source).toBe("machine");
  });

  it("is Go last, also when the machine has another version", async () => {
    expect((await toxiproxyBinary(ports({ machine: "2.1.4", go: "go1.23.0" }))).source).toBe("go");
  });

  it("is an error that names every source and what to do", async () => {
    const refused = toxiproxyBinary(ports({ machine: "2.1.4", go: "go1.19.8" }));
    await expect(refused).rejects.toThrow(
      /toxiproxy:2\.12\.0: connection refused; this machine: .*2\.1\.4.*; go install: Go 1\.23 or newer is needed, go1\.19\.8 found/s,
    );
    await expect(toxiproxyBinary(ports({}))).rejects.toThrow("Put a toxiproxy-server 2.12.0 on the PATH, or install Go 1.23 or newer.");
  });
});

/** The start script, in copies of the project with tools that only pretend: what it installs, asks, refuses and passes on. */
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");

/** A project with nothing but the start script, in front of a program that prints its arguments. */
let project = "";
/** Programs that win over the machine's own. */
let bin = "";

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "start-script-"));
  bin = join(project, "bin");
  await write("package-lock.json", "{}");
  await write("node_modules/.package-lock.json", "{}");
  await write("harness/bin/swarmproof.ts", "console.log(JSON.stringify(process.argv.slice(2)));");
  await copyFile(join(ROOT, "swarmproof"), join(project, "swarmproof"));
  await copyFile(join(ROOT, "harness/images/ping-engine.cjs"), await placed("harness/images/ping-engine.cjs"));
  await write("bin/node", `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, 0o755);
});
afterEach(() => rm(project, { recursive: true, force: true }));

async function placed(path: string): Promise<string> {
  await mkdir(dirname(join(project, path)), { recursive: true });
  return join(project, path);
}

async function write(path: string, content: string, mode = 0o644): Promise<void> {
  const target = await placed(path);
  await writeFile(target, content);
  await chmod(target, mode);
}

async function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, ...environment };
  const ended = await execa(join(project, "swarmproof"), args, { env, extendEnv: false, stdin: "ignore", reject: false });
  return { status: ended.exitCode, stdout: ended.stdout, stderr: ended.stderr };
}

const NO_ENGINE = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };

describe("start script", () => {
  it("passes everything on, and says nothing when nothing is to be done", async () => {
    expect(await start(["list", "--json", "--rule", "RAFT 03"])).toEqual({
      status: 0,
      stdout: '["list","--json","--rule","RAFT 03"]',
      stderr: "",
    });
  });

  it("finds its project from anywhere, also through a link", async () => {
    const link = join(project, "bin/sp");
    await execa("ln", ["-s", "../swarmproof", link]);
    const ended = await execa(link, ["list"], { cwd: "/", env: { PATH: `${bin}:${process.env["PATH"] ?? ""}` }, stdin: "ignore" });
    expect(ended.stdout).toBe('["list"]');
  });

  it.each([["gate"], ["test"], ["up"]])("ends %s with 3 and the next commands when no engine answers", async (verb) => {
    const ended = await start([verb], NO_ENGINE);
    expect(ended.status).toBe(3);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toContain("./swarmproof doctor");
    expect(ended.stderr).toContain("./swarmproof gate --arm simulation");
  });

  it.each([[["gate", "--arm", "simulation"]], [["--arm=simulation", "gate"]], [["gate", "--help"]], [["doctor"]], [["recheck", "latest"]]])(
    "needs no engine for %j",
    async (args) => {
      expect(await start(args, NO_ENGINE)).toMatchObject({ status: 0, stdout: JSON.stringify(args) });
    },
  );

  it("runs the program once an engine answers", async () => {
    const socket = join(project, "engine.sock");
    const server = createServer((_, response) => response.end("OK")).listen(socket);
    await once(server, "listening");
    try {
      expect(await start(["gate"], { DOCKER_HOST: `unix://${socket}` })).toEqual({ status: 0, stdout: '["gate"]', stderr: "" });
    } finally {
      server.close();
    }
  });

  it.each([["v20.20.2"], ["v24.14.9"], ["v25.0.0"]])("does not take Node.js %s, and installs none with --no-setup", async (version) => {
    await write("bin/node", `#!/bin/sh\necho ${version}\n`, 0o755);
    const ended = await start(["list", "--no-setup"]);
    expect(ended.status).toBe(3);
    expect(ended.stderr).toContain("--no-setup forbids it: Node.js 24");
  });

  it("installs Node.js 24 into the project once, with npm", async () => {
    await write("bin/node", "#!/bin/sh\necho v20.20.2\n", 0o755);
    const made = join(project, ".swarmproof/node/node_modules/node/bin");
    await write("bin/npm", `#!/bin/sh\necho "npm $*"\nmkdir -p ${made}\nln -s ${process.execPath} ${made}/node\n`, 0o755);
    const first = await start(["list"]);
    expect(first).toMatchObject({ status: 0, stdout: '["list"]' });
    expect(first.stderr).toMatch(/^swarmproof: installing Node\.js 24 .*found: v20\.20\.2\)$/);
    expect(await start(["list"])).toEqual({ status: 0, stdout: '["list"]', stderr: "" });
  });

  it("runs npm ci when package-lock.json changed, and not again", async () => {
    await start(["list"]);
    await write("package-lock.json", '{"changed":true}');
    await write("bin/npm", `#!/bin/sh\necho "npm $*" >>${project}/npm.log\n`, 0o755);
    expect((await start(["list", "--no-setup"])).status).toBe(3);
    expect((await start(["list"])).stderr).toBe("swarmproof: installing the npm packages (npm ci)");
    expect((await start(["list"])).stderr).toBe("");
  });

  it("shows the end of what npm said when it fails, and leaves no lock behind", async () => {
    await rm(join(project, "node_modules"), { recursive: true });
    await write("bin/npm", "#!/bin/sh\necho network unreachable >&2\nexit 1\n", 0o755);
    for (const _ of [1, 2]) {
      const ended = await start(["list"]);
      expect(ended.status).toBe(3);
      expect(ended.stderr).toContain("network unreachable");
      expect(ended.stderr).toContain("npm ci failed");
    }
  });
});

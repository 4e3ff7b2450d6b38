/**
 * The Toxiproxy server for the infra image, at one pinned version, from the first source that has it: the public
 * image, a `toxiproxy-server` on this machine, or the Go toolchain. Every refused source is named in the error.
 */
import { access, chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as tar from "tar";
import type { ImageEngine } from "./engine.ts";
import type { ImageFile } from "./definition.ts";
import { pullWithin } from "./pull.ts";
import type { PullLimits } from "./pull.ts";
import type { Run } from "./run.ts";

export const TOXIPROXY_VERSION = "2.12.0";
export const TOXIPROXY_IMAGE = `ghcr.io/shopify/toxiproxy:${TOXIPROXY_VERSION}`;
const TOXIPROXY_MODULE = `github.com/Shopify/toxiproxy/v2/cmd/server@v${TOXIPROXY_VERSION}`;
const GO_MINOR_MIN = 23;

export type ToxiproxySource = "cache" | "image" | "machine" | "go";

export interface ToxiproxyPorts {
  readonly engine: ImageEngine;
  readonly run: Run;
  /** Project-local directory that outlives the run. */
  readonly cache: string;
  readonly pull: PullLimits;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** As a file of the infra image; the binary is looked for only when the image has to be built. */
export function toxiproxyFile(ports: ToxiproxyPorts): ImageFile {
  return {
    path: "/usr/bin/toxiproxy-server",
    mode: 0o755,
    identity: `toxiproxy ${TOXIPROXY_VERSION} ${process.arch}`,
    place: async (target) => copyFile((await toxiproxyBinary(ports)).path, target),
    publicSource: { image: TOXIPROXY_IMAGE, path: "/toxiproxy" },
  };
}

export async function toxiproxyBinary(ports: ToxiproxyPorts): Promise<{ readonly path: string; readonly source: ToxiproxySource }> {
  const kept = keptPath(ports.cache);
  if (await fits(kept, ports)) return { path: kept, source: "cache" };
  await mkdir(ports.cache, { recursive: true });
  const sources = [
    ["image", fromImage],
    ["machine", onMachine],
    ["go", fromGo],
  ] as const;
  const refused: string[] = [];
  for (const [source, bring] of sources) {
    try {
      const path = await bring(ports, kept);
      ports.progress(`toxiproxy-server ${TOXIPROXY_VERSION} from ${describe[source]}`);
      return { path, source };
    } catch (error) {
      ports.signal.throwIfAborted();
      refused.push(`${describe[source]}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    `no toxiproxy-server ${TOXIPROXY_VERSION} can be had (${refused.join("; ")}). ` +
      `Put a toxiproxy-server ${TOXIPROXY_VERSION} on the PATH, or install Go 1.${GO_MINOR_MIN} or newer.`,
  );
}

/** Which source would serve, without pulling or building; `undefined`: none for sure, a pull may yet succeed. */
export async function foreseeToxiproxy(
  ports: Pick<ToxiproxyPorts, "engine" | "run" | "cache" | "signal">,
): Promise<ToxiproxySource | undefined> {
  if (await fits(keptPath(ports.cache), ports)) return "cache";
  if ((await ports.engine.inspect(TOXIPROXY_IMAGE).catch(() => undefined)) !== undefined) return "image";
  if (await succeeds(onMachine(ports))) return "machine";
  if (await succeeds(fittingGo(ports))) return "go";
  return undefined;
}

function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}

function keptPath(cache: string): string {
  return join(cache, `toxiproxy-server-${TOXIPROXY_VERSION}`);
}

const describe = { image: TOXIPROXY_IMAGE, machine: "this machine", go: "go install" } as const;

async function fromImage(ports: ToxiproxyPorts, kept: string): Promise<string> {
  await pullWithin(ports.engine, TOXIPROXY_IMAGE, ports.pull, ports.signal);
  const archive = await ports.engine.copyOut(TOXIPROXY_IMAGE, "/toxiproxy");
  const directory = `${kept}.image`;
  await mkdir(directory, { recursive: true });
  await pipeline(Readable.from([archive]), tar.x({ cwd: directory }));
  await keep(join(directory, "toxiproxy"), kept, ports);
  return kept;
}

type Looking = Pick<ToxiproxyPorts, "run" | "signal">;

/** Path of a server of the pinned version on this machine. */
async function onMachine(ports: Looking): Promise<string> {
  const path = (await ports.run("sh", ["-c", "command -v toxiproxy-server"], { signal: ports.signal }).catch(() => "")).trim();
  if (path === "") throw new Error("no toxiproxy-server on the PATH");
  const said = await ports.run(path, ["-version"], { signal: ports.signal });
  if (!said.includes(TOXIPROXY_VERSION)) throw new Error(`${path} says "${said.trim()}"`);
  return path;
}

/** Go as the shell finds it or where its own installer puts it. */
async function fittingGo(ports: Looking): Promise<string> {
  const path = (
    await ports.run("sh", ["-c", "command -v go || command -v /usr/local/go/bin/go"], { signal: ports.signal }).catch(() => "")
  ).trim();
  if (path === "") throw new Error(`Go 1.${GO_MINOR_MIN} or newer is needed, none found`);
  const said = await ports.run(path, ["env", "GOVERSION"], { signal: ports.signal, environment: { GOTOOLCHAIN: "local" } });
  const minor = Number(/^go1\.(\d+)/.exec(said)?.[1] ?? 0);
  if (minor < GO_MINOR_MIN) throw new Error(`Go 1.${GO_MINOR_MIN} or newer is needed, ${said.trim()} found`);
  return path;
}

async function fromGo(ports: ToxiproxyPorts, kept: string): Promise<string> {
  const go = await fittingGo(ports);
  const bin = join(ports.cache, "go-bin");
  const environment = { GOBIN: bin, GOTOOLCHAIN: "local", CGO_ENABLED: "0", GOFLAGS: "" };
  await ports.run(go, ["install", TOXIPROXY_MODULE], { signal: ports.signal, environment });
  await keep(join(bin, "server"), kept, ports);
  return kept;
}

/** A static binary that starts: built by hand it calls itself `git`, so the path carries the version. */
async function fits(path: string, ports: Looking): Promise<boolean> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (!there) return false;
  return ports.run(path, ["-version"], { signal: ports.signal }).then(
    (said) => said.includes("toxiproxy"),
    () => false,
  );
}

/** Whole or not at all, also with two builds at once. */
async function keep(from: string, to: string, ports: ToxiproxyPorts): Promise<void> {
  await chmod(from, 0o755);
  const draft = `${to}.${process.pid}`;
  await writeFile(draft, await readFile(from));
  await chmod(draft, 0o755);
  if (!(await fits(draft, ports))) throw new Error(`${from} does not start as a Toxiproxy server`);
  await ports.run("mv", ["-f", draft, to], { signal: ports.signal });
}

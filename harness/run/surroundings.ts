/**
 * Facts about this machine and this project that go into a result. Read once at the start of a run.
 */
import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { execa } from "execa";
import type { Result } from "./result.ts";

export async function environmentOf(): Promise<Result["environment"]> {
  const engine = await new Docker().version().then(
    (version) => `${version.Platform.Name || "Docker"} ${version.Version}`,
    () => "none",
  );
  return { node: process.version, os: type(), kernel: release(), containerRuntime: engine, cpus: cpus().length, memoryBytes: totalmem() };
}

/** `unknown` where the project is no git work tree; `+` marks changes that are not committed. */
export async function suiteOf(root: string, catalogueDigest: string): Promise<Result["suite"]> {
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly name: string; readonly version: string };
  const git = async (...args: readonly string[]): Promise<string | undefined> => {
    const { exitCode, stdout } = await execa("git", ["-C", root, ...args], { reject: false });
    return exitCode === 0 ? stdout.trim() : undefined;
  };
  const commit = await git("rev-parse", "--short=12", "HEAD");
  const changes = await git("status", "--porcelain", "--untracked-files=no");
  const revision = commit === undefined ? "unknown" : `${commit}${changes === undefined || changes === "" ? "" : "+"}`;
  return { name: own.name, version: own.version, revision, catalogueDigest };
}

/**
 * Builds an image on the host without a container registry: unpacks Debian packages into a directory, lays the files
 * over them and hands the tree to the engine. Nothing is installed on the host; the directory is the caller's to remove.
 */
import { spawn } from "node:child_process";
import { chmod, lstat, mkdir, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { DebianPackages } from "./debian-packages.ts";
import { instructionsOf } from "./definition.ts";
import type { ImageDefinition } from "./definition.ts";
import type { ImageEngine } from "./engine.ts";
import type { Run } from "./run.ts";

/** Where files of packages go whichever way they spell it (the merged layout of today's Debian). */
const MERGED = { bin: "usr/bin", sbin: "usr/sbin", lib: "usr/lib", lib64: "usr/lib64" };

const PASSWD = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n";
const GROUP = "root:x:0:\ndocker:x:995:\nnogroup:x:65534:\n";

export interface HostBuildPorts {
  readonly engine: ImageEngine;
  readonly run: Run;
  readonly packages: DebianPackages;
  /** An empty directory for this build alone. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** Returns the id of the new, still nameless image. */
export async function buildOnHost(definition: ImageDefinition, ports: HostBuildPorts): Promise<string> {
  const root = join(ports.directory, "root");
  await makeSkeleton(root);
  const label = basename(ports.directory);
  const archives = await ports.packages.fetch(definition.packages, label, ports.signal);
  for (const archive of archives) {
    if (!isLeftPacked(definition, basename(archive))) await unpack(definition, archive, root, ports);
  }
  await placeFiles(definition, root);
  return importTree(definition, root, ports);
}

async function makeSkeleton(root: string): Promise<void> {
  for (const [link, target] of Object.entries(MERGED)) {
    await mkdir(join(root, target), { recursive: true });
    await symlink(target, join(root, link));
  }
  for (const path of ["etc", "root", "run", "var/lib", "proc", "sys", "dev"]) await mkdir(join(root, path), { recursive: true });
  await symlink("/run", join(root, "var/run"));
  await mkdir(join(root, "tmp"));
  await chmod(join(root, "tmp"), 0o1777);
  await writeFile(join(root, "etc/passwd"), PASSWD);
  await writeFile(join(root, "etc/group"), GROUP);
}

function isLeftPacked(definition: ImageDefinition, archive: string): boolean {
  const name = archive.split("_")[0] ?? "";
  return definition.notUnpacked.some((entry) => (entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry));
}

/** `tar` keeps the merged directories' links, which plain `dpkg-deb -x` may replace by directories. */
async function unpack(definition: ImageDefinition, archive: string, root: string, ports: HostBuildPorts): Promise<void> {
  const excludes = definition.leftOut.map((pattern) => `--exclude='${pattern}'`).join(" ");
  const command = `dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink --no-same-owner ${excludes}`;
  await ports.run("sh", ["-c", command, "unpack", archive, root], { signal: ports.signal });
}

async function placeFiles(definition: ImageDefinition, root: string): Promise<void> {
  for (const file of definition.files) {
    const target = join(root, file.path);
    await mkdir(dirname(target), { recursive: true });
    await file.place(target);
    await chmod(target, file.mode);
  }
  for (const [path, target] of Object.entries(definition.links)) {
    const link = join(root, path);
    await mkdir(dirname(link), { recursive: true });
    // A package's own program wins over a link of the same name.
    const taken = await lstat(link).then(
      () => true,
      () => false,
    );
    if (!taken) await symlink(target, link);
  }
}

async function importTree(definition: ImageDefinition, root: string, ports: HostBuildPorts): Promise<string> {
  const args = ["-c", "-C", root, "--owner=0", "--group=0", "--numeric-owner", "."];
  const tar = spawn("tar", args, { stdio: ["ignore", "pipe", "ignore"], signal: ports.signal });
  const ended = new Promise<void>((resolve, reject) => {
    tar.once("error", reject);
    tar.once("close", (status) => (status === 0 ? resolve() : reject(new Error(`tar ended with ${status}`))));
  });
  const [id] = await Promise.all([ports.engine.importTree(tar.stdout, instructionsOf(definition), ports.signal), ended]);
  return id;
}

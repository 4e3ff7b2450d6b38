/**
 * The kinds of file that go into images: a script of this repository, text made on the spot, and the Node.js binary
 * at hand. Each carries an identity for the content hash, so that a changed script makes a new image.
 */
import { createHash } from "node:crypto";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import type { ImageFile } from "./definition.ts";

function sha(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A file of the repository, executable unless told otherwise. */
export async function script(path: string, source: string, mode = 0o755): Promise<ImageFile> {
  return text(path, await readFile(source), mode);
}

export function text(path: string, content: string | Uint8Array, mode = 0o644): ImageFile {
  return { path, mode, identity: sha(content), place: (target) => writeFile(target, content) };
}

/** The Node.js that runs this program: its version names its content. */
export function nodeBinary(): ImageFile {
  return {
    path: "/usr/bin/node",
    mode: 0o755,
    identity: `node ${process.version} ${process.platform} ${process.arch}`,
    place: (target) => copyFile(process.execPath, target),
    publicSource: { image: `node:${process.versions.node}-bookworm-slim`, path: "/usr/local/bin/node" },
  };
}

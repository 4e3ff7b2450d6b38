/**
 * The workload images as one docker-archive under their in-swarm names, to be loaded into every node with
 * `POST /images/load`. Named after the ids of its images: a change makes a new file, an old one is never overwritten.
 */
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as tar from "tar";
import { z } from "zod";
import type { ImageEngine } from "./engine.ts";

export interface ArchivedImage {
  readonly id: string;
  /** Name that the image gets where the archive is loaded. */
  readonly reference: string;
}

const MANIFEST = z.array(z.looseObject({ Config: z.string(), RepoTags: z.array(z.string()).nullable().optional() }));

/** Returns the path of the archive. */
export async function workloadArchive(engine: ImageEngine, images: readonly ArchivedImage[], cache: string): Promise<string> {
  const key = createHash("sha256").update(JSON.stringify(images)).digest("hex").slice(0, 12);
  const path = join(cache, `workload-${key}.tar`);
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  )
    return path;
  await mkdir(cache, { recursive: true });
  const directory = await mkdtemp(join(cache, "workload-"));
  try {
    const content = join(directory, "content");
    await mkdir(content);
    await pipeline(await engine.save(images.map((image) => image.id)), tar.x({ cwd: content }));
    await nameImages(content, images);
    const draft = join(directory, "archive.tar");
    await tar.c({ cwd: content, file: draft, portable: true }, await readdir(content));
    await rename(draft, path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return path;
}

/** The engine exports ids without names; the configuration of an image is called after its id. */
async function nameImages(content: string, images: readonly ArchivedImage[]): Promise<void> {
  const file = join(content, "manifest.json");
  const manifest = MANIFEST.parse(JSON.parse(await readFile(file, "utf8")));
  const named = manifest.map((entry) => {
    const image = images.find(({ id }) => entry.Config.includes(id.replace("sha256:", "")));
    if (image === undefined) throw new Error(`the export holds an image that was not asked for: ${entry.Config}`);
    return { ...entry, RepoTags: [image.reference] };
  });
  await writeFile(file, JSON.stringify(named));
  // Names of the legacy format would win over the manifest's on some engines.
  await rm(join(content, "repositories"), { force: true });
}

/**
 * The same definition as a Dockerfile with its build context, for a host that has no apt but an engine that reaches a
 * container registry; and the thin Dockerfile that lays our files over a public image.
 */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import * as tar from "tar";
import { instructionsOf } from "./definition.ts";
import type { ImageDefinition, ImageFile } from "./definition.ts";

export function dockerfileFromPackages(definition: ImageDefinition): string {
  return [
    `FROM debian:${definition.suite}-slim`,
    `RUN apt-get update && apt-get install --yes --no-install-recommends ${definition.packages.join(" ")} && rm -rf /var/lib/apt/lists`,
    ...fileLines(definition.files, true),
    ...linkLines(definition.links),
    ...instructionsOf(definition),
  ].join("\n");
}

export function dockerfileOverBase(definition: ImageDefinition, base: string): string {
  return [`FROM ${base}`, ...fileLines(definition.files, false), ...instructionsOf(definition)].join("\n");
}

function fileLines(files: readonly ImageFile[], fromPublic: boolean): readonly string[] {
  return files.map((file) =>
    fromPublic && file.publicSource !== undefined
      ? `COPY --from=${file.publicSource.image} ${file.publicSource.path} ${file.path}`
      : `COPY files${file.path} ${file.path}`,
  );
}

/** One step; a program that a package brought stays. */
function linkLines(links: Readonly<Record<string, string>>): readonly string[] {
  const acts = Object.entries(links).map(([path, target]) => `[ -e ${path} ] || ln -s ${target} ${path}`);
  return acts.length === 0 ? [] : [`RUN ${acts.join("; ")}`];
}

/** Writes the context into `directory` (empty) and returns it as a tar stream. */
export async function dockerContext(definition: ImageDefinition, dockerfile: string, directory: string): Promise<Readable> {
  await writeFile(join(directory, "Dockerfile"), dockerfile);
  await mkdir(join(directory, "files"), { recursive: true });
  for (const file of definition.files) {
    if (!dockerfile.includes(`COPY files${file.path} `)) continue;
    const target = join(directory, "files", file.path);
    await mkdir(dirname(target), { recursive: true });
    await file.place(target);
    await chmod(target, file.mode);
  }
  return Readable.from(tar.c({ cwd: directory, portable: true }, ["Dockerfile", "files"]));
}

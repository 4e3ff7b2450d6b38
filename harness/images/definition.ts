/**
 * What an image is made of, as data. One definition serves the host build (`host-build.ts`) and the Dockerfile
 * (`dockerfile.ts`); its content hash is its tag. Knows neither the container engine nor apt.
 */
import { createHash } from "node:crypto";

export type ImageName = "infra" | "gateway" | "moby@20.10" | "workload:1" | "workload:2" | "workload:broken";

/** A file laid into the image. `identity` stands for its content in the hash; `place` writes it to a path. */
export interface ImageFile {
  readonly path: string;
  readonly mode: number;
  readonly identity: string;
  readonly place: (target: string) => Promise<void>;
  /** In the Dockerfile the file comes from this public image instead of the build context. */
  readonly publicSource?: { readonly image: string; readonly path: string };
}

/** A public image which, with `files` laid over it, can stand in for a build from packages. */
export interface PublicBase {
  readonly reference: string;
}

export interface ImageDefinition {
  readonly name: ImageName;
  /** Debian release whose packages are unpacked; maintainer scripts never run. */
  readonly suite: string;
  /** Every package by name; dependencies are resolved by apt. */
  readonly packages: readonly string[];
  /** Packages that only maintainer scripts need, by name or `prefix*`: resolved, not unpacked. */
  readonly notUnpacked: readonly string[];
  /** tar patterns (`./usr/share/doc`) left out when a package is unpacked. */
  readonly leftOut: readonly string[];
  readonly files: readonly ImageFile[];
  /** Symbolic links, path to target. */
  readonly links: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly publicBase?: PublicBase;
  /** Run in the finished image before it gets its tag: all of its output must match. */
  readonly check: { readonly command: readonly string[]; readonly expect: RegExp };
}

/** Raised when the way of building changes, so that images of an older way no longer count as present. */
const FORMAT = 1;

export const CONTENT_LABEL = "swarmproof.content";
const NAME_LABEL = "swarmproof.image";

/** Twelve hex digits over everything that goes into the image. */
export function contentHash(definition: ImageDefinition): string {
  const files = definition.files.map((file) => [file.path, file.mode, file.identity]);
  const { check, ...rest } = definition;
  const text = JSON.stringify([FORMAT, process.arch, { ...rest, files }, check.command, check.expect.source]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** `swarmproof/moby-20.10:0123456789ab`. */
export function contentReference(definition: ImageDefinition): string {
  return `${repositoryOf(definition.name)}:${contentHash(definition)}`;
}

export function repositoryOf(name: ImageName): string {
  return `swarmproof/${name.replace(/[@:]/, "-")}`;
}

/** The environment variable in which a user names an image of their own. */
export function variableOf(name: ImageName): string {
  return `SWARMPROOF_IMAGE_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

export function labelsOf(definition: ImageDefinition): Readonly<Record<string, string>> {
  return { [NAME_LABEL]: definition.name, [CONTENT_LABEL]: contentHash(definition) };
}

/** The image's configuration as Dockerfile instructions, also understood by `docker import --change`. */
export function instructionsOf(definition: ImageDefinition): readonly string[] {
  return [
    ...Object.entries(definition.environment).map(([key, value]) => `ENV ${key}=${JSON.stringify(value)}`),
    ...definition.volumes.map((path) => `VOLUME ${JSON.stringify([path])}`),
    ...Object.entries(labelsOf(definition)).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`),
    `ENTRYPOINT ${JSON.stringify(definition.entrypoint)}`,
    "CMD []",
  ];
}

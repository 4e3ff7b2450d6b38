/**
 * Where an image comes from, in this order: named by the user → present under its content-addressed tag → a public
 * image with our files laid over it → built. An image gets its tag only after its check has passed, so what a failed
 * attempt leaves never counts as present.
 */
import { messageOf } from "../error-text.ts";
import type { Readable } from "node:stream";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONTENT_LABEL, contentHash, contentReference, variableOf } from "./definition.ts";
import type { ImageDefinition, ImageName } from "./definition.ts";
import { dockerContext, dockerfileOverBase } from "./dockerfile.ts";
import type { ImageEngine } from "./engine.ts";
import { pullWithin } from "./pull.ts";
import type { PullLimits } from "./pull.ts";

export type ImageSource = "named" | "present" | "pulled" | "built";

export interface ResolvedImage {
  readonly name: ImageName;
  readonly ref: string;
  readonly id: string;
  readonly source: ImageSource;
  readonly ms: number;
  /** One line for a person: what was tried, what served. */
  readonly detail: string;
}

export type BuildImage = (definition: ImageDefinition, directory: string, signal: AbortSignal) => Promise<string>;

export interface ResolverPorts {
  readonly engine: ImageEngine;
  /** Makes the image by itself; see `builder.ts`. */
  readonly build: BuildImage;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  readonly progress: (text: string) => void;
  readonly pull: PullLimits;
  readonly checkMs: number;
  readonly signal: AbortSignal;
}

interface Found {
  readonly ref: string;
  readonly id: string;
  readonly source: ImageSource;
  readonly detail: string;
}

export class ImageError extends Error {
  readonly image: ImageName;

  constructor(image: ImageName, message: string, cause?: unknown) {
    super(`image ${image}: ${message}`, { cause });
    this.image = image;
  }
}

export async function resolveDefinition(definition: ImageDefinition, ports: ResolverPorts): Promise<ResolvedImage> {
  const from = ports.nowMs();
  const found = (await named(definition, ports)) ?? (await present(definition, ports)) ?? (await make(definition, ports));
  return { name: definition.name, ...found, ms: Math.round(ports.nowMs() - from) };
}

export interface ForeseenImage {
  readonly name: ImageName;
  readonly ref: string;
  /** `to-make`: pulled where that can be, else built. */
  readonly source: "named" | "present" | "to-make";
}

/** Which source would serve, without pulling or building anything. */
export async function foresee(definition: ImageDefinition, ports: Pick<ResolverPorts, "engine" | "environment">): Promise<ForeseenImage> {
  const { name } = definition;
  const asked = ports.environment[variableOf(name)];
  if (asked !== undefined && asked !== "") return { name, ref: asked, source: "named" };
  const ref = contentReference(definition);
  const image = await ports.engine.inspect(ref);
  return { name, ref, source: image?.labels[CONTENT_LABEL] === contentHash(definition) ? "present" : "to-make" };
}

/** A name that the user gave is taken or refused, never replaced by something else. */
async function named(definition: ImageDefinition, ports: ResolverPorts): Promise<Found | undefined> {
  const variable = variableOf(definition.name);
  const ref = ports.environment[variable];
  if (ref === undefined || ref === "") return undefined;
  try {
    await pullWithin(ports.engine, ref, ports.pull, ports.signal);
  } catch (error) {
    throw new ImageError(definition.name, `${variable}=${ref} is not on the engine and cannot be pulled: ${messageOf(error)}`, error);
  }
  const image = await ports.engine.inspect(ref);
  if (image === undefined) throw new ImageError(definition.name, `${variable}=${ref} was pulled, but the engine does not have it`);
  return { ref, id: image.id, source: "named", detail: `named by ${variable}` };
}

async function present(definition: ImageDefinition, ports: ResolverPorts): Promise<Found | undefined> {
  const ref = contentReference(definition);
  const image = await ports.engine.inspect(ref);
  if (image === undefined) return undefined;
  if (image.labels[CONTENT_LABEL] !== contentHash(definition)) {
    ports.progress(`${definition.name}: ${ref} holds something else and is made again`);
    return undefined;
  }
  return { ref, id: image.id, source: "present", detail: "present" };
}

async function make(definition: ImageDefinition, ports: ResolverPorts): Promise<Found> {
  const directory = await mkdtemp(join(tmpdir(), "swarmproof-image-"));
  try {
    const refused: string[] = [];
    if (definition.publicBase !== undefined) {
      const found = await overBase(definition, definition.publicBase.reference, join(directory), ports).catch((error: unknown) => {
        ports.signal.throwIfAborted();
        refused.push(`${definition.publicBase?.reference} not taken: ${messageOf(error)}`);
      });
      if (found !== undefined) return found;
    }
    refused.forEach((text) => ports.progress(`${definition.name}: ${text}`));
    return await built(definition, directory, refused, ports);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function overBase(definition: ImageDefinition, base: string, directory: string, ports: ResolverPorts): Promise<Found> {
  ports.progress(`${definition.name}: asking for ${base}`);
  await pullWithin(ports.engine, base, ports.pull, ports.signal);
  const own = await mkdtemp(join(directory, "context-"));
  const context: Readable = await dockerContext(definition, dockerfileOverBase(definition, base), own);
  const id = await ports.engine.build(context, ports.signal);
  return { ...(await accept(definition, id, ports)), source: "pulled", detail: `${base} with our files` };
}

async function built(definition: ImageDefinition, directory: string, refused: readonly string[], ports: ResolverPorts): Promise<Found> {
  ports.progress(`${definition.name}: building`);
  const own = await mkdtemp(join(directory, "build-"));
  try {
    const id = await ports.build(definition, own, ports.signal);
    return { ...(await accept(definition, id, ports)), source: "built", detail: [...refused, "built"].join("; ") };
  } catch (error) {
    ports.signal.throwIfAborted();
    throw new ImageError(definition.name, [...refused, `not built: ${messageOf(error)}`].join("; "), error);
  }
}

/** The check of the content, then the tag; an image that fails is removed. */
async function accept(
  definition: ImageDefinition,
  id: string,
  ports: ResolverPorts,
): Promise<{ readonly ref: string; readonly id: string }> {
  const { command, expect } = definition.check;
  const output = await ports.engine
    .check(id, command, AbortSignal.any([ports.signal, AbortSignal.timeout(ports.checkMs)]))
    .catch((error: unknown) => `did not run: ${messageOf(error)}`);
  if (!expect.test(output)) {
    await ports.engine.remove(id).catch(() => undefined);
    throw new Error(`wrong content: "${command.join(" ")}" said "${output.trim().slice(0, 300)}", wanted ${expect.source}`);
  }
  const ref = contentReference(definition);
  await ports.engine.tag(id, ref);
  return { ref, id };
}

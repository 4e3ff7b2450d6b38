/**
 * The bundle of a run on disk: one directory under `.swarmproof/runs`, `latest` pointing to the newest, and at the end
 * a manifest with the digest of every file. Knows names and digests, not what is in the files.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { z } from "zod";

const manifestSchema = z.object({
  schemaVersion: z.literal("1.0"),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), bytes: z.int() })),
  /** SHA-256 over `<sha256>  <path>\n` of all files in the order given. */
  digest: z.string(),
});
export type Manifest = z.infer<typeof manifestSchema>;

export interface Bundle {
  readonly id: string;
  readonly directory: string;
}

/** `out` takes the place of `<root>/.swarmproof/runs/<id>`; it must not hold anything yet. */
export function createBundle(root: string, id: string, out?: string): Bundle {
  const directory = out ?? join(root, ".swarmproof", "runs", id);
  if (existsSync(directory) && readdirSync(directory).length > 0)
    throw new Error(`${directory} is not empty; a bundle is never written over`);
  mkdirSync(join(directory, "evidence"), { recursive: true });
  if (out === undefined) pointLatest(directory);
  return { id, directory };
}

/** Replaced in one step, so that nobody finds it missing. */
function pointLatest(directory: string): void {
  const link = join(dirname(directory), "latest");
  const fresh = `${link}.${basename(directory)}`;
  rmSync(fresh, { force: true });
  symlinkSync(basename(directory), fresh);
  renameSync(fresh, link);
}

export function writeInto(bundle: Bundle, name: string, text: string): void {
  const path = join(bundle.directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Writes `manifest.json` over all other files; nothing may be written afterwards. */
export function seal(bundle: Bundle): Manifest {
  const manifest = describe(bundle.directory);
  writeInto(bundle, "manifest.json", `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

function describe(directory: string): Manifest {
  const files = filesOf(directory)
    .filter((path) => path !== "manifest.json")
    .map((path) => {
      const content = readFileSync(join(directory, ...path.split("/")));
      return { path, sha256: sha256(content), bytes: content.length };
    });
  return { schemaVersion: "1.0", files, digest: sha256(files.map((file) => `${file.sha256}  ${file.path}\n`).join("")) };
}

export function filesOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => relative(directory, path).split(sep).join("/"))
    .sort();
}

/** As a person would type it: relative below the working directory, else absolute. */
export function shownPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near || ".";
}

export function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What does not agree with the manifest, one sentence each; empty when all is as it was sealed. */
export function verifyBundle(directory: string): readonly string[] {
  const path = join(directory, "manifest.json");
  if (!existsSync(path)) return ["manifest.json is missing: the run never came to its end, or the bundle was cut"];
  const parsed = manifestSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success) return [`manifest.json is no manifest: ${parsed.error.issues[0]?.message ?? ""}`];
  const now = describe(directory);
  const found = new Map(now.files.map((file) => [file.path, file.sha256]));
  const listed = new Set(parsed.data.files.map((file) => file.path));
  const problems = parsed.data.files.flatMap((file) => {
    const digest = found.get(file.path);
    if (digest === undefined) return [`${file.path} is missing`];
    return digest === file.sha256
      ? []
      : [`${file.path} was changed: its digest is ${digest.slice(0, 12)}…, sealed was ${file.sha256.slice(0, 12)}…`];
  });
  const added = now.files.filter((file) => !listed.has(file.path)).map((file) => `${file.path} was added`);
  return [
    ...problems,
    ...added,
    ...(now.digest === parsed.data.digest || problems.length + added.length > 0 ? [] : ["the digest of the whole does not agree"]),
  ];
}

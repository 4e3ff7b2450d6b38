/**
 * `target.yaml`: a swarm implementation described as data (zod), and its loader. A mistake is reported with file, line
 * and column and what was wanted; an unknown name with the nearest known one. Starts nothing.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { distance } from "fastest-levenshtein";
import { LineCounter, isMap, isNode, isScalar, parseDocument } from "yaml";
import type { Document, Node } from "yaml";
import { z } from "zod";
import type { TargetFacts } from "./sut.ts";

/** A mistake of the user's: wrong name, unreadable or invalid file. The CLI answers it with exit code 2. */
export class TargetError extends Error {
  override readonly name = "TargetError";
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

const duration = z
  .string({ error: "wanted a time such as 250ms, 5s, 2m or 1h" })
  .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, { error: "wanted a time such as 250ms, 5s, 2m or 1h" })
  .transform((text) => {
    const unit = text.replace(/^[\d.]+/, "");
    return Number.parseFloat(text) * (unit === "ms" || unit === "s" || unit === "m" || unit === "h" ? UNITS[unit] : 1);
  });
const command = z.array(z.string()).min(1);
const port = z.int().min(1).max(65_535);

/** Constants that the catalogue's bounds are written over. */
export const CONSTANT_NAMES: readonly string[] = (
  "Tick HeartbeatTick ElectionTick HeartbeatPeriod HeartbeatGrace UnknownGrace nodeDown election quorumReturn shortCut healShort " +
  "healLong write requestLimit joinLimit roleReconcile restartDelay updateDelay monitor stopGrace taskStart taskStop"
).split(" ");

const imageSchema = z.union([z.strictObject({ build: z.enum(["moby@20.10"]) }), z.strictObject({ reference: z.string().min(1) })], {
  error: "wanted either `build: moby@20.10` or `reference: <image>`",
});

export const targetSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*(@[A-Za-z0-9._-]+)?$/, { error: "wanted product@version" }),
  description: z.string(),
  image: imageSchema,
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  host: z.enum(["docker-in-docker", "network"]),
  volumes: z.array(z.string().startsWith("/")).default([]),
  // Link tables, proxies and proofs are made for these.
  ports: z.strictObject({ api: port, swarm: z.literal(2377), gossip: z.literal(7946), dataPath: z.literal(4789) }),
  apiPrefix: z.string().startsWith("/").optional(),
  ready: z.strictObject({ path: z.string().startsWith("/"), within: duration }),
  images: z.strictObject({ load: z.enum(["archive"]), v1: z.string(), v2: z.string(), broken: z.string(), missing: z.string() }),
  engine: z.strictObject({ kill: command, start: command, stop: command, status: command, answersWithin: duration }).optional(),
  claims: z.strictObject({ reads: z.enum(["linearizable", "stale-until-stepdown"]) }),
  lacks: z
    .partialRecord(z.enum(["kill", "pause", "restart", "power-off", "partition", "clock", "disk", "step-time"]), z.string().min(1))
    .default({}),
  constants: z
    .record(z.string(), duration)
    .refine((given) => CONSTANT_NAMES.every((name) => name in given), { error: (issue) => missingConstants(issue.input) }),
});
export type Target = z.infer<typeof targetSchema>;

export const TARGETS_DIRECTORY = join(import.meta.dirname, "targets");
export const DEFAULT_TARGET = "moby@20.10";

/** Names of the targets that come with the project. */
export function knownTargets(): readonly string[] {
  return readdirSync(TARGETS_DIRECTORY)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.replace(/\.yaml$/, "").replace(/-(?=[^-]*$)/, "@"))
    .sort();
}

/** By name, or by path when it ends in `.yaml`/`.yml` or holds a slash. Throws `TargetError`. */
export function loadTarget(wanted: string): Target {
  if (/\.ya?ml$/.test(wanted) || wanted.includes("/")) {
    if (!existsSync(wanted)) throw new TargetError(`${wanted}: no such file; wanted a target.yaml`);
    return parseTarget(readFileSync(wanted, "utf8"), wanted);
  }
  const known = knownTargets();
  if (!known.includes(wanted)) {
    const nearest = known.toSorted((a, b) => distance(a, wanted) - distance(b, wanted))[0];
    throw new TargetError(`unknown target ${wanted}; did you mean ${nearest}? Known: ${known.join(", ")}, or a path to a target.yaml`);
  }
  const path = join(TARGETS_DIRECTORY, `${wanted.replace("@", "-")}.yaml`);
  return parseTarget(readFileSync(path, "utf8"), path);
}

/** `file:line:column: where: what was wanted`. */
export function parseTarget(text: string, file: string): Target {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const place = (offset: number): string => {
    const at = lines.linePos(offset);
    return `${file}:${at.line}:${at.col}`;
  };
  const broken = document.errors[0];
  if (broken !== undefined) throw new TargetError(`${place(broken.pos[0])}: ${broken.message.split("\n")[0]}`);
  const parsed = targetSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const keys = issue?.path.map((key) => (typeof key === "number" ? key : String(key))) ?? [];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const where = unknown === undefined ? keys : [...keys, unknown];
  const wanted = unknown === undefined ? (issue?.message ?? "not a target") : unknownKey(unknown, keys);
  throw new TargetError(`${place(offsetOf(document, where))}: ${where.join(".") || "the whole file"}: ${wanted}`);
}

export function factsOf(target: Target): TargetFacts {
  const { v1, v2, broken, missing } = target.images;
  return {
    name: target.name,
    claims: target.claims,
    constants: target.constants,
    images: { v1, v2, broken, missing },
    lacks: target.lacks,
  };
}

/** Offset of the key where it is written, else of the innermost thing that is. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let found: Node | undefined = isNode(node) ? node : undefined;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair === undefined) break;
      if (isNode(pair.key)) found = pair.key;
      node = pair.value;
    } else {
      node = document.getIn(path.slice(0, path.indexOf(key) + 1), true);
      if (isNode(node)) found = node;
    }
  }
  return found?.range?.[0] ?? 0;
}

function unknownKey(key: string, path: readonly (string | number)[]): string {
  const top = Object.keys(targetSchema.shape);
  if (path.length > 0) return `unknown key ${key}`;
  const nearest = top.toSorted((a, b) => distance(a, key) - distance(b, key))[0];
  return `unknown key ${key}; did you mean ${nearest}?`;
}

function missingConstants(input: unknown): string {
  const given = typeof input === "object" && input !== null ? input : {};
  return `wanted a value for each of: ${CONSTANT_NAMES.filter((name) => !(name in given)).join(", ")}`;
}

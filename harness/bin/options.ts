/**
 * The values of flags, each read once and refused with the nearest known word.
 */
import { randomBytes } from "node:crypto";
import { InvalidArgumentError } from "commander";
import { profiles } from "../run/selection.ts";
import type { Profile } from "../run/selection.ts";
import { UsageError, unknownWord } from "../run/usage.ts";

export function profileFlag(value: string): Profile {
  const known = profiles.find((one) => one === value);
  if (known === undefined) throw new UsageError(unknownWord("profile", value, profiles), "./swarmproof gate --help");
  return known;
}

export function jobsFlag(value: string): number {
  const jobs = Number(value);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 16) throw new InvalidArgumentError("a whole number from 1 to 16 is wanted.");
  return jobs;
}

const unitMs = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 } as const;

/** `90s`, `10m`, `1h`; a bare number is seconds. */
export function timeFlag(value: string): number {
  const match = /^(?<count>\d+(?:\.\d+)?)(?<unit>ms|s|m|min|h)?$/.exec(value);
  if (match?.groups === undefined) throw new InvalidArgumentError("a time is wanted: 90s, 10m, 1h.");
  const unit = (match.groups["unit"] ?? "s") as keyof typeof unitMs;
  return Number(match.groups["count"]) * unitMs[unit];
}

/** `--rule A --rule B`, `--rule A,B` and `--rule A B` say the same. A comma within braces belongs to the glob. */
export function rulesFlag(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(/,(?![^{]*\})/).filter((part) => part !== "")];
}

export function freshSeed(): string {
  return String(randomBytes(4).readUInt32BE());
}

export interface Looks {
  readonly live: boolean;
  readonly colour: boolean;
}

/** `NO_COLOR`, `CI` and pipes are respected; the flag goes before all. */
export function looksOf(colourFlag: boolean, stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): Looks {
  const tty = stream.isTTY === true && environment["TERM"] !== "dumb";
  const noColour = environment["NO_COLOR"] !== undefined && environment["NO_COLOR"] !== "";
  const ci = environment["CI"] !== undefined && environment["CI"] !== "" && environment["CI"] !== "false";
  return { live: tty && !ci && !noColour, colour: colourFlag && tty && !noColour };
}

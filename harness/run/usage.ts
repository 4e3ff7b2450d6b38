/**
 * Errors that are answers to the person at the command line, with the exit code they mean (design: exit codes), and
 * the nearest known word for one that is not known.
 */
import { closest, distance } from "fastest-levenshtein";

/** The command line or a configuration file is wrong: exit 2. `next` is the command to type instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly exitCode = 2;
  readonly next: string;

  constructor(message: string, next = "./swarmproof --help") {
    super(message);
    this.next = next;
  }
}

/** The machine or the harness cannot do it: exit 3. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  readonly exitCode = 3;
  readonly next: string;

  constructor(message: string, next = "./swarmproof doctor", options?: ErrorOptions) {
    super(message, options);
    this.next = next;
  }
}

/** The known word that was most likely meant; `undefined` only when none is known. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = new Map(known.map((one) => [one.toLowerCase(), one]));
  return lower.get(closest(word.toLowerCase(), [...lower.keys()]));
}

/** `unknown rule RAFT-5; the nearest is RAFT-05`. */
export function unknownWord(kind: string, word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near === undefined) return `unknown ${kind} ${word}; there is none`;
  const sure = distance(word.toLowerCase(), near.toLowerCase()) <= Math.max(2, word.length / 2);
  return `unknown ${kind} ${word}; the nearest is ${near}${sure ? "" : ` (of ${known.length})`}`;
}

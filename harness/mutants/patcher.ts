/**
 * The one patcher of planted bugs. A bug is a change of source text, applied while a module is loaded, so that
 * production code carries no switches (design, rules and evidence).
 *
 * The text must stand in its file exactly once: a patch that no longer fits is an error, never a bug that is not there.
 */

export interface Mutant {
  readonly id: string;
  /** What is wrong, in a few words. */
  readonly why: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Taken literally, line breaks too. */
  readonly find: string;
  readonly replace: string;
  readonly killedBy: Killer;
}

/** The tests that must turn red: these of the file and no other. */
export interface Killer {
  readonly project: string;
  readonly file: string;
  /** Full names: titles from the outermost `describe` on, joined by a space. */
  readonly tests: readonly string[];
  /** What the red tests must say; where only they are run, it tells a caught bug from a broken file. */
  readonly says?: RegExp;
}

/** Ours to mend, exit code 3. */
export class PatchError extends Error {
  override readonly name = "PatchError";
}

/** The text of `mutant.file` with the bug in it. Throws `PatchError` when it does not fit exactly once. */
export function patched(text: string, mutant: Mutant): string {
  const pieces = text.split(mutant.find);
  if (mutant.find === "" || pieces.length !== 2) {
    const found = mutant.find === "" ? "is empty" : `stands there ${pieces.length - 1} times`;
    throw new PatchError(`mutant ${mutant.id}: its text must stand in ${mutant.file} exactly once and ${found}; mend its \`find\``);
  }
  if (mutant.find === mutant.replace) throw new PatchError(`mutant ${mutant.id}: changes nothing`);
  return pieces.join(mutant.replace);
}

/** Throws `PatchError` and names the nearest thing to do when there is no such mutant. */
export function mutantNamed(id: string, mutants: readonly Mutant[]): Mutant {
  const found = mutants.find((mutant) => mutant.id === id);
  if (found === undefined) throw new PatchError(`no mutant ${id}; there are ${mutants.map((mutant) => mutant.id).join(", ")}`);
  return found;
}

/**
 * The patcher as a Vite plugin: plants the bug named by `SWARMPROOF_MUTANT` into the modules that Vitest loads. Without
 * that variable there is no plugin. A patch that does not fit ends the process with exit code 3 before any test runs.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vitest/config";
import { mutantNamed, PatchError, patched } from "./patcher.ts";
import type { Mutant } from "./patcher.ts";

export function mutantPlugins(root: string, mutants: readonly Mutant[], id: string | undefined): readonly Plugin[] {
  if (id === undefined || id === "") return [];
  try {
    const mutant = mutantNamed(id, mutants);
    patched(readFileSync(join(root, mutant.file), "utf8"), mutant);
    return [planting(root, mutant)];
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(3);
  }
}

function planting(root: string, mutant: Mutant): Plugin {
  const file = join(root, mutant.file);
  return {
    name: `swarmproof:mutant:${mutant.id}`,
    enforce: "pre",
    transform: (code, module) => (module.split("?")[0] === file ? { code: patched(code, mutant), map: null } : undefined),
  };
}

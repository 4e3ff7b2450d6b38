/**
 * The test projects. `unit` and `architecture` need nothing but npm; `containers-selftest` and `conformance` need a
 * container engine. `conformance` is started by the gate alone, which passes its reporters and its control socket.
 */
import { configDefaults, defineConfig } from "vitest/config";
import { mutantPlugins } from "./harness/mutants/vite-plugin.ts";
import { harnessBugs } from "./suites/mutants/harness-bugs.ts";

const conformance = ["suites/{consensus,orchestration,conformance,chaos}/**/*.test.ts"];
const selftest = ["**/selftest/**/*.test.ts"];
const architecture = ["suites/architecture/**/*.test.ts"];
/** A planted bug, when `SWARMPROOF_MUTANT` names one. */
const plugins = mutantPlugins(import.meta.dirname, harnessBugs, process.env["SWARMPROOF_MUTANT"]);
const never = [...configDefaults.exclude, ".swarmproof/**", "suites/architecture/planted/**"];

export default defineConfig({
  test: {
    pool: "forks",
    projects: [
      {
        plugins: [...plugins],
        test: {
          name: "unit",
          include: ["{harness,suites,reports,cluster-impl}/**/*.test.ts"],
          exclude: [...never, ...conformance, ...selftest, ...architecture],
          testTimeout: 20_000,
        },
      },
      { test: { name: "architecture", include: architecture, exclude: never, testTimeout: 120_000 } },
      {
        plugins: [...plugins],
        test: {
          name: "containers-selftest",
          include: selftest,
          exclude: never,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      // Scenarios carry limits of their own, counted from the lease on; forming a cluster is not part of them.
      { test: { name: "conformance", include: conformance, exclude: [...never, ...selftest], testTimeout: 0, hookTimeout: 0 } },
    ],
  },
});

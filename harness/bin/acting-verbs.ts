/**
 * `down` removes clusters nobody uses; `test` runs the project's own tests.
 */
import { assertEngine } from "../run/providers.ts";
import { runTests } from "../run/test.ts";
import { takeDown } from "../sut/containers/sweep.ts";
import { onSignals } from "./signals.ts";

export async function downVerb(clusters: readonly string[]): Promise<number> {
  await assertEngine();
  const removed = await takeDown(clusters);
  process.stdout.write(removed.length === 0 ? "nothing to remove\n" : `${removed.map((one) => `removed ${one}`).join("\n")}\n`);
  return 0;
}

/** The count goes to stdout as the last line; everything else is progress. */
export async function testVerb(root: string, all: boolean): Promise<number> {
  using signals = onSignals();
  const { CI } = process.env;
  const outcome = await runTests({
    root,
    all,
    ci: CI !== undefined && CI !== "" && CI !== "false",
    interrupted: signals.interrupted,
    say: (text) => process.stderr.write(`${text}\n`),
  });
  process.stdout.write(`${outcome.lastLine}\n`);
  return outcome.exitCode;
}

/**
 * `swarmproof gate`: the main job. Wires options, signals and renderers to `harness/run/gate.ts` and says the end on
 * stdout.
 */
import { join } from "node:path";
import { shownPath } from "../run/bundle.ts";
import { junit } from "../../reports/render/junit.ts";
import { summary } from "../../reports/render/summary.ts";
import { terminalReport } from "../../reports/render/terminal.ts";
import { loadCatalogue } from "../run/catalogue.ts";
import { gate } from "../run/gate.ts";
import type { GateOutcome } from "../run/gate.ts";
import { assertEngine, openProvider, readTarget } from "../run/providers.ts";
import { select } from "../run/selection.ts";
import type { Profile } from "../run/selection.ts";
import { UsageError, unknownWord } from "../run/usage.ts";
import { factsOf } from "../sut/target.ts";
import { freshSeed, looksOf } from "./options.ts";
import { onSignals } from "./signals.ts";

export interface GateFlags {
  readonly target: string;
  readonly arm: string;
  readonly profile: Profile;
  readonly rule?: readonly string[];
  readonly seed?: string;
  readonly jobs: number;
  readonly timeLimit?: number;
  readonly keep?: boolean;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** The exit code. */
export async function gateVerb(root: string, flags: GateFlags, rest: readonly string[]): Promise<number> {
  refuseArm(flags);
  const target = readTarget(flags.target);
  const facts = factsOf(target);
  // `--rule A B` reaches us as one value and operands.
  const rules = [...(flags.rule ?? []), ...rest];
  select(loadCatalogue(join(root, "suites", "catalogue")), {
    profile: flags.profile,
    patterns: rules,
    arm: "containers",
    lacks: facts.lacks,
  });
  await assertEngine();
  using signals = onSignals();
  const outcome = await gate(
    {
      root,
      facts,
      target: flags.target,
      profile: flags.profile,
      rules,
      seed: flags.seed ?? freshSeed(),
      jobs: flags.jobs,
      ...(flags.timeLimit === undefined ? {} : { timeLimitMs: flags.timeLimit }),
      keep: flags.keep ?? false,
      ...(flags.out === undefined ? {} : { out: flags.out }),
      quiet: flags.quiet ?? false,
      ...looksOf(flags.color, process.stderr, process.env),
      command: ["./swarmproof", ...process.argv.slice(2)],
    },
    {
      stderr: process.stderr,
      openProvider: (progress, signal) => openProvider(target, progress, signal),
      interrupted: signals.interrupted,
      render: (result, decision) => ({ "junit.xml": junit(result), "summary.md": summary(result, decision) }),
    },
  );
  say(outcome, flags);
  return outcome.decision.exitCode;
}

function refuseArm({ arm, target }: GateFlags): void {
  if (arm === "containers") return;
  if (arm !== "simulation") throw new UsageError(unknownWord("arm", arm, ["containers", "simulation"]), "./swarmproof gate --help");
  throw new UsageError(
    `the simulation arm runs the reference swarm, which is not part of this version yet; ${target} runs on containers`,
    `./swarmproof gate --target ${target}`,
  );
}

function say({ result, decision, bundle }: GateOutcome, flags: GateFlags): void {
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ ...result, gate: decision, bundle: bundle.directory })}\n`);
    return;
  }
  const looks = looksOf(flags.color, process.stdout, process.env);
  const path = shownPath(bundle.directory);
  process.stdout.write(terminalReport(result, decision, { colour: looks.colour, width: process.stdout.columns ?? 120, bundle: path }));
}

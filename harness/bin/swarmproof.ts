/**
 * The command line of swarmproof: verbs and flags in, one exit code out (design: commands, exit codes). stdout is data,
 * stderr is progress; every refusal names the nearest known word and ends with the next command to type.
 */
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { DEFAULT_TARGET } from "../sut/target.ts";
import { EnvironmentError, UsageError, unknownWord } from "../run/usage.ts";
import { gateVerb } from "./gate-verb.ts";
import type { GateFlags } from "./gate-verb.ts";
import { doctorVerb, explainVerb, listVerb, recheckVerb } from "./reading-verbs.ts";
import { downVerb, testVerb } from "./acting-verbs.ts";
import { jobsFlag, profileFlag, rulesFlag, timeFlag } from "./options.ts";

const root = join(import.meta.dirname, "../..");

/** Verbs of designs to come are unknown until they are there. */
function program(finish: (code: number) => void): Command {
  const cli = new Command("swarmproof")
    .description(
      "Proves whether a Docker-Swarm-compatible orchestrator keeps its promises when networks split, machines die and roll-outs go wrong.",
    )
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .option("--no-color", "no colour on any output")
    .option("--no-setup", "change nothing on this machine before running (start script)")
    .option("-y, --yes", "go ahead with the set-up without asking (start script)");

  cli
    .command("gate")
    .description("judge a target: verdict per rule, exit code, bundle")
    .argument("[rules...]", "further rules after --rule")
    .option("--target <name|file>", "known target or a target.yaml", DEFAULT_TARGET)
    .option("--arm <arm>", "containers (simulation comes with the reference swarm)", "containers")
    .option(
      "--profile <profile>",
      "set of rules: smoke core orchestration networking security chaos cli field",
      profileFlag,
      "core" as const,
    )
    .option("--rule <rule>", "rules instead of a profile: RAFT-06, RAFT-06/crash, 'RAFT-*'; repeatable", rulesFlag)
    .option("--seed <seed>", "seed of every draw; printed in the first line")
    .option("--jobs <n>", "clusters at once", jobsFlag, 1)
    .option("--time-limit <time>", "for each generated property: 90s, 10m; 0 leaves them out", timeFlag)
    .option("--keep", "leave the cluster of the first failing rule up, faults as they are")
    .option("--out <directory>", "where the bundle goes instead of .swarmproof/runs")
    .option("--json", "the result as JSON on stdout")
    .option("--quiet", "say only what is not a pass")
    .action(async (rest: readonly string[], _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GateFlags>();
      if (rest.length > 0 && flags.rule === undefined)
        throw new UsageError(`gate takes no ${rest[0]}; rules come after --rule`, `./swarmproof gate --rule ${rest.join(" ")}`);
      finish(await gateVerb(root, flags, rest));
    });

  cli
    .command("list")
    .description("the rules of the catalogue")
    .option("--profile <profile>", "only those of a profile", profileFlag)
    .option("--rule <rule>", "only those that match; repeatable", rulesFlag)
    .option("--json", "the catalogue as JSON")
    .action((_flags: unknown, command: Command) => finish(listVerb(root, command.optsWithGlobals())));

  cli
    .command("explain")
    .description("what a rule promises, how it is put at stake and what it is held to")
    .argument("<rule>", "RAFT-06")
    .option("--target <name|file>", "whose constants the bounds are worked out for", DEFAULT_TARGET)
    .option("--json", "the rule as JSON")
    .action((rule: string, _flags: unknown, command: Command) => finish(explainVerb(root, rule, command.optsWithGlobals())));

  cli
    .command("recheck")
    .description("judge a stored run again with the checkers of today; 6 when it differs or was changed")
    .argument("[bundle]", "directory of a bundle", ".swarmproof/runs/latest")
    .option("--json", "what was found as JSON")
    .action((bundle: string, _flags: unknown, command: Command) => finish(recheckVerb(bundle, command.optsWithGlobals())));

  cli
    .command("doctor")
    .description("every prerequisite of a run, its state and its mend")
    .option("--json", "the checks as JSON")
    .action(async (_flags: unknown, command: Command) => finish(await doctorVerb(command.optsWithGlobals())));

  cli
    .command("down")
    .description("remove clusters that were kept, or that dead runs left")
    .argument("[clusters...]", "only these; by default all that no running gate owns")
    .action(async (clusters: readonly string[]) => finish(await downVerb(clusters)));

  cli
    .command("test")
    .description("the project's own tests; ends with the line `N passed, N failed`")
    .option("--all", "with profile core on containers")
    .action(async (flags: { readonly all?: boolean }) => finish(await testVerb(root, flags.all ?? false)));

  for (const command of [cli, ...cli.commands]) {
    command
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .showSuggestionAfterError(false)
      .allowExcessArguments(false);
  }
  return cli;
}

/** What commander refused, in our words. */
function refusal(error: CommanderError, cli: Command, words: readonly string[]): UsageError {
  const verbs = cli.commands.map((command) => command.name());
  const verb = cli.commands.find((command) => words.includes(command.name()));
  const quoted = /'(?<word>[^']*)'/.exec(error.message)?.groups?.["word"] ?? "";
  const help = verb === undefined ? "./swarmproof --help" : `./swarmproof ${verb.name()} --help`;
  if (error.code === "commander.unknownCommand") return new UsageError(unknownWord("verb", quoted, verbs), help);
  if (error.code === "commander.unknownOption") {
    const flags = [...cli.options, ...(verb?.options ?? [])].map((option) => option.long ?? option.flags);
    return new UsageError(unknownWord("flag", quoted, flags), help);
  }
  return new UsageError(error.message.replace(/^error: /, ""), help);
}

async function main(words: readonly string[]): Promise<number> {
  let code = 0;
  const cli = program((result) => {
    code = result;
  });
  try {
    if (words.length === 0) {
      cli.outputHelp();
      return 2;
    }
    await cli.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const said = error instanceof CommanderError ? refusal(error, cli, words) : error;
    if (said instanceof UsageError || said instanceof EnvironmentError) {
      process.stderr.write(`swarmproof: ${said.message}\nnext: ${said.next}\n`);
      return said.exitCode;
    }
    process.stderr.write(
      `swarmproof: harness error: ${said instanceof Error ? (said.stack ?? said.message) : String(said)}\nnext: ./swarmproof doctor\n`,
    );
    return 3;
  }
}

process.exitCode = await main(process.argv.slice(2));

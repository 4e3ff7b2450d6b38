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
    .option("--time-limit <time>", "for each generated property: 90s, 10m", timeFlag)
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

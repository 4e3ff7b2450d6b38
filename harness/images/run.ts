/** Runs a program to its end. A failure carries what it wrote to stderr, for the message that the user reads. */
import { execa } from "execa";

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
}

/** Resolves to stdout; rejects on a non-zero status, a missing program or an aborted signal. */
export type Run = (program: string, args: readonly string[], options?: RunOptions) => Promise<string>;

export const run: Run = async (program, args, options = {}) => {
  const result = await execa(program, args, {
    stdin: "ignore",
    reject: false,
    forceKillAfterDelay: 2000,
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.environment === undefined ? {} : { env: options.environment }),
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
  });
  if (result.failed) {
    const said = (result.stderr || result.stdout || result.shortMessage || "no message").trim().split("\n").slice(-4).join(" / ");
    throw new Error(`${program} ${args[0] ?? ""}: ${said}`, { cause: result });
  }
  return result.stdout;
};

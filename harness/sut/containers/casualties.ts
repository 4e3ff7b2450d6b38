/**
 * Containers of a cluster that ended without being told to: nodes, pods, gateway. Compares what the engine has with
 * what must run; each casualty is told once, with exit code and last words, so that evidence decides whose fault it is.
 */
import { messageOf } from "../../error-text.ts";
import type { Casualty } from "../sut.ts";
import { containerLog, hostEngine, inspectContainer } from "./host-engine.ts";

export interface Expected {
  readonly id: string;
  /** `node m1`, `pod m1`, `gateway`. */
  readonly what: string;
  /** Runs the target's own program; pods and gateways run ours. */
  readonly target: boolean;
  /** False while it is down on purpose. */
  readonly runs: () => boolean;
}

const LAST_LINES = 12;

export class Casualties {
  private readonly expected: readonly Expected[];
  private readonly told = new Map<string, Casualty>();

  constructor(expected: readonly Expected[]) {
    this.expected = expected;
  }

  /** Those since the last call. */
  async take(): Promise<readonly Casualty[]> {
    const wanted = this.expected.filter((one) => one.runs() && !this.told.has(one.id));
    const running = await runningIds();
    if (running === undefined) return [{ whose: "lab", text: "the container engine does not answer" }];
    const missing = wanted.filter((one) => !running.has(one.id));
    const found: Casualty[] = [];
    for (const one of missing) {
      // A fault may have begun between the two looks.
      if (!one.runs()) continue;
      const casualty = await lastWords(one);
      this.told.set(one.id, casualty);
      found.push(casualty);
    }
    return found;
  }

  /** All so far, for the evidence. */
  all(): readonly Casualty[] {
    return [...this.told.values()];
  }
}

async function runningIds(): Promise<ReadonlySet<string> | undefined> {
  try {
    const docker = await hostEngine();
    const listed = await docker.listContainers({ all: false });
    return new Set(listed.map((container) => container.Id));
  } catch {
    return undefined;
  }
}

/** The state of a container that ended, as the engine tells it. */
export interface Ending {
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
}

/** SIGKILL and SIGTERM, as a shell tells them: somebody ended it from outside. */
const endedFromOutside: ReadonlySet<number> = new Set([137, 143]);

/** A target's program that ended with a status of its own has failed; killed, stopped or out of memory says nothing of it. */
export function whoseEnding(target: boolean, ending: Ending | undefined): Casualty["whose"] {
  const byItself = ending !== undefined && !ending.OOMKilled && !endedFromOutside.has(ending.ExitCode);
  return target && byItself ? "target" : "lab";
}

async function lastWords({ id, what, target }: Expected): Promise<Casualty> {
  const found = await inspectContainer(id).catch(() => undefined);
  const whose = whoseEnding(target, found?.State);
  if (found === undefined) return { whose, text: `${what} was removed by someone else` };
  const { ExitCode, OOMKilled, FinishedAt } = found.State;
  const log = await containerLog(id, LAST_LINES).catch(messageOf);
  const oom = OOMKilled ? ", out of memory" : "";
  return { whose, text: `${what} ended by itself at ${FinishedAt} with status ${ExitCode}${oom}; its last output:\n${log.trim()}` };
}

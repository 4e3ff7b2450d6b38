/**
 * Containers of a cluster that ended without being told to: nodes, pods, gateway. Compares what the engine has with
 * what must run; each casualty is told once, with exit code and last words, so that evidence decides whose fault it is.
 */
import { containerLog, hostEngine, inspectContainer, messageOf } from "./host-engine.ts";

export interface Expected {
  readonly id: string;
  /** `node m1`, `pod m1`, `gateway`. */
  readonly what: string;
  /** False while it is down on purpose. */
  readonly runs: () => boolean;
}

const LAST_LINES = 12;

export class Casualties {
  private readonly expected: readonly Expected[];
  private readonly told = new Map<string, string>();

  constructor(expected: readonly Expected[]) {
    this.expected = expected;
  }

  /** Those since the last call. */
  async take(): Promise<readonly string[]> {
    const wanted = this.expected.filter((one) => one.runs() && !this.told.has(one.id));
    const running = await runningIds();
    if (running === undefined) return ["the container engine does not answer"];
    const missing = wanted.filter((one) => !running.has(one.id));
    const found: string[] = [];
    for (const one of missing) {
      // A fault may have begun between the two looks.
      if (!one.runs()) continue;
      const text = await lastWords(one);
      this.told.set(one.id, text);
      found.push(text);
    }
    return found;
  }

  /** All so far, for the evidence. */
  all(): readonly string[] {
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

async function lastWords({ id, what }: Expected): Promise<string> {
  const found = await inspectContainer(id).catch(() => undefined);
  if (found === undefined) return `${what} was removed by someone else`;
  const { ExitCode, OOMKilled, FinishedAt } = found.State;
  const log = await containerLog(id, LAST_LINES).catch(messageOf);
  const oom = OOMKilled ? ", out of memory" : "";
  return `${what} ended by itself at ${FinishedAt} with status ${ExitCode}${oom}; its last output:\n${log.trim()}`;
}

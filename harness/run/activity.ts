/**
 * What is going on right now, in words, drawn from events: which scenario runs, which fault is in force, what it waits
 * for and until when. Pure state; `progress.ts` shows it.
 */
import type { AttemptContext } from "../history/attempt.ts";
import { nodesOf } from "../history/attempt.ts";
import type { EventOf, HistoryEvent } from "../history/event.ts";

interface Wait {
  readonly form: "until" | "hold";
  readonly condition: string;
  readonly until: number;
  readonly since: number;
}

interface Fault {
  readonly text: string;
  readonly state: "being installed" | "in force" | "not proved" | "being healed";
}

interface Running {
  readonly rules: readonly string[];
  readonly startedAt: number;
  readonly waits: Map<number, Wait>;
  readonly faults: Map<string, Fault>;
}

export class Activity {
  readonly #running = new Map<string, Running>();
  readonly #busy = new Map<string, string>();

  busy(key: string, text: string | undefined): void {
    if (text === undefined) this.#busy.delete(key);
    else this.#busy.set(key, text);
  }

  see(event: HistoryEvent): void {
    if (event.kind === "attempt-start") {
      const { rules } = event.context as AttemptContext;
      this.#running.set(event.attempt, { rules, startedAt: event.t, waits: new Map(), faults: new Map() });
      return;
    }
    const running = this.#running.get(event.attempt);
    if (running === undefined) return;
    if (event.kind === "wait") running.waits.set(event.wait, waitOf(event));
    else if (event.kind === "wait-end") running.waits.delete(event.wait);
    else if (event.kind === "fault-start") running.faults.set(event.fault, { text: faultText(event), state: "being installed" });
    else if (event.kind === "fault-installed") seeInstalled(running, event);
    else if (event.kind === "heal-start") seeHealing(running, event.fault);
    else if (event.kind === "fault-removed" && event.state !== "indeterminate") running.faults.delete(event.fault);
  }

  over(attempt: string): void {
    this.#running.delete(attempt);
  }

  /** One line per thing that is going on. */
  lines(now: number): readonly string[] {
    return [...this.#busy.values(), ...[...this.#running].map(([attempt, running]) => runningLine(attempt, running, now))];
  }
}

function waitOf(event: EventOf<"wait">): Wait {
  return { form: event.form, condition: event.condition, since: event.t, until: event.t + event.limitMs };
}

function seeInstalled(running: Running, event: EventOf<"fault-installed">): void {
  if (event.state === "skipped") running.faults.delete(event.fault);
  else running.faults.set(event.fault, { text: faultText(event), state: event.state === "installed" ? "in force" : "not proved" });
}

function seeHealing(running: Running, handle: string): void {
  const fault = running.faults.get(handle);
  if (fault !== undefined) running.faults.set(handle, { ...fault, state: "being healed" });
}

function runningLine(attempt: string, running: Running, now: number): string {
  const faults = [...running.faults.values()].map((fault) => `${fault.text} ${fault.state}`);
  // The wait that began last is the innermost and says most.
  const wait = [...running.waits.values()].at(-1);
  const waiting = wait === undefined ? [] : [waitText(wait, now)];
  return [`${running.rules.join(" ")}  ${attempt}  ${seconds(now - running.startedAt)}`, ...faults, ...waiting].join(" · ");
}

function waitText(wait: Wait, now: number): string {
  const left = seconds(Math.max(0, wait.until - now));
  return wait.form === "until" ? `waits for ${wait.condition}, ${left} left` : `holds ${wait.condition}, ${left} to go`;
}

/** `partition m1 m2`. */
export function faultText(event: EventOf<"fault-start"> | EventOf<"fault-installed">): string {
  const nodes = nodesOf(event.concrete);
  return nodes.length === 0 ? event.faultKind : `${event.faultKind} ${nodes.join(" ")}`;
}

export function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

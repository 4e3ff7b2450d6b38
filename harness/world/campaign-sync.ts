/**
 * Campaigns without promises: the interpreter for simulation. It runs inside the event loop of the port it is given;
 * resumptions go through one queue that is worked off after each event, so that their order is that of the asynchronous
 * interpreter. It carries out what is asked and decides nothing.
 */
import type { Fault, HealReport } from "../nemesis/fault.ts";
import type { CallbackPort } from "./callback-port.ts";
import type { CampaignAsk, CampaignFlow } from "./campaign-asks.ts";
import { campaignFlow } from "./campaign-flow.ts";
import type { Campaign } from "./campaign.ts";
import { Faults } from "./faults.ts";
import type { Injected } from "./faults.ts";
import type { Flow, PortAsk, WaitAsk } from "./flow.ts";
import type { Setting } from "./port.ts";
import { Recorder } from "./recorder.ts";
import { repeat, waitUntil } from "./waiting.ts";
import type { ScriptEnd } from "./run-script.ts";
import { endOf, overdue } from "./run-script.ts";
import { HarnessError, Stopped } from "./world.ts";

type Given<T = unknown> = { readonly value: T } | { readonly error: unknown };
type Then<T = unknown> = (given: Given<T>) => void;

interface Process {
  readonly name: string;
  stopped: boolean;
  /** Ends the sleep it is in, if it is in one. */
  wake: (() => void) | undefined;
  end: Given | undefined;
  readonly waiting: Then[];
}

interface Held {
  readonly injected: Injected;
  healed: Given<HealReport> | undefined;
  healing: Then<HealReport>[] | undefined;
}

export interface SyncCampaign {
  readonly port: CallbackPort;
  readonly setting: Setting;
  readonly campaign: Campaign;
  /** Virtual milliseconds after which it is given up. */
  readonly limitMs: number;
  /** Runs the next event of the simulation; throws when nothing is due. */
  readonly step: () => void;
}

/** Runs a campaign to its end and records how it ended. */
export function runCampaignSync(parts: SyncCampaign): ScriptEnd {
  const run = new SyncRun(parts);
  const main = run.start("main", campaignFlow(parts.campaign, run));
  let late = false;
  const cancel = parts.port.after(parts.limitMs, () => {
    late = true;
    run.stopAll();
  });
  for (run.work(); main.end === undefined; run.work()) parts.step();
  cancel();
  run.stopAll();
  for (run.work(); run.busy; run.work()) parts.step();
  const failure = "error" in main.end ? main.end : run.unseen;
  const end = late ? overdue(parts.limitMs, failure) : endOf(failure);
  run.recorder.write({ kind: "attempt-end", ...end }, "main");
  return end;
}

class SyncRun {
  readonly recorder: Recorder;
  readonly cluster: Setting["cluster"];
  readonly #port: CallbackPort;
  readonly #faults: Faults;
  readonly #jobs: (() => void)[] = [];
  readonly #processes: Process[] = [];
  readonly #observed = new Set<Process>();
  readonly #held = new Set<Held>();
  #current = "main";

  constructor({ port, setting }: SyncCampaign) {
    this.#port = port;
    this.cluster = setting.cluster;
    this.recorder = new Recorder(port, setting.attempt, () => this.#current);
    this.#faults = new Faults(setting.cluster.nodes, this.recorder);
  }

  now(): number {
    return this.#port.now();
  }
  mark(name: string, data?: unknown): void {
    this.recorder.write({ kind: "mark", name, ...(data === undefined ? {} : { data }) });
  }

  /** Works off what became ready. */
  work(): void {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) job();
  }
  get busy(): boolean {
    return this.#processes.some((process) => process.end === undefined);
  }
  get unseen(): { readonly error: unknown } | undefined {
    for (const { end } of this.#processes.filter((process) => !this.#observed.has(process))) {
      if (end !== undefined && "error" in end && !(end.error instanceof Stopped)) return end;
    }
    return undefined;
  }
  stopAll(): void {
    for (const process of this.#processes) this.#stop(process);
  }

  start(name: string, flow: CampaignFlow<void>): Process {
    return this.#spawn(name, flow, (process, ask, then) => this.#answer(process, ask, then));
  }

  #spawn<Ask>(name: string, flow: Flow<Ask, void>, perform: (process: Process, ask: Ask, then: Then) => void): Process {
    const process = this.#process(name);
    const end = (given: Given): void => {
      process.end = given;
      for (const then of process.waiting) then(given);
    };
    this.#jobs.push(() => this.#run(process, flow, (ask, then) => perform(process, ask, then), end));
    return process;
  }

  #process(name: string): Process {
    const process: Process = { name, stopped: false, wake: undefined, end: undefined, waiting: [] };
    this.#processes.push(process);
    return process;
  }

  /** Carries a flow out for a process; `perform` answers each ask in its time. */
  #run<Ask, T>(process: Process, flow: Flow<Ask, T>, perform: (ask: Ask, then: Then) => void, done: Then<T>): void {
    const advance = (given: Given): void => {
      this.#current = process.name;
      let step: IteratorResult<Ask, T>;
      try {
        step = "error" in given ? flow.throw(given.error) : flow.next(given.value);
      } catch (error) {
        return done({ error });
      }
      if (step.done === true) return done({ value: step.value });
      return perform(step.value, (next) => void this.#jobs.push(() => advance(next)));
    };
    advance({ value: undefined });
  }

  #answer(process: Process, ask: CampaignAsk, then: Then): void {
    if (process.stopped) return then({ error: new Stopped(`process ${process.name} was told to stop`) });
    switch (ask.ask) {
      case "call":
        return this.#call(ask, then);
      case "pass":
        this.recorder.write({ kind: "note", text: `phase ${ask.name}: ${ask.ms} ms pass` });
        return this.#sleep(process, ask.ms, then);
      case "fault":
        return this.#fault(process, ask.fault, then);
      case "heal":
        return this.#heal(process, known(this.#held, ask.fault), then);
      case "start":
        return then({ value: this.start(ask.name, ask.flow) });
      case "every":
        return then({ value: this.#every(ask) });
      case "join":
        return this.#join(
          ask.processes.map((one) => known(this.#processes, one)),
          then,
        );
      case "stop":
        for (const one of ask.processes) this.#stop(known(this.#processes, one));
        return then({ value: undefined });
      case "until": {
        const wait = waitUntil({ now: () => this.now(), recorder: this.recorder }, ask.name, { withinMs: ask.withinMs });
        return this.#run(process, wait, (inner, next) => this.#wait(process, inner, ask.condition, next), then);
      }
    }
  }

  #call(ask: Extract<PortAsk, { readonly ask: "call" }>, then: Then): void {
    const process = this.#current;
    const op = this.recorder.invoke(ask.node, ask.request, ask.deadlineMs);
    this.#port.send(ask.node, ask.request, ask.deadlineMs, (outcome) => {
      this.#current = process;
      this.recorder.complete(op, ask.request, outcome);
      then({ value: outcome });
    });
  }

  #sleep(process: Process, ms: number, then: Then): void {
    const wake = (): void => {
      process.wake = undefined;
      then(process.stopped ? { error: new Stopped(`process ${process.name} was told to stop`) } : { value: undefined });
    };
    const cancel = this.#port.after(ms, wake);
    process.wake = () => {
      cancel();
      wake();
    };
  }

  #wait(process: Process, ask: WaitAsk, condition: () => CampaignFlow<unknown>, then: Then): void {
    if (ask.ask === "sleep") return this.#sleep(process, ask.ms, then);
    return this.#run(process, condition(), (inner, next) => this.#answer(process, inner, next), then);
  }

  #every({ name, intervalMs, tick }: Extract<CampaignAsk, { readonly ask: "every" }>): Process {
    const flow = untilStopped(repeat(() => this.now(), intervalMs));
    return this.#spawn(name, flow, (process, ask, then) => {
      if (process.stopped) then({ error: new Stopped(`process ${process.name} was told to stop`) });
      else this.#wait(process, ask, tick, then);
    });
  }

  #stop(process: Process): void {
    process.stopped = true;
    process.wake?.();
  }

  /** The first failure stops the others and is given when all have ended. */
  #join(processes: readonly Process[], then: Then): void {
    let open = processes.length;
    let first: { readonly error: unknown } | undefined;
    const finish = (): void => {
      if (open === 0) then(first ?? { value: undefined });
    };
    const ended = (end: Given): void => {
      open -= 1;
      if ("error" in end && first === undefined) {
        first = end;
        for (const other of processes) this.#stop(other);
      }
      finish();
    };
    for (const process of processes) {
      this.#observed.add(process);
      if (process.end === undefined) process.waiting.push(ended);
      else ended(process.end);
    }
    if (processes.length === 0) finish();
  }

  // Faults.

  #fault(process: Process, fault: Fault, then: Then): void {
    this.#run(
      process,
      this.#faults.inject(fault),
      (ask, next) => this.#ofPort(ask, next),
      (end) => {
        if ("error" in end) return then(end);
        const held: Held = { injected: end.value, healed: undefined, healing: undefined };
        this.#held.add(held);
        if (fault.forMs !== undefined && held.injected.report.state !== "skipped") this.#healAfter(held, fault.forMs);
        return then({ value: held });
      },
    );
  }

  #healAfter(held: Held, forMs: number): void {
    const process = this.#process(`heal-${held.injected.handle}`);
    const done = (end: Given): void => void (process.end = end);
    this.#sleep(process, forMs, (slept) => {
      if ("error" in slept) return done(slept);
      return this.#heal(process, held, done);
    });
  }

  #heal(process: Process, held: Held, then: Then): void {
    if (held.healed !== undefined) return then(held.healed);
    if (held.healing !== undefined) return void held.healing.push(then);
    held.healing = [then];
    return this.#run(
      process,
      this.#faults.heal(held.injected),
      (ask, next) => this.#ofPort(ask, next),
      (end) => {
        held.healed = end;
        for (const waiting of held.healing ?? []) waiting(end);
      },
    );
  }

  #ofPort(ask: PortAsk, then: Then): void {
    if (ask.ask === "call") return this.#call(ask, then);
    if (ask.ask === "install") return this.#port.install(ask.handle, ask.fault, (value) => then({ value }));
    return this.#port.remove(ask.handle, (value) => then({ value }));
  }
}

/** Being stopped is how such a process ends. */
function* untilStopped<Ask>(flow: Flow<Ask, never>): Flow<Ask, void> {
  try {
    yield* flow;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
}

function known<T>(all: Iterable<T>, token: unknown): T {
  for (const one of all) if (one === token) return one;
  throw new HarnessError("a campaign handed back something it was not given");
}

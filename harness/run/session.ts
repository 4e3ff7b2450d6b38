/**
 * One run as the gate process sees it: answers workers, keeps the journal, leases clusters, judges attempts, takes
 * evidence before anything is torn down. Whoever wants to show or store what happens observes it. Decides no verdict
 * of a rule: that is drawn from the journal (`verdicts.ts`).
 */
import { messageOf } from "../error-text.ts";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { join } from "node:path";
import type { Judgement } from "../checker/checker.ts";
import type { AttemptContext } from "../history/attempt.ts";
import type { HistoryEvent, Recorded } from "../history/event.ts";
import type { Journal } from "../history/journal.ts";
import type { Casualty, Sut, SutProvider } from "../sut/sut.ts";
import type { Answers, Ask, Lease, Plan } from "./control.ts";
import type { ControlHandler } from "./control-server.ts";
import { inTime } from "./in-time.ts";
import { judgeAttempt, whatEnded } from "./judging.ts";
import type { Bench } from "./judging.ts";
import { Leases } from "./leases.ts";

export interface SessionObserver {
  /** Each event once it is in the journal. */
  readonly event: (event: HistoryEvent) => void;
  /** What is being done right now for `key`; `undefined` when it is over. */
  readonly busy: (key: string, text: string | undefined) => void;
  /** The judgements of an attempt with its events, after its evidence was taken. */
  readonly judged: (attempt: JudgedAttempt) => void;
}

export interface JudgedAttempt {
  readonly attempt: string;
  readonly judgements: readonly Judgement[];
  readonly events: readonly HistoryEvent[];
  /** Its cluster is left up. */
  readonly kept: boolean;
}

export interface SessionParts {
  readonly plan: Plan;
  readonly bench: Bench;
  readonly journal: Journal;
  readonly provider: SutProvider;
  readonly jobs: number;
  /** Leave the cluster of the first failing attempt up. */
  readonly keep: boolean;
  readonly evidenceDirectory: string;
  /** Milliseconds the lab may take to say what of it ended; past it the attempt is an error. Cleaning may take some of them. */
  readonly lookMsMax?: number;
  readonly now: () => number;
  readonly observer: SessionObserver;
}

interface OpenAttempt {
  readonly worker: string;
  readonly rules: readonly string[];
  readonly events: HistoryEvent[];
}

const evidenceMsMax = 120_000;
const lookMsMaxDefault = 60_000;
/** Healing, a clean check and the removal of a cluster each take as long as so many looks at most. */
const cleanLooks = 5;
const stallResolutionMs = 10;

export class Session implements ControlHandler {
  readonly #on: SessionParts;
  readonly #leases: Leases;
  readonly #open = new Map<string, OpenAttempt>();
  readonly #stalls = new Map<string, ReturnType<typeof monitorEventLoopDelay>>();
  readonly #concluded = new Set<string>();
  readonly #keepAtRelease = new Set<string>();
  #asked = 0;
  #interrupted = false;

  constructor(parts: SessionParts) {
    this.#on = parts;
    this.#leases = new Leases(
      parts.provider,
      parts.jobs,
      {
        cluster: (what, data) => this.#note({ kind: "cluster", attempt: "run", what, data }),
        busy: parts.observer.busy,
      },
      (parts.lookMsMax ?? lookMsMaxDefault) * cleanLooks,
    );
  }

  /** How many times a cluster was asked for. */
  get leased(): number {
    return this.#asked;
  }

  /** Clusters left up for people. */
  get kept(): readonly Sut[] {
    return this.#leases.kept;
  }

  event(worker: string, recorded: Recorded): void {
    if (this.#interrupted) return;
    // A script that was given up may go on talking; what was judged must stay what is stored.
    if (this.#concluded.has(recorded.attempt)) return;
    if (recorded.kind === "attempt-start") this.#open.set(recorded.attempt, { worker, rules: rulesOf(recorded.context), events: [] });
    try {
      this.#append(recorded);
    } catch (error) {
      // A recorder that writes no events leaves a hole in the history: whatever it says, the attempt shows nothing.
      this.#note({ kind: "cluster", attempt: recorded.attempt, what: "casualty", data: `the recording: ${messageOf(error)}` });
    }
  }

  gone(worker: string): void {
    const lost = this.#interrupted ? [] : [...this.#open].filter(([, open]) => open.worker === worker);
    for (const [attempt, open] of lost) this.#vanished(attempt, open);
    this.#leases.abandon(worker, async (sut) => {
      const attempt = lost[0]?.[0];
      if (attempt !== undefined) await this.#evidence(sut, attempt);
    });
  }

  async ask(worker: string, ask: Ask): Promise<Answers[Ask["ask"]]> {
    if (this.#interrupted) throw new Error("the run was interrupted");
    switch (ask.ask) {
      case "plan":
        return this.#on.plan;
      case "lease":
        return this.#lease(worker, ask);
      case "install":
        return this.#leases.sut(ask.lease).install(ask.handle, ask.fault);
      case "remove":
        return this.#leases.sut(ask.lease).remove(ask.handle);
      case "probe":
        return this.#leases.sut(ask.lease).probe(ask.kind, ask.node, ask.args);
      case "judge":
        return this.#judge(ask);
      case "release":
        this.#release(ask.lease, ask.wrecked);
        return null;
      default:
        ask satisfies never;
        throw new Error(`the gate does not know the question ${JSON.stringify(ask)}`);
    }
  }

  /** Nothing said by workers counts from now on. */
  interrupt(): void {
    this.#interrupted = true;
  }

  /** Removes all clusters that are not kept. */
  async close(): Promise<void> {
    await this.#leases.close();
  }

  async #lease(worker: string, ask: Extract<Ask, { ask: "lease" }>): Promise<Lease> {
    this.#asked += 1;
    const { lease, sut } = await this.#leases.take({ worker, scenario: ask.scenario, shape: ask.shape, fresh: ask.fresh });
    const stalls = monitorEventLoopDelay({ resolution: stallResolutionMs });
    stalls.enable();
    this.#stalls.set(lease, stalls);
    // What stalled before this lease is not this attempt's affair.
    await this.#stallInside(sut);
    return { lease, shape: sut.shape, nodes: sut.nodes, facts: sut.facts, access: sut.access };
  }

  async #judge({ lease, attempt, rules }: Extract<Ask, { ask: "judge" }>): Promise<readonly Judgement[]> {
    const sut = this.#leases.sut(lease);
    await this.#noteStalls(lease, attempt, sut);
    for (const dead of await this.#casualties(sut)) this.#note({ kind: "cluster", attempt, what: whatEnded[dead.whose], data: dead.text });
    const { judgements, events } = this.#conclude(attempt, rules);
    await this.#evidence(sut, attempt);
    const keeps = this.#on.keep && this.kept.length + this.#keepAtRelease.size === 0 && judgements.some((one) => one.outcome === "fail");
    if (keeps) this.#keepAtRelease.add(lease);
    this.#on.observer.judged({ attempt, judgements, events, kept: keeps });
    return judgements;
  }

  /** Judges from what the journal holds of the attempt, and makes that durable. */
  #conclude(attempt: string, rules: readonly string[]): Pick<JudgedAttempt, "judgements" | "events"> {
    const events = this.#open.get(attempt)?.events ?? [];
    const judgements = judgeAttempt(this.#on.bench, attempt, rules, events);
    for (const judgement of judgements) this.#note({ kind: "judgement", attempt, rule: judgement.rule, judgement });
    this.#open.delete(attempt);
    this.#concluded.add(attempt);
    this.#on.journal.sync();
    return { judgements, events };
  }

  #vanished(attempt: string, open: OpenAttempt): void {
    this.#note({ kind: "cluster", attempt, what: "casualty", data: "the worker process that ran the script" });
    this.#on.observer.judged({ attempt, ...this.#conclude(attempt, open.rules), kept: false });
  }

  async #noteStalls(lease: string, attempt: string, sut: Sut): Promise<void> {
    const stalls = this.#stalls.get(lease);
    stalls?.disable();
    const ms = Math.max(0, Math.round((stalls?.max ?? 0) / 1e6) - stallResolutionMs);
    this.#note({ kind: "stall", attempt, who: "gate", ms });
    const inside = await this.#stallInside(sut);
    if (inside !== undefined) this.#note({ kind: "stall", attempt, who: "gateway", ms: inside });
  }

  /** A gateway that gives no answer stalls: for as long as it was waited for at least. */
  async #stallInside(sut: Sut): Promise<number | undefined> {
    if (sut.stallMs === undefined) return undefined;
    const since = this.#on.now();
    const waited = (): number => Math.round(this.#on.now() - since);
    return inTime(this.#on.lookMsMax ?? lookMsMaxDefault, sut.stallMs()).catch(waited);
  }

  /** A lab that cannot say what of it ended may have lost anything. */
  async #casualties(sut: Sut): Promise<readonly Casualty[]> {
    try {
      return await inTime(this.#on.lookMsMax ?? lookMsMaxDefault, sut.casualties());
    } catch (error) {
      return [{ whose: "lab", text: `the lab, which could not be looked at: ${messageOf(error)}` }];
    }
  }

  /** Never rejects: what could not be had is told, and the cluster goes its way. */
  async #evidence(sut: Sut, attempt: string): Promise<void> {
    const key = `evidence of ${attempt}`;
    this.#on.observer.busy(key, `${attempt}: taking evidence`);
    const since = this.#on.now();
    const taken = inTime(evidenceMsMax, sut.evidence(evidenceOf(this.#on.evidenceDirectory, attempt)));
    const failed = await taken.then(
      () => ({}),
      (error: unknown) => ({ why: messageOf(error) }),
    );
    const ms = Math.round(this.#on.now() - since);
    this.#note({ kind: "cluster", attempt: "run", what: "evidence", data: { attempt, ms, whole: !("why" in failed), ...failed } });
    this.#on.observer.busy(key, undefined);
  }

  #release(lease: string, wrecked: boolean): void {
    this.#stalls.get(lease)?.disable();
    this.#stalls.delete(lease);
    if (this.#keepAtRelease.delete(lease)) this.#leases.keep(lease);
    else this.#leases.giveBack(lease, wrecked);
  }

  #note(draft: Draft): void {
    this.#append({ t: this.#on.now(), proc: "gate", ...draft });
  }

  #append(recorded: Recorded): void {
    const event = this.#on.journal.append(recorded);
    this.#open.get(event.attempt)?.events.push(event);
    this.#on.observer.event(event);
  }
}

type Draft = { [K in "cluster" | "judgement" | "stall"]: Omit<Extract<Recorded, { kind: K }>, "t" | "proc"> }[
  | "cluster"
  | "judgement"
  | "stall"];

/** `<evidence>/<scenario>/<number>`. */
export function evidenceOf(directory: string, attempt: string): string {
  return join(directory, ...attempt.split("#"));
}

function rulesOf(context: unknown): readonly string[] {
  return (context as AttemptContext).rules;
}

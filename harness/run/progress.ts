/**
 * What a person sees on stderr while a run goes on. On a terminal: lines that stay, and below them what is happening
 * right now. Elsewhere (a pipe, CI, `NO_COLOR` terminals keep the first form without colour): plain lines, one per
 * thing that began or ended. Quiet: failures only. Never decides anything.
 */
import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import type { HistoryEvent } from "../history/event.ts";
import { Activity, faultText, seconds } from "./activity.ts";
import { failureText } from "./failure-text.ts";
import type { JudgedAttempt } from "./session.ts";

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream | { write(text: string): unknown; readonly isTTY?: boolean };
  /** Redraw what is happening in place. */
  readonly live: boolean;
  readonly colour: boolean;
  readonly quiet: boolean;
  readonly now: () => number;
  /** Where the evidence of an attempt lies, and the command that repeats one rule. */
  readonly evidenceOf: (attempt: string) => string;
  readonly nextOf: (rule: string) => string;
  /** Whether the rule waits for this scenario; what others did not find is told in one line. */
  readonly awaited: (rule: string, scenario: string) => boolean;
}

const redrawMs = 250;
/** A wait is told in plain lines only when it lasts; most are over at once. */
const longWaitMs = 5000;

export class Progress {
  readonly #options: ProgressOptions;
  readonly #activity = new Activity();
  readonly #draw: ReturnType<typeof createLogUpdate> | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #longWaits = new Map<string, NodeJS.Timeout>();
  #busyTold = new Map<string, string>();

  constructor(options: ProgressOptions) {
    this.#options = options;
    if (!options.live || options.quiet) return;
    this.#draw = createLogUpdate(options.stream as NodeJS.WriteStream);
    this.#timer = setInterval(() => this.#redraw(), redrawMs).unref();
  }

  /** A line that stays. */
  line(text: string): void {
    if (!this.#options.quiet) this.#write(text);
  }

  /** Said even when quiet. */
  important(text: string): void {
    this.#write(text);
  }

  readonly busy = (key: string, text: string | undefined): void => {
    this.#activity.busy(key, text);
    if (this.#draw !== undefined) return;
    if (text === undefined) this.#busyTold.delete(key);
    else if (this.#busyTold.get(key) !== text) {
      this.#busyTold.set(key, text);
      this.line(`  ${text}`);
    }
  };

  readonly event = (event: HistoryEvent): void => {
    this.#activity.see(event);
    if (this.#draw === undefined) this.#plain(event);
  };

  readonly judged = ({ attempt, judgements, events, kept }: JudgedAttempt): void => {
    this.#activity.over(attempt);
    const start = events.find((event) => event.kind === "attempt-start")?.t ?? 0;
    const took = seconds((events.at(-1)?.t ?? start) - start);
    const scenario = attempt.split("#")[0] ?? attempt;
    const told = judgements.filter(
      ({ outcome, rule }) => outcome === "fail" || outcome === "error" || this.#options.awaited(rule, scenario),
    );
    const silent = judgements.filter((one) => !told.includes(one)).map((one) => one.rule);
    if (silent.length > 0) this.line(`  ${attempt}: nothing found against ${silent.join(" ")}  ${took}`);
    for (const judgement of told) {
      if (judgement.outcome === "pass") {
        this.line(`${this.#paint("green", "pass")}  ${judgement.rule}  ${attempt}  ${took}`);
        continue;
      }
      const context = { attempt, events, evidence: this.#options.evidenceOf(attempt), next: this.#options.nextOf(judgement.rule) };
      const [head = "", ...rest] = failureText(judgement, context);
      this.important([this.#paint(judgement.outcome === "fail" ? "red" : "yellow", head), ...rest].join("\n"));
    }
    if (kept) this.important(`${attempt}: its cluster is kept as it is`);
  };

  /** Ends the redrawing; nothing is left on the screen but the lines that stay. */
  end(): void {
    clearInterval(this.#timer);
    for (const timer of this.#longWaits.values()) clearTimeout(timer);
    this.#longWaits.clear();
    this.#draw?.clear();
    this.#draw?.done();
  }

  #plain(event: HistoryEvent): void {
    const { attempt } = event;
    if (event.kind === "attempt-start") this.line(`  ${attempt}: starts`);
    else if (event.kind === "fault-start") this.line(`  ${attempt}: fault ${event.fault} ${faultText(event)} is being installed`);
    else if (event.kind === "fault-installed")
      this.line(`  ${attempt}: fault ${event.fault} ${event.state}${event.why === undefined ? "" : `: ${event.why}`}`);
    else if (event.kind === "fault-removed")
      this.line(`  ${attempt}: fault ${event.fault} ${event.state}${event.why === undefined ? "" : `: ${event.why}`}`);
    else if (event.kind === "wait")
      this.#watch(`${attempt} ${event.wait}`, `  ${attempt}: waits for ${event.condition}, ${seconds(event.limitMs)} at most`);
    else if (event.kind === "wait-end") this.#unwatch(`${attempt} ${event.wait}`);
  }

  #watch(key: string, text: string): void {
    this.#longWaits.set(key, setTimeout(() => this.line(text), longWaitMs).unref());
  }

  #unwatch(key: string): void {
    clearTimeout(this.#longWaits.get(key));
    this.#longWaits.delete(key);
  }

  #write(text: string): void {
    this.#draw?.clear();
    this.#options.stream.write(`${text}\n`);
    this.#redraw();
  }

  #redraw(): void {
    if (this.#draw === undefined) return;
    // Some pseudo-terminals say that they are 0 wide.
    const columns = ("columns" in this.#options.stream && this.#options.stream.columns) || 100;
    const lines = this.#activity
      .lines(this.#options.now())
      .map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`));
    this.#draw(lines.map((line) => this.#paint("cyan", line)).join("\n"));
  }

  #paint(colour: "green" | "red" | "yellow" | "cyan", text: string): string {
    return this.#options.colour ? styleText(colour, text, { validateStream: false }) : text;
  }
}

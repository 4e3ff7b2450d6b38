/**
 * The story of an attempt as Allure steps and a fault log, told from the journal: phases, faults with their proof, and
 * waits. Pure. Every fault event of the attempt is in the log, and every fault is a step.
 */
import { Stage, Status } from "allure-js-commons";
import type { StepResult } from "allure-js-commons";
import type { EventOf, HistoryEvent } from "../history/event.ts";
import { faultText } from "./activity.ts";

type FaultEvent = EventOf<"fault-start" | "fault-installed" | "heal-start" | "fault-removed">;

const faultKinds: ReadonlySet<string> = new Set(["fault-start", "fault-installed", "heal-start", "fault-removed"]);

/** In order; one JSON line each is the fault log of the attempt. */
export function faultEventsOf(events: readonly HistoryEvent[]): readonly FaultEvent[] {
  return events.filter((event): event is FaultEvent => faultKinds.has(event.kind));
}

/** `epoch` is the wall clock at the start of the run, milliseconds. */
export function stepsOf(events: readonly HistoryEvent[], epoch: number): readonly StepResult[] {
  const end = events.at(-1)?.t ?? 0;
  const steps = [...faultSteps(events, epoch, end), ...waitSteps(events, epoch, end), ...noteSteps(events, epoch)];
  return steps.sort((a, b) => (a.start ?? 0) - (b.start ?? 0));
}

function faultSteps(events: readonly HistoryEvent[], epoch: number, end: number): readonly StepResult[] {
  const log = faultEventsOf(events);
  return log
    .filter((event) => event.kind === "fault-start")
    .map((start) => {
      const own = log.filter((event) => event.fault === start.fault);
      const last = own.find((event) => event.kind === "fault-removed");
      const report = own.find((event) => event.kind === "fault-installed");
      const children = own.flatMap((event) =>
        "state" in event ? [moment(`${event.state}${event.why === undefined ? "" : `: ${event.why}`}`, event.t, epoch)] : [],
      );
      const status = report?.state === "installed" ? Status.PASSED : Status.BROKEN;
      return step(`fault ${start.fault}: ${faultText(start)}`, { start: start.t, stop: last?.t ?? end, epoch, status, steps: children });
    });
}

function waitSteps(events: readonly HistoryEvent[], epoch: number, end: number): readonly StepResult[] {
  const ends = new Map(events.flatMap((event) => (event.kind === "wait-end" ? [[event.wait, event] as const] : [])));
  return events.flatMap((event) => {
    if (event.kind !== "wait") return [];
    const over = ends.get(event.wait);
    const status = over?.met === true ? Status.PASSED : Status.BROKEN;
    const name = `${event.form} ${event.condition} (${Math.round(event.limitMs)} ms${event.form === "until" ? " at most" : ""})`;
    return [step(name, { start: event.t, stop: over?.t ?? end, epoch, status, steps: [] })];
  });
}

function noteSteps(events: readonly HistoryEvent[], epoch: number): readonly StepResult[] {
  return events.flatMap((event) => (event.kind === "note" ? [moment(event.text, event.t, epoch)] : []));
}

function moment(name: string, t: number, epoch: number): StepResult {
  return step(name, { start: t, stop: t, epoch, status: Status.PASSED, steps: [] });
}

interface StepParts {
  readonly start: number;
  readonly stop: number;
  readonly epoch: number;
  readonly status: Status;
  readonly steps: StepResult[];
}

export function step(name: string, { start, stop, epoch, status, steps }: StepParts): StepResult {
  return {
    name,
    status,
    stage: Stage.FINISHED,
    statusDetails: {},
    start: Math.round(epoch + start),
    stop: Math.round(epoch + stop),
    steps,
    attachments: [],
    parameters: [],
  };
}

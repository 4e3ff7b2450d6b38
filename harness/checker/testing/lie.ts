/**
 * A lie: one thing changed in a recording of a good run, in words and as a function, with what the checker must say to
 * it. A lie that is not found means that the checker is blind, so one whose place is not in the recording throws.
 */
import type { EventOf, HistoryEvent } from "../../history/event.ts";

export type Events = readonly HistoryEvent[];

export interface Lie {
  /** By which the catalogue names it among the rule's `mutants`; absent where the lie takes exposure away. */
  readonly id?: string;
  /** `RULE` or `RULE/variant` that must see it. */
  readonly rule: string;
  /** What was doctored, one line. */
  readonly doctored: string;
  readonly tell: (events: Events) => Events;
  /** `fail`: a finding says so; `inconclusive`: a reason does. */
  readonly outcome: "fail" | "inconclusive";
  /** Must occur in a finding (`expected` or `observed`) or in a reason. */
  readonly says: string;
}

export interface Exchange {
  readonly invoke: EventOf<"invoke">;
  readonly end: EventOf<"ok"> | EventOf<"fail"> | EventOf<"info">;
}

/** Requests with their answers, in order of asking. */
export function exchangesOf(events: Events): readonly Exchange[] {
  const invokes = new Map<number, EventOf<"invoke">>();
  const found: Exchange[] = [];
  for (const event of events) {
    if (event.kind === "invoke") invokes.set(event.op, event);
    if (event.kind !== "ok" && event.kind !== "fail" && event.kind !== "info") continue;
    const invoke = invokes.get(event.op);
    if (invoke !== undefined) found.push({ invoke, end: event });
  }
  return found.sort((a, b) => a.invoke.seq - b.invoke.seq);
}

/** The last exchange that fits; throws when there is none. */
export function pick(events: Events, what: string, wanted: (exchange: Exchange) => boolean): Exchange {
  const found = exchangesOf(events).findLast(wanted);
  if (found === undefined) throw new Error(`no ${what} in the recording`);
  return found;
}

/** Another answer in the same place. */
export function answer(events: Events, { end }: Exchange, status: number, view: unknown): Events {
  const { seq, t, attempt, proc, op } = end;
  return replace(events, { seq, t, attempt, proc, op, kind: "ok", status, view });
}

/** The view of an answer changed. */
export function reshow(events: Events, { end }: Exchange, change: (view: unknown) => unknown): Events {
  if (end.kind !== "ok") throw new Error(`event ${end.seq} is no answer`);
  return replace(events, { ...end, view: change(structuredClone(end.view)) });
}

export function replace(events: Events, changed: HistoryEvent): Events {
  return events.map((event) => (event.seq === changed.seq ? changed : event));
}

/** As if these requests had never been sent. */
export function unsent(events: Events, which: (exchange: Exchange) => boolean): Events {
  const ops = new Set(
    exchangesOf(events)
      .filter(which)
      .map((exchange) => exchange.invoke.op),
  );
  if (ops.size === 0) throw new Error("nothing to leave out of the recording");
  return events.filter((event) => !("op" in event && ops.has(event.op)));
}

/** As if the proof of the fault had not come out. */
export function unproved(events: Events, index = 0): Events {
  const proofs = events.filter((event) => event.kind === "fault-installed");
  const proof = proofs[index];
  if (proof === undefined) throw new Error(`the recording has no fault ${index}`);
  return replace(events, { ...proof, state: "indeterminate", why: "doctored: the canary came through" });
}

/** Rows of a list view, for changing. */
export function rows(view: unknown): Record<string, unknown>[] {
  if (!Array.isArray(view)) throw new Error("the view is no list");
  return view as Record<string, unknown>[];
}

export const isCreate = ({ invoke }: Exchange): boolean => invoke.request.path === "/services/create";
export const isList = ({ invoke, end }: Exchange, path: string): boolean =>
  end.kind === "ok" && invoke.request.method === "GET" && invoke.request.path === path;

export function nameOf({ invoke }: Exchange): string {
  const { body } = invoke.request;
  return typeof body === "object" && body !== null && "Name" in body ? String(body.Name) : "";
}

/** Time of the nth mark of that name, of a phase by its name, or of a step of the nth fault. */
export function timeOf(
  events: Events,
  what:
    | { readonly mark: string }
    | { readonly phase: string }
    | { readonly fault: "fault-installed" | "heal-start" | "fault-removed"; readonly index?: number },
): number {
  const found =
    "fault" in what
      ? events.filter((event) => event.kind === what.fault)[what.index ?? 0]
      : events.find((event) => event.kind === "mark" && ("mark" in what ? event.name === what.mark : isPhase(event.data, what.phase)));
  if (found === undefined) throw new Error(`the recording has no ${JSON.stringify(what)}`);
  return found.t;
}

const isPhase = (data: unknown, name: string): boolean =>
  typeof data === "object" && data !== null && "phase" in data && data.phase === name;

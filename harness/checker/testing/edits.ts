/**
 * Lies as data: what to change in the answers of a recording, where and from when to when. A list of edits reads as
 * the story of what a bad swarm would have shown. An edit that changes nothing throws: its place is not in the
 * recording.
 */
import { routeOf } from "../../client/views.ts";
import type { HistoryEvent } from "../../history/event.ts";
import { exchangesOf, unsent } from "./lie.ts";
import type { Events, Exchange } from "./lie.ts";

/** A time in the recording, and so much later. */
export type When =
  | { readonly first: { readonly read: string; readonly where: Where }; readonly plusMs?: number }
  /** The nth (from 0) acknowledged write to that route was answered. */
  | { readonly written: string; readonly nth?: number; readonly plusMs?: number }
  | { readonly fault: "fault-installed" | "heal-start" | "fault-removed"; readonly plusMs?: number };

/**
 * Fields of a row and what they must be. `{ not: x }`: anything else; `{ in: [x, y] }`: one of them. `node: "$w1"`: the id of that node; `image:
 * "$v2"`: that image of the target. `old`: whether the row was in the first answer that had any of its service.
 */
export type Where = Readonly<Record<string, unknown>>;

export type Edit =
  | {
      /** A route, as `routeOf` names it. */
      readonly read: string;
      /** Answers of this node only. */
      readonly asked?: string;
      readonly from?: When;
      readonly to?: When;
      readonly where: Where;
      /** Only the first row of an answer that fits. */
      readonly one?: true;
      /** Changes the rows, takes them out, or adds a copy with changes. */
      readonly set?: Where;
      readonly drop?: true;
      readonly copy?: Where;
    }
  /** From then on the node gives the last answer from before again and again. */
  | { readonly repeat: string; readonly asked: string; readonly from: When }
  /** From then until then nothing was asked. */
  | { readonly silent: string; readonly from: When; readonly to?: When }
  /** Everything after `from` takes so many times as long. */
  | { readonly stretch: number; readonly from: When };

type RowEdit = Extract<Edit, { readonly read: string }>;
type Row = Record<string, unknown>;
type Answered = Exchange & { readonly end: { readonly view: unknown } };

export function told(edits: readonly Edit[]): (events: Events) => Events {
  return (events) => edits.reduce(applied, events);
}

function applied(events: Events, edit: Edit): Events {
  if ("stretch" in edit) return stretched(events, edit.stretch, timeAt(events, edit.from));
  if ("repeat" in edit) return repeated(events, edit.repeat, edit.asked, timeAt(events, edit.from));
  if ("silent" in edit) {
    const from = timeAt(events, edit.from);
    const to = edit.to === undefined ? Infinity : timeAt(events, edit.to);
    return unsent(
      events,
      ({ invoke }) => routeOf(invoke.request.method, invoke.request.path) === edit.silent && invoke.t >= from && invoke.t <= to,
    );
  }
  return edited(events, edit);
}

function repeated(events: Events, route: string, asked: string, from: number): Events {
  const answers = answersTo(events, route).filter(({ invoke }) => invoke.node === asked);
  const last = answers.findLast(({ end }) => end.t < from);
  const later = new Set(answers.filter(({ end }) => end.t >= from).map(({ end }) => end.seq));
  if (last === undefined || later.size === 0) throw new Error(`nothing to repeat for ${route} of ${asked}`);
  return events.map((event) => (event.kind === "ok" && later.has(event.seq) ? { ...event, view: last.end.view } : event));
}

function stretched(events: Events, factor: number, from: number): Events {
  return events.map((event) => (event.t <= from ? event : { ...event, t: from + (event.t - from) * factor }));
}

function edited(events: Events, edit: RowEdit): Events {
  const from = edit.from === undefined ? -Infinity : timeAt(events, edit.from);
  const to = edit.to === undefined ? Infinity : timeAt(events, edit.to);
  const fits = fitting(events, edit.where);
  const changed = new Map<number, HistoryEvent>();
  for (const exchange of answersTo(events, edit.read)) {
    const { invoke, end } = exchange;
    if (end.t < from || end.t > to || (edit.asked !== undefined && invoke.node !== edit.asked)) continue;
    const rows = rowsOf(end.view);
    const hits = rows.filter(fits).slice(0, edit.one === true ? 1 : Infinity);
    if (hits.length === 0) continue;
    const after = rows.flatMap((row) => (hits.includes(row) ? replaced(events, row, edit) : [row]));
    changed.set(end.seq, { ...end, view: Array.isArray(end.view) ? after : after[0] } as HistoryEvent);
  }
  if (changed.size === 0) throw new Error(`nothing in the recording fits ${JSON.stringify(edit)}`);
  return events.map((event) => changed.get(event.seq) ?? event);
}

function replaced(events: Events, row: Row, edit: RowEdit): readonly Row[] {
  if (edit.drop === true) return [];
  const kept = edit.set === undefined ? row : { ...row, ...meant(events, edit.set) };
  return edit.copy === undefined ? [kept] : [kept, { ...row, ...meant(events, edit.copy) }];
}

/** Words of a lie that stand for what the recording calls them. */
function meant(events: Events, words: Where): Where {
  return Object.fromEntries(Object.entries(words).map(([key, value]) => [key, meaning(events, value)]));
}

function meaning(events: Events, value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith("$")) return value;
  const start = events.find((event) => event.kind === "attempt-start");
  const context = start?.context as { nodes: { name: string; id: string }[]; facts: { images: Record<string, string> } } | undefined;
  const word = value.slice(1);
  const found = context?.nodes.find((node) => node.name === word)?.id ?? context?.facts.images[word];
  if (found === undefined) throw new Error(`the recording knows no ${value}`);
  return found;
}

function fitting(events: Events, where: Where): (row: Row) => boolean {
  const { old, ...fields } = where;
  const first = old === undefined ? undefined : firstIds(events);
  const wanted = Object.entries(fields);
  return (row) => {
    if (first !== undefined && first.has(String(row["id"])) !== old) return false;
    return wanted.every(([key, value]) => {
      if (typeof value === "object" && value !== null && "not" in value) return row[key] !== meaning(events, value.not);
      if (typeof value === "object" && value !== null && "in" in value && Array.isArray(value.in)) return value.in.includes(row[key]);
      return row[key] === meaning(events, value);
    });
  };
}

/** Ids in the first answers about tasks that had any, per service. */
function firstIds(events: Events): ReadonlySet<string> {
  const seen = new Set<string>();
  const ids = new Set<string>();
  for (const { end } of answersTo(events, "GET /tasks")) {
    const rows = rowsOf(end.view).filter((row) => !seen.has(String(row["service"])));
    for (const row of rows) ids.add(String(row["id"]));
    for (const row of rows) seen.add(String(row["service"]));
  }
  return ids;
}

function answersTo(events: Events, route: string): readonly Answered[] {
  return exchangesOf(events).filter(
    (exchange): exchange is Answered =>
      exchange.end.kind === "ok" && routeOf(exchange.invoke.request.method, exchange.invoke.request.path) === route,
  );
}

const rowsOf = (view: unknown): readonly Row[] =>
  Array.isArray(view) ? (view as Row[]) : typeof view === "object" && view !== null ? [view as Row] : [];

function timeAt(events: Events, when: When): number {
  const later = when.plusMs ?? 0;
  if ("written" in when) {
    const write = answersTo(events, when.written)[when.nth ?? 0];
    if (write === undefined) throw new Error(`the recording has no ${JSON.stringify(when)}`);
    return write.end.t + later;
  }
  if ("fault" in when) {
    const step = events.find((event) => event.kind === when.fault);
    if (step === undefined) throw new Error(`the recording has no ${when.fault}`);
    return step.t + later;
  }
  const fits = fitting(events, when.first.where);
  const first = answersTo(events, when.first.read).find(({ end }) => rowsOf(end.view).some(fits));
  if (first === undefined) throw new Error(`nothing in the recording fits ${JSON.stringify(when)}`);
  return first.end.t + later;
}

/**
 * The history of a run, one event per line of `events.jsonl` (append-only NDJSON).
 *
 * Owns the shape of every event and nothing else. Times are milliseconds since the start of the run on one
 * monotonic observer clock (virtual time in simulation); node clocks never order anything, they are payload only.
 * An invocation is stamped before its request is written and a completion after its answer is parsed: widening an
 * interval costs power, shrinking one invents violations (harness history format; Jepsen's invoke/ok/fail/info).
 */
import { z } from "zod";

const base = {
  /** Total order of recording over the whole run, from 0 without gaps. */
  seq: z.int().nonnegative(),
  /** Milliseconds since the run began, observer clock. */
  t: z.number().nonnegative(),
  /** `<scenario>#<attempt number>`, or `run` for events of the run itself. */
  attempt: z.string(),
  /** Name of the script process that recorded it (`main`, `writer-1`, …). */
  proc: z.string(),
};

const request = z.object({ method: z.string(), path: z.string(), body: z.unknown().optional() });
const json = z.unknown();

/** What a fault was aimed at, in the words of the script and in node names. */
const faultFields = {
  /** Handle of the fault, unique in the attempt. */
  fault: z.string(),
  faultKind: z.string(),
  symbolic: json,
  concrete: json,
  args: json.optional(),
};

export const eventSchema = z.discriminatedUnion("kind", [
  z.object({ ...base, kind: z.literal("run-start"), run: json }),
  z.object({ ...base, kind: z.literal("run-end"), state: z.enum(["complete", "incomplete"]), why: z.string().optional() }),
  /** Carries everything a checker may need besides events: rules, shape, bounds, constants, claims, seed. */
  z.object({ ...base, kind: z.literal("attempt-start"), context: json }),
  /** How the script itself ended; the verdict is drawn from the history, not from this. */
  z.object({
    ...base,
    kind: z.literal("attempt-end"),
    script: z.enum(["completed", "missed", "harness-error"]),
    error: z.string().optional(),
  }),
  z.object({ ...base, kind: z.literal("judgement"), rule: z.string(), judgement: json }),
  z.object({ ...base, kind: z.literal("invoke"), op: z.int(), node: z.string(), request, deadlineMs: z.number() }),
  /** 2xx. `view` is the harness's own reading of the body, see `harness/client/views.ts`. */
  z.object({ ...base, kind: z.literal("ok"), op: z.int(), status: z.int(), view: json }),
  /** Surely without effect: a refusal by a rule of the API, or any failed read. */
  z.object({ ...base, kind: z.literal("fail"), op: z.int(), status: z.int().optional(), error: z.string() }),
  /** May have happened, may yet happen. */
  z.object({ ...base, kind: z.literal("info"), op: z.int(), status: z.int().optional(), error: z.string() }),
  z.object({ ...base, kind: z.literal("chunk"), op: z.int(), data: json }),
  z.object({ ...base, kind: z.literal("fault-start"), ...faultFields }),
  z.object({
    ...base,
    kind: z.literal("fault-installed"),
    ...faultFields,
    state: z.enum(["installed", "skipped", "indeterminate"]),
    why: z.string().optional(),
    proof: json.optional(),
  }),
  z.object({ ...base, kind: z.literal("heal-start"), fault: z.string() }),
  z.object({
    ...base,
    kind: z.literal("fault-removed"),
    fault: z.string(),
    state: z.enum(["removed", "skipped", "indeterminate"]),
    why: z.string().optional(),
    proof: json.optional(),
  }),
  z.object({
    ...base,
    kind: z.literal("wait"),
    wait: z.int(),
    form: z.enum(["until", "hold"]),
    condition: z.string(),
    limitMs: z.number(),
  }),
  z.object({ ...base, kind: z.literal("wait-end"), wait: z.int(), met: z.boolean(), detail: z.string().optional() }),
  z.object({ ...base, kind: z.literal("probe"), probe: z.string(), node: z.string().optional(), data: json }),
  /** A fact the script states for its checkers: which service is the subject, where a phase begins. */
  z.object({ ...base, kind: z.literal("mark"), name: z.string(), data: json.optional() }),
  z.object({ ...base, kind: z.literal("note"), text: z.string() }),
  /** Largest stall of an observer during the attempt, milliseconds. */
  z.object({ ...base, kind: z.literal("stall"), who: z.string(), ms: z.number() }),
  z.object({ ...base, kind: z.literal("cluster"), what: z.string(), data: json.optional() }),
]);

export type HistoryEvent = z.infer<typeof eventSchema>;
export type EventKind = HistoryEvent["kind"];
export type EventOf<K extends EventKind> = Extract<HistoryEvent, { kind: K }>;

/** An event before the journal has given it its place (`seq`); what recorders hand over. */
export type Recorded = { [K in EventKind]: Omit<EventOf<K>, "seq"> }[EventKind];

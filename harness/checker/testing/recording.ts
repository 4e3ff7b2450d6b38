/**
 * Recordings of real runs as fixtures of checkers: one attempt's events, gzipped NDJSON, without what no checker reads
 * (proofs of faults, notes, engine texts). Knows how to store and read them and how to change one event of one.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { eventSchema } from "../../history/event.ts";
import type { HistoryEvent } from "../../history/event.ts";

/** Throws at the first line that is no event. */
export function readRecording(file: URL): readonly HistoryEvent[] {
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n");
  return lines.map((line) => eventSchema.parse(JSON.parse(line)));
}

/** Takes one attempt out of the journal of a run (`events.jsonl`); returns the bytes written. */
export function storeRecording(journal: string, attempt: string, file: string): number {
  const events = readFileSync(journal, "utf8")
    .trim()
    .split("\n")
    .map((line) => eventSchema.parse(JSON.parse(line)));
  const kept = events
    .filter((event) => event.attempt === attempt && event.kind !== "note" && event.kind !== "judgement")
    .map((event, seq) => ("proof" in event ? { ...event, seq, proof: undefined } : { ...event, seq }));
  if (kept.length === 0) throw new Error(`${journal} holds no attempt ${attempt}`);
  const bytes = gzipSync(kept.map((event) => `${JSON.stringify(event)}\n`).join(""), { level: 9 });
  writeFileSync(file, bytes);
  return bytes.length;
}

/** The attempt a recording holds. */
export function attemptOf(events: readonly HistoryEvent[]): string {
  const start = events.find((event) => event.kind === "attempt-start");
  if (start === undefined) throw new Error("the recording has no attempt-start");
  return start.attempt;
}

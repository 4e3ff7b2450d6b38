/**
 * The journal of a run: `events.jsonl`, append-only, one validated event per line.
 *
 * Owns the total order (`seq`, from 0 without gaps) and what is durable: a line is handed to the system whole, `sync`
 * makes everything so far survive the machine (called when a rule ends). A crash leaves a valid prefix and at most one
 * torn last line, which reading cuts off. Knows nothing of what events mean (harness history format).
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { eventSchema } from "./event.ts";
import type { HistoryEvent, Recorded } from "./event.ts";

/** Join tokens and unlock keys; bundles are passed on to others. */
const secret = /(?<kind>SWMTKN|SWMKEY)-1-[0-9A-Za-z+/-]{20,}/g;

export class Journal {
  readonly path: string;
  private readonly file: number;
  private next = 0;
  private open = true;

  /** Creates the file; refuses one that is there already, since a journal is never rewritten. */
  constructor(path: string) {
    this.path = path;
    this.file = openSync(path, "ax");
  }

  /** Throws when the event has not the shape of one: the recorder is broken, and nothing is written. */
  append(recorded: Recorded): HistoryEvent {
    if (!this.open) throw new Error(`${this.path} is closed; an event of kind ${recorded.kind} came too late`);
    const parsed = eventSchema.safeParse({ ...recorded, seq: this.next });
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new Error(`event ${this.next} (${recorded.kind}) is no event: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`);
    }
    const text = JSON.stringify(parsed.data);
    const shown = text.replace(secret, "$<kind>-1-redacted");
    writeWhole(this.file, `${shown}\n`);
    this.next += 1;
    // What is judged live is what is stored.
    return shown === text ? parsed.data : eventSchema.parse(JSON.parse(shown));
  }

  /** Everything appended before is on the disk afterwards. */
  sync(): void {
    if (this.open) fsyncSync(this.file);
  }

  close(): void {
    if (!this.open) return;
    this.sync();
    this.open = false;
    closeSync(this.file);
  }
}

export interface JournalReading {
  readonly events: readonly HistoryEvent[];
  /** What was cut off at the end: the writer died within a line. */
  readonly torn: string | undefined;
}

/** Throws, naming the line, when anything but the last line is damaged or the order has a gap. */
export function readJournal(path: string): JournalReading {
  const lines = readFileSync(path, "utf8").split("\n");
  const tail = lines.pop() ?? "";
  const events = lines.map((line, index) => {
    const event = parseLine(line, `${path}:${index + 1}`);
    if (event.seq !== index) throw new Error(`${path}:${index + 1}: seq ${event.seq}, expected ${index}; lines were lost or moved`);
    return event;
  });
  return { events, torn: tail === "" ? undefined : tail };
}

function parseLine(line: string, where: string): HistoryEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new Error(`${where}: not JSON`, { cause });
  }
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) throw new Error(`${where}: not an event: ${parsed.error.issues[0]?.message ?? ""}`);
  return parsed.data;
}

/** A short write would tear a line in the middle of the file. */
function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}

import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Journal, readJournal } from "./journal.ts";

const note = (text: string) => ({ kind: "note", t: 1, attempt: "run", proc: "gate", text }) as const;
const fresh = () => join(mkdtempSync(join(tmpdir(), "journal-")), "events.jsonl");

test("journal: numbers events from 0 without gaps and reads back what was written", () => {
  const path = fresh();
  const journal = new Journal(path);
  journal.append(note("a"));
  journal.append(note("b"));
  journal.close();
  const { events, torn } = readJournal(path);
  expect(events.map((event) => event.seq)).toEqual([0, 1]);
  expect(torn).toBeUndefined();
});

test("journal: an event of no known shape is refused, writes nothing and takes no number", () => {
  const path = fresh();
  const journal = new Journal(path);
  // @ts-expect-error: `text` is missing on purpose
  expect(() => journal.append({ kind: "note", t: 1, attempt: "run", proc: "gate" })).toThrow(/event 0 \(note\) is no event: text/);
  expect(readFileSync(path, "utf8")).toBe("");
  expect(journal.append(note("a")).seq).toBe(0);
});

test("journal: a writer that died within a line leaves a valid prefix", () => {
  const path = fresh();
  const journal = new Journal(path);
  journal.append(note("a"));
  journal.close();
  appendFileSync(path, '{"kind":"note","se');
  expect(readJournal(path).events).toHaveLength(1);
  expect(readJournal(path).torn).toBe('{"kind":"note","se');
});

test("journal: a lost line in the middle is named, never read over", () => {
  const path = fresh();
  const journal = new Journal(path);
  for (const text of ["a", "b", "c"]) journal.append(note(text));
  journal.close();
  const lines = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, [lines[0], lines[2], ""].join("\n"));
  expect(() => readJournal(path)).toThrow(/:2: seq 2, expected 1/);
});

test("journal: is never rewritten", () => {
  const path = fresh();
  new Journal(path).close();
  expect(() => new Journal(path)).toThrow(/EEXIST/);
});

test("journal: join tokens are not stored, and what is judged live is what is stored", () => {
  const path = fresh();
  const journal = new Journal(path);
  const token = "SWMTKN-1-3pu6hszjas19xyp7ghgosyx9k8atbfcr8p2is99znpy26u2lkl-1awxwuwd3z9j1z3puu7rcgdbx";
  const event = journal.append(note(`joined with ${token}`));
  journal.close();
  expect(readFileSync(path, "utf8")).not.toContain("3pu6hszjas19");
  expect(readJournal(path).events).toEqual([event]);
});

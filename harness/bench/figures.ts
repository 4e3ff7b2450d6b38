/**
 * What the benchmarks share: figures with every value measured, the host and its load, printed as min/median/max and
 * stored as JSON below `harness/bench/results`, so that a figure quoted somewhere can be derived again.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";

const directory = join(import.meta.dirname, "results");

export class Figures {
  readonly #name: string;
  readonly #loadBefore = loadavg();
  /** What was measured → milliseconds, in the order measured. */
  readonly #values = new Map<string, number[]>();

  constructor(name: string) {
    this.#name = name;
  }

  note(what: string, ms: number): void {
    this.#values.set(what, [...(this.#values.get(what) ?? []), Math.round(ms)]);
  }

  /** Measures `act` and hands on what it gives. */
  async time<T>(what: string, act: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const value = await act();
    this.note(what, performance.now() - begun);
    return value;
  }

  /** Prints one line per figure and writes the file. */
  async end(): Promise<void> {
    const figures = [...this.#values].map(([what, valuesMs]) => ({ what, n: valuesMs.length, ...spread(valuesMs), valuesMs }));
    for (const { what, n, minMs, medianMs, maxMs } of figures) console.log(`${what}: ${minMs}/${medianMs}/${maxMs} ms (n=${n})`);
    const host = { cpus: cpus().length, memoryBytes: totalmem(), kernel: release(), node: process.version };
    const load = { before: this.#loadBefore, after: loadavg() };
    await mkdir(directory, { recursive: true });
    await writeFile(
      join(directory, `${this.#name}.json`),
      `${JSON.stringify({ measuredAt: new Date().toISOString(), host, load, figures }, null, 2)}\n`,
    );
  }
}

function spread(values: readonly number[]): { readonly minMs: number; readonly medianMs: number; readonly maxMs: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { minMs: at(0), medianMs: at(Math.floor((sorted.length - 1) / 2)), maxMs: at(sorted.length - 1) };
}

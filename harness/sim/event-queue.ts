/**
 * A binary heap of what is due, keyed (time, tie, sequence): at one instant the tie decides, so that a seed explores
 * orders of simultaneous events; the sequence makes the order total.
 */
export interface Due {
  readonly timeUs: number;
  readonly tie: number;
  readonly seq: number;
  readonly run: () => void;
}

export class EventQueue {
  readonly #heap: Due[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(due: Due): void {
    this.#heap.push(due);
    let at = this.#heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) break;
      at = parent;
    }
  }

  /** The earliest; `undefined` when none is left. */
  pop(): Due | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.#heap[0] = last;
    this.#sink();
    return first;
  }

  #sink(): void {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = this.#before(right, left) ? right : left;
      if (!this.#swapIfBefore(child, at)) return;
      at = child;
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const a = this.#heap[lower];
    const b = this.#heap[upper];
    if (a === undefined || b === undefined || !before(a, b)) return false;
    this.#heap[upper] = a;
    this.#heap[lower] = b;
    return true;
  }

  #before(one: number, other: number): boolean {
    const a = this.#heap[one];
    const b = this.#heap[other];
    return a !== undefined && b !== undefined && before(a, b);
  }
}

export function before(a: Due, b: Due): boolean {
  if (a.timeUs !== b.timeUs) return a.timeUs < b.timeUs;
  return a.tie !== b.tie ? a.tie < b.tie : a.seq < b.seq;
}

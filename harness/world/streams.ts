/**
 * Counter-based random streams, named per link, node and generator: the n-th draw of a stream depends on seed, name
 * and n only, so taking one fault out of a schedule does not reshuffle what the others drew.
 * 32-bit integer arithmetic (`Math.imul`), no state shared between streams, no BigInt.
 */

/** Bit mixing with full avalanche over 32 bits (the finaliser of MurmurHash3). */
export function mix32(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 32-bit FNV-1a over UTF-16 code units, mixed at the end. */
export function hash32(text: string, basis = 0x811c9dc5): number {
  let h = basis | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix32(h);
}

/** The `counter`-th draw of a stream as an unsigned 32-bit word. */
export function draw32(key: number, counter: number): number {
  return mix32(mix32(key ^ Math.imul(counter + 1, 0x9e3779b1)) + key);
}

export interface Stream {
  /** Unsigned 32-bit word. */
  next32(): number;
  /** Integer from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** Uniform in [0, 1). */
  unit(): number;
  /** How many words were drawn. */
  readonly drawn: number;
}

export function stream(seed: string, name: string, onDraw: () => void = ignore): Stream {
  const key = hash32(name, hash32(seed));
  let drawn = 0;
  const next32 = (): number => {
    onDraw();
    return draw32(key, drawn++);
  };
  return {
    next32,
    between: (low, high) => low + (next32() % (high - low + 1)),
    unit: () => next32() / 0x1_0000_0000,
    get drawn() {
      return drawn;
    },
  };
}

const ignore = (): void => undefined;

/** Streams by name; asking twice for a name gives the same running stream. */
export class Streams {
  readonly seed: string;
  readonly #open = new Map<string, Stream>();
  #drawn = 0;

  constructor(seed: string) {
    this.seed = seed;
  }

  get(name: string): Stream {
    const open = this.#open.get(name) ?? stream(this.seed, name, () => (this.#drawn += 1));
    this.#open.set(name, open);
    return open;
  }

  /** Draws over all streams so far. */
  get drawn(): number {
    return this.#drawn;
  }
}

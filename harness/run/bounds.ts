/**
 * Bounds of rules: formulas over a target's constants, `2 * ElectionTick + 5s`, `max(a, 30s)`.
 *
 * Pure. A value is a time (milliseconds) or a bare count, and the two are never added: `ElectionTick + 5` is refused,
 * since nobody can say five of what. Constants are times, except those named `…Count` or `…Limit`.
 */

export interface Quantity {
  readonly value: number;
  readonly dimension: "time" | "count";
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };
const tokenForm = /\s*(?:(\d+(?:\.\d+)?)([a-z]*)|([A-Za-z][A-Za-z0-9_]*)|([-+*/(),]))/y;

type Token =
  | { readonly kind: "number"; readonly quantity: Quantity }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "sign"; readonly sign: string };

/** Throws with the formula, the place and what is known, for people who write catalogues. */
export function evaluate(formula: string, constants: Readonly<Record<string, number>>): Quantity {
  const refuse = (why: string): never => {
    throw new Error(`bound "${formula}": ${why}`);
  };
  const tokens = tokensOf(formula, refuse);
  let at = 0;
  const sign = (wanted: string): boolean => {
    const token = tokens[at];
    const hit = token?.kind === "sign" && wanted.includes(token.sign);
    if (hit) at += 1;
    return hit;
  };
  const lastSign = (): string => {
    const token = tokens[at - 1];
    return token?.kind === "sign" ? token.sign : "";
  };

  const sum = (): Quantity => {
    let left = product();
    while (sign("+-")) {
      const factor = lastSign() === "+" ? 1 : -1;
      const right = product();
      if (left.dimension !== right.dimension) refuse("adds a time and a bare number; give the number a unit (ms, s, min, h)");
      left = { value: left.value + factor * right.value, dimension: left.dimension };
    }
    return left;
  };
  const product = (): Quantity => {
    let left = single();
    while (sign("*/")) {
      const divides = lastSign() === "/";
      const right = single();
      if (divides && right.value === 0) refuse("divides by zero");
      left = divides ? quotient(left, right) : times(left, right);
    }
    return left;
  };
  const times = (a: Quantity, b: Quantity): Quantity => {
    if (a.dimension === "time" && b.dimension === "time") refuse("multiplies two times");
    return { value: a.value * b.value, dimension: a.dimension === "time" || b.dimension === "time" ? "time" : "count" };
  };
  const quotient = (a: Quantity, b: Quantity): Quantity => {
    if (a.dimension === "count" && b.dimension === "time") refuse("divides a bare number by a time");
    return { value: a.value / b.value, dimension: a.dimension === b.dimension ? "count" : "time" };
  };
  const single = (): Quantity => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) return refuse("ends where a value was expected");
    if (token.kind === "number") return token.quantity;
    if (token.kind === "name") return sign("(") ? call(token.name) : constant(token.name);
    if (token.sign !== "(") return refuse(`has "${token.sign}" where a value was expected`);
    const inner = sum();
    if (!sign(")")) refuse('misses a ")"');
    return inner;
  };
  const call = (name: string): Quantity => {
    if (name !== "max" && name !== "min") refuse(`knows max and min, not ${name}`);
    const values = [sum()];
    while (sign(",")) values.push(sum());
    if (!sign(")")) refuse('misses a ")"');
    if (new Set(values.map((value) => value.dimension)).size > 1) refuse(`compares times with bare numbers in ${name}`);
    const numbers = values.map((value) => value.value);
    return { value: name === "max" ? Math.max(...numbers) : Math.min(...numbers), dimension: values[0]?.dimension ?? "count" };
  };
  const constant = (name: string): Quantity => {
    const value = Object.hasOwn(constants, name) ? constants[name] : undefined;
    if (value === undefined)
      return refuse(`the target has no constant ${name}; it has ${Object.keys(constants).sort().join(", ") || "none"}`);
    return { value, dimension: /(?:Count|Limit)$/.test(name) ? "count" : "time" };
  };

  const result = sum();
  if (at < tokens.length) refuse("goes on after its end");
  return result;
}

function tokensOf(formula: string, refuse: (why: string) => never): readonly Token[] {
  const tokens: Token[] = [];
  const form = new RegExp(tokenForm);
  while (formula.slice(form.lastIndex).trim() !== "") {
    const start = form.lastIndex;
    const match = form.exec(formula);
    if (match === null) return refuse(`cannot be read from "${formula.slice(start).trim()}" on`);
    const [, number, unit, name, sign] = match;
    if (number !== undefined) tokens.push({ kind: "number", quantity: literal(Number(number), unit ?? "", refuse) });
    else if (name !== undefined) tokens.push({ kind: "name", name });
    else tokens.push({ kind: "sign", sign: sign ?? "" });
  }
  return tokens;
}

function literal(value: number, unit: string, refuse: (why: string) => never): Quantity {
  if (unit === "") return { value, dimension: "count" };
  const factor = unitMs[unit];
  if (factor === undefined) return refuse(`knows the units ms, s, min, h; not ${unit}`);
  return { value: value * factor, dimension: "time" };
}

export interface EvaluatedBounds {
  /** Milliseconds for times, bare numbers for counts. */
  readonly values: Readonly<Record<string, number>>;
  /** The shortest time among them; absent when none is a time. */
  readonly shortestMs?: number;
}

/** All bounds of a rule for one target. */
export function evaluateBounds(bounds: Readonly<Record<string, string>>, constants: Readonly<Record<string, number>>): EvaluatedBounds {
  const quantities = Object.entries(bounds).map(([name, formula]) => [name, evaluate(formula, constants)] as const);
  const times = quantities.filter(([, quantity]) => quantity.dimension === "time").map(([, quantity]) => quantity.value);
  const values = Object.fromEntries(quantities.map(([name, quantity]) => [name, quantity.value]));
  return times.length === 0 ? { values } : { values, shortestMs: Math.min(...times) };
}

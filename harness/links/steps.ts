/**
 * The calls that take one proxy from what it is to what it shall be, in the only orders the server survives. Pure.
 *
 * Partition: `slow_close` on first and off first, `timeout` second. Latency is not removed while bytes wait in it
 * (five seconds under the server's lock for each chunk if their connection dies): down to 0, drained, then removed.
 * A `bandwidth` rate is never raised (the server panics); it is removed as it is. Toxics go before a proxy is disabled
 * and come after it is enabled.
 */
import type { ProxyState } from "./link-state.ts";
import type { RawProxy, ToxicWanted } from "./toxiproxy.ts";

export type Step =
  | { readonly do: "add-toxic" | "update-toxic"; readonly toxic: ToxicWanted }
  | { readonly do: "remove-toxic"; readonly name: string }
  | { readonly do: "drain"; readonly ms: number }
  | { readonly do: "enable" | "disable" };

const DRAIN_MS = 100;
const ORDER = ["slow_close", "timeout"];

export function stepsBetween(actual: RawProxy, wanted: ProxyState): readonly Step[] {
  const surplus = actual.toxics.filter((toxic) => !wanted.toxics.some((other) => sameToxic(toxic, other)));
  const missing = wanted.toxics.filter((toxic) => !actual.toxics.some((other) => sameToxic(other, toxic)));
  // A stream whose fault changes at all is taken down as a whole, so that `slow_close` never comes after `timeout`.
  const streams = new Set([...surplus, ...missing].map((toxic) => toxic.stream));
  const down = actual.toxics.filter((toxic) => streams.has(toxic.stream)).toSorted((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type));
  const up = wanted.toxics.filter((toxic) => streams.has(toxic.stream));
  return [
    ...removal(down),
    ...(actual.enabled === wanted.enabled ? [] : [{ do: wanted.enabled ? "enable" : "disable" } as const]),
    ...up.map((toxic) => ({ do: "add-toxic", toxic }) as const),
  ];
}

function removal(toxics: RawProxy["toxics"]): readonly Step[] {
  const delayed = toxics.filter((toxic) => toxic.type === "latency");
  return [
    ...delayed.map(({ name, stream }) => ({ do: "update-toxic", toxic: undelayed(name, stream) }) as const),
    ...(delayed.length === 0 ? [] : [{ do: "drain", ms: DRAIN_MS } as const]),
    ...toxics.map(({ name }) => ({ do: "remove-toxic", name }) as const),
  ];
}

function undelayed(name: string, stream: string): ToxicWanted {
  return { name, stream: stream === "upstream" ? "upstream" : "downstream", type: "latency", attributes: { latency: 0, jitter: 0 } };
}

export function sameToxic(actual: RawProxy["toxics"][number], wanted: ToxicWanted): boolean {
  const { attributes, name, stream, type } = wanted;
  const names = new Set([...Object.keys(actual.attributes), ...Object.keys(attributes)]);
  const values = new Map<string, number>(Object.entries(attributes));
  return (
    actual.name === name &&
    actual.type === type &&
    actual.stream === stream &&
    actual.toxicity === 1 &&
    [...names].every((key) => actual.attributes[key] === values.get(key))
  );
}

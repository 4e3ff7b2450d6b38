/**
 * What every proxy and both sets of every pod must be, given the fault in force on each directed link. Pure.
 *
 * What `a` sends to `b` travels upstream in proxy a-b (connections a dialled) and downstream in proxy b-a (connections
 * b dialled). So a fault on the link a→b is: its toxics upstream on a-b and downstream on b-a, and UDP from a unheard
 * at b. A dial can only be hidden or refused as a whole: that takes the replies on connections `a` dialled along.
 */
import type { DirectedLink, LinkEffectKind, LinkKey, RegisteredFault } from "../nemesis/overlap.ts";
import { linkKey } from "../nemesis/overlap.ts";
import type { Stream, ToxicBody, ToxicWanted } from "./toxiproxy.ts";

export interface ProxyState {
  readonly enabled: boolean;
  /** In the order they are added. At most one fault per stream. */
  readonly toxics: readonly ToxicWanted[];
}

/** How pod `from` dials pod `to`: the three proxies of the link and whether new dials are hidden before them. */
export interface DialState {
  readonly from: string;
  readonly to: string;
  readonly proxy: ProxyState;
  readonly hidden: boolean;
  /** `to` drops UDP that comes from `from`. */
  readonly udpUnheard: boolean;
  /** Faults in force on from → to and on to → from. */
  readonly sends: LinkEffect | undefined;
  readonly hears: LinkEffect | undefined;
}

export type LinkEffect = Pick<RegisteredFault, "kind" | "args">;
export type LinkState = ReadonlyMap<LinkKey, DialState>;

const LOSES_EVERYTHING: ReadonlySet<LinkEffectKind> = new Set(["isolation", "partition-silent", "partition", "partition-refuse"]);

export function losesEverything(effect: LinkEffect | undefined): boolean {
  return effect !== undefined && LOSES_EVERYTHING.has(effect.kind);
}

export function linkState(names: readonly string[], effects: ReadonlyMap<LinkKey, LinkEffect>): LinkState {
  const links = names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })));
  return new Map(links.map((link) => [linkKey(link), dialState(link, effects)]));
}

function dialState({ from, to }: DirectedLink, effects: ReadonlyMap<LinkKey, LinkEffect>): DialState {
  const sends = effects.get(`${from}>${to}`);
  const hears = effects.get(`${to}>${from}`);
  return {
    from,
    to,
    proxy: proxyState(sends, hears),
    hidden: sends?.kind === "isolation" || sends?.kind === "partition-silent",
    udpUnheard: losesEverything(sends),
    sends,
    hears,
  };
}

function proxyState(sends: LinkEffect | undefined, hears: LinkEffect | undefined): ProxyState {
  switch (sends?.kind) {
    case "partition-silent":
      return { enabled: true, toxics: [] };
    case "partition-refuse":
      return { enabled: false, toxics: [] };
    default:
      return { enabled: true, toxics: [...toxicsOf(sends, "upstream"), ...toxicsOf(hears, "downstream")] };
  }
}

/** Holds closes back for the length of any run; the server takes no "for ever". */
const HELD_MS = 3_600_000;

/** `slow_close` before `timeout`: the other order makes the server panic after removal, and lets closes through. */
const SILENCE: readonly ToxicBody[] = [
  { type: "slow_close", attributes: { delay: HELD_MS } },
  { type: "timeout", attributes: { timeout: 0 } },
];

function toxicsOf(effect: LinkEffect | undefined, stream: Stream): readonly ToxicWanted[] {
  if (effect === undefined) return [];
  return bodiesOf(effect).map((body) => ({ ...body, name: `${stream}-${body.type}`, stream }));
}

function bodiesOf(effect: LinkEffect): readonly ToxicBody[] {
  const args = effectArgs(effect);
  switch (effect.kind) {
    case "isolation":
    case "partition-silent":
    case "partition":
    case "partition-refuse":
      return SILENCE;
    case "reset":
      return [{ type: "reset_peer", attributes: { timeout: 0 } }];
    case "latency":
    case "jitter":
      return [{ type: "latency", attributes: { latency: args.latencyMs, jitter: args.jitterMs } }];
    case "bandwidth":
      return [{ type: "bandwidth", attributes: { rate: args.bytesPerMs } }];
    case "slow-close":
      return [{ type: "slow_close", attributes: { delay: args.delayMs } }];
    case "slicer":
      return [
        {
          type: "slicer",
          attributes: { average_size: args.sizeBytes, size_variation: args.sizeVariationBytes, delay: args.delayMs * 1000 },
        },
      ];
    default:
      return effect.kind satisfies never;
  }
}

export interface EffectArgs {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** The server's `rate`: its KB is a thousand bytes. */
  readonly bytesPerMs: number;
  readonly delayMs: number;
  readonly sizeBytes: number;
  readonly sizeVariationBytes: number;
}

/** Arguments with their defaults, in whole units as the server wants them. */
export function effectArgs(effect: LinkEffect): EffectArgs {
  const { args = {}, kind } = effect;
  const jitterMs = whole(args["jitterMs"] ?? (kind === "jitter" ? 50 : 0));
  return {
    jitterMs,
    latencyMs: whole(args["latencyMs"] ?? (kind === "jitter" ? jitterMs : 100)),
    bytesPerMs: Math.max(1, whole(((args["rateKiBs"] ?? 64) * 1024) / 1000)),
    delayMs: whole(args["delayMs"] ?? (kind === "slicer" ? 5 : 500)),
    sizeBytes: Math.max(1, whole(args["sizeBytes"] ?? 64)),
    sizeVariationBytes: whole(args["sizeVariationBytes"] ?? 0),
  };
}

function whole(value: number): number {
  return Math.max(0, Math.round(value));
}

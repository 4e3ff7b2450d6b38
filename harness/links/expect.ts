/**
 * What a canary from one pod to another must show, given the faults in force between them. Pure: `canary.ts` sends
 * what is planned here, `proof.ts` compares.
 */
import { effectArgs, losesEverything } from "./link-state.ts";
import type { DialState, LinkEffect } from "./link-state.ts";
import type { CanaryOutcome, CanaryProtocol } from "./agent/protocol.ts";

export interface ExpectedCell {
  readonly from: string;
  readonly to: string;
  readonly protocol: CanaryProtocol;
  /** Whether the nonce reaches the peer; undefined where it may still be on its way when we look. */
  readonly arrives: boolean | undefined;
  readonly outcomes: readonly CanaryOutcome[];
  /** Every echo takes at least this. */
  readonly echoMsMin: number;
  /** The fastest echo takes less than this, where a slow fault was healed just now. */
  readonly echoMsBelow: number;
  /** Slowest and fastest echo differ by at least this. */
  readonly echoSpreadMsMin: number;
  /** The peer's FIN does not come back before this. */
  readonly closeMsMin: number;
  readonly samples: number;
  readonly limitMs: number;
  readonly paddingBytes: number;
  readonly timeClose: boolean;
}

/** What is not back by then on a link that answers in a millisecond is lost. */
const SILENCE_MS = 250;
/** For what should answer: generous, because it costs nothing while it does. */
const ANSWER_MS = 1500;
/** Slow faults are watched no longer than this. */
const WINDOW_MS = 1000;
const TIMER_SLACK = 0.9;
const JITTER_SAMPLES = 6;
const PADDING_MAX = 4 << 20;

/** `reverse` is the same pair seen from the other side; needed for UDP, whose echo is the peer's own send. */
export function expectCells(dial: DialState): readonly ExpectedCell[] {
  return [expectTcp(dial), expectUdp(dial)];
}

function expectUdp({ from, to, sends, hears }: DialState): ExpectedCell {
  const arrives = !losesEverything(sends);
  const echoes = arrives && !losesEverything(hears);
  return { ...plain(from, to, "udp"), arrives, outcomes: [echoes ? "echo" : "silent"], limitMs: echoes ? ANSWER_MS : SILENCE_MS };
}

function expectTcp(dial: DialState): ExpectedCell {
  const { from, to, sends, hears } = dial;
  const cell = plain(from, to, "tcp");
  if (dial.hidden) return { ...cell, arrives: false, outcomes: ["connect-timeout"], limitMs: SILENCE_MS };
  if (!dial.proxy.enabled) return { ...cell, arrives: false, outcomes: ["refused"] };
  if (losesEverything(sends)) return { ...cell, arrives: false, outcomes: ["silent"], limitMs: SILENCE_MS };
  const slow = slowness(sends, hears);
  if (sends?.kind === "reset" || hears?.kind === "reset") return expectReset(cell, dial, slow);
  if (losesEverything(hears)) {
    return { ...cell, arrives: slow.echoMs > 0 ? undefined : true, outcomes: ["silent"], limitMs: SILENCE_MS };
  }
  return { ...cell, ...slowCell(slow) };
}

/** A reset shows as RST or as FIN; a fault on the way back may hold either back. */
function expectReset(cell: ExpectedCell, { sends, hears }: DialState, slow: Slowness): ExpectedCell {
  const upstream = sends?.kind === "reset";
  const held = losesEverything(hears) || hears?.kind === "slow-close" || slow.echoMs > 0;
  return {
    ...cell,
    arrives: upstream ? false : slow.echoMs > 0 ? undefined : true,
    outcomes: held ? ["reset", "closed", "silent"] : ["reset", "closed"],
    limitMs: held ? SILENCE_MS : ANSWER_MS,
  };
}

interface Slowness {
  /** Sum over both directions of the least time the faults take. */
  readonly echoMs: number;
  readonly spreadMs: number;
  readonly closeMs: number;
  readonly paddingBytes: number;
}

function slowness(sends: LinkEffect | undefined, hears: LinkEffect | undefined): Slowness {
  const effects = [sends, hears].filter((effect) => effect !== undefined);
  const paddingBytes = Math.min(PADDING_MAX, Math.max(0, ...effects.map(paddingFor)));
  const each = effects.map((effect) => slownessOf(effect, paddingBytes));
  const sum = (pick: (slow: Omit<Slowness, "paddingBytes">) => number): number => each.reduce((total, slow) => total + pick(slow), 0);
  return { paddingBytes, echoMs: sum((slow) => slow.echoMs), spreadMs: sum((slow) => slow.spreadMs), closeMs: sum((slow) => slow.closeMs) };
}

/** A third of a second's worth of bytes, or twenty slices. */
function paddingFor(effect: LinkEffect): number {
  const args = effectArgs(effect);
  if (effect.kind === "bandwidth") return args.bytesPerMs * 300;
  return effect.kind === "slicer" ? args.sizeBytes * 20 : 0;
}

function slownessOf(effect: LinkEffect, paddingBytes: number): Omit<Slowness, "paddingBytes"> {
  const args = effectArgs(effect);
  const none = { echoMs: 0, spreadMs: 0, closeMs: 0 };
  switch (effect.kind) {
    case "latency":
    case "jitter":
      return { ...none, echoMs: Math.max(0, args.latencyMs - args.jitterMs), spreadMs: args.jitterMs };
    case "bandwidth":
      return { ...none, echoMs: (0.6 * paddingBytes) / args.bytesPerMs };
    case "slicer":
      return { ...none, echoMs: 0.6 * Math.floor(paddingBytes / (args.sizeBytes + args.sizeVariationBytes)) * args.delayMs };
    case "slow-close":
      return { ...none, closeMs: args.delayMs };
    default:
      return none;
  }
}

function slowCell(slow: Slowness): Partial<ExpectedCell> {
  const least = slow.echoMs * TIMER_SLACK;
  const watched = slow.echoMs + 2 * slow.spreadMs;
  const tooSlowToWait = watched > WINDOW_MS;
  return {
    arrives: tooSlowToWait ? undefined : true,
    outcomes: tooSlowToWait ? ["echo", "silent"] : ["echo"],
    echoMsMin: least,
    echoSpreadMsMin: tooSlowToWait ? 0 : 0.1 * slow.spreadMs,
    closeMsMin: slow.closeMs * TIMER_SLACK,
    samples: slow.spreadMs > 0 ? JITTER_SAMPLES : 1,
    limitMs: slow.closeMs > 0 ? watched + Math.min(slow.closeMs + SILENCE_MS, WINDOW_MS) : tooSlowToWait ? WINDOW_MS : watched + ANSWER_MS,
    paddingBytes: slow.paddingBytes,
    timeClose: slow.closeMs > 0,
  };
}

function plain(from: string, to: string, protocol: CanaryProtocol): ExpectedCell {
  return {
    from,
    to,
    protocol,
    arrives: true,
    outcomes: ["echo"],
    echoMsMin: 0,
    echoMsBelow: Number.POSITIVE_INFINITY,
    echoSpreadMsMin: 0,
    closeMsMin: 0,
    samples: 1,
    limitMs: ANSWER_MS,
    paddingBytes: 0,
    timeClose: false,
  };
}

/**
 * After a heal: what was slow before must be visibly faster now. `before` is what was expected of the same pair then;
 * its padding is sent again, and the best of three echoes counts, so that one stall of this machine decides nothing.
 */
export function expectHealed(now: ExpectedCell, before: ExpectedCell | undefined): ExpectedCell {
  if (before === undefined || now.outcomes[0] !== "echo" || now.echoMsMin > 0) return now;
  const closing = before.closeMsMin > 0 && now.closeMsMin === 0;
  if (before.echoMsMin <= 0 && !closing) return now;
  return {
    ...now,
    paddingBytes: before.paddingBytes,
    echoMsBelow: before.echoMsMin > 0 ? before.echoMsMin : now.echoMsBelow,
    samples: 3,
    timeClose: closing || now.timeClose,
  };
}

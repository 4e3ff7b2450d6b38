/**
 * Which of several faults on a link is in force. Pure, shared by the container arm and the simulator's link matrix: at
 * most one fault per directed link; the strongest is in force, the others stay registered, and when it heals the next
 * one takes its place. Cases both arms must agree on: `overlap-cases.json`.
 */
import type { LinkFaultKind } from "./fault.ts";

/** `isolation` is the cut around a lost machine (power-off); no script asks for it by that name. */
export type LinkEffectKind = LinkFaultKind | "isolation";

/** Strongest first: what hides more of the peer outranks what hides less. */
export const STRENGTH: readonly LinkEffectKind[] = [
  "isolation",
  "partition-silent",
  "partition",
  "partition-refuse",
  "reset",
  "bandwidth",
  "latency",
  "jitter",
  "slow-close",
  "slicer",
];

export interface DirectedLink {
  readonly from: string;
  readonly to: string;
}

export interface RegisteredFault {
  readonly handle: string;
  readonly kind: LinkEffectKind;
  readonly links: readonly DirectedLink[];
  readonly args?: Readonly<Record<string, number>>;
}

/** `from>to`; node names hold no `>`. */
export type LinkKey = `${string}>${string}`;

export function linkKey(link: DirectedLink): LinkKey {
  return `${link.from}>${link.to}`;
}

/** For every link that any registered fault names, the one in force. Among equals the one registered first stays. */
export function inForce(registered: readonly RegisteredFault[]): ReadonlyMap<LinkKey, RegisteredFault> {
  const strongest = new Map<LinkKey, RegisteredFault>();
  for (const fault of registered) {
    for (const link of fault.links) {
      const key = linkKey(link);
      const present = strongest.get(key);
      if (present === undefined || STRENGTH.indexOf(fault.kind) < STRENGTH.indexOf(present.kind)) strongest.set(key, fault);
    }
  }
  return strongest;
}

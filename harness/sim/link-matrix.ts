/**
 * What each directed link does to a message now. Registers link faults and asks the rule both arms share
 * (`harness/nemesis/overlap.ts`) which one is in force; keeps messages of one link in order, as a connection would.
 */
import { inForce, linkKey } from "../nemesis/overlap.ts";
import type { LinkKey, RegisteredFault } from "../nemesis/overlap.ts";
import type { Kernel } from "./kernel.ts";

export type Passage = { readonly kind: "delivered"; readonly atUs: number } | { readonly kind: "lost" } | { readonly kind: "refused" };

/** Microseconds a message takes on a healthy link. */
const latencyUs = { low: 200, high: 2000 };

export class LinkMatrix {
  readonly #kernel: Kernel;
  #registered: readonly RegisteredFault[] = [];
  #effects: ReadonlyMap<LinkKey, RegisteredFault> = new Map();
  readonly #lastUs = new Map<LinkKey, number>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  register(fault: RegisteredFault): void {
    this.#registered = [...this.#registered, fault];
    this.#effects = inForce(this.#registered);
  }

  unregister(handle: string): void {
    this.#registered = this.#registered.filter((fault) => fault.handle !== handle);
    this.#effects = inForce(this.#registered);
  }

  /** Handle of the fault in force on a link. */
  effect(from: string, to: string): string | undefined {
    return this.#effects.get(linkKey({ from, to }))?.handle;
  }

  passes(from: string, to: string): "open" | "lost" | "refused" {
    switch (this.#effects.get(linkKey({ from, to }))?.kind) {
      case "isolation":
      case "partition":
      case "partition-silent":
        return "lost";
      case "partition-refuse":
      case "reset":
        return "refused";
      default:
        return "open";
    }
  }

  /** When a message sent now would arrive. */
  send(from: string, to: string, bytes: number): Passage {
    const open = this.passes(from, to);
    if (open !== "open") return { kind: open };
    const key = linkKey({ from, to });
    const own = this.#kernel.streams.get(`link ${key}`).between(latencyUs.low, latencyUs.high);
    const atUs = Math.max(this.#kernel.nowUs + own + this.#addedUs(key, bytes), (this.#lastUs.get(key) ?? 0) + 1);
    this.#lastUs.set(key, atUs);
    return { kind: "delivered", atUs };
  }

  #addedUs(key: LinkKey, bytes: number): number {
    const fault = this.#effects.get(key);
    const args = fault?.args ?? {};
    switch (fault?.kind) {
      case "latency":
      case "jitter": {
        const jitter = args["jitterMs"] ?? 0;
        const drawn =
          jitter === 0 ? 0 : this.#kernel.streams.get(`jitter ${key}`).between(0, Math.round(jitter * 2000)) - Math.round(jitter * 1000);
        return Math.max(0, Math.round((args["latencyMs"] ?? 0) * 1000) + drawn);
      }
      case "bandwidth":
        return Math.round((bytes / 1024 / Math.max(1, args["rateKiBs"] ?? 1)) * 1e6);
      default:
        return 0;
    }
  }
}

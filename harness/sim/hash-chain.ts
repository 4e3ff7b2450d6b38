/**
 * A rolling 64-bit hash over everything that happened, in order, as two 32-bit lanes: equal chains mean equal runs,
 * byte for byte. For telling runs apart, not for security.
 */
import { mix32 } from "../world/streams.ts";

export class HashChain {
  #a = 0x243f6a88;
  #b = 0x85a308d3;
  #links = 0;

  add(text: string): void {
    let a = this.#a;
    let b = this.#b;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x01000193);
      b = (Math.imul(b, 31) + unit) | 0;
    }
    this.#a = mix32(a + this.#links);
    this.#b = mix32(b ^ this.#a);
    this.#links += 1;
  }

  get links(): number {
    return this.#links;
  }

  get digest(): string {
    return `${(this.#a >>> 0).toString(16).padStart(8, "0")}${(this.#b >>> 0).toString(16).padStart(8, "0")}`;
  }
}

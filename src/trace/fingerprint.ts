/**
 * The fingerprint of a run: 64 bits mixed from integers (instant, kind, node, identity) as events happen. It
 * is always on and does not depend on whether a trace is kept.
 */
import type { Instant } from "../kernel/index.js";

export class Fingerprint {
  #high = 0x243f6a88 | 0;
  #low = 0x85a308d3 | 0;

  /** Mixes one event in. `kind`, `node` and `identity` are 32-bit integers. Two different states stay different. */
  mix(at: Instant, kind: number, node: number, identity: number): void {
    const atLow = at | 0;
    const atHigh = (at / 4294967296) | 0;
    let low = Math.imul(this.#low ^ atLow, 0x9e3779b1);
    let high = Math.imul(this.#high ^ atHigh ^ Math.imul(kind, 0x632be5ab) ^ node, 0x85ebca6b);
    low ^= (high >>> 15) ^ identity;
    high ^= (low >>> 13) | (low << 19);
    this.#low = Math.imul(low, 0xc2b2ae35) ^ (high >>> 16);
    this.#high = (Math.imul(high, 0x27d4eb2f) + this.#low) | 0;
  }

  /**
   * Mixes in `count` events of one kind, at one node and instant, one after the other; their identities are `base` XOR
   * `first`, `first` + 1, and so on.
   */
  mixAll(at: Instant, kind: number, node: number, base: number, first: number, count: number): void {
    const atLow = at | 0;
    const what = (at / 4294967296) ^ Math.imul(kind, 0x632be5ab) ^ node;
    let low = this.#low;
    let high = this.#high;
    for (let index = first; index < first + count; index++) {
      low = Math.imul(low ^ atLow, 0x9e3779b1);
      high = Math.imul(high ^ what, 0x85ebca6b);
      low ^= (high >>> 15) ^ base ^ index;
      high ^= (low >>> 13) | (low << 19);
      low = Math.imul(low, 0xc2b2ae35) ^ (high >>> 16);
      high = (Math.imul(high, 0x27d4eb2f) + low) | 0;
    }
    this.#low = low;
    this.#high = high;
  }

  /** Sixteen hexadecimal digits, in each of which every event shows: also the last, which was mixed in once only. */
  hex(): string {
    let low = this.#low;
    let high = this.#high;
    for (let round = 0; round < 3; round++) {
      low = scramble(low ^ high);
      high = scramble((high + low) | 0);
    }
    return word(high) + word(low);
  }
}

/** A bijection of 32 bits in which every bit of the input changes about half of the output's. */
function scramble(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return bits ^ (bits >>> 16);
}

function word(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

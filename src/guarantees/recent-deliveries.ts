/**
 * The latest first deliveries with their instants, so that a second one, or one out of order, can be shown
 * beside them without keeping instants for every message.
 */
import type { Instant } from "../kernel/index.js";
import type { Pair } from "./pair.js";

/** Of messages that follow each other, and were published at one instant and delivered at one instant. */
const RUNS = 4096;

/** A first delivery: when the message was published, and when it was delivered. */
export interface FirstDelivery {
  readonly publishedAt: Instant;
  readonly at: Instant;
}

export class RecentDeliveries {
  readonly #pairs: (Pair | undefined)[] = [];
  readonly #from: Int32Array = new Int32Array(RUNS);
  readonly #to: Int32Array = new Int32Array(RUNS);
  readonly #published: Float64Array = new Float64Array(RUNS);
  readonly #delivered: Float64Array = new Float64Array(RUNS);
  /** Of the latest run. */
  #slot = -1;

  /** The messages `from` … `to` - 1 of the pair's stream, published at one instant, are delivered at another. */
  add(pair: Pair, from: number, to: number, publishedAt: Instant, at: Instant): void {
    if (this.#continues(pair, from, publishedAt, at)) {
      this.#to[this.#slot] = to;
      return;
    }
    const slot = (this.#slot + 1) & (RUNS - 1);
    this.#slot = slot;
    this.#pairs[slot] = pair;
    this.#from[slot] = from;
    this.#to[slot] = to;
    this.#published[slot] = publishedAt;
    this.#delivered[slot] = at;
  }

  /** The first delivery of message `index`; undefined when that was more than 4,096 runs ago. */
  find(pair: Pair, index: number): FirstDelivery | undefined {
    for (let slot = 0; slot < this.#pairs.length; slot++) {
      if (this.#pairs[slot] !== pair) continue;
      if (index < (this.#from[slot] as number) || index >= (this.#to[slot] as number)) continue;
      return { publishedAt: this.#published[slot] as Instant, at: this.#delivered[slot] as Instant };
    }
    return undefined;
  }

  #continues(pair: Pair, from: number, publishedAt: Instant, at: Instant): boolean {
    const slot = this.#slot;
    if (slot < 0 || this.#to[slot] !== from || this.#pairs[slot] !== pair) return false;
    return this.#published[slot] === publishedAt && this.#delivered[slot] === at;
  }
}

/**
 * The latest first deliveries with their instants, so that a second one, or one out of order, can be shown
 * beside them without keeping instants for every message.
 */
import type { Instant } from "../kernel/index.js";
import type { Pair } from "./pair.js";
import type { PublishedMessage } from "./stream.js";

const CAPACITY = 4096;

/** A first delivery: when the message was published, and when it was delivered. */
export interface FirstDelivery {
  readonly publishedAt: Instant;
  readonly at: Instant;
}

export class RecentDeliveries {
  readonly #pairs: (Pair | undefined)[] = [];
  readonly #indices: Int32Array = new Int32Array(CAPACITY);
  readonly #published: Float64Array = new Float64Array(CAPACITY);
  readonly #delivered: Float64Array = new Float64Array(CAPACITY);
  #next = 0;

  add(pair: Pair, { index, publishedAt }: PublishedMessage, at: Instant): void {
    const slot = this.#next;
    this.#pairs[slot] = pair;
    this.#indices[slot] = index;
    this.#published[slot] = publishedAt;
    this.#delivered[slot] = at;
    this.#next = (slot + 1) & (CAPACITY - 1);
  }

  /** The first delivery of message `index`; undefined when that was more than 4,096 deliveries ago. */
  find(pair: Pair, index: number): FirstDelivery | undefined {
    for (let slot = 0; slot < this.#pairs.length; slot++) {
      if (this.#indices[slot] !== index || this.#pairs[slot] !== pair) continue;
      return { publishedAt: this.#published[slot] as Instant, at: this.#delivered[slot] as Instant };
    }
    return undefined;
  }
}

/**
 * The instants of the latest first deliveries, so that a second one can be shown beside the first without
 * keeping an instant for every message.
 */
import type { Instant } from "../kernel/index.js";
import type { Pair } from "./pair.js";

const CAPACITY = 4096;

export class RecentDeliveries {
  readonly #pairs: (Pair | undefined)[] = [];
  readonly #indices: Int32Array = new Int32Array(CAPACITY);
  readonly #instants: Float64Array = new Float64Array(CAPACITY);
  #next = 0;

  add(pair: Pair, index: number, at: Instant): void {
    const slot = this.#next;
    this.#pairs[slot] = pair;
    this.#indices[slot] = index;
    this.#instants[slot] = at;
    this.#next = slot + 1 === CAPACITY ? 0 : slot + 1;
  }

  /** When message `index` was first delivered; undefined when that was more than 4,096 deliveries ago. */
  find(pair: Pair, index: number): Instant | undefined {
    for (let slot = 0; slot < this.#pairs.length; slot++) {
      if (this.#indices[slot] === index && this.#pairs[slot] === pair) return this.#instants[slot];
    }
    return undefined;
  }
}

/** A row of time buckets: one step of the ladder that the event queue is. */
import type { Instant } from "./time.js";

/** Buckets of a rung for each event that it is made of: most buckets then hold one event or none. */
const BUCKETS_PER_EVENT = 3;

/** What a list of events spans. */
export interface Extent {
  readonly min: Instant;
  readonly max: Instant;
  readonly count: number;
}

/** A stretch of time, divided into buckets of equal width. */
export class Rung {
  start: Instant = 0;
  bucketsPerNanosecond = 0;
  /** Number of buckets; the last one also takes everything beyond it. */
  count = 0;
  /** The first bucket that is not due yet: what lies before it belongs to finer rungs or to the front. */
  next = 0;
  /** First node of each bucket's list; 0 for an empty one. All are empty while the rung is not in use. */
  heads: Int32Array = new Int32Array(32);

  /** Divides the time from `min` to `max`, later, for `count` events. */
  divide({ min, max, count }: Extent): void {
    this.start = min;
    this.bucketsPerNanosecond = Math.min(1, (BUCKETS_PER_EVENT * count) / (max - min));
    this.count = Math.floor((max - min) * this.bucketsPerNanosecond) + 1;
    this.next = 0;
    if (this.heads.length < this.count) this.heads = new Int32Array(2 * this.count);
  }

  /** Whether events at `at` belong to a bucket that is not due yet. */
  holds(at: Instant): boolean {
    return this.next < this.count && (at - this.start) * this.bucketsPerNanosecond >= this.next;
  }
}

/**
 * The one interface that the simulation's pending events live behind. An event is a 32-bit integer; what it
 * means is the caller's business. The order is total: by instant, then by sequence number.
 */
import type { Instant } from "./time.js";

export interface EventQueue {
  /** Number of pending events. */
  readonly size: number;

  /** Adds an event. Sequence numbers may arrive out of order (a re-armed timer keeps an older one). */
  push(at: Instant, sequence: number, event: number): void;

  /** The earliest instant pending, `NEVER` when empty. */
  peek(): Instant;

  /** Removes the earliest event and shows it in `at`, `sequence` and `event`; false when empty. */
  pop(): boolean;

  /** As `pop`, if the earliest event is not later than `until`; false when it is or the queue is empty. */
  popUntil(until: Instant): boolean;

  /** What the last successful `pop` or `popUntil` removed. */
  readonly at: Instant;
  readonly sequence: number;
  readonly event: number;

  /** Drops every pending event for which `keep` is false. For purging the entries of cancelled timers. */
  purge(keep: (at: Instant, sequence: number, event: number) => boolean): void;
}

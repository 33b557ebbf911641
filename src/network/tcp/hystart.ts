/**
 * HyStart: ends slow start before it overflows the queue, when acknowledgments keep coming closely for half a
 * round trip, or when round trips have grown by an eighth [Ha and Rhee 2011, as tcp_cubic does by default].
 */
import { type Duration, type Instant, MILLISECOND } from "../../kernel/index.js";
import type { CongestionWindow } from "./congestion-window.js";

/** Below this window slow start is never ended. */
const WINDOW_MIN = 16;
/** Acknowledgments at most so far apart are of one train. */
const TRAIN_GAP: Duration = 2 * MILLISECOND;
/** What offload may hold back acknowledgments for. */
const TRAIN_SLACK: Duration = MILLISECOND;
const SAMPLES_MIN = 8;
const RISE_MIN: Duration = 4 * MILLISECOND;
const RISE_MAX: Duration = 16 * MILLISECOND;

export class HyStart {
  /** Slow start was ended. */
  #found = false;
  /** The round ends when this number is acknowledged. */
  #roundEnd = 0;
  #roundStart: Instant = 0;
  #lastInTrain: Instant = 0;
  #samples = 0;
  #shortest: Duration = Infinity;

  /** After a timeout: looks out again. */
  reset(): void {
    this.#found = false;
    this.#roundEnd = 0;
  }

  /** A round trip measured in slow start; `shortest`: of the connection. */
  measured(
    window: CongestionWindow,
    roundTrip: Duration,
    shortest: Duration,
    acknowledged: number,
    next: number,
    now: Instant,
  ): void {
    if (this.#found || window.size < WINDOW_MIN) return;
    if (acknowledged > this.#roundEnd) this.#beginRound(next, now);
    if (this.#longTrain(shortest, now) || this.#risen(roundTrip, shortest)) {
      this.#found = true;
      window.threshold = window.size;
    }
  }

  #beginRound(next: number, now: Instant): void {
    this.#roundStart = this.#lastInTrain = now;
    this.#roundEnd = next;
    this.#shortest = Infinity;
    this.#samples = 0;
  }

  #longTrain(shortest: Duration, now: Instant): boolean {
    if (now - this.#lastInTrain > TRAIN_GAP) return false;
    this.#lastInTrain = now;
    return now - this.#roundStart > (shortest + TRAIN_SLACK) / 2;
  }

  #risen(roundTrip: Duration, shortest: Duration): boolean {
    if (roundTrip < this.#shortest) this.#shortest = roundTrip;
    if (this.#samples < SAMPLES_MIN) {
      this.#samples++;
      return false;
    }
    return this.#shortest > shortest + Math.min(Math.max(shortest / 8, RISE_MIN), RISE_MAX);
  }
}

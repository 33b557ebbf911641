/**
 * Round-trip time and retransmission timeout [RFC 6298 §2], with the deviation as Linux keeps it: the timeout is
 * srtt + rttvar, where rttvar is the largest 4 × mean deviation of the last round trip, at least `rtoMin`; it
 * rises at once and falls by a quarter per round trip.
 */
import type { Duration } from "../../kernel/index.js";

export class RttEstimator {
  /** Smoothed round-trip time; 0 before the first sample. */
  smoothed: Duration = 0;
  /** The retransmission timeout, before any doubling. */
  timeout: Duration;
  /** The shortest round trip, of the segment sent last of those that an acknowledgment told of. */
  shortest: Duration = Number.MAX_SAFE_INTEGER;

  readonly #timeoutMin: Duration;
  readonly #timeoutMax: Duration;
  readonly #granularity: Duration;
  /** 4 × the mean deviation. */
  #deviation = 0;
  #deviationMax = 0;
  #variation = 0;
  /** The round trip being watched ends when this sequence number is acknowledged. */
  #roundEnd = 0;

  /** The timeout is rounded up to a multiple of `granularity`; 0: to a whole nanosecond. */
  constructor(timeoutInitial: Duration, timeoutMin: Duration, timeoutMax: Duration, granularity: Duration) {
    this.timeout = timeoutInitial;
    this.#timeoutMin = timeoutMin;
    this.#timeoutMax = timeoutMax;
    this.#granularity = granularity > 0 ? granularity : 1;
  }

  /**
   * Takes in one round-trip time, never one of a segment that was sent twice unless a timestamp tells the copies
   * apart [RFC 6298 §3]; `latest` is that of the segment sent last. `acknowledged` and `next` are the sender's oldest unacknowledged and next number.
   */
  sample(roundTrip: Duration, latest: Duration, acknowledged: number, next: number): void {
    if (latest < this.shortest) this.shortest = latest;
    if (this.smoothed === 0) this.#first(roundTrip, next);
    else this.#another(roundTrip, acknowledged, next);
    const ticks = Math.ceil((this.smoothed + this.#variation) / this.#granularity);
    const timeout = ticks * this.#granularity;
    this.timeout = timeout < this.#timeoutMax ? timeout : this.#timeoutMax;
  }

  /** srtt = R, rttvar = R/2 [RFC 6298 §2.2]. */
  #first(roundTrip: Duration, next: number): void {
    this.smoothed = roundTrip > 0 ? roundTrip : 1;
    this.#deviation = 2 * roundTrip;
    this.#variation = Math.max(this.#deviation, this.#timeoutMin);
    this.#deviationMax = this.#variation;
    this.#roundEnd = next;
  }

  /** Gains of 1/8 and 1/4 [RFC 6298 §2.3]. */
  #another(roundTrip: Duration, acknowledged: number, next: number): void {
    const error = roundTrip - this.smoothed;
    this.smoothed += error / 8;
    let change = (error < 0 ? -error : error) - this.#deviation / 4;
    // A round trip that falls must not raise the timeout: Linux then lets the deviation grow 8 times slower.
    if (error < 0 && change > 0) change /= 8;
    this.#deviation += change;
    if (this.#deviation > this.#deviationMax) {
      this.#deviationMax = this.#deviation;
      if (this.#deviationMax > this.#variation) this.#variation = this.#deviationMax;
    }
    if (acknowledged > this.#roundEnd) {
      if (this.#deviationMax < this.#variation) this.#variation -= (this.#variation - this.#deviationMax) / 4;
      this.#roundEnd = next;
      this.#deviationMax = this.#timeoutMin;
    }
  }
}

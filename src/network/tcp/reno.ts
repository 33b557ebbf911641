/** Reno: slow start, congestion avoidance, halving [RFC 5681 §3.1], in segments. */
import type { Duration } from "../../kernel/index.js";
import type { CongestionControl } from "./congestion-control.js";

/** The threshold never falls below two segments [RFC 5681 §3.1 (4)]. */
const THRESHOLD_MIN = 2;

export class Reno implements CongestionControl {
  window = 1;
  threshold: number = Infinity;
  #initial = 1;
  /** Acknowledged in congestion avoidance since the window last grew. */
  #credit = 0;

  begin(window: number): void {
    this.window = window;
    this.#initial = window;
  }

  acknowledged(segments: number): void {
    let left = segments;
    if (this.window < this.threshold) {
      // Slow start: one more for each acknowledged, so the window doubles per round trip.
      const grown = Math.min(this.window + left, this.threshold);
      left -= grown - this.window;
      this.window = grown;
    }
    if (left === 0) return;
    // Congestion avoidance: one more for each window acknowledged.
    this.#credit += left;
    while (this.#credit >= this.window) {
      this.#credit -= this.window;
      this.window++;
    }
  }

  lossDetected(): void {
    this.#halve();
    this.window = this.threshold;
  }

  timedOut(first: boolean): void {
    if (first) this.#halve();
    this.window = 1;
  }

  /** Halved once per timeout of silence, down to the initial window [RFC 2861 §3, as Linux restarts]. */
  idled(idle: Duration, timeout: Duration): void {
    const floor = Math.min(this.#initial, this.window);
    this.threshold = Math.max(this.threshold, Math.floor((3 * this.window) / 4));
    for (let left = idle - timeout; left > 0 && this.window > floor; left -= timeout) {
      this.window = Math.floor(this.window / 2);
    }
    this.window = Math.max(this.window, floor);
    this.#credit = 0;
  }

  #halve(): void {
    this.threshold = Math.max(Math.floor(this.window / 2), THRESHOLD_MIN);
    this.#credit = 0;
  }
}

/**
 * Tail-loss probe [RFC 8985 §7]: when the last segments of a flight stay unanswered, one more segment asks for an
 * acknowledgment that shows what is missing. It carries new data if there is any, otherwise the last segment again.
 */
import type { Duration } from "../../kernel/index.js";

/** Linux's TCP_TIMEOUT_MIN: two ticks. */
const TICKS_MIN = 2;

export class TailLossProbe {
  /** What was next after the latest probe was sent; 0: none is under way. */
  #end = 0;
  #repeated = false;

  get underWay(): boolean {
    return this.#end > 0;
  }

  /** How long to wait for an answer [RFC 8985 §7.2]. `segments` under way; `rtoMin`: what a delayed one may take. */
  static patience(segments: number, roundTrip: Duration, rtoMin: Duration, tick: Duration): Duration {
    return 2 * roundTrip + (segments === 1 ? rtoMin : TICKS_MIN * tick);
  }

  /** A probe was sent; `repeated`: it carries what was sent before. */
  sent(next: number, repeated: boolean): void {
    this.#end = next;
    this.#repeated = repeated;
  }

  /** Another way of recovery has begun. */
  forget(): void {
    this.#end = 0;
  }

  /**
   * `acknowledgment` has arrived. Returns whether the probe has repaired a loss: its number was passed, and there
   * was no answer to say that both copies had arrived [RFC 8985 §7.4.2].
   */
  answered(acknowledgment: number, plainDuplicate: boolean, doubled: boolean): boolean {
    if (this.#end === 0 || acknowledgment < this.#end) return false;
    if (this.#repeated && !doubled && acknowledgment > this.#end) {
      this.#end = 0;
      return true;
    }
    if (!this.#repeated || doubled || plainDuplicate) this.#end = 0;
    return false;
  }
}

/**
 * The timer of acknowledgments that wait for data to carry them [RFC 9293 §3.8.6.3]. Which ones wait is the
 * receiver's decision. Made when a connection first needs it.
 */
import { type Duration, type Instant, NEVER, type Timers, type TimerSlot } from "../../kernel/index.js";

export class DelayedAck {
  readonly timer: TimerSlot;
  readonly #timers: Timers;
  readonly #delay: Duration;

  constructor(timers: Timers, timer: TimerSlot, delay: Duration) {
    this.#timers = timers;
    this.timer = timer;
    this.#delay = delay;
  }

  /** An acknowledgment is owed from now on, unless an earlier one is. */
  owe(now: Instant): void {
    if (this.#timers.deadline(this.timer) === NEVER) this.#timers.set(this.timer, now + this.#delay);
  }

  /** An acknowledgment was sent. */
  settle(): void {
    this.#timers.cancel(this.timer);
  }
}

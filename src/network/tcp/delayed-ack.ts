/**
 * The timer of acknowledgments that wait for data to carry them [RFC 9293 §3.8.6.3]. Which ones wait, and for how
 * long, is the policy's decision.
 */
import { type Duration, type Instant, NEVER } from "../../kernel/index.js";
import type { LazyTimer } from "./lazy-timer.js";
import { expiry } from "./timer-wheel.js";

export class DelayedAck {
  readonly timer: LazyTimer;
  readonly #granularity: Duration;

  constructor(timer: LazyTimer, granularity: Duration) {
    this.timer = timer;
    this.#granularity = granularity;
  }

  /**
   * An acknowledgment is owed, and may wait for `delay` from now; one that was owed before does not wait longer.
   * Returns whether its time is so near that it is sent at once.
   */
  owe(delay: Duration, now: Instant): boolean {
    const { deadline } = this.timer;
    if (deadline !== NEVER && deadline <= now + delay / 4) return true;
    const due = Math.ceil(expiry(now, delay, this.#granularity));
    if (due < deadline) this.timer.set(due);
    return false;
  }
}

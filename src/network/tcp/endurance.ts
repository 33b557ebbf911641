/** How often and for how long the sender has waited in vain, and whether that is too long. */
import type { Duration, Instant } from "../../kernel/index.js";
import type { Patience } from "./patience.js";

export class Endurance {
  /** Timeouts, or unanswered probes of a window, in a row. */
  timeouts = 0;
  /** When the data was first sent again, or the window first probed; -1: not yet. */
  #since: Instant = -1;

  /** There was an answer. */
  answered(): void {
    this.timeouts = 0;
    this.#since = -1;
  }

  /** Data is sent again. */
  repeated(now: Instant): void {
    if (this.#since < 0) this.#since = now;
  }

  timedOut(now: Instant): void {
    this.timeouts++;
    this.repeated(now);
  }

  exhausted(patience: Patience, now: Instant): boolean {
    if (this.timeouts >= patience.timeouts) return true;
    return this.timeouts > 0 && now - this.#since >= Math.min(patience.duration, patience.userTimeout);
  }

  exhaustedByWindow(patience: Patience, now: Instant): boolean {
    if (this.timeouts >= patience.windowProbes) return true;
    return this.timeouts > 0 && now - this.#since >= patience.userTimeout;
  }

  /** What the user's patience leaves of a timeout [Linux tcp_timer.c, tcp_clamp_rto_to_user_timeout]. */
  clamp(timeout: Duration, patience: Patience, now: Instant): Duration {
    if (this.#since < 0) return timeout;
    return Math.min(timeout, Math.max(this.#since + patience.userTimeout - now, 1));
  }
}

/**
 * Keepalive: finds out whether the other side of a silent connection is still there [RFC 9293 §3.8.4]. Never
 * while data is under way: then the retransmissions do.
 */
import type { Duration, Instant, Timers, TimerSlot } from "../../kernel/index.js";

export type KeepaliveStep = "wait" | "probe" | "dead";

export class Keepalive {
  readonly #timers: Timers;
  readonly timer: TimerSlot;
  readonly #idle: Duration;
  readonly #interval: Duration;
  readonly #probes: number;
  /** When the other side was last heard of. */
  #heardAt: Instant;
  /** Probes sent since. */
  #unanswered = 0;

  constructor(
    timers: Timers,
    timer: TimerSlot,
    idle: Duration,
    interval: Duration,
    probes: number,
    now: Instant,
  ) {
    this.#timers = timers;
    this.timer = timer;
    this.#idle = idle;
    this.#interval = interval;
    this.#probes = probes;
    this.#heardAt = now;
    timers.set(timer, now + idle);
  }

  heard(now: Instant): void {
    this.#heardAt = now;
    this.#unanswered = 0;
  }

  /** The timer has fired. `busy`: data is under way, or waits to be sent. */
  due(busy: boolean, now: Instant): KeepaliveStep {
    if (busy || now - this.#heardAt < this.#idle) {
      this.#timers.set(this.timer, busy ? now + this.#idle : this.#heardAt + this.#idle);
      return "wait";
    }
    if (this.#unanswered >= this.#probes) return "dead";
    this.#unanswered++;
    this.#timers.set(this.timer, now + this.#interval);
    return "probe";
  }
}

/**
 * Keepalive: finds out whether the other side of a silent connection is still there [RFC 9293 §3.8.4]. Never
 * while data is under way: then the retransmissions do.
 */
import type { Duration, Instant, Timers, TimerSlot } from "../../kernel/index.js";
import type { TcpSpec } from "../spec.js";
import { expiry } from "./timer-wheel.js";

export type KeepaliveStep = "wait" | "probe" | "dead";

export type KeepaliveOptions = Pick<
  TcpSpec,
  "keepaliveInterval" | "keepaliveProbes" | "userTimeout" | "timerGranularity"
>;

export class Keepalive {
  readonly #timers: Timers;
  readonly timer: TimerSlot;
  readonly #idle: Duration;
  readonly #interval: Duration;
  readonly #probes: number;
  readonly #userTimeout: Duration;
  readonly #granularity: Duration;
  /** When the other side was last heard of. */
  #heardAt: Instant;
  /** Probes sent since. */
  #unanswered = 0;

  /** `options`: those of the connection; `idle`: its `keepaliveIdle`. */
  constructor(timers: Timers, timer: TimerSlot, idle: Duration, options: KeepaliveOptions, now: Instant) {
    this.#timers = timers;
    this.timer = timer;
    this.#idle = idle;
    this.#interval = options.keepaliveInterval;
    this.#probes = options.keepaliveProbes;
    this.#userTimeout = options.userTimeout ?? 0;
    this.#granularity = options.timerGranularity;
    this.#heardAt = now;
    this.#wait(idle, now);
  }

  heard(now: Instant): void {
    this.#heardAt = now;
    this.#unanswered = 0;
  }

  /** The timer has fired. `busy`: data is under way, or waits to be sent. */
  due(busy: boolean, now: Instant): KeepaliveStep {
    const silence = now - this.#heardAt;
    if (busy || silence < this.#idle) {
      this.#wait(busy ? this.#idle : this.#idle - silence, now);
      return "wait";
    }
    if (this.#unanswered > 0 && this.#gaveUp(silence)) return "dead";
    this.#unanswered++;
    this.#wait(this.#interval, now);
    return "probe";
  }

  /** A user timeout counts instead of the probes [Linux tcp_timer.c, tcp_keepalive_timer]. */
  #gaveUp(silence: Duration): boolean {
    return this.#userTimeout > 0 ? silence >= this.#userTimeout : this.#unanswered >= this.#probes;
  }

  #wait(delay: Duration, now: Instant): void {
    this.#timers.set(this.timer, expiry(now, delay, this.#granularity));
  }
}

/**
 * The one timer of a sender. What it waits for changes: an answer, before the data is sent again or before a
 * tail-loss probe asks for one; the end of the doubt about an overdue segment; a closed window to open.
 */
import { type Duration, type Instant, NEVER, type Timers, type TimerSlot } from "../../kernel/index.js";
import type { TcpSpec } from "../spec.js";
import { expiry } from "./timer-wheel.js";

export type WaitsFor = "nothing" | "retransmission" | "tail-loss-probe" | "doubt" | "window";

export class RetransmissionTimer {
  waitsFor: WaitsFor = "nothing";
  /** The retransmission timeout with its doublings. */
  timeout: Duration;
  readonly #timers: Timers;
  readonly #slot: TimerSlot;
  readonly #max: Duration;
  readonly #granularity: Duration;

  constructor(spec: TcpSpec, timers: Timers, slot: TimerSlot) {
    this.#timers = timers;
    this.#slot = slot;
    this.timeout = spec.rtoInitial;
    this.#max = spec.rtoMax;
    this.#granularity = spec.timerGranularity;
  }

  set(waitsFor: WaitsFor, delay: Duration, now: Instant): void {
    this.waitsFor = waitsFor;
    this.#timers.set(this.#slot, Math.ceil(expiry(now, delay, this.#granularity)));
  }

  cancel(): void {
    this.waitsFor = "nothing";
    this.#timers.cancel(this.#slot);
  }

  get isSet(): boolean {
    return this.#timers.deadline(this.#slot) !== NEVER;
  }

  /** [RFC 6298 §5.5]. */
  double(): void {
    this.timeout = Math.min(2 * this.timeout, this.#max);
  }
}

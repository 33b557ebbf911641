/** The timers of a connection: what each is called, and when it fires. */
import type { Instant, TimerOwner, Timers, TimerSlot } from "../../kernel/index.js";
import { NEVER } from "../../kernel/index.js";
import type { TcpSpec } from "../spec.js";
import { DelayedAck } from "./delayed-ack.js";
import { Keepalive, type KeepaliveStep } from "./keepalive.js";
import { LazyTimer } from "./lazy-timer.js";
import type { WaitsFor } from "./retransmission-timer.js";
import { expiry } from "./timer-wheel.js";

/** Kinds of timers. */
export const RETRANSMISSION = 0;
export const DELAYED_ACK = 1;
export const KEEPALIVE = 2;
/** No program holds the connection, and the other side does not close it. */
export const ORPHAN = 3;

/** What the retransmission timer is called in a trace, by what it waits for. */
export const TIMER_NAMES: Readonly<Record<WaitsFor, string>> = {
  nothing: "retransmission timeout",
  retransmission: "retransmission timeout",
  "tail-loss-probe": "tail-loss probe",
  doubt: "reordering timeout",
  window: "window probe",
};

export class ConnectionTimers {
  readonly retransmission: TimerSlot;
  readonly delayedAck: DelayedAck;
  readonly #timers: Timers;
  readonly #owner: TimerOwner;
  readonly #spec: TcpSpec;
  readonly #orphan: LazyTimer;
  #keepalive: Keepalive | undefined;

  constructor(timers: Timers, owner: TimerOwner, spec: TcpSpec) {
    this.#timers = timers;
    this.#owner = owner;
    this.#spec = spec;
    this.retransmission = timers.create(owner, RETRANSMISSION, 0);
    this.delayedAck = new DelayedAck(new LazyTimer(timers, owner, DELAYED_ACK), spec.timerGranularity);
    this.#orphan = new LazyTimer(timers, owner, ORPHAN);
  }

  /** The connection is open. */
  opened(now: Instant): void {
    const spec = this.#spec;
    if (spec.keepaliveIdle === undefined) return;
    const timer = this.#timers.create(this.#owner, KEEPALIVE, 0);
    this.#keepalive = new Keepalive(this.#timers, timer, spec.keepaliveIdle, spec, now);
  }

  /** A segment has arrived. */
  heard(now: Instant): void {
    this.#keepalive?.heard(now);
  }

  /** The keepalive timer has fired. `busy`: data is under way, or waits to be sent. */
  keepaliveDue(busy: boolean, now: Instant): KeepaliveStep {
    return this.#keepalive?.due(busy, now) ?? "wait";
  }

  /** No program holds the connection any more, and only the FIN of the other side is missing. */
  watchOrphan(now: Instant): void {
    const { finTimeout, timerGranularity } = this.#spec;
    if (this.#orphan.deadline === NEVER) this.#orphan.set(expiry(now, finTimeout, timerGranularity));
  }

  /** The connection is over. */
  release(): void {
    this.#timers.release(this.retransmission);
    this.delayedAck.timer.release();
    this.#orphan.release();
    if (this.#keepalive !== undefined) this.#timers.release(this.#keepalive.timer);
  }
}

/**
 * The congestion window: how many segments may be in flight, and whether it is used. One that the application does
 * not fill does not grow, and decays [RFC 7661 §4, as Linux keeps it in tcp_cwnd_validate].
 */
import type { Duration, Instant } from "../../kernel/index.js";
import type { CongestionControl } from "./congestion-control.js";

/** How far the sender has come. */
export interface Progress {
  /** The oldest unacknowledged number, and the next to be sent. */
  readonly unacknowledged: number;
  readonly next: number;
  /** The window decays only while nothing is being repaired: `open`. */
  readonly recovery: { readonly state: string };
}

export class CongestionWindow {
  /** Segments that may be in flight; a whole number, or Infinity. */
  size = 1;
  /** Below this window: slow start. */
  threshold: number = Infinity;
  /** Segments acknowledged since the window last grew in congestion avoidance. */
  credit = 0;

  readonly #control: CongestionControl | undefined;
  readonly #decays: boolean;
  readonly #counting: boolean;
  #initial = 1;
  /** The window was full at some time in the round that ends when `#roundEnd` is acknowledged. */
  #limited = false;
  /** The most segments that were out in this round. */
  #outMax = 0;
  #roundEnd = 0;
  /** The most segments that were out since the window was last full, … */
  #used = 0;
  /** … and when that was. */
  #fullAt: Instant = 0;

  /**
   * Without `control` there is no limit. `decays`: the window shrinks when it is not used. `counting`: it grows by
   * what has arrived, not by how often that was said [RFC 3465 §2].
   */
  constructor(control: CongestionControl | undefined, decays: boolean, counting: boolean) {
    this.#counting = counting;
    this.#control = control;
    this.#decays = decays;
    if (control === undefined) this.size = Infinity;
  }

  /** There is no limit. */
  get boundless(): boolean {
    return this.#control === undefined;
  }

  get inSlowStart(): boolean {
    return this.size < this.threshold;
  }

  /** The connection begins with a window of `segments`. */
  begin(segments: number, initial: number, now: Instant): void {
    if (this.#control === undefined) return;
    this.size = segments;
    this.#initial = initial;
    this.#fullAt = now;
  }

  /** `segments` were found to have arrived, and nothing is being repaired. */
  arrived(segments: number, now: Instant): void {
    if (this.#control !== undefined && this.#paces())
      this.#control.grow(this, this.#counting ? segments : 1, now);
  }

  /** Slow start: one more for each that has arrived, up to the threshold. Returns how many are left over. */
  slowStart(segments: number): number {
    const grown = Math.min(this.size + segments, this.threshold);
    const left = segments - (grown - this.size);
    this.size = grown;
    return left;
  }

  /** Congestion avoidance: one more for each `perSegment` that have arrived. */
  avoid(segments: number, perSegment: number): void {
    if (this.credit >= perSegment) {
      this.credit = 0;
      this.size++;
    }
    this.credit += segments;
    if (this.credit >= perSegment) {
      const more = Math.floor(this.credit / perSegment);
      this.credit -= more * perSegment;
      this.size += more;
    }
  }

  /** A loss: lowers the threshold. */
  reduce(): void {
    if (this.#control === undefined) return;
    this.threshold = this.#control.reduced(this);
    this.credit = 0;
  }

  /** Limits what is in flight during a repair. */
  set(segments: number): void {
    if (this.#control !== undefined) this.size = segments;
  }

  /** The retransmission timer has expired; `first` unless it had before for the same data. */
  timedOut(first: boolean, inFlight: number): void {
    if (this.#control === undefined) return;
    if (first) this.reduce();
    this.#control.timedOut();
    this.size = inFlight + 1;
    this.credit = 0;
  }

  measured(roundTrip: Duration, acknowledged: number, next: number, now: Instant): void {
    this.#control?.measured(this, roundTrip, acknowledged, next, now);
  }

  /** Something is sent after nothing was under way since `since`. */
  resumed(since: Instant, now: Instant): void {
    this.#control?.resumed(since, now);
  }

  /** Segments were sent, or the window forbade it (`limited`); `out` are not acknowledged. */
  used(limited: boolean, progress: Progress, out: number, timeout: Duration, now: Instant): void {
    if (this.#control === undefined) return;
    if (progress.unacknowledged >= this.#roundEnd || limited || (!this.#limited && out > this.#outMax)) {
      this.#limited = limited;
      this.#outMax = out;
      this.#roundEnd = progress.next;
    }
    if (this.#paces()) {
      this.#used = 0;
      this.#fullAt = now;
      return;
    }
    if (out > this.#used) this.#used = out;
    if (this.#decays && now - this.#fullAt >= timeout) this.#decay(progress.recovery.state === "open", now);
  }

  /** The application or the receiver has limited the sender for a timeout [RFC 2861 §3]. */
  #decay(open: boolean, now: Instant): void {
    if (open) {
      const used = Math.max(this.#used, this.#initial);
      if (used < this.size) {
        this.#keepThreshold();
        this.size = (this.size + used) >> 1;
      }
      this.#used = 0;
    }
    this.#fullAt = now;
  }

  /** Nothing was sent for `idle`: halved once per timeout, down to the initial window [RFC 2861 §3]. */
  idled(idle: Duration, timeout: Duration, now: Instant): void {
    if (!this.#decays || this.#control === undefined) return;
    const floor = Math.min(this.#initial, this.size);
    this.#keepThreshold();
    for (let left = idle - timeout; left > 0 && this.size > floor; left -= timeout) this.size >>= 1;
    this.size = Math.max(this.size, floor);
    this.#fullAt = now;
    this.#used = 0;
  }

  /** The network has carried three quarters of this window, whatever is made of it now. */
  #keepThreshold(): void {
    this.threshold = Math.max(this.threshold, (this.size >> 1) + (this.size >> 2));
  }

  /** Whether the window, not the application, sets the pace; slow start may grow to twice what was in use. */
  #paces(): boolean {
    return this.#limited || (this.size < this.threshold && this.size < 2 * this.#outMax);
  }
}

/**
 * CUBIC [RFC 9438]: after a loss the window falls to 0.7, and then follows a cubic function of time around the
 * window that was lost: fast towards it, flat near it, fast beyond. As Linux computes it, with fast convergence
 * and with Reno's window as a lower bound.
 */
import type { Duration, Instant } from "../../kernel/index.js";
import { MILLISECOND, SECOND } from "../../kernel/index.js";
import type { CongestionControl } from "./congestion-control.js";
import type { CongestionWindow } from "./congestion-window.js";
import { HyStart } from "./hystart.js";

/** [RFC 9438 §4.6, §5]; Linux has 717/1024. */
const BETA = 0.7;
const C = 0.4;
const THRESHOLD_MIN = 2;
/** Segments acknowledged per segment that the Reno-friendly window grows by: 3 (1 + β) / (1 - β) / 8 of a window. */
const FRIENDLY = 15 / 8;
/** Before the first loss the window grows by at least 5 % per round trip, … */
const PER_SEGMENT_MAX_FIRST = 20;
/** … and never by more than one for two acknowledged. */
const PER_SEGMENT_MIN = 2;
/** For so long an unchanged window needs no new look at the function. */
const RECOMPUTED_EVERY: Duration = SECOND / 32;
/** The clock of the function. */
const STEP: Duration = 4 * MILLISECOND;

export class Cubic implements CongestionControl {
  readonly #hystart: HyStart | undefined;
  /** When the window began to grow again after the latest loss; -1: not yet. */
  #epoch: Instant = -1;
  /** The window at the latest loss; 0: none, or forgotten after a timeout. */
  #lossWindow = 0;
  /** The window around which the function is flat, and how long after the epoch it gets there, in seconds. */
  #origin = 0;
  #reach = 0;
  #shortest: Duration = 0;
  /** Segments acknowledged per segment that the window grows by. */
  #perSegment = 1;
  #computedAt: Instant = 0;
  #computedFor = 0;
  /** Reno's window in the same place, and what was acknowledged towards its growth. */
  #friendly = 0;
  #friendlyCredit = 0;

  constructor(hystart: boolean) {
    this.#hystart = hystart ? new HyStart() : undefined;
  }

  grow(window: CongestionWindow, segments: number, now: Instant): void {
    const left = window.inSlowStart ? window.slowStart(segments) : segments;
    if (left === 0) return;
    this.#update(window.size, left, now);
    window.avoid(left, this.#perSegment);
  }

  reduced(window: CongestionWindow): number {
    this.#epoch = -1;
    // Fast convergence: a flow that lost before it was where it had been makes room [RFC 9438 §4.7].
    const converging = window.size < this.#lossWindow;
    this.#lossWindow = converging ? (window.size * (1 + BETA)) / 2 : window.size;
    return Math.max(Math.floor(window.size * BETA), THRESHOLD_MIN);
  }

  timedOut(): void {
    this.#epoch = -1;
    this.#lossWindow = 0;
    this.#origin = this.#reach = 0;
    this.#shortest = 0;
    this.#perSegment = 1;
    this.#computedAt = this.#computedFor = 0;
    this.#friendly = this.#friendlyCredit = 0;
    this.#hystart?.reset();
  }

  measured(
    window: CongestionWindow,
    roundTrip: Duration,
    acknowledged: number,
    next: number,
    now: Instant,
  ): void {
    // Just after a recovery the queue is not what it usually is.
    if (this.#epoch >= 0 && now - this.#epoch < SECOND) return;
    if (this.#shortest === 0 || roundTrip < this.#shortest) this.#shortest = roundTrip;
    if (window.inSlowStart) {
      this.#hystart?.measured(window, roundTrip, this.#shortest, acknowledged, next, now);
    }
  }

  /** Time in which nothing was sent does not count. */
  resumed(since: Instant, now: Instant): void {
    if (this.#epoch >= 0 && now > since) this.#epoch = Math.min(now, this.#epoch + (now - since));
  }

  #update(size: number, segments: number, now: Instant): void {
    this.#friendlyCredit += segments;
    if (this.#computedFor === size && now - this.#computedAt <= RECOMPUTED_EVERY) return;
    if (this.#epoch < 0 || now - this.#computedAt >= STEP) this.#follow(size, segments, now);
    this.#keepUpWithReno(size);
    if (this.#perSegment < PER_SEGMENT_MIN) this.#perSegment = PER_SEGMENT_MIN;
  }

  /** Where the function says the window should be one round trip from now [RFC 9438 §4.2]. */
  #follow(size: number, segments: number, now: Instant): void {
    this.#computedFor = size;
    this.#computedAt = now;
    if (this.#epoch < 0) this.#beginEpoch(size, segments, now);
    const distance = (now - this.#epoch + this.#shortest) / SECOND - this.#reach;
    const target = Math.floor(this.#origin + C * distance * distance * distance);
    this.#perSegment = target > size ? Math.floor(size / (target - size)) : 100 * size;
    if (this.#lossWindow === 0 && this.#perSegment > PER_SEGMENT_MAX_FIRST) {
      this.#perSegment = PER_SEGMENT_MAX_FIRST;
    }
  }

  #beginEpoch(size: number, segments: number, now: Instant): void {
    this.#epoch = now;
    this.#friendlyCredit = segments;
    this.#friendly = size;
    const lost = this.#lossWindow;
    this.#reach = lost > size ? cubeRoot((lost - size) / C) : 0;
    this.#origin = lost > size ? lost : size;
  }

  /** Never slower than Reno would be with the same share of losses [RFC 9438 §4.3]. */
  #keepUpWithReno(size: number): void {
    const perSegment = Math.floor(size * FRIENDLY);
    while (this.#friendlyCredit > perSegment) {
      this.#friendlyCredit -= perSegment;
      this.#friendly++;
    }
    if (this.#friendly <= size) return;
    const slowest = Math.floor(size / (this.#friendly - size));
    if (this.#perSegment > slowest) this.#perSegment = slowest;
  }
}

/** The cube root of x > 0 by Newton's method, to the last few bits. */
function cubeRoot(x: number): number {
  let scaled = x;
  let unit = 1;
  while (scaled > 8) {
    scaled /= 8;
    unit *= 2;
  }
  while (scaled < 1) {
    scaled *= 8;
    unit /= 2;
  }
  let root = 1 + (scaled - 1) / 7;
  for (let step = 0; step < 6; step++) root = (2 * root + scaled / (root * root)) / 3;
  return root * unit;
}

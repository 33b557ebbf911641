/** Wall clocks of nodes: integer microseconds from a fixed epoch, with an offset and a drift. */
import { type Duration, type Instant, MICROSECOND } from "../kernel/index.js";
import type { ClockSpec } from "./spec.js";

/** What a perfect clock shows when a run begins: 2026-01-01T00:00:00Z in microseconds since 1970. */
export const EPOCH = 1_767_225_600_000_000;

const PER_MILLION = 1_000_000;

export class Clock {
  readonly #drift: number;
  #offset: Duration;

  constructor(spec: ClockSpec) {
    this.#drift = spec.drift;
    this.#offset = spec.offset;
  }

  /** Moves the clock by `by`, which may be negative. */
  skew(by: Duration): void {
    this.#offset += by;
  }

  /** Microseconds on the clock at `now`. The part that drifts is the time since the run began. */
  read(now: Instant): number {
    const gained = Math.floor((perfect(now) * this.#drift) / PER_MILLION);
    return EPOCH + Math.floor((now + this.#offset) / MICROSECOND) + gained;
  }
}

/** Microseconds since the run began. */
function perfect(now: Instant): number {
  return Math.floor(now / MICROSECOND);
}

/** What a clock without offset and drift shows. */
export function perfectClock(now: Instant): number {
  return EPOCH + perfect(now);
}

/**
 * Simulated time: an integer count of nanoseconds in a `number`. Integers are exact up to 2^53, which is
 * 104 days; a longer horizon is refused, and protocol durations beyond it saturate to `NEVER`.
 */

/** A point in simulated time, in nanoseconds since the run began. */
export type Instant = number;

/** A length of simulated time, in nanoseconds. */
export type Duration = number;

export const MICROSECOND: Duration = 1_000;
export const MILLISECOND: Duration = 1_000_000;
export const SECOND: Duration = 1_000_000_000;

/** Later than every horizon. What is scheduled for `NEVER` is not scheduled at all. */
export const NEVER: Instant = Number.MAX_SAFE_INTEGER;

/** The instant `duration` after `at`; `NEVER` when the sum leaves the exact integers. */
export function after(at: Instant, duration: Duration): Instant {
  const sum = at + duration;
  return sum < NEVER ? sum : NEVER;
}

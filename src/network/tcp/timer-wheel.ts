/**
 * When a timer of Linux fires: at a tick, and later than it was asked for. Ticks come every `granularity` (1/HZ).
 * Timers stand in a wheel of eight levels; on the first, for the next 63 ticks, a slot is one tick, and on each
 * further level a slot spans eight times as many and reaches eight times as far. A timer goes to the slot after
 * the one that its instant falls into, so it is never early, and a timeout of 300 ms can be 32 ms late
 * [Linux kernel/time/timer.c, calc_index].
 */
import type { Duration, Instant } from "../../kernel/index.js";

const FIRST_REACH = 63;
const LEVELS = 8;

/** When a timer that is set now for `delay` fires. With a granularity of 0: exactly then. */
export function expiry(now: Instant, delay: Duration, granularity: Duration): Instant {
  if (granularity === 0) return now + delay;
  const ticks = Math.ceil(delay / granularity);
  let reach = FIRST_REACH;
  let step = 1;
  for (let level = 1; ticks >= reach && level < LEVELS; level++) {
    reach *= 8;
    step *= 8;
  }
  const due = Math.floor(now / granularity) + ticks;
  return (Math.floor(due / step) + 1) * step * granularity;
}

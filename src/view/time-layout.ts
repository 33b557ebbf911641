/**
 * From simulated time to the height on the page. Time flows down at one scale. Two things bend it: where
 * nothing happens for long, a break stands for the gap; and where several things happen at (nearly) one
 * instant, they are moved apart so far that each can be read. The order never changes.
 */
import type { Duration, Instant } from "../kernel/index.js";

/** Room that an item keeps above itself to the item before it in the same lane. */
export interface LaneClaim {
  readonly lane: string;
  readonly room: number;
}

export interface TimedItem {
  readonly at: Instant;
  /** Decides between items of one instant. */
  readonly order: number;
  readonly claims: readonly LaneClaim[];
  /** Set by `layOutTime`. */
  y: number;
}

export interface TimeBreak {
  readonly top: number;
  readonly bottom: number;
  readonly duration: Duration;
}

export interface Tick {
  readonly y: number;
  readonly at: Instant;
}

export interface TimeLayout {
  readonly breaks: readonly TimeBreak[];
  readonly ticks: readonly Tick[];
  readonly bottom: number;
}

export interface TimeScale {
  /** Height of a nanosecond. */
  readonly perNanosecond: number;
  /** A gap that would be higher than this becomes a break … */
  readonly gapMax: number;
  /** … of this height. */
  readonly breakHeight: number;
}

const TICK_SPACING = 34;
const TICK_SPACING_MIN = 15;

/** Gives every item its y, beginning at `top`. */
export function layOutTime(items: TimedItem[], scale: TimeScale, top: number): TimeLayout {
  items.sort((a, b) => a.at - b.at || a.order - b.order);
  const breaks: TimeBreak[] = [];
  const stretches: TimedItem[][] = [];
  const lanes = new Map<string, number>();
  let stretch: TimedItem[] = [];
  let y = top;
  let at = items[0]?.at ?? 0;
  for (const item of items) {
    const gap = (item.at - at) * scale.perNanosecond;
    if (gap > scale.gapMax) {
      breaks.push({ top: y, bottom: y + scale.breakHeight, duration: item.at - at });
      y += scale.breakHeight;
      stretches.push(stretch);
      stretch = [];
    } else {
      y += gap;
    }
    for (const claim of item.claims) y = Math.max(y, (lanes.get(claim.lane) ?? -Infinity) + claim.room);
    for (const claim of item.claims) lanes.set(claim.lane, y);
    item.y = y;
    at = item.at;
    stretch.push(item);
  }
  stretches.push(stretch);
  return { breaks, ticks: placeTicks(stretches), bottom: y };
}

function placeTicks(stretches: readonly (readonly TimedItem[])[]): Tick[] {
  const ticks: Tick[] = [];
  let last = -Infinity;
  for (const stretch of stretches) {
    let placed = 0;
    for (const tick of ticksOf(stretch)) {
      if (tick.y - last < TICK_SPACING_MIN) continue;
      ticks.push(tick);
      last = tick.y;
      placed++;
    }
    const first = stretch[0];
    if (placed === 0 && first !== undefined && first.y - last >= TICK_SPACING_MIN) {
      ticks.push({ at: first.at, y: first.y });
      last = first.y;
    }
  }
  return ticks;
}

/** Round instants within a stretch, their heights interpolated between the items around them. */
function ticksOf(stretch: readonly TimedItem[]): Tick[] {
  const first = stretch[0];
  const last = stretch[stretch.length - 1];
  if (first === undefined || last === undefined || last.at === first.at) return [];
  const step = roundStep(((last.at - first.at) * TICK_SPACING) / Math.max(TICK_SPACING, last.y - first.y));
  const ticks: Tick[] = [];
  let index = 0;
  for (let at = Math.ceil(first.at / step) * step; at <= last.at; at += step) {
    while ((stretch[index + 1]?.at ?? Infinity) < at) index++;
    const before = stretch[index] ?? first;
    const next = stretch[index + 1] ?? last;
    const share = next.at === before.at ? 0 : (at - before.at) / (next.at - before.at);
    ticks.push({ at, y: before.y + Math.max(0, share) * (next.y - before.y) });
  }
  return ticks;
}

/** The smallest of 1, 2, 5, 10, 20 … that is at least `least`. */
export function roundStep(least: number): number {
  let decade = 1;
  while (decade * 10 <= least) decade *= 10;
  for (const factor of [1, 2, 5]) if (decade * factor >= least) return decade * factor;
  return decade * 10;
}

/** Reno: slow start, congestion avoidance, halving [RFC 5681 §3.1], in segments. */
import type { CongestionControl } from "./congestion-control.js";
import type { CongestionWindow } from "./congestion-window.js";

/** The threshold never falls below two segments [RFC 5681 §3.1 (4)]. */
const THRESHOLD_MIN = 2;

export class Reno implements CongestionControl {
  grow(window: CongestionWindow, segments: number): void {
    const left = window.inSlowStart ? window.slowStart(segments) : segments;
    if (left > 0) window.avoid(left, window.size);
  }

  reduced(window: CongestionWindow): number {
    return Math.max(window.size >> 1, THRESHOLD_MIN);
  }

  timedOut(): void {}
  measured(): void {}
  resumed(): void {}
}

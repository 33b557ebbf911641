/**
 * Congestion control: how the congestion window grows, and where it falls to. When that happens is the business
 * of `CongestionWindow` and `LossRecovery`. Counted in segments, as Linux does, not in bytes.
 */
import type { Duration, Instant } from "../../kernel/index.js";
import type { CongestionWindow } from "./congestion-window.js";

export interface CongestionControl {
  /** `segments` have arrived while the window set the pace: lets it grow. */
  grow(window: CongestionWindow, segments: number, now: Instant): void;

  /** A loss: the threshold that the window falls to [RFC 5681 §3.1 (4)]. */
  reduced(window: CongestionWindow): number;

  /** The retransmission timer has expired. */
  timedOut(): void;

  /** A round trip was measured; `acknowledged` and `next` are the sender's oldest unacknowledged and next number. */
  measured(
    window: CongestionWindow,
    roundTrip: Duration,
    acknowledged: number,
    next: number,
    now: Instant,
  ): void;

  /** Something is sent after nothing was under way since `since`. */
  resumed(since: Instant, now: Instant): void;
}

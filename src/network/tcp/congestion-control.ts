/** Congestion control: how many segments may be in flight. Counted in segments, as Linux does, not in bytes. */
import type { Duration, Instant } from "../../kernel/index.js";

export interface CongestionControl {
  /** Segments that may be in flight; a whole number, or Infinity. */
  readonly window: number;
  /** Below this window: slow start. */
  readonly threshold: number;

  /** The window at the beginning of the connection, in segments. */
  begin(window: number): void;

  /** `segments` were acknowledged while the window, not the application, set the pace. */
  acknowledged(segments: number, now: Instant): void;

  /** Duplicate acknowledgments told of a loss: once per recovery. */
  lossDetected(now: Instant): void;

  /** The retransmission timer told of a loss; `first` unless it had fired before for the same data. */
  timedOut(first: boolean, now: Instant): void;

  /** Nothing was sent for `idle`, longer than the retransmission timeout. */
  idled(idle: Duration, timeout: Duration): void;
}

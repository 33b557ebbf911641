/**
 * Loss recovery without selective acknowledgments: fast retransmit and NewReno [RFC 5681 §3.2, RFC 6582], and
 * going back after a timeout. Decides which segments count as lost; the sender sends them again as the
 * congestion window allows.
 *
 * In place of an inflated window, a duplicate acknowledgment counts as one segment that has left the network
 * [RFC 6675 §4], which amounts to the same and needs no change once the scoreboard knows which one it was.
 */
import type { Instant } from "../../kernel/index.js";
import type { CongestionControl } from "./congestion-control.js";
import type { SentSegments } from "./sent-segments.js";

/** Duplicate acknowledgments that make a loss [RFC 5681 §3.2]. */
const DUPLICATES_OF_A_LOSS = 3;

export type RecoveryState =
  | "open"
  /** Fast recovery, until all is acknowledged that was sent before the loss was noticed. */
  | "recovery"
  /** After a timeout, until then. */
  | "loss";

export class LossRecovery {
  state: RecoveryState = "open";
  readonly #sent: SentSegments;
  readonly #congestion: CongestionControl;
  /** The oldest unacknowledged number at the latest timeout: a second one for it halves nothing. */
  #lossStart = -1;
  /** What was the next sequence number when the loss was noticed ("recover" in RFC 6582). */
  #point = 0;
  #duplicates = 0;

  constructor(sent: SentSegments, congestion: CongestionControl) {
    this.#sent = sent;
    this.#congestion = congestion;
  }

  /** A duplicate acknowledgment. Returns whether the oldest segment must be sent again at once. */
  duplicate(unacknowledged: number, next: number, now: Instant): boolean {
    // After a timeout, copies of what had arrived make duplicates that say nothing.
    if (this.state === "loss") return false;
    const sent = this.#sent;
    this.#duplicates++;
    // At least one segment, the missing one, has not arrived.
    if (sent.sacked + Math.max(sent.lost, 1) < sent.size) sent.sacked++;
    if (this.state === "recovery" || this.#duplicates < DUPLICATES_OF_A_LOSS) return false;
    // Not for duplicates of a recovery that is just over [RFC 6582 §3.2 step 2].
    if (unacknowledged <= this.#point) return false;
    this.state = "recovery";
    this.#point = next;
    sent.markOldestLost();
    this.#congestion.lossDetected(now);
    return true;
  }

  /**
   * New data was acknowledged, up to `acknowledged`; the scoreboard knows already. Returns whether the oldest
   * segment must be sent again at once.
   */
  advanced(acknowledged: number): boolean {
    const sent = this.#sent;
    this.#duplicates = 0;
    if (this.state === "open" || acknowledged >= this.#point) {
      this.state = "open";
      sent.sacked = 0;
      return false;
    }
    if (this.state === "loss") return false;
    // A partial acknowledgment: the next hole is lost too [RFC 6582 §3.2 step 3]. One of the acknowledged
    // segments was the hole before; the others had been counted by their duplicates.
    sent.sacked = Math.max(0, Math.min(sent.sacked - (sent.acknowledged - 1), sent.size - 1));
    sent.markOldestLost();
    return true;
  }

  /** The retransmission timer expired: everything sent counts as lost [RFC 5681 §3.1, RFC 6582 §4]. */
  timedOut(unacknowledged: number, next: number, now: Instant): void {
    const first = this.state !== "loss" || unacknowledged > this.#lossStart;
    this.#lossStart = unacknowledged;
    this.state = "loss";
    this.#point = next;
    this.#duplicates = 0;
    this.#sent.markAllLost();
    this.#congestion.timedOut(first, now);
  }
}

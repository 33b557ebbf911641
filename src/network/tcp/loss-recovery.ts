/**
 * Loss recovery: which segments count as lost, and how the congestion window comes down meanwhile. With selective
 * acknowledgments a segment is lost when one sent later has arrived and its own time is up (RACK, RFC 8985);
 * without, after three duplicate acknowledgments and then once per partial one (NewReno, RFC 6582). While losses
 * are repaired, what is sent follows what arrives (PRR, RFC 6937). The sender sends again what is lost, as the
 * window allows.
 */
import type { Duration, Instant } from "../../kernel/index.js";
import type { CongestionWindow } from "./congestion-window.js";
import { NO_SLOT } from "./sending-order.js";
import type { SentSegments } from "./sent-segments.js";

/** Duplicates, or segments arrived beyond a hole, that make a loss (tcp_reordering) [RFC 5681 §3.2]. */
const REORDERING = 3;
/** What the network's reordering may raise that to (tcp_max_reordering). */
const REORDERING_MAX = 300;

export type RecoveryState =
  | "open"
  /** Something has arrived out of order, or was sent again, and nothing is known to be lost. */
  | "disorder"
  /** Until all is acknowledged that was sent before the loss was noticed. */
  | "recovery"
  /** After a timeout, until then. */
  | "loss";

/** What an acknowledgment said. */
export interface Acknowledged {
  /** The oldest unacknowledged number, and the next to be sent. */
  readonly unacknowledged: number;
  readonly next: number;
  /** It acknowledges something new. */
  readonly advances: boolean;
  /** It says the same as the one before. */
  readonly duplicate: boolean;
}

export class LossRecovery {
  state: RecoveryState = "open";
  /** Where reordering was seen, time decides alone [RFC 8985 §6.2 step 4]. */
  reorderingSeen = false;
  /** For how long the oldest segments that may be lost are still given the benefit of the doubt; 0: there are none. */
  doubt: Duration = 0;
  readonly #sent: SentSegments;
  readonly #window: CongestionWindow;
  readonly #selective: boolean;
  #reordering = REORDERING;
  /** What was the next sequence number when the loss was noticed ("recover" in RFC 6582). */
  #point = 0;
  /** Proportional rate reduction: the window at the loss, what has arrived and what was sent since [RFC 6937 §3]. */
  #before = 0;
  #arrived = 0;
  #sentOut = 0;

  constructor(sent: SentSegments, window: CongestionWindow, selective: boolean) {
    this.#sent = sent;
    this.#window = window;
    this.#selective = selective;
  }

  /** Segments were sent, or sent again. */
  sentOut(segments: number): void {
    if (this.state === "recovery") this.#sentOut += segments;
  }

  /** The scoreboard has learnt what an acknowledgment says: decides what that means. `roundTrip`: smoothed. */
  judge(news: Acknowledged, roundTrip: Duration, now: Instant): void {
    this.doubt = 0;
    const { unacknowledged, next, advances, duplicate } = news;
    const sent = this.#sent;
    if (this.state === "open" && sent.sacked === 0 && sent.lost === 0 && !duplicate) return;
    this.#leave(unacknowledged);
    if (!this.#selective) this.#countDuplicates(advances, duplicate);
    const lostCopies = sent.resent;
    this.#identify(unacknowledged, advances, roundTrip, now);
    if (this.state === "recovery" || (this.state === "loss" && sent.resent >= lostCopies)) return;
    if (sent.lost > 0) this.#enter(next);
    else this.#rest();
  }

  /** Time is up for the segments in doubt. Returns whether any of them is lost. */
  doubtOver(next: number, roundTrip: Duration, now: Instant): boolean {
    const { losses } = this.#sent;
    this.#detect(roundTrip, now);
    if (this.#sent.losses === losses) return false;
    if (this.state !== "recovery") {
      this.#enter(next);
      this.reduce(1, 1, false);
    }
    return true;
  }

  /**
   * While repairing: lets out as much as has arrived, less the share by which the window comes down
   * [RFC 6937 §3; with slow start up to the threshold where nothing more is lost].
   */
  reduce(delivered: number, lost: number, advances: boolean): void {
    const window = this.#window;
    if (delivered <= 0 || window.boundless) return;
    this.#arrived += delivered;
    const { inFlight } = this.#sent;
    const room = window.threshold - inFlight;
    let out: number;
    if (room < 0) {
      out = Math.floor((window.threshold * this.#arrived + this.#before - 1) / this.#before) - this.#sentOut;
    } else {
      out = Math.max(this.#arrived - this.#sentOut, delivered);
      if (advances && lost === 0) out++;
      out = Math.min(room, out);
    }
    window.set(inFlight + Math.max(out, this.#sentOut > 0 ? 0 : 1));
  }

  /** The retransmission timer expired [RFC 5681 §3.1, RFC 8985 §6.3]; `again`: as it had for the same data. */
  timedOut(unacknowledged: number, next: number, again: boolean, now: Instant): void {
    const { state } = this;
    const calm = state === "open" || state === "disorder";
    const first = calm || this.#point <= unacknowledged || (state === "loss" && !again);
    const sent = this.#sent;
    if (this.#selective) sent.markLostBefore(now - sent.latestRoundTrip);
    else {
      sent.sacked = 0;
      sent.markLostBefore(now);
    }
    this.#window.timedOut(first, sent.inFlight);
    this.state = "loss";
    this.#point = next;
  }

  /** A tail-loss probe repaired a loss: the window falls as for any other [RFC 8985 §7.4.2]. */
  probeRepaired(next: number): void {
    this.#enter(next);
    this.#window.set(this.#window.threshold);
    this.#rest();
  }

  /** The network delivers out of order: from `overtaken` to `highest`. */
  reordered(overtaken: number, highest: number, mss: number): void {
    if (overtaken >= highest) return;
    this.reorderingSeen = true;
    const distance = Math.ceil((highest - overtaken) / mss);
    this.#reordering = Math.min(Math.max(this.#reordering, distance), REORDERING_MAX);
  }

  #leave(unacknowledged: number): void {
    if (unacknowledged < this.#point) return;
    if (this.state === "recovery") this.#window.set(this.#window.threshold);
    if (this.state === "recovery" || this.state === "loss") {
      this.state = "open";
      if (!this.#selective) this.#sent.sacked = 0;
    }
  }

  #enter(next: number): void {
    this.state = "recovery";
    this.#point = next;
    this.#before = this.#window.size;
    this.#arrived = this.#sentOut = 0;
    this.#window.reduce();
  }

  #rest(): void {
    this.state = this.#sent.sacked > 0 || this.#sent.resent > 0 ? "disorder" : "open";
  }

  #identify(unacknowledged: number, advances: boolean, roundTrip: Duration, now: Instant): void {
    if (this.#selective) {
      if (this.#sent.advanced) this.#detect(roundTrip, now);
      this.#sent.advanced = false;
    } else if (this.state === "recovery") {
      // A partial acknowledgment: the next hole is lost too [RFC 6582 §3.2 step 3].
      if (advances && !this.#sent.oldestLost) this.#sent.markOldestLost();
    } else if (this.state !== "loss" && this.#sent.sacked >= this.#reordering) {
      // Not for duplicates of a recovery that is just over [RFC 6582 §3.2 step 2].
      if (unacknowledged > this.#point) this.#sent.markOldestLost();
    }
  }

  /** Without selective acknowledgments each duplicate says that one more segment has left the network. */
  #countDuplicates(advances: boolean, duplicate: boolean): void {
    const sent = this.#sent;
    if (advances) {
      const beyond = sent.acknowledged - 1; // one was the hole, the others had been counted
      if (this.state === "recovery") sent.sacked = Math.max(0, Math.min(sent.sacked - beyond, sent.size - 1));
      else sent.sacked = 0;
    } else if (duplicate && this.state !== "loss" && sent.sacked + Math.max(sent.lost, 1) < sent.size) {
      sent.sacked++;
      sent.delivered++;
    }
  }

  /** Marks lost what was sent before the latest arrival and is overdue [RFC 8985 §6.2 step 5]. */
  #detect(roundTrip: Duration, now: Instant): void {
    const sent = this.#sent;
    const patience = sent.latestRoundTrip + this.#reorderingWindow(roundTrip);
    let doubt = 0;
    let slot = sent.oldestListed;
    while (slot !== NO_SLOT) {
      if (sent.rankOf(slot) > sent.latestRank) break;
      const following = sent.listedAfter(slot);
      const remaining = sent.sentAtOf(slot) + patience - now;
      if (remaining <= 0) sent.markLost(slot);
      else if (remaining > doubt) doubt = remaining;
      slot = following;
    }
    this.doubt = doubt;
  }

  /**
   * How much later than the latest arrival a segment may come: a quarter of the shortest round trip. None while
   * repairing, nor once enough has overtaken it, unless the network was seen to reorder [RFC 8985 §6.2 step 4].
   */
  #reorderingWindow(roundTrip: Duration): Duration {
    if (!this.reorderingSeen) {
      if (this.state === "recovery" || this.state === "loss") return 0;
      if (this.#sent.sacked >= this.#reordering) return 0;
    }
    return Math.min(this.#sent.shortest / 4, roundTrip);
  }
}

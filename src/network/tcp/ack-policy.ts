/**
 * Which acknowledgments are sent at once and which wait for data to carry them [RFC 9293 §3.8.6.3], as Linux
 * decides it: at once at the beginning, after a silence, for every second full segment, and when the program has
 * read everything there was, unless the connection is *interactive*: this side has answered what it received with
 * data of its own, and is expected to do so again (pingpong mode) [Linux tcp_input.c, __tcp_ack_snd_check and
 * tcp_event_data_recv; tcp.c, tcp_cleanup_rbuf].
 */
import { type Duration, type Instant, MILLISECOND } from "../../kernel/index.js";
import type { TcpSpec } from "../spec.js";
import type { RttEstimator } from "./rtt-estimator.js";

/** Acknowledgments sent at once at the beginning (TCP_MAX_QUICKACKS). */
const QUICK_MAX = 16;
/** What a full segment is taken for before one was seen (TCP_MSS_DEFAULT). */
const FULL_SIZE_FIRST = 536;
/** Segments from this size on can be full ones of a smaller size (TCP_MIN_MSS). */
const FULL_SIZE_MIN = 88;
/** The longest delay (TCP_DELACK_MAX), and the longest where no part of the data waits for it. */
const DELAY_MAX: Duration = 200 * MILLISECOND;
const DELAY_MAX_OF_FULL: Duration = 500 * MILLISECOND;

export class AckPolicy {
  readonly #least: Duration;
  readonly #always: boolean;
  readonly #rtt: RttEstimator;
  #mss = 0;
  /** How long an acknowledgment may wait (ato); 0 before the first data. */
  #delay: Duration = 0;
  /** Acknowledgments that are still sent at once. */
  #quick = 0;
  #interactive = false;
  /** Segments that were not full since the last acknowledgment; more than two count as two. */
  #pushed = 0;
  #receivedAt: Instant = 0;
  /** What a full segment seems to be, and the size of the last one that was smaller. */
  #fullSize = FULL_SIZE_FIRST;
  #smallerSize = 0;

  constructor(spec: TcpSpec, rtt: RttEstimator) {
    this.#least = spec.delayedAck;
    this.#always = spec.quickAck || spec.delayedAck === 0;
    this.#rtt = rtt;
  }

  /** The handshake has agreed on segments of at most `mss`; `window`: what is offered. */
  begin(mss: number, window: number): void {
    this.#mss = mss;
    this.#fullSize = Math.max(FULL_SIZE_MIN, Math.min(FULL_SIZE_FIRST, mss, window >> 1));
  }

  /** New data has arrived; `pushed`: the other side has no more for now. */
  received(bytes: number, pushed: boolean, window: number, now: Instant): void {
    this.#judgeSize(bytes, pushed);
    const gap = now - this.#receivedAt;
    const least = this.#least;
    if (this.#delay === 0) {
      this.#beQuick(window);
      this.#delay = least;
    } else if (gap <= least / 2) {
      this.#delay = this.#delay / 2 + least / 2;
    } else if (gap < this.#delay) {
      this.#delay = Math.min(this.#delay / 2 + gap, this.#rtt.timeout);
    } else if (gap > this.#rtt.timeout) {
      this.#beQuick(window); // the other side begins again with a small window
    }
    this.#receivedAt = now;
  }

  /** Something has come twice: an acknowledgment was lost, or is late. */
  receivedAgain(window: number): void {
    this.#beQuick(window);
    this.#interactive = false;
    this.#delay = this.#least;
  }

  /** Whether `bytes` of data not yet acknowledged are acknowledged on arrival. */
  atOnce(bytes: number): boolean {
    return bytes > this.#fullSize || this.#always || (this.#quick > 0 && !this.#interactive);
  }

  /** Whether they are once the program has read everything. */
  onceRead(bytes: number): boolean {
    return bytes > this.#fullSize || this.#pushed > 1 || (this.#pushed === 1 && !this.#interactive);
  }

  /** How long an acknowledgment may wait now. */
  delay(): Duration {
    let most = DELAY_MAX_OF_FULL;
    if (this.#interactive || this.#pushed > 0) most = DELAY_MAX;
    const { smoothed } = this.#rtt;
    if (smoothed > 0) most = Math.min(most, Math.max(smoothed, this.#least));
    return Math.min(this.#delay > this.#least ? Math.min(this.#delay, most) : this.#delay, DELAY_MAX);
  }

  /** It has waited in vain. */
  waited(): void {
    this.#delay = this.#interactive ? this.#least : Math.min(2 * this.#delay, this.#rtt.timeout);
    this.#interactive = false;
  }

  /** An acknowledgment was sent, alone or with data; `owed`: it was due. */
  acknowledged(owed: boolean): void {
    this.#pushed = 0;
    if (!owed || this.#quick === 0) return;
    if (--this.#quick === 0) this.#delay = this.#least;
  }

  /** Data was sent: if soon after data was received, it is an answer to it. */
  answered(now: Instant): void {
    if (now - this.#receivedAt < this.#delay) this.#interactive = true;
  }

  #beQuick(window: number): void {
    const quick = Math.min(Math.floor(window / (2 * this.#fullSize)) || 2, QUICK_MAX);
    if (quick > this.#quick) this.#quick = quick;
  }

  #judgeSize(bytes: number, pushed: boolean): void {
    const before = this.#smallerSize;
    this.#smallerSize = 0;
    if (bytes >= this.#fullSize) {
      this.#fullSize = Math.min(bytes, this.#mss);
      if (pushed) this.#notePush();
      return;
    }
    if (bytes >= FULL_SIZE_FIRST || (bytes >= FULL_SIZE_MIN && !pushed)) {
      this.#smallerSize = bytes;
      if (bytes === before) {
        this.#fullSize = bytes;
        return;
      }
    }
    this.#notePush();
  }

  #notePush(): void {
    if (this.#pushed < 2) this.#pushed++;
  }
}

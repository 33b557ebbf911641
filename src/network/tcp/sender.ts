/**
 * The sending half of a connection: cuts segments from the stream, holds them back as Nagle's rule and the two
 * windows say, takes in acknowledgments, and sends again what was lost.
 */
import type { Duration, Instant, Timers, TimerSlot } from "../../kernel/index.js";
import { MILLISECOND, NEVER } from "../../kernel/index.js";
import type { TcpSpec } from "../spec.js";
import { ByteStream } from "./byte-stream.js";
import type { CongestionControl } from "./congestion-control.js";
import { congestionControl } from "./congestion-controls.js";
import { LossRecovery } from "./loss-recovery.js";
import { RttEstimator } from "./rtt-estimator.js";
import { ACK, AGAIN, FIN, type Segment, SYN } from "./segment.js";
import { CARRIES_FIN, CARRIES_SYN, SentSegments } from "./sent-segments.js";

/** What the sender asks of its connection. */
export interface SegmentSink {
  /** Sends a segment; the connection adds the acknowledgment. `flags` are of SYN, FIN and AGAIN. */
  transmit(sequence: number, length: number, flags: number, now: Instant): void;
}

/** What a firing of the retransmission timer led to. */
export type TimeoutOutcome = "retransmitted" | "probed" | "given-up";

export class Sender {
  readonly stream: ByteStream = new ByteStream();
  readonly sent: SentSegments = new SentSegments();
  readonly rtt: RttEstimator;
  readonly congestion: CongestionControl;
  readonly recovery: LossRecovery;
  /** The oldest number not acknowledged. */
  unacknowledged = 0;
  /** The next number to be sent for the first time. */
  next = 0;
  /** Payload of a full segment. */
  mss: number;
  /** The user has written its last byte: a FIN follows. */
  finishing = false;

  readonly #sink: SegmentSink;
  readonly #spec: TcpSpec;
  readonly #timers: Timers;
  readonly #timer: TimerSlot;
  /** The first number that the receive window forbids. */
  #windowEnd = 0;
  /** Sequence number of the segment that the window was learnt from [RFC 9293 §3.10.7.4 SND.WL1]. */
  #windowFrom = -1;
  /** The timeout with its doublings. */
  #timeout: Duration;
  /** Timeouts, or unanswered window probes, in a row. */
  #expirations = 0;
  /** The end of the last segment sent that was not full; for Nagle's rule. */
  #partialEnd = 0;
  /** When a segment of the stream was last sent. */
  #lastSentAt: Instant = 0;
  /** Whether the congestion window was what stopped the last attempt to send. */
  #congestionLimited = false;

  constructor(sink: SegmentSink, spec: TcpSpec, timers: Timers, timer: TimerSlot) {
    this.#sink = sink;
    this.#spec = spec;
    this.#timers = timers;
    this.#timer = timer;
    this.mss = spec.mss;
    this.rtt = new RttEstimator(spec.rtoInitial, spec.rtoMin, spec.rtoMax);
    this.#timeout = spec.rtoInitial;
    this.congestion = congestionControl(spec.congestion);
    this.recovery = new LossRecovery(this.sent, this.congestion);
  }

  /** Bytes written and not yet sent for the first time. */
  get unsentBytes(): number {
    const first = this.next > 1 ? this.next : 1;
    return first < this.stream.end ? this.stream.end - first : 0;
  }

  /** The FIN was sent and acknowledged. */
  get finished(): boolean {
    return this.finishing && this.unacknowledged > this.stream.end;
  }

  /** Sends the SYN. */
  open(now: Instant): void {
    this.next = 1;
    this.sent.push(1, now, CARRIES_SYN);
    this.#sink.transmit(0, 0, SYN, now);
    this.#timers.set(this.#timer, now + this.#timeout);
  }

  /** Sends the SYN again, because the other side asks. */
  reopen(now: Instant): void {
    this.#resendOldest(now);
  }

  /** Takes in what `segment` says of the other side: its acknowledgment and its window. */
  acknowledge(segment: Segment, now: Instant): void {
    const acknowledgment = segment.acknowledgment;
    if ((segment.flags & ACK) === 0 || acknowledgment > this.next) return;
    if (acknowledgment < this.unacknowledged) return;
    const advances = acknowledgment > this.unacknowledged;
    const windowMoved = this.#learnWindow(segment, advances);
    if (advances) this.#advance(acknowledgment, segment.echo, now);
    else if (this.sent.size === 0) this.#probeAnswered();
    else if (segment.length === 0 && !windowMoved && (segment.flags & (SYN | FIN)) === 0) {
      if (this.recovery.duplicate(this.unacknowledged, this.next, now)) this.#resendOldest(now);
    }
  }

  /** Sends what may be sent now: first what was lost, then what is new. */
  push(now: Instant): void {
    if (this.sent.lost > this.sent.resent) this.#resendLost(now);
    if (this.next < this.stream.end) this.#sendNew(now);
    else this.#congestionLimited = false;
    if (this.finishing && this.next === this.stream.end) this.#sendFin(now);
    if (this.sent.size === 0 && this.next < this.stream.end) this.#watchWindow(now);
  }

  /** The retransmission timer has fired: no acknowledgment, or no open window, for too long. */
  timerFired(now: Instant, retries: number, linear: number): TimeoutOutcome {
    if (++this.#expirations > retries) return "given-up";
    if (this.sent.size === 0) {
      this.#doubleTimeout();
      this.probe(now);
      this.#timers.set(this.#timer, now + this.#timeout);
      return "probed";
    }
    if (this.unacknowledged > 0) this.recovery.timedOut(this.unacknowledged, this.next, now);
    if (this.#expirations > linear) this.#doubleTimeout();
    this.#resendOldest(now);
    return "retransmitted";
  }

  /** Sends a segment that repeats a number, so that the other side answers [RFC 9293 §3.8.4, §3.8.6.1]. */
  probe(now: Instant): void {
    this.#sink.transmit(this.next - 1, 0, 0, now);
  }

  #learnWindow(segment: Segment, advances: boolean): boolean {
    const end = segment.acknowledgment + segment.window;
    const newer =
      segment.sequence > this.#windowFrom || (segment.sequence === this.#windowFrom && end > this.#windowEnd);
    if (!advances && !newer) return false;
    const moved = end !== this.#windowEnd;
    this.#windowFrom = segment.sequence;
    this.#windowEnd = end;
    return moved;
  }

  #advance(acknowledgment: number, echo: number, now: Instant): void {
    const sent = this.sent;
    const before = sent.size;
    if (this.unacknowledged === 0) this.#begin(now);
    sent.acknowledge(acknowledgment);
    this.unacknowledged = acknowledgment;
    this.stream.release(acknowledgment);
    this.#measure(echo, now);
    this.#expirations = 0;
    const resend = this.recovery.advanced(acknowledgment);
    if (this.recovery.state !== "recovery" && acknowledgment > 1 && this.#paced(before)) {
      this.congestion.acknowledged(sent.acknowledged, now);
    }
    if (sent.size === 0) this.#timers.cancel(this.#timer);
    else this.#timers.set(this.#timer, now + this.#timeout);
    if (resend) this.#resendOldest(now);
  }

  /** The SYN is acknowledged. One that was lost more than once leaves a window of one segment, as in Linux. */
  #begin(now: Instant): void {
    this.congestion.begin(this.#expirations > 1 ? 1 : this.#spec.initialWindow);
    this.#lastSentAt = now;
  }

  /** Whether the congestion window, not the application, set the pace [RFC 7661 §4.1, as Linux decides]. */
  #paced(inFlight: number): boolean {
    const congestion = this.congestion;
    if (this.#congestionLimited) return true;
    return congestion.window < congestion.threshold && congestion.window < 2 * inFlight;
  }

  /** One round-trip sample an acknowledgment; copies are told apart by the timestamp [RFC 7323 §4.1]. */
  #measure(echo: number, now: Instant): void {
    if (this.sent.acknowledged === 0) return;
    const sentAt = this.sent.acknowledgedSentAt;
    const roundTrip = sentAt >= 0 ? now - sentAt : now - echo * MILLISECOND;
    this.rtt.sample(roundTrip, this.unacknowledged, this.next);
    this.#timeout = this.rtt.timeout;
  }

  #resendOldest(now: Instant): void {
    this.#resend(0, now);
    this.#timers.set(this.#timer, now + this.#timeout);
  }

  #resendLost(now: Instant): void {
    const sent = this.sent;
    while (sent.inFlight < this.congestion.window) {
      const place = sent.nextLost();
      if (place < 0) return;
      this.#resend(place, now);
    }
  }

  #resend(place: number, now: Instant): void {
    const sent = this.sent;
    const start = sent.startOf(place);
    const carries = sent.carriesOf(place);
    const length = sent.endOf(place) - start - (carries !== 0 ? 1 : 0);
    sent.markResent(place, now);
    const flags = (carries & CARRIES_SYN) !== 0 ? SYN : (carries & CARRIES_FIN) !== 0 ? FIN : 0;
    this.#sink.transmit(start, length, flags | AGAIN, now);
  }

  #sendNew(now: Instant): void {
    if (this.next === 0) return; // not even a SYN was sent
    const { sent, stream, congestion, mss } = this;
    if (sent.size === 0) this.#restartIfIdle(now);
    const resting = sent.size === 0;
    this.#congestionLimited = false;
    while (this.next < stream.end) {
      if (sent.inFlight >= congestion.window) {
        this.#congestionLimited = true;
        break;
      }
      const left = stream.end - this.next;
      const wanted = left < mss ? left : mss;
      const room = this.#windowEnd - this.next;
      // A part of what could be sent waits for the window, unless nothing else is under way
      // [RFC 9293 §3.8.6.2.1].
      if (room < wanted && (room <= 0 || sent.size > 0)) break;
      const length = room < wanted ? room : wanted;
      const last = this.finishing && length === left;
      if (length < mss && !last && this.#nagleHolds()) break;
      this.#send(length, last, now);
    }
    if (resting && sent.size > 0) this.#timers.set(this.#timer, now + this.#timeout);
  }

  /**
   * A segment that is not full waits for the acknowledgment of another such [RFC 896, with Minshall's change:
   * full segments under way do not count].
   */
  #nagleHolds(): boolean {
    return this.#spec.nagle && this.#partialEnd > this.unacknowledged;
  }

  #send(length: number, last: boolean, now: Instant): void {
    const sequence = this.next;
    const end = sequence + length + (last ? 1 : 0);
    this.next = end;
    if (length < this.mss) this.#partialEnd = end;
    this.#lastSentAt = now;
    this.sent.push(end, now, last ? CARRIES_FIN : 0);
    this.#sink.transmit(sequence, length, last ? FIN : 0, now);
  }

  /** A FIN of its own waits for no window. */
  #sendFin(now: Instant): void {
    const resting = this.sent.size === 0;
    this.#send(0, true, now);
    if (resting) this.#timers.set(this.#timer, now + this.#timeout);
  }

  #restartIfIdle(now: Instant): void {
    const idle = now - this.#lastSentAt;
    if (idle > this.#timeout) this.congestion.idled(idle, this.#timeout);
  }

  /** Data waits, nothing is under way: the window is closed, and the news of its opening may get lost. */
  #watchWindow(now: Instant): void {
    if (this.#timers.deadline(this.#timer) === NEVER) this.#timers.set(this.#timer, now + this.#timeout);
  }

  /** The other side is there [RFC 9293 §3.8.6.1]; once its window is open, the doubling ends. */
  #probeAnswered(): void {
    this.#expirations = 0;
    if (this.#windowEnd > this.next) this.#timeout = this.rtt.timeout;
  }

  #doubleTimeout(): void {
    this.#timeout = Math.min(2 * this.#timeout, this.#spec.rtoMax);
  }
}

/**
 * The sending half of a connection: cuts segments from the stream, holds them back as Nagle's rule and the two
 * windows say, takes in acknowledgments, and sends again what was lost.
 */
import { type Duration, type Instant, MILLISECOND, type Timers, type TimerSlot } from "../../kernel/index.js";
import type { TcpSpec } from "../spec.js";
import { ByteStream } from "./byte-stream.js";
import type { CongestionWindow } from "./congestion-window.js";
import { congestionWindow } from "./congestion-controls.js";
import { type Acknowledged, LossRecovery } from "./loss-recovery.js";
import { Endurance } from "./endurance.js";
import { OfferedWindow } from "./offered-window.js";
import type { Patience } from "./patience.js";
import { RetransmissionTimer } from "./retransmission-timer.js";
import { RttEstimator } from "./rtt-estimator.js";
import { ACK, AGAIN, FIN, PSH, type Segment, SYN } from "./segment.js";
import { SelectiveAcknowledgments } from "./selective-acknowledgments.js";
import { CARRIES_FIN, CARRIES_SYN, SentSegments } from "./sent-segments.js";
import { TailLossProbe } from "./tail-loss-probe.js";

/** What the sender asks of its connection. */
export interface SegmentSink {
  /** Sends a segment; the connection adds the acknowledgment. `flags` are of SYN, FIN, PSH and AGAIN. */
  transmit(sequence: number, length: number, flags: number, now: Instant): void;
}

export class Sender implements Acknowledged {
  readonly stream: ByteStream = new ByteStream();
  readonly sent: SentSegments = new SentSegments();
  readonly rtt: RttEstimator;
  readonly window: CongestionWindow;
  recovery: LossRecovery;
  readonly timer: RetransmissionTimer;
  /** The oldest number not acknowledged. */
  unacknowledged = 0;
  /** The next number to be sent for the first time. */
  next = 0;
  /** Of the acknowledgment being taken in: it acknowledges something new; it only repeats the one before. */
  advances = false;
  duplicate = false;
  /** Payload of a full segment, as both sides have agreed. */
  mss: number;
  /** The user has written its last byte: a FIN follows. */
  finishing = false;
  /** Segments carry timestamps: both sides have asked for them [RFC 7323 §1.3]. */
  timestamps: boolean;
  readonly #sink: SegmentSink;
  readonly #spec: TcpSpec;
  readonly #nagle: boolean;
  #selective: SelectiveAcknowledgments | undefined;
  #probe: TailLossProbe | undefined;
  readonly #offered = new OfferedWindow();
  readonly #endurance = new Endurance();
  /** The end of the last segment sent that was not full; for Nagle's rule. */
  #partialEnd = 0;
  /** When a segment of the stream was last sent. */
  #lastSentAt: Instant = 0;

  constructor(sink: SegmentSink, spec: TcpSpec, timers: Timers, timer: TimerSlot) {
    this.#sink = sink;
    this.#spec = spec;
    this.#nagle = spec.nagle;
    this.mss = spec.mss;
    this.timestamps = spec.timestamps;
    this.rtt = new RttEstimator(spec.rtoInitial, spec.rtoMin, spec.rtoMax, spec.timerGranularity);
    this.timer = new RetransmissionTimer(spec, timers, timer);
    this.window = congestionWindow(spec);
    this.recovery = new LossRecovery(this.sent, this.window, spec.sack);
    this.#selective = spec.sack ? new SelectiveAcknowledgments(this.sent) : undefined;
    this.#probe = spec.sack && spec.tailLossProbe ? new TailLossProbe() : undefined;
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

  /** Bytes that the other side allows. */
  get offeredWindow(): number {
    return Math.max(0, this.#offered.end - this.unacknowledged);
  }

  /** The handshake has told what the other side can do. */
  agree(mss: number, sack: boolean, timestamps: boolean): void {
    this.mss = mss;
    this.timestamps = timestamps;
    if (sack || this.#selective === undefined) return;
    this.recovery = new LossRecovery(this.sent, this.window, false);
    this.#selective = this.#probe = undefined;
  }

  /** Sends the SYN. */
  open(now: Instant): void {
    this.next = 1;
    this.sent.push(1, now, CARRIES_SYN);
    this.#sink.transmit(0, 0, SYN, now);
    this.timer.set("retransmission", this.timer.timeout, now);
  }

  /** Sends the SYN again, because the other side asks. */
  reopen(now: Instant): void {
    this.#resend(0, now);
    this.timer.set("retransmission", this.timer.timeout, now);
  }

  /** Takes in what `segment` says of the other side: its acknowledgment and its window. */
  acknowledge(segment: Segment, now: Instant): void {
    const { acknowledgment } = segment;
    if ((segment.flags & ACK) === 0 || acknowledgment > this.next) return;
    if (acknowledgment < this.unacknowledged) return;
    this.advances = acknowledgment > this.unacknowledged;
    const windowMoved = this.#offered.learn(segment, this.advances);
    this.duplicate =
      !this.advances && segment.length === 0 && !windowMoved && (segment.flags & (SYN | FIN)) === 0;
    const { sent } = this;
    if (sent.size === 0) return this.#probeAnswered();
    const { delivered, losses } = sent;
    const doubled = this.#selective?.learn(segment, now) ?? false;
    if (this.advances) this.#advance(acknowledgment, segment.echo, now);
    else sent.acknowledged = 0;
    if (this.advances || sent.selected > 0) this.#measure(segment.echo, now);
    if (sent.overtaken < sent.highest) this.recovery.reordered(sent.overtaken, sent.highest, this.mss);
    this.#judge(acknowledgment, doubled, now);
    this.#schedule(now);
    const arrived = sent.delivered - delivered;
    if (this.recovery.state === "recovery") {
      this.recovery.reduce(arrived, sent.losses - losses, this.advances);
    } else if (arrived > 0 && (this.advances || this.recovery.reorderingSeen) && acknowledgment > 1) {
      this.window.arrived(arrived, now);
    }
  }

  /** Sends what may be sent now: first what was lost, then what is new. */
  push(now: Instant): void {
    if (this.sent.lost > this.sent.resent) this.#resendLost(now);
    if (this.next < this.stream.end) this.#sendNew(now);
    if (this.finishing && this.next === this.stream.end) this.#sendFin(now);
    if (this.sent.size === 0 && this.next < this.stream.end && !this.timer.isSet) {
      // Nothing is under way: the window is closed, and the news of its opening may get lost.
      this.timer.set("window", this.timer.timeout, now);
    }
  }

  /** The timer has fired. Returns whether there is still hope. */
  timerFired(patience: Patience, now: Instant): boolean {
    const { waitsFor } = this.timer;
    if (waitsFor === "tail-loss-probe") return this.#probeTail(now);
    if (waitsFor === "doubt") {
      if (this.recovery.doubtOver(this.next, this.rtt.smoothed, now)) this.#resendLost(now);
      if (this.timer.waitsFor !== "retransmission") this.#rearm(now);
      return true;
    }
    if (this.sent.size === 0) return this.#probeWindow(patience, now);
    return this.#timedOut(patience, now);
  }

  /** Sends a segment that repeats a number, so that the other side answers [RFC 9293 §3.8.4, §3.8.6.1]. */
  probe(now: Instant): void {
    this.#sink.transmit(this.next - 1, 0, 0, now);
  }

  // Acknowledgments.

  #advance(acknowledgment: number, echo: number, now: Instant): void {
    if (this.unacknowledged === 0) this.#begin(now);
    this.sent.acknowledge(acknowledgment, this.timestamps ? echo : Infinity, now);
    this.unacknowledged = acknowledgment;
    this.stream.release(acknowledgment);
    this.#endurance.answered();
  }

  /** The SYN is acknowledged. One that was lost more than once leaves a window of one segment, as in Linux. */
  #begin(now: Instant): void {
    const { initialWindow } = this.#spec;
    this.window.begin(this.#endurance.timeouts > 1 ? 1 : initialWindow, initialWindow, now);
    this.#lastSentAt = now;
  }

  /**
   * One round-trip sample an acknowledgment: of the oldest segment that it tells of, if each was sent once; else by
   * the clock that it returns [RFC 7323 §4.1].
   */
  #measure(echo: number, now: Instant): void {
    const { sent } = this;
    const once = this.advances && !sent.ambiguous && sent.firstSentAt >= 0;
    let first = once ? now - sent.firstSentAt : -1;
    let last = once ? now - sent.lastSentAt : -1;
    if (sent.firstSelectedAt >= 0 && sent.selected > 0) {
      if (first < 0) first = now - sent.firstSelectedAt;
      last = now - sent.lastSelectedAt;
    }
    if (first < 0 && this.advances && sent.acknowledged > 0 && this.timestamps) {
      first = last = now - echo * MILLISECOND;
    }
    if (first < 0) return;
    this.rtt.sample(first, last, this.unacknowledged, this.next);
    this.timer.timeout = this.rtt.timeout;
    sent.shortest = this.rtt.shortest;
    this.window.measured(last, this.unacknowledged, this.next, now);
  }

  #judge(acknowledgment: number, doubled: boolean, now: Instant): void {
    const { recovery } = this;
    if (this.#probe?.underWay === true) {
      const plain = this.duplicate && this.sent.selected === 0;
      if (this.#probe.answered(acknowledgment, plain, doubled)) recovery.probeRepaired(this.next);
    }
    const { state } = recovery;
    recovery.judge(this, this.rtt.smoothed, now);
    if (recovery.state === "recovery" && state !== "recovery") this.#probe?.forget();
  }

  /** Sets the timer after an acknowledgment [RFC 6298 §5.2, §5.3, RFC 8985 §7.2]. */
  #schedule(now: Instant): void {
    const { sent, timer, recovery } = this;
    if (sent.size === 0) return timer.cancel();
    if (recovery.doubt > 0) {
      return timer.set("doubt", recovery.doubt + 2 * this.#spec.timerGranularity, now);
    }
    // What is selected restarts the timer only if it was sent before the oldest was last sent.
    const restarts =
      sent.acknowledged > 0 || (sent.firstSelectedAt >= 0 && sent.firstSelectedAt < sent.oldestSentAt);
    if (restarts && !this.#scheduleProbe(timer.timeout, now)) this.#rearm(now);
  }

  /** The other side is there [RFC 9293 §3.8.6.1]; once its window is open, the doubling ends. */
  #probeAnswered(): void {
    this.#endurance.answered();
    if (this.#offered.end > this.next) this.timer.timeout = this.rtt.timeout;
  }

  /** Returns whether the tail is watched by a probe; `left`: until the retransmission timeout. */
  #scheduleProbe(left: Duration, now: Instant): boolean {
    const { sent, recovery, rtt } = this;
    if (this.#probe === undefined || sent.size === 0 || recovery.state !== "open") return false;
    const { rtoMin, rtoInitial, timerGranularity } = this.#spec;
    let delay = rtoInitial;
    if (rtt.smoothed > 0) delay = TailLossProbe.patience(sent.size, rtt.smoothed, rtoMin, timerGranularity);
    if (left > 0 && left < delay) delay = left;
    this.timer.set("tail-loss-probe", delay, now);
    return true;
  }

  /** Waits for the retransmission timeout; what a probe or a doubt has taken of it is taken off. */
  #rearm(now: Instant): void {
    const { timer } = this;
    if (this.sent.size === 0) return timer.cancel();
    let delay = timer.timeout;
    if (timer.waitsFor === "tail-loss-probe" || timer.waitsFor === "doubt") {
      delay = Math.max(this.sent.oldestSentAt + delay - now, 1);
    }
    timer.set("retransmission", delay, now);
  }

  #timedOut(patience: Patience, now: Instant): boolean {
    const { timer } = this;
    const endurance = this.#endurance;
    if (endurance.exhausted(patience, now)) return false;
    if (this.unacknowledged > 0) {
      this.recovery.timedOut(this.unacknowledged, this.next, endurance.timeouts > 0, now);
      this.#probe?.forget();
    }
    endurance.timedOut(now);
    this.#resend(0, now);
    if (endurance.timeouts > patience.linear) timer.double();
    timer.set("retransmission", endurance.clamp(timer.timeout, patience, now), now);
    return true;
  }

  /** The window is closed: a probe finds out whether it still is; into a small remainder goes what fits. */
  #probeWindow(patience: Patience, now: Instant): boolean {
    if (this.#endurance.exhaustedByWindow(patience, now)) return false;
    this.#endurance.timedOut(now);
    const room = Math.min(this.#offered.end - this.next, this.stream.end - this.next);
    if (room > 0) {
      this.#send(Math.min(room, this.#offered.segmentSize(this.mss)), false, now);
      this.#rearm(now);
      return true;
    }
    this.timer.double();
    this.probe(now);
    this.timer.set("window", this.timer.timeout, now);
    return true;
  }

  /** The tail was not answered: a segment of new data, or else the last one again, asks for it. */
  #probeTail(now: Instant): boolean {
    const probe = this.#probe as TailLossProbe;
    if (!probe.underWay) {
      const length = Math.min(this.stream.end - this.next, this.#offered.segmentSize(this.mss));
      if (length > 0 && this.next + length <= this.#offered.end) {
        this.#send(length, this.finishing && this.next + length === this.stream.end, now);
        probe.sent(this.next, false);
      } else {
        this.#resend(this.sent.size - 1, now);
        probe.sent(this.next, true);
      }
      this.timer.waitsFor = "nothing";
    }
    this.#rearm(now);
    return true;
  }

  // Sending again.

  #resendLost(now: Instant): void {
    const { sent, window, timer } = this;
    while (sent.inFlight < window.size) {
      const place = sent.nextLost();
      if (place < 0) return;
      this.#endurance.repeated(now);
      this.#resend(place, now);
      this.recovery.sentOut(1);
      if (place === 0 && timer.waitsFor !== "doubt") timer.set("retransmission", timer.timeout, now);
    }
  }

  #resend(place: number, now: Instant): void {
    const { sent } = this;
    if ((sent.carriesOf(place) & CARRIES_SYN) === 0) sent.join(place, this.#offered.segmentSize(this.mss));
    const start = sent.startOf(place);
    const carries = sent.carriesOf(place);
    const length = sent.endOf(place) - start - (carries !== 0 ? 1 : 0);
    sent.markResent(place, now);
    let flags = (carries & CARRIES_SYN) !== 0 ? SYN | AGAIN : AGAIN;
    if ((carries & CARRIES_FIN) !== 0) flags |= FIN;
    if (start + length === this.stream.end && length > 0) flags |= PSH;
    this.#sink.transmit(start, length, flags, now);
  }

  #sendNew(now: Instant): void {
    if (this.next === 0) return; // not even a SYN was sent
    const { sent, stream, window } = this;
    if (sent.size === 0) this.#beginFlight(now);
    const size = this.#offered.segmentSize(this.mss);
    const resting = sent.size === 0;
    let count = 0;
    while (this.next < stream.end && sent.inFlight < window.size) {
      const left = stream.end - this.next;
      const length = left < size ? left : size;
      // A segment that does not fit into the window waits for it [RFC 9293 §3.8.6.2.1].
      if (this.next + length > this.#offered.end) break;
      const last = this.finishing && length === left;
      if (length < size && !last && this.#nagleHolds()) break;
      this.#send(length, last, now);
      count++;
    }
    const limited = sent.inFlight >= window.size;
    if (count > 0 || limited) window.used(limited, this, sent.size, this.timer.timeout, now);
    if (count === 0) return;
    this.recovery.sentOut(count);
    this.#watch(resting, now);
  }

  /** Nothing is under way: after a silence the window is smaller [RFC 5681 §4.1]. */
  #beginFlight(now: Instant): void {
    const idle = now - this.#lastSentAt;
    if (idle > this.timer.timeout) this.window.idled(idle, this.timer.timeout, now);
    this.window.resumed(this.#lastSentAt, now);
  }

  /**
   * A segment that is not full waits for the acknowledgment of another such [RFC 896, with Minshall's change:
   * full segments under way do not count].
   */
  #nagleHolds(): boolean {
    return this.#nagle && this.#partialEnd > this.unacknowledged;
  }

  #send(length: number, last: boolean, now: Instant): void {
    const sequence = this.next;
    const end = sequence + length + (last ? 1 : 0);
    this.next = end;
    if (length < this.mss) this.#partialEnd = end;
    this.#lastSentAt = now;
    this.sent.push(end, now, last ? CARRIES_FIN : 0);
    let flags = last ? FIN : 0;
    if (length > 0 && sequence + length === this.stream.end) flags |= PSH;
    this.#sink.transmit(sequence, length, flags, now);
  }

  /** A FIN of its own waits for no window. */
  #sendFin(now: Instant): void {
    const resting = this.sent.size === 0;
    this.#send(0, true, now);
    this.#watch(resting, now);
  }

  /** Something was sent for the first time; `resting`: nothing was under way before. */
  #watch(resting: boolean, now: Instant): void {
    if (resting || this.timer.waitsFor === "tail-loss-probe") this.#rearm(now);
    this.#scheduleProbe(this.sent.oldestSentAt + this.timer.timeout - now, now);
  }
}

/**
 * A connection: the state machine of [RFC 9293 §3.3.2] around a sender and a receiver. It belongs to the
 * operating system: it goes on while the program is paused, and outlives the program's crash by as long as it
 * takes to close.
 *
 * TIME-WAIT is not kept, since connection numbers are never used twice: a FIN that is sent again because the
 * last acknowledgment was lost is answered by a reset, which ends LAST-ACK as the acknowledgment would have.
 */
import { type Instant, MILLISECOND, type TimerOwner } from "../../kernel/index.js";
import type { CloseReason, Content } from "../../trace/index.js";
import type { Node } from "../../host/index.js";
import type { ChannelUser } from "../channel.js";
import type { TcpSpec } from "../spec.js";
import type { EndpointId, Link } from "../wire.js";
import type { ByteStream } from "./byte-stream.js";
import { FlightRecord, recordEnd, recordFrame } from "./connection-record.js";
import type { ConnectionState } from "./connection-state.js";
import { afterClose, afterFinAcknowledged, afterPeerFin, isOpening } from "./connection-state.js";
import {
  ConnectionTimers,
  DELAYED_ACK,
  KEEPALIVE,
  RETRANSMISSION,
  TIMER_NAMES,
} from "./connection-timers.js";
import { patienceOf } from "./patience.js";
import { Receiver } from "./receiver.js";
import { ACK, AGAIN, FIN, type Origin, RST, Segment, SYN } from "./segment.js";
import { type SegmentSink, Sender } from "./sender.js";
import type { ConnectionOwner, Destination } from "./surroundings.js";
import { type ChannelConnection, TcpChannel } from "./tcp-channel.js";

export class Connection implements ChannelConnection, Origin, SegmentSink, TimerOwner {
  readonly channel: TcpChannel;
  readonly local: Node;
  readonly remote: Node;
  state: ConnectionState;

  readonly number: number;
  readonly endpoint: EndpointId;
  readonly service: string;
  readonly spec: TcpSpec;
  readonly sender: Sender;
  readonly receiver: Receiver;

  readonly #stack: ConnectionOwner;
  readonly #link: Link;
  readonly #remoteEndpoint: EndpointId;
  /** The other side of the connection; undefined before it has answered. */
  #peer: Origin | undefined;
  /** The process that owned it has died: nobody will ever read. */
  #orphaned = false;
  #endRecorded = false;
  readonly #timers: ConnectionTimers;
  /** While a trace is kept. */
  readonly #flight: FlightRecord | undefined;

  constructor(stack: ConnectionOwner, number: number, to: Destination, user: ChannelUser, spec: TcpSpec) {
    const { remote, endpoint, peer, service } = to;
    this.#stack = stack;
    this.number = number;
    this.endpoint = stack.endpoint;
    this.local = stack.node;
    this.remote = remote;
    this.#link = stack.wire.link(stack.node, remote);
    this.#remoteEndpoint = endpoint;
    this.#peer = peer;
    this.service = service;
    this.spec = spec;
    this.state = peer === undefined ? "syn-sent" : "syn-received";
    this.channel = new TcpChannel(this, user);
    this.#timers = new ConnectionTimers(stack.timers, this, spec);
    this.sender = new Sender(this, spec, stack.timers, this.#timers.retransmission);
    this.#flight = stack.trace.keeping ? new FlightRecord(number, remote) : undefined;
    this.receiver = new Receiver(spec, this.sender.rtt);
  }

  get outgoing(): ByteStream {
    return this.sender.stream;
  }

  get timestamps(): boolean {
    return this.sender.timestamps;
  }

  get unsentBytes(): number {
    return this.sender.unsentBytes;
  }

  // What the program does.

  write(content: Content, payloadBytes: number): void {
    if (this.state !== "established" && !isOpening(this.state)) return;
    const stack = this.#stack;
    const now = stack.simulation.now;
    this.sender.stream.write(content);
    stack.statistics.payloadBytes += payloadBytes;
    recordFrame(stack, this.remote, "frame-sent", content, now);
    this.sender.push(now);
    this.#flight?.note(stack, this.sender, now);
  }

  /** What was written still goes out, then a FIN; what still arrives is acknowledged and dropped. */
  closedByUser(): void {
    const now = this.#stack.simulation.now;
    if (!isOpening(this.state)) this.#recordEnd("closed", now);
    this.#finish(now);
  }

  abortedByUser(): void {
    if (isOpening(this.state)) this.#remove();
    else if (this.state !== "closed") this.#reset(this.#stack.simulation.now);
  }

  taken(content: Content, now: Instant): void {
    const { receiver } = this;
    receiver.take(content);
    if (receiver.acknowledgesOnceRead(this.local.paused)) this.#acknowledge(now);
    if (this.channel.attended) recordFrame(this.#stack, this.remote, "frame-received", content, now);
    this.resumed(now);
  }

  /** The program has made room: if the window was nearly closed, the other side must hear of it. */
  resumed(now: Instant): void {
    if (this.state === "closed" || this.receiver.finished) return;
    if (this.receiver.windowOpened(this.local.paused)) this.#acknowledge(now);
  }

  /** Users know no half-closed channel: told of the other side's end, they have ended theirs. */
  endTold(now: Instant): void {
    if (this.state === "close-wait") this.#finish(now);
  }

  /** Sends the first segment: the SYN, or the SYN-ACK that answers `syn`. */
  open(syn: Segment | undefined, now: Instant): void {
    if (syn !== undefined) this.#learnOptions(syn);
    this.sender.open(now);
  }

  /** A segment addressed to this connection. */
  segmentArrived(segment: Segment, now: Instant): void {
    this.#timers.heard(now);
    if (this.state === "syn-sent") this.#answerArrived(segment, now);
    else if ((segment.flags & RST) !== 0) this.#resetArrived(segment, now);
    else if ((segment.flags & SYN) !== 0) this.#synRepeated(now);
    else this.#process(segment, now);
    this.#flight?.note(this.#stack, this.sender, now);
  }

  /** The process has died: the operating system closes what it held. */
  processCrashed(now: Instant): void {
    const { sender, receiver, channel } = this;
    const held = channel.attended;
    channel.abandon();
    this.#orphaned = true;
    if (isOpening(this.state)) return this.#remove();
    if (!held) return this.#watchOrphan(now);
    this.#recordEnd("closed", now);
    // What the process had not yet handed to the operating system dies with it.
    sender.stream.truncate(Math.max(sender.next, sender.unacknowledged + this.spec.sendBuffer));
    // Data that was received and never read is refused by a reset [RFC 2525 §2.17].
    if (receiver.unreadBytes > 0 || channel.readablePending) this.#reset(now);
    else this.#finish(now);
  }

  /** A reset from outside ends the connection; no segment is sent. */
  resetByFault(now: Instant): void {
    this.#end("reset", now);
  }

  /** The machine has lost its power: the connection is forgotten. */
  powerLost(): void {
    this.channel.abandon();
    this.#remove();
  }

  timerFired(kind: number, _id: number, now: Instant): void {
    if (kind === RETRANSMISSION) this.#retransmissionDue(now);
    else if (kind === DELAYED_ACK) {
      this.receiver.policy.waited();
      this.#acknowledge(now);
    } else if (kind === KEEPALIVE) this.#keepaliveDue(now);
    else this.#remove();
    this.#flight?.note(this.#stack, this.sender, now);
  }

  /** Sends a segment of the sender's; everything but a first SYN also acknowledges. */
  transmit(sequence: number, length: number, flags: number, now: Instant): void {
    const stack = this.#stack;
    const { receiver } = this;
    const acknowledges = this.state !== "syn-sent";
    const segment = new Segment(
      this,
      this.#peer === undefined ? 0 : this.#peer.number,
      acknowledges ? flags | ACK : flags,
      sequence,
      length,
      receiver.next,
      receiver.window(this.local.paused),
      Math.floor(now / MILLISECOND),
      receiver.echo,
      receiver.blocks,
    );
    if (receiver.owed !== "none") this.#timers.delayedAck.timer.cancel();
    if (acknowledges) receiver.acknowledgmentSent();
    if (length > 0) receiver.policy.answered(now);
    if ((flags & AGAIN) !== 0) stack.statistics.retransmissions++;
    this.#link.send(this.#remoteEndpoint, segment, segment.wireBytes, now);
  }

  // Opening.

  /** In SYN-SENT [RFC 9293 §3.10.7.3]. */
  #answerArrived(segment: Segment, now: Instant): void {
    if ((segment.flags & ACK) === 0 || segment.acknowledgment !== 1) return;
    if ((segment.flags & RST) !== 0) return this.#end("refused", now);
    if ((segment.flags & SYN) === 0) return;
    this.#peer = segment.origin;
    this.#learnOptions(segment);
    this.#establish(segment, now);
    this.#settle(now);
  }

  /** A SYN or SYN-ACK of this same connection again: the answer was lost, or this is a copy [RFC 5961 §4]. */
  #synRepeated(now: Instant): void {
    if (this.state === "syn-received") this.sender.reopen(now);
    else this.#acknowledge(now);
  }

  #learnOptions(segment: Segment): void {
    const { outgoing, spec } = segment.origin;
    if (outgoing === undefined || spec === undefined) throw new Error("a SYN says nothing of its sender");
    const mss = Math.min(this.spec.mss, spec.mss);
    const sack = this.spec.sack && spec.sack;
    this.sender.agree(mss, sack, this.spec.timestamps && spec.timestamps);
    this.receiver.begin(segment, outgoing, mss, sack);
  }

  #establish(segment: Segment, now: Instant): void {
    const { trace } = this.#stack;
    const active = this.state === "syn-sent";
    this.state = "established";
    trace.connectionOpened(this.local.index, this.remote.index, now);
    this.sender.acknowledge(segment, now);
    this.#timers.opened(now);
    if (active) this.#acknowledge(now);
    this.channel.opened(now);
  }

  // Segments of an open connection [RFC 9293 §3.10.7.4].

  #process(segment: Segment, now: Instant): void {
    if (this.state === "syn-received") {
      if ((segment.flags & ACK) === 0 || segment.acknowledgment < 1) return;
      this.#establish(segment, now);
    } else {
      this.sender.acknowledge(segment, now);
      if (this.sender.finished && this.#finAcknowledged(now)) return;
    }
    if (segment.length > 0 || (segment.flags & FIN) !== 0) {
      if (this.#orphaned && segment.length > 0 && segment.end > this.receiver.next) return this.#reset(now);
      this.receiver.accept(segment, now);
      this.receiver.adapt(this.local.paused, this.sender.rtt.smoothed, now);
    } else if (segment.sequence < this.receiver.next) {
      this.receiver.owed = "now"; // a probe
    }
    this.#settle(now);
  }

  /** After a segment: data first, since it carries the acknowledgment along; then what has become readable. */
  #settle(now: Instant): void {
    if (this.state === "closed") return; // the program has ended it as soon as it was told of it
    const { receiver, sender } = this;
    sender.push(now);
    if (receiver.owed === "now") this.#acknowledge(now);
    const ended = receiver.finished && this.#peerFinished();
    this.#deliver(now);
    if (ended) this.#tellEnd("peer-closed", now);
    if (receiver.owed !== "later") return;
    if (receiver.acknowledgesOnceRead(this.local.paused)) this.#acknowledge(now);
    else this.#acknowledgeLater(now);
  }

  #deliver(now: Instant): void {
    const { receiver, channel } = this;
    for (;;) {
      const content = receiver.nextContent();
      if (content === undefined) break;
      if (channel.attended) channel.received(content, now);
      else receiver.take(content);
    }
    if (this.local.paused && channel.attended && receiver.partialBytes > 0) channel.readable(now);
  }

  #acknowledge(now: Instant): void {
    this.transmit(this.sender.next, 0, 0, now);
  }

  #acknowledgeLater(now: Instant): void {
    if (this.#timers.delayedAck.owe(this.receiver.policy.delay(), now)) this.#acknowledge(now);
  }

  // Closing.

  /** This side ends: what was written still goes out, then a FIN. */
  #finish(now: Instant): void {
    const next = afterClose(this.state);
    if (next === this.state) return;
    if (next === "closed") return this.#remove();
    this.state = next;
    this.sender.finishing = true;
    this.sender.push(now);
  }

  /** The FIN of this side is acknowledged. Returns whether that was the end. */
  #finAcknowledged(now: Instant): boolean {
    const next = afterFinAcknowledged(this.state);
    if (next === "closed") this.#remove();
    else this.state = next;
    if (this.#orphaned) this.#watchOrphan(now);
    return next === "closed";
  }

  /** The FIN of the other side has arrived in order. Returns whether the program is to be told. */
  #peerFinished(): boolean {
    const before = this.state;
    const next = afterPeerFin(before);
    if (next === "closed") this.#remove();
    else this.state = next;
    return next !== before && next === "close-wait";
  }

  /** A reset counts when it names the next number; one further on in the window is questioned [RFC 5961 §3.2]. */
  #resetArrived(segment: Segment, now: Instant): void {
    if (this.state === "syn-received") return this.#remove();
    if (segment.sequence === this.receiver.next) this.#end("reset", now);
    else if (segment.sequence > this.receiver.next) this.#acknowledge(now);
  }

  /** Ends the connection at once and tells the other side. */
  #reset(now: Instant): void {
    this.transmit(this.sender.next, 0, RST, now);
    this.#recordEnd("reset", now);
    this.#remove();
  }

  /** Ends the connection at once and tells the program. */
  #end(reason: CloseReason, now: Instant): void {
    this.#remove();
    this.#tellEnd(reason, now);
  }

  #tellEnd(reason: CloseReason, now: Instant): void {
    if (!this.channel.attended) return;
    this.#recordEnd(reason, now);
    this.channel.closed(reason, now);
  }

  #watchOrphan(now: Instant): void {
    if (this.state === "fin-wait-2") this.#timers.watchOrphan(now);
  }

  #remove(): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.receiver.owed = "none";
    this.#stack.forget(this.number, this.#peer);
    this.#timers.release();
  }

  // Timers.

  #retransmissionDue(now: Instant): void {
    const { sender, state } = this;
    const { waitsFor } = sender.timer;
    this.#stack.trace.timerFired(this.local.index, RETRANSMISSION, TIMER_NAMES[waitsFor], now);
    const orphaned = !this.channel.attended;
    const hopeful = sender.timerFired(patienceOf(state, orphaned, this.spec), now);
    if (hopeful) sender.push(now);
    else if (state === "syn-received") this.#remove();
    else this.#end("timeout", now);
  }

  #keepaliveDue(now: Instant): void {
    const { sender } = this;
    const step = this.#timers.keepaliveDue(sender.sent.size > 0 || sender.unsentBytes > 0, now);
    if (step === "wait") return;
    this.#stack.trace.timerFired(this.local.index, KEEPALIVE, "keepalive", now);
    if (step === "probe") return sender.probe(now);
    this.transmit(sender.next, 0, RST, now);
    this.#end("timeout", now);
  }

  #recordEnd(reason: CloseReason, now: Instant): void {
    if (this.#endRecorded) return;
    this.#endRecorded = true;
    recordEnd(this.#stack, this.remote, reason, now);
  }
}

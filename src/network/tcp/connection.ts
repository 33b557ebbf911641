/**
 * A connection: the state machine of [RFC 9293 §3.3.2] around a sender and a receiver. It belongs to the
 * operating system: it goes on while the program is paused, and outlives the program's crash by as long as it
 * takes to close. What concerns the program passes through its node.
 *
 * TIME-WAIT is not kept, since connection numbers are never used twice: a FIN that is sent again because the
 * last acknowledgment was lost is answered by a reset, which ends LAST-ACK as the acknowledgment would have.
 */
import { type Instant, NEVER, type TimerOwner, type TimerSlot } from "../../kernel/index.js";
import { MILLISECOND, SECOND } from "../../kernel/index.js";
import type { CloseReason, Content } from "../../trace/index.js";
import type { InputTarget, Node } from "../../host/index.js";
import type { Channel, ChannelUser } from "../channel.js";
import type { TcpSpec } from "../spec.js";
import type { EndpointId, Link } from "../wire.js";
import type { ByteStream } from "./byte-stream.js";
import { Receiver } from "./receiver.js";
import { ACK, AGAIN, FIN, type Origin, RST, Segment, SYN } from "./segment.js";
import { type SegmentSink, Sender } from "./sender.js";
import type { TcpStack } from "./stack.js";

export type ConnectionState =
  | "syn-sent"
  | "syn-received"
  | "established"
  /** This side has closed, and its FIN is not acknowledged; */
  | "fin-wait-1"
  /** … it is acknowledged. */
  | "fin-wait-2"
  /** The other side has closed. */
  | "close-wait"
  /** Both have closed: both FINs crossed; */
  | "closing"
  /** … the other side first. */
  | "last-ack"
  | "closed";

/** Kinds of timers. */
const RETRANSMISSION = 0;
const DELAYED_ACK = 1;
const KEEPALIVE = 2;
const ORPHAN = 3;

/** Codes of inputs; a close's code adds the index of its reason. */
const OPENED = 0;
const RECEIVED = 1;
/** Part of a content has arrived: the program, once it runs again, makes room for more. */
const READABLE = 2;
const CLOSED = 3;
const REASONS: readonly CloseReason[] = ["peer-closed", "reset", "timeout", "refused"];

/** A connection that nobody owns waits this long for the other side's FIN (tcp_fin_timeout). */
const FIN_TIMEOUT = 60 * SECOND;

export class Connection
  implements Channel, Origin, SegmentSink, TimerOwner, InputTarget<Content | undefined>
{
  readonly transport = "tcp" as const;
  readonly remote: Node;
  tag = 0;
  state: ConnectionState;

  readonly number: number;
  readonly endpoint: EndpointId;
  readonly service: string;
  readonly spec: TcpSpec;
  readonly sender: Sender;
  readonly receiver: Receiver;

  readonly #stack: TcpStack;
  readonly #link: Link;
  readonly #remoteEndpoint: EndpointId;
  /** The other side of the connection; undefined before it has answered. */
  #peer: Origin | undefined;
  /** Who is told; undefined once there is nothing more to tell. */
  #user: ChannelUser | undefined;
  /** The process that owned it has died: nobody will ever read. */
  #orphaned = false;
  #endTraced = false;
  #readablePending = false;
  readonly #retransmission: TimerSlot;
  #delayedAck: TimerSlot = -1;
  #keepalive: TimerSlot = -1;
  #orphan: TimerSlot = -1;
  /** When the other side was last heard of. */
  #heardAt: Instant = 0;
  #probesUnanswered = 0;

  constructor(
    stack: TcpStack,
    number: number,
    remote: Node,
    remoteEndpoint: EndpointId,
    peer: Origin | undefined,
    service: string,
    user: ChannelUser,
    spec: TcpSpec,
  ) {
    this.#stack = stack;
    this.number = number;
    this.endpoint = stack.endpoint;
    this.remote = remote;
    this.#link = stack.wire.link(stack.node, remote);
    this.#remoteEndpoint = remoteEndpoint;
    this.#peer = peer;
    this.service = service;
    this.#user = user;
    this.spec = spec;
    this.state = peer === undefined ? "syn-sent" : "syn-received";
    this.#retransmission = stack.timers.create(this, RETRANSMISSION, 0);
    this.sender = new Sender(this, spec, stack.timers, this.#retransmission);
    this.receiver = new Receiver(spec.receiveBuffer, spec.mss);
  }

  get local(): Node {
    return this.#stack.node;
  }

  get outgoing(): ByteStream {
    return this.sender.stream;
  }

  get peer(): Origin | undefined {
    return this.#peer;
  }

  // What the program does.

  send(content: Content): void {
    if (this.#user === undefined || !this.#writable()) return;
    const stack = this.#stack;
    const now = stack.simulation.now;
    this.#traceFrame("frame-sent", content, now);
    this.sender.stream.write(content);
    this.sender.push(now);
  }

  get unsentBytes(): number {
    return this.sender.unsentBytes;
  }

  close(): void {
    if (this.#user === undefined) return;
    const now = this.#stack.simulation.now;
    this.#user = undefined;
    if (this.state !== "syn-sent") this.#traceEnd("closed", now);
    this.#finish(now);
  }

  abort(): void {
    if (this.#user === undefined) return;
    this.#user = undefined;
    this.#reset(this.#stack.simulation.now);
  }

  /** What arrives at the program, through its node. */
  input(code: number, content: Content | undefined, now: Instant): void {
    if (code === READABLE) {
      this.#readablePending = false;
      this.#tellRoom(now);
      return;
    }
    if (content !== undefined) {
      this.receiver.take(content.bytes);
      this.#tellRoom(now);
    }
    const user = this.#user;
    if (user === undefined) return;
    if (code === OPENED) user.channelOpened(this, now);
    else if (content !== undefined) {
      this.#traceFrame("frame-received", content, now);
      user.channelReceived(this, content, now);
    } else {
      this.#user = undefined;
      user.channelClosed(this, REASONS[code - CLOSED] as CloseReason, now);
      // Users know no half-closed channel: told of the other side's end, they have ended theirs.
      if (this.state === "close-wait") this.#finish(now);
    }
  }

  // What the stack asks for.

  /** Sends the first segment: the SYN, or the SYN-ACK that answers `syn`. */
  open(syn: Segment | undefined, now: Instant): void {
    if (syn !== undefined) this.#learnOptions(syn);
    this.sender.open(now);
  }

  /** A segment addressed to this connection. */
  segmentArrived(segment: Segment, now: Instant): void {
    this.#heardAt = now;
    this.#probesUnanswered = 0;
    if (this.state === "syn-sent") this.#answerArrived(segment, now);
    else if ((segment.flags & RST) !== 0) this.#resetArrived(segment, now);
    else if ((segment.flags & SYN) !== 0) this.#synRepeated(now);
    else this.#process(segment, now);
  }

  /** The process has died: the operating system closes what it held. */
  processCrashed(now: Instant): void {
    const held = this.#user !== undefined;
    this.#user = undefined;
    this.#orphaned = true;
    if (this.state === "syn-sent" || this.state === "syn-received") return this.#remove();
    if (!held) return this.#watchOrphan(now);
    this.#traceEnd("closed", now);
    // What the process had not yet handed to the operating system dies with it.
    const { sender, receiver } = this;
    sender.stream.truncate(Math.max(sender.next, sender.unacknowledged + this.spec.sendBuffer));
    // [RFC 2525 §2.17]: data that was received and never read is refused by a reset.
    if (receiver.unreadBytes > 0 || (this.local.paused && receiver.partialBytes > 0)) this.#reset(now);
    else this.#finish(now);
  }

  /** The connection has ended for both sides, or for this one with its machine: nothing is sent. */
  vanish(reason: CloseReason, tell: boolean, now: Instant): void {
    if (tell) this.#end(reason, now);
    else {
      this.#user = undefined;
      this.#remove();
    }
  }

  timerFired(kind: number, _id: number, now: Instant): void {
    switch (kind) {
      case RETRANSMISSION:
        return this.#retransmissionTimeout(now);
      case DELAYED_ACK:
        return this.#acknowledge(now);
      case KEEPALIVE:
        return this.#keepaliveDue(now);
      case ORPHAN:
        return this.#remove();
    }
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
    );
    if (receiver.owed === "later" && this.#delayedAck >= 0) stack.timers.cancel(this.#delayedAck);
    if (acknowledges) receiver.acknowledgmentSent();
    if ((flags & AGAIN) !== 0) stack.statistics.retransmissions++;
    else stack.statistics.payloadBytes += length;
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

  /** A SYN or SYN-ACK of this same connection again: the answer was lost [RFC 5961 §4]. */
  #synRepeated(now: Instant): void {
    if (this.state !== "syn-received") this.#acknowledge(now);
  }

  #learnOptions(segment: Segment): void {
    const { outgoing, spec } = segment.origin;
    if (outgoing === undefined || spec === undefined) throw new Error("a SYN says nothing of its sender");
    const mss = Math.min(this.spec.mss, spec.mss);
    this.sender.mss = mss;
    this.receiver.begin(segment, outgoing, mss);
  }

  #establish(segment: Segment, now: Instant): void {
    const stack = this.#stack;
    const active = this.state === "syn-sent";
    this.state = "established";
    stack.trace.connectionOpened(this.local.index, this.remote.index, now);
    this.sender.acknowledge(segment, now);
    if (active) stack.connected(this);
    const { keepaliveIdle } = this.spec;
    if (keepaliveIdle !== undefined) {
      this.#keepalive = stack.timers.create(this, KEEPALIVE, 0);
      stack.timers.set(this.#keepalive, now + keepaliveIdle);
    }
    if (active) this.#acknowledge(now);
    this.local.input(this, OPENED, undefined, now);
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
      this.receiver.accept(segment);
    } else if (segment.sequence < this.receiver.next) {
      this.receiver.owed = "now"; // a probe
    }
    this.#settle(now);
  }

  /** After a segment: data first, since it carries the acknowledgment along; then what has become readable. */
  #settle(now: Instant): void {
    const { receiver, sender } = this;
    sender.push(now);
    if (receiver.owed === "now") this.#acknowledge(now);
    const ended = receiver.finished && this.#peerFinished();
    this.#deliver(now);
    if (ended) this.#tellEnd("peer-closed", now);
    if (receiver.owed === "later") this.#acknowledgeLater(now);
    if (ended && (this.state as ConnectionState) === "closed") this.#remove();
  }

  #deliver(now: Instant): void {
    const { receiver, local } = this;
    for (;;) {
      const content = receiver.nextContent();
      if (content === undefined) break;
      if (this.#user === undefined) receiver.take(content.bytes);
      else local.input(this, RECEIVED, content, now);
    }
    if (local.paused && !this.#readablePending && receiver.partialBytes > 0) {
      this.#readablePending = true;
      local.input(this, READABLE, undefined, now);
    }
  }

  #acknowledge(now: Instant): void {
    this.transmit(this.sender.next, 0, 0, now);
  }

  #acknowledgeLater(now: Instant): void {
    const { timers } = this.#stack;
    if (this.#delayedAck < 0) this.#delayedAck = timers.create(this, DELAYED_ACK, 0);
    if (timers.deadline(this.#delayedAck) === NEVER) timers.set(this.#delayedAck, now + this.spec.delayedAck);
  }

  /** The program has taken something: if the window was nearly closed, the other side must hear of it. */
  #tellRoom(now: Instant): void {
    if (this.state === "closed" || this.receiver.finished) return;
    if (this.receiver.windowOpened(this.local.paused)) this.#acknowledge(now);
  }

  // Closing.

  #writable(): boolean {
    return this.state === "established" || this.state === "syn-sent" || this.state === "syn-received";
  }

  /** This side ends: what was written still goes out, then a FIN. */
  #finish(now: Instant): void {
    if (this.state === "syn-sent" || this.state === "syn-received") return this.#remove();
    if (this.state === "established") this.state = "fin-wait-1";
    else if (this.state === "close-wait") this.state = "last-ack";
    else return;
    this.sender.finishing = true;
    this.sender.push(now);
  }

  /** The FIN of this side is acknowledged. Returns whether that was the end. */
  #finAcknowledged(now: Instant): boolean {
    if (this.state === "fin-wait-1") {
      this.state = "fin-wait-2";
      if (this.#orphaned) this.#watchOrphan(now);
      return false;
    }
    if (this.state !== "closing" && this.state !== "last-ack") return false;
    this.#remove();
    return true;
  }

  /** The FIN of the other side has arrived in order. Returns whether it is the first time. */
  #peerFinished(): boolean {
    if (this.state === "established") this.state = "close-wait";
    else if (this.state === "fin-wait-1") this.state = "closing";
    else if (this.state === "fin-wait-2") this.state = "closed";
    else return false;
    return true;
  }

  /** A reset counts when it names the next number; one further on in the window is questioned [RFC 5961 §3.2]. */
  #resetArrived(segment: Segment, now: Instant): void {
    if (this.state === "syn-received") return this.#remove();
    if (segment.sequence === this.receiver.next) this.#end("reset", now);
    else if (segment.sequence > this.receiver.next) this.#acknowledge(now);
  }

  /** Ends the connection at once and tells the other side. */
  #reset(now: Instant): void {
    if (this.state !== "syn-sent") this.transmit(this.sender.next, 0, RST, now);
    this.#traceEnd("reset", now);
    this.#remove();
  }

  /** Ends the connection at once and tells the program. */
  #end(reason: CloseReason, now: Instant): void {
    this.#remove();
    this.#tellEnd(reason, now);
  }

  #tellEnd(reason: CloseReason, now: Instant): void {
    if (this.#user === undefined) return;
    this.#traceEnd(reason, now);
    this.local.input(this, CLOSED + REASONS.indexOf(reason), undefined, now);
  }

  #remove(): void {
    const { timers } = this.#stack;
    if (this.#stack.forget(this)) {
      timers.release(this.#retransmission);
      if (this.#delayedAck >= 0) timers.release(this.#delayedAck);
      if (this.#keepalive >= 0) timers.release(this.#keepalive);
      if (this.#orphan >= 0) timers.release(this.#orphan);
    }
    this.state = "closed";
    this.receiver.owed = "none";
  }

  // Timers.

  #retransmissionTimeout(now: Instant): void {
    const { spec } = this;
    const stack = this.#stack;
    stack.trace.timerFired(this.local.index, RETRANSMISSION, "retransmission timeout", now);
    const opening = this.sender.unacknowledged === 0;
    const active = this.state === "syn-sent";
    const linear = active ? (spec.synLinearTimeouts ?? 4) : 0;
    const retries = !opening ? spec.retries : active ? spec.synRetries + linear : (spec.synAckRetries ?? 5);
    if (this.sender.timerFired(now, retries, linear) !== "given-up") {
      this.sender.push(now);
    } else if (this.state === "syn-received") {
      this.#remove();
    } else {
      this.#end("timeout", now);
    }
  }

  /** Probes a silent connection [RFC 9293 §3.8.4], never while data is under way: then the retransmissions are. */
  #keepaliveDue(now: Instant): void {
    const { spec, sender } = this;
    const { timers } = this.#stack;
    const idle = spec.keepaliveIdle as number;
    const silentSince = this.#heardAt;
    if (sender.sent.size > 0 || sender.unsentBytes > 0) {
      timers.set(this.#keepalive, now + idle);
    } else if (now - silentSince < idle) {
      timers.set(this.#keepalive, silentSince + idle);
    } else if (this.#probesUnanswered >= spec.keepaliveProbes) {
      this.transmit(sender.next, 0, RST, now);
      this.#end("timeout", now);
    } else {
      this.#stack.trace.timerFired(this.local.index, KEEPALIVE, "keepalive", now);
      this.#probesUnanswered++;
      sender.probe(now);
      timers.set(this.#keepalive, now + spec.keepaliveInterval);
    }
  }

  #watchOrphan(now: Instant): void {
    if (this.state !== "fin-wait-2" || this.#orphan >= 0) return;
    this.#orphan = this.#stack.timers.create(this, ORPHAN, 0);
    this.#stack.timers.set(this.#orphan, now + FIN_TIMEOUT);
  }

  // The trace.

  #traceEnd(reason: CloseReason, now: Instant): void {
    if (this.#endTraced) return;
    this.#endTraced = true;
    if (reason === "reset") this.#stack.statistics.resets++;
    this.#stack.trace.connectionClosed(this.local.index, this.remote.index, reason, now);
  }

  #traceFrame(type: "frame-sent" | "frame-received", content: Content, now: Instant): void {
    const { trace } = this.#stack;
    if (!trace.keeping) return;
    const { local, remote } = this;
    trace.keep({
      type,
      at: now,
      node: local.name,
      peer: remote.name,
      content: content.describe(),
      bytes: content.bytes,
    });
  }
}

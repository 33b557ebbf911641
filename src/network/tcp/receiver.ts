/**
 * The receiving half of a connection: puts segments in order, keeps the receive window, and decides what is
 * acknowledged when.
 */
import type { Duration, Instant } from "../../kernel/index.js";
import type { Content } from "../../trace/index.js";
import type { TcpSpec } from "../spec.js";
import { AckPolicy } from "./ack-policy.js";
import type { ByteStream } from "./byte-stream.js";
import { Reassembly } from "./reassembly.js";
import { ReceiveWindow } from "./receive-window.js";
import type { RttEstimator } from "./rtt-estimator.js";
import { FIN, NO_BLOCKS, PSH, type Segment } from "./segment.js";

/** When an acknowledgment is owed. */
export type AckOwed = "none" | "later" | "now";

export class Receiver {
  /** The next number expected; 0 before the SYN. */
  next = 0;
  owed: AckOwed = "none";
  /** The clock of the other side that the next acknowledgment returns [RFC 7323 §4.3 TS.Recent]. */
  echo = 0;
  readonly policy: AckPolicy;
  readonly #window: ReceiveWindow;
  /** What has arrived beyond a hole; made when there is one. */
  #beyond: Reassembly | undefined;
  #selective: boolean;
  /** The range that has arrived twice, for the next acknowledgment [RFC 2883 §4]. */
  #twice: readonly number[] = NO_BLOCKS;
  #stream: ByteStream | undefined;
  /** `next` in the last acknowledgment sent. */
  #acknowledged = 0;
  /** Sequence number of the FIN; -1 before it has been seen. */
  #finAt = -1;
  /** Bytes handed to the program's node as whole contents, and of these not yet taken by the program. */
  #unread = 0;
  #unreadContents = 0;

  constructor(spec: TcpSpec, rtt: RttEstimator) {
    const { receiveBuffer, receiveBufferMax, mss } = spec;
    this.policy = new AckPolicy(spec, rtt);
    this.#window = new ReceiveWindow(receiveBuffer, receiveBufferMax, mss);
    this.#selective = spec.sack;
  }

  /** The SYN has arrived: `stream` is what will be read, in segments of at most `mss`; `sack`: both sides can. */
  begin(segment: Segment, stream: ByteStream, mss: number, sack: boolean): void {
    this.#stream = stream;
    this.#selective = sack;
    this.next = 1;
    this.#window.begin(mss);
    this.policy.begin(mss, this.#window.offered(1));
    this.echo = segment.timestamp;
    this.owed = "now";
  }

  /** The FIN and everything before it have arrived. */
  get finished(): boolean {
    return this.#finAt >= 0 && this.next > this.#finAt;
  }

  /** Bytes of whole contents that the program has not taken yet. */
  get unreadBytes(): number {
    return this.#unread;
  }

  /** Bytes of a content that has begun and is not whole. */
  get partialBytes(): number {
    const stream = this.#stream;
    return stream === undefined || this.finished ? 0 : this.next - stream.readEnd;
  }

  /** What has arrived beyond holes, to be told to the other side. */
  get blocks(): readonly number[] {
    if (this.#beyond === undefined || !this.#selective) return this.#twice;
    return this.#beyond.blocks(this.#twice);
  }

  /** Takes in a segment with payload or FIN. Sets what is `owed`. */
  accept(segment: Segment, now: Instant): void {
    const start = segment.sequence;
    const end = segment.end;
    if (start <= this.#acknowledged && segment.timestamp >= this.echo) this.echo = segment.timestamp;
    // What has arrived before, or lies beyond the window, is answered at once [RFC 9293 §3.10.7.4].
    if (end <= this.next || start + segment.length > this.#window.end) {
      this.owed = "now";
      if (end <= this.next) this.#receivedTwice(start, end);
      return;
    }
    if ((segment.flags & FIN) !== 0) this.#finAt = end - 1;
    if (segment.length > 0) {
      const pushed = (segment.flags & PSH) !== 0;
      this.policy.received(segment.length, pushed, this.#window.offered(this.next), now);
    }
    if (start > this.next) {
      this.#beyond ??= new Reassembly();
      this.#beyond.add(start, end);
      this.owed = "now"; // a duplicate acknowledgment tells of the hole [RFC 5681 §4.2]
      return;
    }
    this.next = end;
    if (this.#beyond !== undefined && this.#beyond.size > 0) {
      this.next = this.#beyond.advance(end);
      this.owed = "now"; // the hole is filled, or a part of it [RFC 5681 §4.2]
    } else if (this.finished || this.policy.atOnce(this.next - this.#acknowledged)) {
      this.owed = "now"; // a FIN at once, as Linux does
    } else if (this.owed === "none") {
      this.owed = "later";
    }
  }

  #receivedTwice(start: number, end: number): void {
    this.policy.receivedAgain(this.#window.offered(this.next));
    if (this.#selective && end > start) this.#twice = [start, end];
  }

  /** The next content that has arrived whole; counted as unread until `take`. */
  nextContent(): Content | undefined {
    const stream = this.#stream;
    if (stream === undefined) return undefined;
    const before = stream.readEnd;
    const content = stream.read(this.next);
    if (content === undefined) return undefined;
    this.#unread += stream.readEnd - before;
    this.#unreadContents++;
    return content;
  }

  /** The program has taken `content`. */
  take(content: Content): void {
    // The last one is not asked for its size: contents are of many classes, and few of them wait here.
    this.#unread = --this.#unreadContents === 0 ? 0 : this.#unread - content.bytes;
  }

  /** Whether the program has read all there is, and that is a reason to acknowledge it. */
  acknowledgesOnceRead(stalled: boolean): boolean {
    if (this.owed !== "later" || this.#waiting(stalled) > 0) return false;
    return this.policy.onceRead(this.next - this.#acknowledged);
  }

  /** `roundTrip`: smoothed; what the window should hold depends on it. */
  adapt(stalled: boolean, roundTrip: Duration, now: Instant): void {
    this.#window.adapt(this.next - this.#waiting(stalled), roundTrip, now);
  }

  /** The window to offer now, in bytes from `next`; `stalled` when the program takes not even parts of a content. */
  window(stalled: boolean): number {
    return this.#window.offer(this.next, this.#waiting(stalled));
  }

  /** Whether the other side must be told that the program has made room. */
  windowOpened(stalled: boolean): boolean {
    return this.#window.opened(this.next, this.#waiting(stalled));
  }

  /** A segment with an acknowledgment is sent: nothing is owed any more. */
  acknowledgmentSent(): void {
    this.policy.acknowledged(this.owed !== "none");
    this.#acknowledged = this.next;
    this.owed = "none";
    this.#twice = NO_BLOCKS;
  }

  /** Bytes that the program has not read. */
  #waiting(stalled: boolean): number {
    return this.#unread + (stalled ? this.partialBytes : 0);
  }
}

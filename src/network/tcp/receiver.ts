/**
 * The receiving half of a connection: puts segments in order, offers a window, and decides which segments are
 * acknowledged at once and which may wait.
 */
import type { Content } from "../../trace/index.js";
import type { ByteStream } from "./byte-stream.js";
import { Reassembly } from "./reassembly.js";
import { FIN, type Segment } from "./segment.js";

/** When an acknowledgment is owed. */
export type AckOwed = "none" | "later" | "now";

export class Receiver {
  /** The next number expected; 0 before the SYN. */
  next = 0;
  owed: AckOwed = "none";
  /** The clock of the other side that the next acknowledgment returns [RFC 7323 §4.3 TS.Recent]. */
  echo = 0;
  /** What has arrived beyond a hole; made when there is one. */
  #beyond: Reassembly | undefined;

  readonly #buffer: number;
  /** Payload of a full segment. */
  #mss: number;
  #stream: ByteStream | undefined;
  /** `next` in the last acknowledgment sent. */
  #acknowledged = 0;
  /** The first number that the window offered so far forbids. It never moves back. */
  #windowEnd: number;
  /** Sequence number of the FIN; -1 before it has been seen. */
  #finAt = -1;
  /** Bytes handed to the program's node as whole contents, and of these not yet taken by the program. */
  #unread = 0;

  constructor(buffer: number, mss: number) {
    this.#buffer = buffer;
    this.#mss = mss;
    this.#windowEnd = buffer;
  }

  /** The SYN has arrived: `stream` is what will be read, in segments of at most `mss`. */
  begin(segment: Segment, stream: ByteStream, mss: number): void {
    this.#stream = stream;
    this.#mss = mss;
    this.next = 1;
    this.#windowEnd = 1 + this.#buffer;
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

  /** Takes in a segment with payload or FIN. Sets what is `owed`. */
  accept(segment: Segment): void {
    const start = segment.sequence;
    const end = segment.end;
    if (start <= this.#acknowledged && segment.timestamp >= this.echo) this.echo = segment.timestamp;
    // What has arrived before, or lies beyond the window, is answered at once [RFC 9293 §3.10.7.4].
    if (end <= this.next || start + segment.length > this.#windowEnd) {
      this.owed = "now";
      return;
    }
    if ((segment.flags & FIN) !== 0) this.#finAt = end - 1;
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
    } else if (this.finished || this.next - this.#acknowledged > this.#mss) {
      this.owed = "now"; // at least every second full segment [RFC 5681 §4.2]; a FIN at once, as Linux does
    } else if (this.owed === "none") {
      this.owed = "later";
    }
  }

  /** The next content that has arrived whole; counted as unread until `take`. */
  nextContent(): Content | undefined {
    const content = this.#stream?.read(this.next);
    if (content !== undefined) this.#unread += content.bytes;
    return content;
  }

  /** The program has taken a content of `bytes`. */
  take(bytes: number): void {
    this.#unread -= bytes;
  }

  /**
   * The window to offer now, in bytes from `next`; `stalled` when the program takes nothing, not even the parts
   * of a content. It grows only by a full segment or half the buffer [RFC 9293 §3.8.6.2.2].
   */
  window(stalled: boolean): number {
    const free = this.#free(stalled);
    if (free >= this.#mss || 2 * free >= this.#buffer) {
      if (this.next + free > this.#windowEnd) this.#windowEnd = this.next + free;
    }
    const window = this.#windowEnd - this.next;
    return window > 0 ? window : 0;
  }

  /** Whether the other side must be told that the program has made room: the window at least doubles. */
  windowOpened(stalled: boolean): boolean {
    const offered = Math.max(0, this.#windowEnd - this.next);
    if (2 * offered > this.#buffer) return false;
    const free = this.#free(stalled);
    return free >= Math.min(this.#mss, this.#buffer / 2) && free >= 2 * offered;
  }

  /** A segment with an acknowledgment is sent: nothing is owed any more. */
  acknowledgmentSent(): void {
    this.#acknowledged = this.next;
    this.owed = "none";
  }

  #free(stalled: boolean): number {
    return this.#buffer - this.#unread - (stalled ? this.partialBytes : 0);
  }
}

/**
 * The receive window: how much the other side may send before the program reads. It grows by whole segments
 * [RFC 9293 §3.8.6.2.2], never takes back what it has offered, and, for a program that reads as fast as data comes,
 * becomes twice what is read in a round trip (dynamic right-sizing, tcp_rcv_space_adjust).
 */
import type { Duration, Instant } from "../../kernel/index.js";

/** Segments that are added to twice what is read. */
const SLACK_SEGMENTS = 16;
/** What is read in the first round trip at least counts as so many segments. */
const FIRST_SEGMENTS = 10;

export class ReceiveWindow {
  /** The first number that the window offered so far forbids. It never moves back. */
  end: number;
  #buffer: number;
  readonly #bufferMax: number;
  #mss: number;
  /** Bytes read in the busiest round trip so far. */
  #readMost: number;
  #measuredFrom = 1;
  #measuredAt: Instant = 0;

  constructor(buffer: number, bufferMax: number, mss: number) {
    this.end = buffer;
    this.#buffer = buffer;
    this.#bufferMax = bufferMax;
    this.#mss = mss;
    this.#readMost = FIRST_SEGMENTS * mss;
  }

  /** The handshake has agreed on segments of at most `mss`; the first byte is number 1. */
  begin(mss: number): void {
    this.#mss = mss;
    this.#readMost = Math.min(FIRST_SEGMENTS * mss, this.#buffer);
    this.end = 1 + this.#buffer;
  }

  /** The window to offer, in bytes from `next`, while `unread` bytes before it wait for the program. */
  offer(next: number, unread: number): number {
    const free = this.#buffer - unread;
    if (free >= this.#mss || 2 * free >= this.#buffer) {
      if (next + free > this.end) this.end = next + free;
    }
    return this.offered(next);
  }

  /** What the other side may still send. */
  offered(next: number): number {
    const window = this.end - next;
    return window > 0 ? window : 0;
  }

  /** Whether the other side must be told that the program has made room: the window at least doubles. */
  opened(next: number, unread: number): boolean {
    const offered = this.offered(next);
    if (2 * offered > this.#buffer) return false;
    const free = this.#buffer - unread;
    return free >= Math.min(this.#mss, this.#buffer / 2) && free >= 2 * offered;
  }

  /** The program has read everything before `read`; once a round trip, looks how much that was. */
  adapt(read: number, roundTrip: Duration, now: Instant): void {
    if (roundTrip === 0 || now - this.#measuredAt < roundTrip) return;
    const bytes = read - this.#measuredFrom;
    if (bytes > this.#readMost) {
      const wanted = 2 * bytes + SLACK_SEGMENTS * this.#mss;
      // Slow start doubles what comes: the window must be ahead of it.
      const rising = Math.floor((wanted * (bytes - this.#readMost)) / this.#readMost);
      const buffer = Math.min(wanted + 2 * rising, this.#bufferMax);
      if (buffer > this.#buffer) this.#buffer = buffer;
      this.#readMost = bytes;
    }
    this.#measuredFrom = read;
    this.#measuredAt = now;
  }
}

/**
 * The scoreboard: every segment sent and not yet acknowledged, oldest first, with what is known about it. A
 * ring over typed arrays; congestion is counted in these segments, whatever their size.
 *
 * Selective acknowledgments belong here: a further mark per segment, counted in `sacked`, which without them
 * counts duplicate acknowledgments: each says that one segment has left the network.
 */
import type { Instant } from "../../kernel/index.js";

/** Marks of a segment. */
const LOST = 1;
/** Sent again after it was marked lost, and that copy is under way. */
const RESENT = 2;
/** Sent more than once: its round-trip time is ambiguous [RFC 6298 §3, Karn]. */
const AMBIGUOUS = 4;
/** What takes a sequence number beside the payload. */
export const CARRIES_SYN = 8;
export const CARRIES_FIN = 16;

const NO_NUMBERS = new Float64Array(0);
const NO_MARKS = new Uint8Array(0);
const FIRST_CAPACITY = 4;

export class SentSegments {
  /** Segments kept. */
  size = 0;
  /** Of these, how many are thought lost … */
  lost = 0;
  /** … how many of the lost ones have a copy under way … */
  resent = 0;
  /** … and how many have reached the other side, by its own account. */
  sacked = 0;
  /** Sequence number of the oldest segment's first byte. */
  start = 0;

  /** What the latest `acknowledge` removed: how many … */
  acknowledged = 0;
  /** … and when the oldest of them was sent, -1 when any of them was sent more than once. */
  acknowledgedSentAt: Instant = -1;

  #ends: Float64Array = NO_NUMBERS;
  #sentAts: Float64Array = NO_NUMBERS;
  #marks: Uint8Array = NO_MARKS;
  #head = 0;
  /** No segment before this place is lost and not sent again. */
  #search = 0;

  /** Segments thought to be in the network [RFC 6675 §4, "pipe"]. */
  get inFlight(): number {
    return this.size - this.sacked - this.lost + this.resent;
  }

  /** Appends a segment that ends at `end`; `carries` is CARRIES_SYN, CARRIES_FIN or 0. */
  push(end: number, sentAt: Instant, carries: number): void {
    if (this.size === this.#ends.length) this.#grow();
    const index = (this.#head + this.size++) & (this.#ends.length - 1);
    this.#ends[index] = end;
    this.#sentAts[index] = sentAt;
    this.#marks[index] = carries;
  }

  /** Removes the segments that end at or before `upTo`. */
  acknowledge(upTo: number): void {
    const mask = this.#ends.length - 1;
    let count = 0;
    let sentAt = -1;
    let ambiguous = false;
    while (count < this.size) {
      const index = (this.#head + count) & mask;
      const end = this.#ends[index] as number;
      if (end > upTo) break;
      const marks = this.#marks[index] as number;
      if ((marks & LOST) !== 0) this.lost--;
      if ((marks & RESENT) !== 0) this.resent--;
      if ((marks & AMBIGUOUS) !== 0) ambiguous = true;
      if (count === 0) sentAt = this.#sentAts[index] as number;
      this.start = end;
      count++;
    }
    this.#head = (this.#head + count) & mask;
    this.size -= count;
    this.#search = this.#search > count ? this.#search - count : 0;
    this.acknowledged = count;
    this.acknowledgedSentAt = ambiguous ? -1 : sentAt;
  }

  /** Marks the oldest segment lost, also when a copy of it is under way. */
  markOldestLost(): void {
    if (this.size > 0) this.#markLost(0);
    this.#search = 0;
  }

  /** Marks every segment lost and forgets what the other side seemed to have. */
  markAllLost(): void {
    for (let place = 0; place < this.size; place++) this.#markLost(place);
    this.#search = 0;
    this.sacked = 0;
  }

  /** The place of the first segment that is lost and has no copy under way; -1 when there is none. */
  nextLost(): number {
    if (this.lost === this.resent) return -1;
    const mask = this.#ends.length - 1;
    while (this.#search < this.size) {
      const marks = this.#marks[(this.#head + this.#search) & mask] as number;
      if ((marks & (LOST | RESENT)) === LOST) return this.#search;
      this.#search++;
    }
    return -1;
  }

  /** Notes that the segment at `place` is sent again. */
  markResent(place: number, now: Instant): void {
    const index = (this.#head + place) & (this.#ends.length - 1);
    const marks = this.#marks[index] as number;
    if ((marks & (LOST | RESENT)) === LOST) {
      this.resent++;
      this.#marks[index] = marks | RESENT | AMBIGUOUS;
    } else {
      this.#marks[index] = marks | AMBIGUOUS;
    }
    this.#sentAts[index] = now;
  }

  /** Sequence number of the first byte of the segment at `place`. */
  startOf(place: number): number {
    return place === 0
      ? this.start
      : (this.#ends[(this.#head + place - 1) & (this.#ends.length - 1)] as number);
  }

  endOf(place: number): number {
    return this.#ends[(this.#head + place) & (this.#ends.length - 1)] as number;
  }

  sentAtOf(place: number): Instant {
    return this.#sentAts[(this.#head + place) & (this.#ends.length - 1)] as number;
  }

  /** CARRIES_SYN, CARRIES_FIN or 0. */
  carriesOf(place: number): number {
    return (
      (this.#marks[(this.#head + place) & (this.#ends.length - 1)] as number) & (CARRIES_SYN | CARRIES_FIN)
    );
  }

  #markLost(place: number): void {
    const index = (this.#head + place) & (this.#ends.length - 1);
    const marks = this.#marks[index] as number;
    if ((marks & LOST) === 0) this.lost++;
    if ((marks & RESENT) !== 0) this.resent--;
    this.#marks[index] = (marks | LOST) & ~RESENT;
  }

  #grow(): void {
    const old = this.#ends.length;
    const capacity = old === 0 ? FIRST_CAPACITY : old * 2;
    const ends = new Float64Array(capacity);
    const sentAts = new Float64Array(capacity);
    const marks = new Uint8Array(capacity);
    for (let place = 0; place < this.size; place++) {
      const index = (this.#head + place) & (old - 1);
      ends[place] = this.#ends[index] as number;
      sentAts[place] = this.#sentAts[index] as number;
      marks[place] = this.#marks[index] as number;
    }
    this.#ends = ends;
    this.#sentAts = sentAts;
    this.#marks = marks;
    this.#head = 0;
  }
}

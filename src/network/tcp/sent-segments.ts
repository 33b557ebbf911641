/**
 * The scoreboard: every segment sent and not yet acknowledged, oldest first, with what is known about it. A
 * ring over typed arrays; congestion is counted in these segments, whatever their size.
 *
 * A *slot* is a segment's index in the ring, valid until the next `push`; a *place* is its rank from the oldest.
 * Segments that are neither known to have arrived nor waiting to be sent again are also linked in the order of
 * their latest sending, which is the order in which recovery by time looks at them [RFC 8985 §6.2].
 */
import { type Duration, type Instant, MILLISECOND } from "../../kernel/index.js";
import { NO_SLOT, SendingOrder } from "./sending-order.js";

/** Marks of a segment. */
const LOST = 1;
/** Sent again after it was marked lost, and that copy is under way. */
const RESENT = 2;
/** Sent more than once: its round-trip time is ambiguous [RFC 6298 §3, Karn]. */
const AMBIGUOUS = 4;
/** What takes a sequence number beside the payload. */
export const CARRIES_SYN = 8;
export const CARRIES_FIN = 16;
/** The other side has it, though something before it is missing there. */
const SACKED = 32;
/** In the list by time. */
const LISTED = 64;

const NO_NUMBERS = new Float64Array(0);
const FIRST_CAPACITY = 4;

export class SentSegments {
  /** Segments kept. */
  size = 0;
  /** Of these, how many are thought lost … */
  lost = 0;
  /** … how many of the lost ones have a copy under way … */
  resent = 0;
  /** … and how many have reached the other side, by its own account or by that of duplicate acknowledgments. */
  sacked = 0;
  /** Sequence number of the oldest segment's first byte. */
  start = 0;
  /** The number after the highest segment that is known to have arrived beyond a hole. */
  highest = 0;

  /** Segments found to have arrived since the beginning, and segments, or copies of them, found to be lost. */
  delivered = 0;
  losses = 0;

  /** What the latest `acknowledge` removed: how many, whether one of them was sent more than once, … */
  acknowledged = 0;
  ambiguous = false;
  /** … when the first and the last were sent of those that were sent once and not known before; -1: none. */
  firstSentAt: Instant = -1;
  lastSentAt: Instant = -1;

  /** The same of what the latest `select` marked. */
  selected = 0;
  firstSelectedAt: Instant = -1;
  lastSelectedAt: Instant = -1;
  /** Where reordering shows: the lowest segment that arrived late without being sent again; Infinity: nowhere. */
  overtaken: number = Infinity;

  /** Of those that have arrived, the segment sent latest [RFC 8985 §6.2 RACK.segment]: how many were sent before, … */
  latestRank = -1;
  /** … how long it took, … */
  latestRoundTrip: Duration = 0;
  /** … and whether there was news of this kind since this was last set to false. */
  advanced = false;
  /** The shortest round trip so far: what seems faster was the answer to an earlier copy. */
  shortest: Duration = Number.MAX_SAFE_INTEGER;

  #ends: Float64Array = NO_NUMBERS;
  #sentAts: Float64Array = NO_NUMBERS;
  #marks: Uint8Array = new Uint8Array(0);
  /** How many had been sent before each was last sent (instants do not tell: many are sent at one); and by now. */
  #ranks: Float64Array = NO_NUMBERS;
  #count = 0;
  readonly #order = new SendingOrder();
  #mask = -1;
  #head = 0;
  /** No segment before this place is lost and not sent again. */
  #search = 0;

  /** Segments thought to be in the network [RFC 6675 §4, "pipe"]. */
  get inFlight(): number {
    return this.size - this.sacked - this.lost + this.resent;
  }

  /** Appends a segment that ends at `end`; `carries` is CARRIES_SYN, CARRIES_FIN or 0. */
  push(end: number, sentAt: Instant, carries: number): void {
    if (this.size > this.#mask) this.#grow();
    const slot = (this.#head + this.size++) & this.#mask;
    this.#ends[slot] = end;
    this.#sentAts[slot] = sentAt;
    this.#marks[slot] = carries;
    this.#ranks[slot] = this.#count++;
    this.#list(slot);
  }

  /**
   * Removes the segments that end at or before `upTo`. `echo`: the clock in milliseconds that the acknowledgment
   * returns, by which an answer to an earlier copy shows.
   */
  acknowledge(upTo: number, echo: number, now: Instant): void {
    let count = 0;
    this.ambiguous = false;
    this.firstSentAt = this.lastSentAt = -1;
    while (count < this.size) {
      const slot = (this.#head + count) & this.#mask;
      const end = this.#ends[slot] as number;
      if (end > upTo) break;
      const marks = this.#marks[slot] as number;
      if ((marks & (LOST | RESENT | AMBIGUOUS | SACKED)) === 0) this.#arrived(slot, now);
      else this.#repaired(slot, marks, echo, now);
      if ((marks & LISTED) !== 0) this.#unlist(slot);
      this.start = end;
      count++;
    }
    this.#head = (this.#head + count) & this.#mask;
    this.size -= count;
    if (this.size > 0 && upTo > this.start) this.start = upTo; // a part of a joined segment
    this.#search = Math.max(this.#search - count, 0);
    this.acknowledged = count;
  }

  /** An acknowledged segment that was sent once, and nothing was known about. */
  #arrived(slot: number, now: Instant): void {
    const sentAt = this.#sentAts[slot] as number;
    this.#time(sentAt);
    if (this.sacked > 0) this.#noteOvertaken(slot);
    this.delivered++;
    this.#advance(slot, sentAt, now);
  }

  #time(sentAt: Instant): void {
    if (this.firstSentAt < 0) this.firstSentAt = sentAt;
    this.lastSentAt = sentAt;
  }

  /** An acknowledged segment with a history. */
  #repaired(slot: number, marks: number, echo: number, now: Instant): void {
    const sentAt = this.#sentAts[slot] as number;
    if ((marks & LOST) !== 0) this.lost--;
    if ((marks & RESENT) !== 0) this.resent--;
    if ((marks & AMBIGUOUS) !== 0) this.ambiguous = true;
    else if ((marks & SACKED) === 0) {
      this.#time(sentAt);
      this.#noteOvertaken(slot);
    }
    if ((marks & SACKED) !== 0) {
      this.sacked--;
      return;
    }
    this.delivered++;
    // The answer to a copy that was sent before the last one says nothing of the last one.
    const early = (marks & AMBIGUOUS) !== 0 && echo * MILLISECOND < sentAt - (sentAt % MILLISECOND);
    if (!early) this.#advanceCopy(slot, marks, sentAt, now);
  }

  /** Marks what lies whole in from ≤ number < to as arrived; `overtaken` and the like tell what was new. */
  select(from: number, to: number, now: Instant): void {
    for (let place = this.#placeFrom(from); place < this.size; place++) {
      const slot = (this.#head + place) & this.#mask;
      const end = this.#ends[slot] as number;
      if (end > to) return;
      const marks = this.#marks[slot] as number;
      if ((marks & SACKED) === 0) this.#select(slot, marks, end, now);
    }
  }

  #select(slot: number, marks: number, end: number, now: Instant): void {
    const sentAt = this.#sentAts[slot] as number;
    this.#advanceCopy(slot, marks, sentAt, now);
    if ((marks & AMBIGUOUS) === 0) {
      this.#noteOvertaken(slot);
      if (this.firstSelectedAt < 0) this.firstSelectedAt = sentAt;
      this.lastSelectedAt = sentAt;
    }
    if ((marks & LOST) !== 0) this.lost--;
    if ((marks & RESENT) !== 0) this.resent--;
    if ((marks & LISTED) !== 0) this.#unlist(slot);
    this.#marks[slot] = (marks & ~(LOST | RESENT | LISTED)) | SACKED;
    this.sacked++;
    this.delivered++;
    this.selected++;
    if (end > this.highest) this.highest = end;
  }

  /** Before `select`: nothing is known yet of the acknowledgment that is being taken in. */
  beginSelection(): void {
    this.selected = 0;
    this.firstSelectedAt = this.lastSelectedAt = -1;
    this.overtaken = Infinity;
    if (this.sacked === 0) this.highest = this.start;
  }

  #noteOvertaken(slot: number): void {
    const place = (slot - this.#head) & this.#mask;
    const start = this.startOf(place);
    if (start < this.highest && start < this.overtaken) this.overtaken = start;
  }

  #advanceCopy(slot: number, marks: number, sentAt: Instant, now: Instant): void {
    if ((marks & AMBIGUOUS) !== 0 && now - sentAt < this.shortest) return; // [RFC 8985 §6.2 step 2]
    this.#advance(slot, sentAt, now);
  }

  #advance(slot: number, sentAt: Instant, now: Instant): void {
    this.advanced = true;
    this.latestRoundTrip = now - sentAt;
    const rank = this.#ranks[slot] as number;
    if (rank > this.latestRank) this.latestRank = rank;
  }

  /** The slot of the segment that was sent longest ago of those that are under way; -1 when there is none. */
  get oldestListed(): number {
    return this.#order.oldest;
  }

  /** The one sent after it. */
  listedAfter(slot: number): number {
    return this.#order.after(slot);
  }

  sentAtOf(slot: number): Instant {
    return this.#sentAts[slot] as number;
  }

  rankOf(slot: number): number {
    return this.#ranks[slot] as number;
  }

  /** Marks the segment in `slot` lost; if it was, the copy that is under way. */
  markLost(slot: number): void {
    const marks = this.#marks[slot] as number;
    if ((marks & SACKED) !== 0 || (marks & (LOST | RESENT)) === LOST) return;
    if ((marks & LOST) === 0) this.lost++;
    if ((marks & RESENT) !== 0) this.resent--;
    if ((marks & LISTED) !== 0) this.#unlist(slot);
    this.#marks[slot] = (marks | LOST) & ~(RESENT | LISTED);
    this.losses++;
    this.#search = Math.min(this.#search, (slot - this.#head) & this.#mask);
  }

  /** Marks the oldest segment lost, also when a copy of it is under way. */
  markOldestLost(): void {
    if (this.size > 0) this.markLost(this.#head);
  }

  /** Whether the oldest segment is marked lost, copy or not. */
  get oldestLost(): boolean {
    return ((this.#marks[this.#head] ?? 0) & LOST) !== 0;
  }

  /** Marks lost the oldest segment and those not known to have arrived that were last sent at or before `instant`. */
  markLostBefore(instant: Instant): void {
    for (let place = 0; place < this.size; place++) {
      const slot = (this.#head + place) & this.#mask;
      if (place === 0 || (this.#sentAts[slot] as number) <= instant) this.markLost(slot);
    }
  }

  /** The place of the first segment that is lost and has no copy under way; -1 when there is none. */
  nextLost(): number {
    if (this.lost === this.resent) return NO_SLOT;
    while (this.#search < this.size) {
      const marks = this.#marks[(this.#head + this.#search) & this.#mask] as number;
      if ((marks & (LOST | RESENT)) === LOST) return this.#search;
      this.#search++;
    }
    return NO_SLOT;
  }

  /** Notes that the segment at `place` is sent again. */
  markResent(place: number, now: Instant): void {
    const slot = (this.#head + place) & this.#mask;
    const marks = this.#marks[slot] as number;
    if ((marks & LISTED) !== 0) this.#unlist(slot);
    if ((marks & (LOST | RESENT)) === LOST) {
      this.resent++;
      this.#marks[slot] = marks | RESENT | AMBIGUOUS;
    } else {
      this.#marks[slot] = marks | AMBIGUOUS;
    }
    this.#sentAts[slot] = now;
    this.#ranks[slot] = this.#count++;
    this.#list(slot);
  }

  /**
   * Joins to the segment at `place` those behind it, as long as all of it fits into `bytes` and they are not known
   * to have arrived: sent again, they go as one.
   */
  join(place: number, bytes: number): void {
    const start = this.startOf(place);
    let joined = 0;
    while (place + joined + 1 < this.size) {
      const slot = (this.#head + place + joined + 1) & this.#mask;
      const marks = this.#marks[slot] as number;
      if ((marks & SACKED) !== 0 || (this.#ends[slot] as number) - start > bytes) break;
      joined++;
    }
    if (joined > 0) this.#joinBehind(place, joined);
  }

  /** The last of them takes up what the others were; those before `place` move up. */
  #joinBehind(place: number, joined: number): void {
    const into = (this.#head + place + joined) & this.#mask;
    const marks = this.#marks[(this.#head + place) & this.#mask] as number;
    const sentAt = this.#sentAts[(this.#head + place) & this.#mask] as number;
    let carried = 0;
    for (let next = place; next <= place + joined; next++) {
      const slot = (this.#head + next) & this.#mask;
      const own = this.#marks[slot] as number;
      carried |= own & (AMBIGUOUS | CARRIES_FIN);
      if ((own & LISTED) !== 0) this.#unlist(slot);
      if (next === place) continue;
      if ((own & LOST) !== 0) this.lost--;
      if ((own & RESENT) !== 0) this.resent--;
    }
    this.#marks[into] = (marks & ~LISTED) | carried;
    this.#sentAts[into] = sentAt;
    for (let next = place - 1; next >= 0; next--) this.#move(next, next + joined);
    this.#head = (this.#head + joined) & this.#mask;
    this.size -= joined;
    if (this.#search > place) this.#search = Math.max(place, this.#search - joined);
  }

  #move(from: number, to: number): void {
    const source = (this.#head + from) & this.#mask;
    const target = (this.#head + to) & this.#mask;
    this.#ends[target] = this.#ends[source] as number;
    this.#sentAts[target] = this.#sentAts[source] as number;
    this.#marks[target] = this.#marks[source] as number;
    this.#ranks[target] = this.#ranks[source] as number;
    if (((this.#marks[source] as number) & LISTED) !== 0) this.#order.move(source, target);
  }

  /** Sequence number of the first byte of the segment at `place`. */
  startOf(place: number): number {
    return place === 0 ? this.start : (this.#ends[(this.#head + place - 1) & this.#mask] as number);
  }

  endOf(place: number): number {
    return this.#ends[(this.#head + place) & this.#mask] as number;
  }

  /** That of the oldest segment. */
  get oldestSentAt(): Instant {
    return this.#sentAts[this.#head] as number;
  }

  /** CARRIES_SYN, CARRIES_FIN or 0. */
  carriesOf(place: number): number {
    return (this.#marks[(this.#head + place) & this.#mask] as number) & (CARRIES_SYN | CARRIES_FIN);
  }

  /** The first place whose segment begins at `from` or after. */
  #placeFrom(from: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.startOf(middle) >= from) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #list(slot: number): void {
    this.#order.append(slot);
    this.#marks[slot] = (this.#marks[slot] as number) | LISTED;
  }

  #unlist(slot: number): void {
    this.#order.remove(slot);
    this.#marks[slot] = (this.#marks[slot] as number) & ~LISTED;
  }

  #grow(): void {
    const capacity = this.#mask < 0 ? FIRST_CAPACITY : 2 * (this.#mask + 1);
    const ends = new Float64Array(capacity);
    const sentAts = new Float64Array(capacity);
    const marks = new Uint8Array(capacity);
    const ranks = new Float64Array(capacity);
    for (let place = 0; place < this.size; place++) {
      const slot = (this.#head + place) & this.#mask;
      ends[place] = this.#ends[slot] as number;
      sentAts[place] = this.#sentAts[slot] as number;
      marks[place] = this.#marks[slot] as number;
      ranks[place] = this.#ranks[slot] as number;
    }
    this.#order.grow(capacity, this.#head, this.#mask);
    this.#ends = ends;
    this.#sentAts = sentAts;
    this.#marks = marks;
    this.#ranks = ranks;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}

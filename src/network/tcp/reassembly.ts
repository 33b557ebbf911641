/**
 * What has arrived beyond a hole: disjoint ranges of sequence numbers, in order. Usually there is none. The ranges
 * that changed last come first in what is told to the other side [RFC 2018 §4].
 */
import { NO_BLOCKS } from "./segment.js";

/** As many blocks as fit beside timestamps [RFC 2018 §3]. */
const BLOCKS_MAX = 3;

export class Reassembly {
  #starts: number[] = [];
  #ends: number[] = [];
  /** Starts of ranges, that of the latest change first; what is no longer a start is passed over. */
  #recent: number[] = [];

  /** Number of ranges. */
  get size(): number {
    return this.#starts.length;
  }

  /** Notes that start ≤ number < end has arrived; overlaps and repeats are joined. */
  add(start: number, end: number): void {
    const starts = this.#starts;
    const ends = this.#ends;
    let first = starts.length;
    while (first > 0 && (ends[first - 1] as number) >= start) first--;
    let last = first;
    let from = start;
    let to = end;
    while (last < starts.length && (starts[last] as number) <= end) {
      if ((starts[last] as number) < from) from = starts[last] as number;
      if ((ends[last] as number) > to) to = ends[last] as number;
      last++;
    }
    if (last === first + 1) {
      starts[first] = from;
      ends[first] = to;
    } else {
      starts.splice(first, last - first, from);
      ends.splice(first, last - first, to);
    }
    this.#changed(from, start);
  }

  /** The next number missing, when everything before `next` has arrived; forgets the ranges before it. */
  advance(next: number): number {
    let reached = next;
    let joined = 0;
    while (joined < this.#starts.length && (this.#starts[joined] as number) <= reached) {
      if ((this.#ends[joined] as number) > reached) reached = this.#ends[joined] as number;
      joined++;
    }
    if (joined > 0) {
      this.#starts.splice(0, joined);
      this.#ends.splice(0, joined);
    }
    return reached;
  }

  /** The ranges as [start, end) pairs, in order. */
  ranges(): readonly (readonly [start: number, end: number])[] {
    return this.#starts.map((start, index) => [start, this.#ends[index] as number]);
  }

  /** The ranges that changed last, as start, end, start, end …, behind the one that has come twice, if any. */
  blocks(twice: readonly number[]): readonly number[] {
    if (this.#starts.length === 0) return twice.length === 0 ? NO_BLOCKS : twice;
    const blocks = twice.slice();
    this.#recent = this.#recent.filter((start) => this.#starts.includes(start));
    for (const start of this.#recent) {
      if (blocks.length === 2 * BLOCKS_MAX) break;
      blocks.push(start, this.#ends[this.#starts.indexOf(start)] as number);
    }
    return blocks;
  }

  /** The range that now begins at `start` has grown; `former` may have been the start of a part of it. */
  #changed(start: number, former: number): void {
    const recent = this.#recent;
    if (recent[0] === start) return;
    const known = recent.indexOf(start);
    if (known > 0) recent.splice(known, 1);
    else if (former !== start && recent[0] === former) recent.shift();
    recent.unshift(start);
    if (recent.length > 2 * BLOCKS_MAX) recent.length = 2 * BLOCKS_MAX;
  }
}

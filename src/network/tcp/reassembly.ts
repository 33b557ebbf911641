/**
 * What has arrived beyond a hole: disjoint ranges of sequence numbers, in order. Usually there is none.
 */
export class Reassembly {
  #starts: number[] = [];
  #ends: number[] = [];

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
    starts.splice(first, last - first, from);
    ends.splice(first, last - first, to);
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
}

/** A set of whole numbers as the few intervals that it consists of. */

export class IntervalSet {
  /** Ascending, apart from each other: from, to, from, to, … without the `to`s themselves. */
  readonly #bounds: number[] = [];

  /** The least member; undefined when there is none. */
  get least(): number | undefined {
    return this.#bounds[0];
  }

  /** Adds `from` … `to` - 1. */
  add(from: number, to: number): void {
    if (from >= to) return;
    const bounds = this.#bounds;
    let first = 0;
    while (first < bounds.length && (bounds[first + 1] as number) < from) first += 2;
    let last = first;
    let low = from;
    let high = to;
    while (last < bounds.length && (bounds[last] as number) <= to) {
      low = Math.min(low, bounds[last] as number);
      high = Math.max(high, bounds[last + 1] as number);
      last += 2;
    }
    bounds.splice(first, last - first, low, high);
  }

  has(member: number): boolean {
    for (let n = 0; n < this.#bounds.length; n += 2) {
      if (member < (this.#bounds[n] as number)) return false;
      if (member < (this.#bounds[n + 1] as number)) return true;
    }
    return false;
  }

  /** Calls `visit` for each interval. */
  each(visit: (from: number, to: number) => void): void {
    for (let n = 0; n < this.#bounds.length; n += 2) {
      visit(this.#bounds[n] as number, this.#bounds[n + 1] as number);
    }
  }
}

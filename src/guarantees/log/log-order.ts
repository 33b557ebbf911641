/**
 * Which record stands at which offset of a partition, as far as anybody was told. Records of one stream that follow
 * each other in both are one *run*: a log to which producers write batches has few of them, however long it is. A
 * partition keeps at most 65,536 runs; the oldest are forgotten, and what is told of their offsets later is not
 * compared with anything.
 */

export const RUNS_MAX = 65_536;
/** How many are forgotten at a time. */
const FORGOTTEN_AT_ONCE = 8_192;
const FEW = 16;

/** What was known of an offset before a record was placed there. */
export const PLACED_NEW = 0;
export const PLACED_AGAIN = 1;
/** Another record stands there. */
export const PLACED_OTHER = 2;
export const PLACED_FORGOTTEN = 3;
/** Of several offsets: not the same for all of them. */
export const PLACED_APART = 4;

/** `length` records from `offset` on: numbers `index` … of the stream. */
export interface Run {
  readonly offset: number;
  readonly length: number;
  readonly stream: number;
  readonly index: number;
}

export class LogOrder {
  /** Offsets below are forgotten. */
  floor = 0;
  readonly #forgetting: (until: number) => void;
  #count = 0;
  /** Where the last one was found: offsets tend to be told in order. */
  #cursor = 0;
  #offsets: Float64Array = new Float64Array(FEW);
  #lengths: Int32Array = new Int32Array(FEW);
  #streams: Int32Array = new Int32Array(FEW);
  #indices: Int32Array = new Int32Array(FEW);

  /** `forgetting` is called before the offsets below `until` are forgotten. */
  constructor(forgetting: (until: number) => void) {
    this.#forgetting = forgetting;
  }

  /** The offset after the highest that is known; 0 when none is. */
  get end(): number {
    return this.#count === 0 ? this.floor : this.#endOf(this.#count - 1);
  }

  /** Memory of the runs. */
  get bytes(): number {
    return this.#offsets.length * 20;
  }

  /** Notes that a record stands at `offset`. Where another one is known to, that stays: see `replace`. */
  place(offset: number, stream: number, index: number): number {
    if (offset < this.floor) return PLACED_FORGOTTEN;
    const at = this.#search(offset);
    if (at >= 0 && offset < this.#endOf(at)) {
      const same = this.#streams[at] === stream && this.#indexAt(at, offset) === index;
      return same ? PLACED_AGAIN : PLACED_OTHER;
    }
    this.#insert(at, { offset, length: 1, stream, index });
    return PLACED_NEW;
  }

  /** How many of the `length` offsets from `offset` on are alike: all in one run, or all unknown. */
  alike(offset: number, length: number): number {
    const at = this.#search(offset);
    if (at >= 0 && offset < this.#endOf(at)) return Math.min(length, this.#endOf(at) - offset);
    return at + 1 < this.#count ? Math.min(length, (this.#offsets[at + 1] as number) - offset) : length;
  }

  /** What is known of the offsets of `run`: `PLACED_NEW`, `PLACED_AGAIN` or `PLACED_APART`. */
  known({ offset, length, stream, index }: Run): number {
    if (offset < this.floor) return PLACED_APART;
    const at = this.#search(offset);
    if (at >= 0 && offset < this.#endOf(at)) {
      const same = this.#streams[at] === stream && this.#indexAt(at, offset) === index;
      return same && offset + length <= this.#endOf(at) ? PLACED_AGAIN : PLACED_APART;
    }
    const free = at + 1 >= this.#count || offset + length <= (this.#offsets[at + 1] as number);
    return free ? PLACED_NEW : PLACED_APART;
  }

  /** Notes that the records of `run` stand at its offsets, which are new. */
  add(run: Run): void {
    this.#insert(this.#search(run.offset), run);
  }

  /** The record at `offset`, as a run of one; undefined where none is known. */
  find(offset: number): Run | undefined {
    const at = this.#search(offset);
    if (at < 0 || offset >= this.#endOf(at)) return undefined;
    return { offset, length: 1, stream: this.#streams[at] as number, index: this.#indexAt(at, offset) };
  }

  /** Puts another record where one is known to stand. */
  replace(offset: number, stream: number, index: number): void {
    const at = this.#search(offset);
    if (at < 0 || offset >= this.#endOf(at)) return;
    const run = this.#run(at);
    const before = offset - run.offset;
    const after = run.length - before - 1;
    const parts: Run[] = [{ offset, length: 1, stream, index }];
    if (before > 0) parts.unshift({ ...run, length: before });
    if (after > 0) {
      parts.push({ ...run, offset: offset + 1, length: after, index: run.index + before + 1 });
    }
    this.#makeRoom(at, parts.length - 1);
    parts.forEach((part, n) => this.#write(at + n, part));
  }

  /** Calls `visit` for the known parts of the offsets `from` … `to` - 1, in order, until it returns true. */
  some(from: number, to: number, visit: (run: Run) => boolean): boolean {
    for (let at = Math.max(0, this.#search(from)); at < this.#count; at++) {
      const run = this.#run(at);
      if (run.offset >= to) return false;
      const low = Math.max(from, run.offset);
      const high = Math.min(to, run.offset + run.length);
      if (low >= high) continue;
      const part = { ...run, offset: low, length: high - low, index: run.index + (low - run.offset) };
      if (visit(part)) return true;
    }
    return false;
  }

  /** Calls `visit` for the latest `limit` runs, the latest first, until it returns true. */
  someLatest(limit: number, visit: (run: Run) => boolean): boolean {
    const end = Math.max(0, this.#count - limit);
    for (let at = this.#count - 1; at >= end; at--) if (visit(this.#run(at))) return true;
    return false;
  }

  /** The last run that begins at or before `offset`; -1 when none does. */
  #search(offset: number): number {
    const { length } = this.#offsets;
    let cursor = this.#cursor;
    if (cursor < this.#count && (this.#offsets[cursor] as number) <= offset) {
      while (cursor + 1 < this.#count && (this.#offsets[cursor + 1] as number) <= offset) {
        cursor++;
        if (cursor - this.#cursor > 4) break;
      }
      if (cursor + 1 >= this.#count || (this.#offsets[cursor + 1] as number) > offset) {
        this.#cursor = cursor;
        return cursor;
      }
    }
    let low = 0;
    let high = Math.min(this.#count, length);
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#offsets[middle] as number) <= offset) low = middle + 1;
      else high = middle;
    }
    this.#cursor = Math.max(0, low - 1);
    return low - 1;
  }

  #insert(at: number, run: Run): void {
    const { offset, length, stream, index } = run;
    const next = at + 1;
    const follows =
      at >= 0 &&
      this.#endOf(at) === offset &&
      this.#streams[at] === stream &&
      this.#indexAt(at, offset) === index;
    const precedes =
      next < this.#count &&
      this.#offsets[next] === offset + length &&
      this.#streams[next] === stream &&
      this.#indices[next] === index + length;
    if (follows) {
      this.#lengths[at] = (this.#lengths[at] as number) + length;
      if (precedes) {
        this.#lengths[at] = (this.#lengths[at] as number) + (this.#lengths[next] as number);
        this.#remove(next, 1);
      }
    } else if (precedes) {
      this.#offsets[next] = offset;
      this.#indices[next] = index;
      this.#lengths[next] = (this.#lengths[next] as number) + length;
    } else {
      this.#makeRoom(next, 1);
      this.#write(next, run);
      if (this.#count > RUNS_MAX) this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    const until = this.#endOf(FORGOTTEN_AT_ONCE - 1);
    this.#forgetting(until);
    this.floor = until;
    this.#remove(0, FORGOTTEN_AT_ONCE);
  }

  #makeRoom(at: number, room: number): void {
    const count = this.#count + room;
    if (count > this.#offsets.length) this.#grow(Math.max(count, this.#offsets.length * 2));
    for (const column of this.#columns()) column.copyWithin(at + room, at, this.#count);
    this.#count = count;
  }

  #remove(at: number, room: number): void {
    for (const column of this.#columns()) column.copyWithin(at, at + room, this.#count);
    this.#count -= room;
    this.#cursor = 0;
  }

  #columns(): (Float64Array | Int32Array)[] {
    return [this.#offsets, this.#lengths, this.#streams, this.#indices];
  }

  #grow(length: number): void {
    const offsets = new Float64Array(length);
    const [lengths, streams, indices] = [
      new Int32Array(length),
      new Int32Array(length),
      new Int32Array(length),
    ];
    offsets.set(this.#offsets);
    lengths.set(this.#lengths);
    streams.set(this.#streams);
    indices.set(this.#indices);
    this.#offsets = offsets;
    this.#lengths = lengths;
    this.#streams = streams;
    this.#indices = indices;
  }

  #write(at: number, { offset, length, stream, index }: Run): void {
    this.#offsets[at] = offset;
    this.#lengths[at] = length;
    this.#streams[at] = stream;
    this.#indices[at] = index;
  }

  #run(at: number): Run {
    return {
      offset: this.#offsets[at] as number,
      length: this.#lengths[at] as number,
      stream: this.#streams[at] as number,
      index: this.#indices[at] as number,
    };
  }

  #endOf(at: number): number {
    return (this.#offsets[at] as number) + (this.#lengths[at] as number);
  }

  /** Number, in its stream, of the record that run `at` has or would have at `offset`. */
  #indexAt(at: number, offset: number): number {
    return (this.#indices[at] as number) + (offset - (this.#offsets[at] as number));
  }
}

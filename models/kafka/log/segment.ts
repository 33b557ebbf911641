/** A segment of a log: batches from its base offset up to where the next segment begins. */
import type { Instant } from "../../../src/kernel/index.js";
import { type StoredBatch, timestampAt } from "../protocol/record-batch.js";
import type { SegmentFile } from "./log-files.js";
import type { ProducerSnapshot } from "./producer-states.js";

export class Segment {
  readonly baseOffset: number;
  readonly file: SegmentFile;
  /** What was known of producers at the base offset; undefined: that has to be read from the segments before. */
  producers: ProducerSnapshot | undefined;
  /** -1: it has no record. */
  #largestTimestamp: Instant = -1;

  constructor(baseOffset: number, file: SegmentFile, producers: ProducerSnapshot | undefined) {
    this.baseOffset = baseOffset;
    this.file = file;
    this.producers = producers;
    for (const stored of file.entries) this.#note(stored);
  }

  get entries(): readonly StoredBatch[] {
    return this.file.entries;
  }

  get bytes(): number {
    return this.file.bytes;
  }

  get largestTimestamp(): Instant {
    return this.#largestTimestamp;
  }

  /** Of its first batch; undefined: it has none. */
  get firstTimestamp(): Instant | undefined {
    return this.entries[0]?.batch.maxTimestamp;
  }

  /** After its last batch. */
  get endOffset(): number {
    return this.entries.at(-1)?.endOffset ?? this.baseOffset;
  }

  append(stored: StoredBatch): boolean {
    if (!this.file.append(stored)) return false;
    this.#note(stored);
    return true;
  }

  /** Drops the batches that end after `offset`. */
  truncate(offset: number): void {
    const { entries } = this;
    let count = entries.length;
    while (count > 0 && (entries[count - 1] as StoredBatch).endOffset > offset) count--;
    if (count === entries.length) return;
    this.file.truncate(count);
    this.#largestTimestamp = -1;
    for (const stored of this.entries) this.#note(stored);
  }

  /** Place of the first batch that ends after `offset`; the number of batches: there is none. */
  placeOf(offset: number): number {
    const { entries } = this;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((entries[middle] as StoredBatch).endOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #note(stored: StoredBatch): void {
    const { batch, kept } = stored;
    if (kept === undefined || kept.length === 0) {
      if (batch.maxTimestamp > this.#largestTimestamp) this.#largestTimestamp = batch.maxTimestamp;
      return;
    }
    for (const place of kept) {
      this.#largestTimestamp = Math.max(this.#largestTimestamp, timestampAt(batch, place));
    }
  }
}

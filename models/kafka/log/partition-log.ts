/**
 * The log of one replica: batches in the order of their offsets, the offsets at which leader epochs begin
 * [KIP-101], and what is known of producers. It mirrors the file that holds it.
 */
import { type EpochEnd, NO_EPOCH } from "../protocol/messages.js";
import type { StoredBatch } from "../protocol/record-batch.js";
import { ProducerStates } from "./producer-states.js";

interface EpochStart {
  readonly epoch: number;
  readonly startOffset: number;
}

export class PartitionLog {
  readonly producers: ProducerStates = new ProducerStates();
  readonly #entries: StoredBatch[];
  readonly #epochs: EpochStart[] = [];

  /** Of what was found on the disk. */
  constructor(found: readonly StoredBatch[] = []) {
    this.#entries = [...found];
    for (const { leaderEpoch, baseOffset } of found) this.beginEpoch(leaderEpoch, baseOffset);
    this.producers.rebuild(found);
  }

  get entries(): readonly StoredBatch[] {
    return this.#entries;
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#entries.at(-1)?.endOffset ?? 0;
  }

  get latestEpoch(): number {
    return this.#epochs.at(-1)?.epoch ?? NO_EPOCH;
  }

  append(stored: StoredBatch): void {
    this.beginEpoch(stored.leaderEpoch, stored.baseOffset);
    this.#entries.push(stored);
    this.producers.appended(stored);
  }

  /** Batches of `epoch` begin at `startOffset`, unless they have begun before. */
  beginEpoch(epoch: number, startOffset: number): void {
    if (epoch > this.latestEpoch) this.#epochs.push({ epoch, startOffset });
  }

  /** Drops the batches that end after `offset`. Returns how many are left. */
  truncate(offset: number): number {
    let count = this.#entries.length;
    while (count > 0 && (this.#entries[count - 1] as StoredBatch).endOffset > offset) count--;
    if (count < this.#entries.length) {
      this.#entries.length = count;
      this.producers.rebuild(this.#entries);
    }
    // An epoch that began without a batch may be one that the leader never had.
    while ((this.#epochs.at(-1)?.startOffset ?? -1) >= offset) this.#epochs.pop();
    return count;
  }

  /** The latest epoch not above `epoch` that this log knows, and where it ends [KIP-279]. */
  endOfEpoch(epoch: number): EpochEnd {
    if (epoch === this.latestEpoch) return { epoch, endOffset: this.endOffset };
    const next = this.#epochs.findIndex((each) => each.epoch > epoch);
    if (next < 0 || epoch === NO_EPOCH) return { epoch: NO_EPOCH, endOffset: NO_EPOCH };
    const { startOffset } = this.#epochs[next] as EpochStart;
    return { epoch: this.#epochs[next - 1]?.epoch ?? epoch, endOffset: startOffset };
  }

  /** Whole batches from the one that holds `offset`, up to `limit`, of `maxBytes` together but at least one. */
  read(offset: number, limit: number, maxBytes: number): StoredBatch[] {
    const found: StoredBatch[] = [];
    let bytes = 0;
    for (let place = this.#placeOf(offset); place < this.#entries.length; place++) {
      const stored = this.#entries[place] as StoredBatch;
      bytes += stored.bytes;
      if (stored.endOffset > limit || (found.length > 0 && bytes > maxBytes)) break;
      found.push(stored);
    }
    return found;
  }

  /** Place of the batch that holds `offset`. */
  #placeOf(offset: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle] as StoredBatch).endOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * What a log knows of transactions [KIP-98]: which are open in it and where they began, which were aborted, and with
 * that, up to where its records have an outcome. Found again from the batches after a restart or a truncation.
 */
import type { AbortedTransaction, KafkaError } from "../protocol/messages.js";
import type { ProducerIdentity, RecordBatch, StoredBatch } from "../protocol/record-batch.js";

interface Ended {
  readonly firstOffset: number;
  readonly markerOffset: number;
}

interface Aborted extends AbortedTransaction, Ended {
  /** Transactions whose marker comes later began here or after it. */
  readonly stableTo: number;
}

/** A transaction that is to begin, while its coordinator is asked whether it exists [KIP-890]. */
interface Guard {
  readonly number: number;
  epoch: number;
  lowestSequence: number;
}

/** Nothing is to be verified. */
export const NO_GUARD = 0;

export class TransactionIndex {
  /** First offset by producer, in the order in which they began. */
  readonly #open = new Map<number, { readonly firstOffset: number; readonly epoch: number }>();
  /** Whose marker may be above the high watermark, by their markers. */
  readonly #ended: Ended[] = [];
  /** By their markers. */
  readonly #aborted: Aborted[] = [];
  /** By producer: the latest coordinator that ended a transaction of it here. */
  readonly #coordinatorEpochs = new Map<number, number>();
  readonly #guards = new Map<number, Guard>();
  #guardsGiven = NO_GUARD;

  isOpen(producerId: number, epoch: number): boolean {
    return this.#open.get(producerId)?.epoch === epoch;
  }

  hasOpen(producerId: number): boolean {
    return this.#open.has(producerId);
  }

  /** Up to where every transaction has ended, with a marker that is committed: never above the high watermark. */
  lastStableOffset(highWatermark: number): number {
    while (this.#ended.length > 0 && (this.#ended[0] as Ended).markerOffset < highWatermark) {
      this.#ended.shift();
    }
    let stable = Math.min(highWatermark, this.#firstOpen());
    for (const { firstOffset } of this.#ended) stable = Math.min(stable, firstOffset);
    return stable;
  }

  /** Transactions that were aborted, with records between two offsets: `from` and the one before `to`. */
  abortedBetween(from: number, to: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (let place = this.#placeOf(from); place < this.#aborted.length; place++) {
      const { producerId, firstOffset, stableTo } = this.#aborted[place] as Aborted;
      if (firstOffset < to) found.push({ producerId, firstOffset });
      if (stableTo >= to) break;
    }
    return found;
  }

  /** A producer's records are to begin a transaction here, unless one of its epoch is open. */
  guard({ producerId, producerEpoch, baseSequence }: ProducerIdentity): number {
    if (this.isOpen(producerId, producerEpoch)) return NO_GUARD;
    let guard = this.#guards.get(producerId);
    if (guard === undefined) {
      guard = { number: ++this.#guardsGiven, epoch: producerEpoch, lowestSequence: baseSequence };
      this.#guards.set(producerId, guard);
    }
    // What comes late, in an older epoch, changes nothing for a newer one.
    if (producerEpoch > guard.epoch) {
      guard.epoch = producerEpoch;
      guard.lowestSequence = baseSequence;
    } else if (producerEpoch === guard.epoch) {
      guard.lowestSequence = Math.min(guard.lowestSequence, baseSequence);
    }
    return guard.number;
  }

  /** What is to be said against appending a producer's records; `guard`: as they were verified. */
  refusal(batch: RecordBatch, guard: number, verifies: boolean): KafkaError {
    const { producerId, producerEpoch, control } = batch;
    if (!batch.transactional) return this.#open.has(producerId) ? "INVALID_TXN_STATE" : "NONE";
    if (control?.kind === "marker" || !verifies || this.isOpen(producerId, producerEpoch)) return "NONE";
    // A marker that came after the verification has ended the transaction that was verified [KIP-890].
    const known = this.#guards.get(producerId);
    if (known === undefined || known.number !== guard) return "INVALID_TXN_STATE";
    return batch.baseSequence > known.lowestSequence ? "OUT_OF_ORDER_SEQUENCE_NUMBER" : "NONE";
  }

  /** Whether a newer coordinator than this one has ended transactions of the producer. */
  isFenced(producerId: number, coordinatorEpoch: number): boolean {
    return coordinatorEpoch < (this.#coordinatorEpochs.get(producerId) ?? -1);
  }

  appended(stored: StoredBatch): void {
    const { producerId, producerEpoch, transactional, control } = stored.batch;
    if (!transactional) return;
    this.#guards.delete(producerId);
    if (control?.kind === "marker") {
      this.#coordinatorEpochs.set(producerId, control.coordinatorEpoch);
      this.#end(producerId, stored.baseOffset, control.committed);
    } else {
      const firstOffset = this.#open.get(producerId)?.firstOffset ?? stored.baseOffset;
      this.#open.set(producerId, { firstOffset, epoch: producerEpoch });
    }
  }

  /** Forgets everything, and learns it again from what is in the log. */
  rebuild(entries: readonly StoredBatch[]): void {
    this.#open.clear();
    this.#ended.length = 0;
    this.#aborted.length = 0;
    this.#coordinatorEpochs.clear();
    this.#guards.clear();
    for (const stored of entries) this.appended(stored);
  }

  #end(producerId: number, markerOffset: number, committed: boolean): void {
    const open = this.#open.get(producerId);
    if (open === undefined) return;
    const { firstOffset } = open;
    this.#open.delete(producerId);
    this.#ended.push({ firstOffset, markerOffset });
    if (committed) return;
    const stableTo = Math.min(this.#firstOpen(), markerOffset + 1);
    this.#aborted.push({ producerId, firstOffset, markerOffset, stableTo });
  }

  #firstOpen(): number {
    for (const { firstOffset } of this.#open.values()) return firstOffset;
    return Infinity;
  }

  /** Place of the first aborted transaction whose marker is at `offset` or after it. */
  #placeOf(offset: number): number {
    let low = 0;
    let high = this.#aborted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#aborted[middle] as Aborted).markerOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

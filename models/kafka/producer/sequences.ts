/**
 * What an idempotent producer keeps of a partition [KIP-98] [KIP-360]: the producer's epoch and the next sequence there,
 * and the batches that have one and no outcome. When sequences are missing in the log for good, the producer's epoch
 * rises, and what has no outcome is numbered from 0 again. It follows TransactionManager of the Java client.
 */
import type { ProducerBatch } from "./producer-batch.js";

const NOTHING = -1;

export class PartitionSequences {
  /** The epoch that its batches carry. */
  epoch = 0;
  /** A new epoch is to begin as soon as nothing of the partition is on the wire. */
  broken = false;
  #next = 0;
  #acknowledged = NOTHING;
  /** Batches with sequences and without an outcome, in the order of their sequences. */
  readonly #open: ProducerBatch[] = [];
  /** The sequence after that of a batch which was given up and may have been written. */
  #unresolved = NOTHING;

  /** Nothing is missing, as far as is known. */
  get isSettled(): boolean {
    return !this.broken && this.#unresolved === NOTHING;
  }

  /** Whether a batch may be sent now; `epoch`: the producer's. */
  admits(batch: ProducerBatch, epoch: number): boolean {
    if (this.broken) return false;
    // One that is sent again waits until it is the first without an outcome.
    if (batch.baseSequence >= 0) return this.#open[0] === batch;
    if (this.#open.length > 0 && this.epoch !== epoch) return false;
    return this.#unresolved === NOTHING;
  }

  /** Whether a batch is the first without an outcome. */
  isFirst(batch: ProducerBatch): boolean {
    return this.#open[0] === batch;
  }

  /** Gives a batch its sequences, unless it has them; `epoch`: the producer's. */
  number(batch: ProducerBatch, epoch: number): void {
    if (batch.baseSequence >= 0) return;
    if (this.epoch !== epoch) this.restart(epoch);
    batch.baseSequence = this.#next;
    this.#next += batch.count;
    this.#open.push(batch);
  }

  /** Also of one that was given up before its answer came. */
  acknowledged(batch: ProducerBatch): void {
    this.#acknowledged = Math.max(this.#acknowledged, batch.lastSequence);
    this.#close(batch);
  }

  /** It was refused for good, and is certainly not in the log: its sequences are missing. */
  refused(batch: ProducerBatch): void {
    if (batch.baseSequence >= 0) this.broken = true;
    this.#close(batch);
  }

  /** As `refused`, within a transaction: those that follow close the gap. */
  withdrawn(batch: ProducerBatch): void {
    this.#close(batch);
    this.#next -= batch.count;
    for (const later of this.#open) {
      if (later.baseSequence < batch.baseSequence) continue;
      later.baseSequence -= batch.count;
      later.renumbered = true;
    }
  }

  /** Whether a batch that is out of order will always be. */
  isLost(batch: ProducerBatch): boolean {
    const isNext = batch.baseSequence === this.#acknowledged + 1;
    return this.#unresolved !== NOTHING || (isNext && !batch.renumbered);
  }

  /** It was given up, and nobody knows whether it is in the log. */
  abandoned(batch: ProducerBatch): void {
    if (batch.baseSequence >= 0) {
      this.#unresolved = Math.max(this.#unresolved, batch.lastSequence + 1);
    }
    this.#close(batch);
  }

  /** The log has refused a batch as out of order: that may be a matter of time, or sequences are missing there. */
  outOfOrder(batch: ProducerBatch): void {
    const isNext = batch.baseSequence === this.#acknowledged + 1;
    if (this.#unresolved === NOTHING) {
      if (isNext && !batch.renumbered) this.broken = true;
    } else if (batch.baseSequence === this.#unresolved) this.broken = true;
  }

  /** Whether a batch that was given up is to be thought of: then it is, if nothing else is without an outcome. */
  resolve(): void {
    if (this.#unresolved === NOTHING || this.#open.length > 0) return;
    // Later ones were acknowledged: it must have been written, too.
    if (this.#acknowledged + 1 !== this.#next) this.broken = true;
    this.#unresolved = NOTHING;
  }

  /** In place of a batch that was too large, its parts. */
  replace(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    const place = this.#open.indexOf(batch);
    if (place >= 0) this.#open.splice(place, 1, ...parts);
  }

  /** Begins anew, with the batches that have no outcome first. */
  restart(epoch: number): void {
    this.epoch = epoch;
    this.broken = false;
    this.#unresolved = NOTHING;
    this.#next = 0;
    this.#acknowledged = NOTHING;
    for (const batch of this.#open) {
      batch.baseSequence = this.#next;
      batch.renumbered = true;
      this.#next += batch.count;
    }
  }

  #close(batch: ProducerBatch): void {
    const place = this.#open.indexOf(batch);
    if (place >= 0) this.#open.splice(place, 1);
  }
}

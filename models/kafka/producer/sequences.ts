/**
 * What an idempotent producer keeps of a partition [KIP-98] [KIP-360]: the epoch and the next sequence, and the
 * batches that have one and no outcome. After a batch was given up its sequences are missing for good: the epoch
 * rises, and what is left begins anew at 0.
 */
import type { ProducerBatch } from "./accumulator.js";

export class PartitionSequences {
  epoch: number;
  #next = 0;
  /** In the order of their sequences. */
  readonly #open: ProducerBatch[] = [];
  /** A batch was given up. */
  broken = false;
  #acknowledged = -1;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  get isIdle(): boolean {
    return this.#open.length === 0;
  }

  /** Whether a batch may be sent now: a repeated one only when it is the first without an outcome. */
  admits(batch: ProducerBatch): boolean {
    if (this.broken) return false;
    return batch.baseSequence < 0 || this.#open[0] === batch;
  }

  /** Gives a batch its sequences, unless it has them. */
  number(batch: ProducerBatch): void {
    if (batch.baseSequence >= 0) return;
    batch.baseSequence = this.#next;
    this.#next += batch.records.length;
    this.#open.push(batch);
  }

  /** Whether nothing is missing between what was acknowledged and this batch. */
  isNext(batch: ProducerBatch): boolean {
    return batch.baseSequence === this.#acknowledged + 1;
  }

  acknowledged(batch: ProducerBatch): void {
    this.#acknowledged = Math.max(this.#acknowledged, batch.lastSequence);
    this.closed(batch);
  }

  closed(batch: ProducerBatch): void {
    const place = this.#open.indexOf(batch);
    if (place >= 0) this.#open.splice(place, 1);
  }

  /** Begins anew, with the batches that have no outcome first. */
  restart(epoch: number): void {
    this.epoch = epoch;
    this.broken = false;
    this.#next = 0;
    this.#acknowledged = -1;
    for (const batch of this.#open) {
      batch.baseSequence = this.#next;
      this.#next += batch.records.length;
    }
  }
}

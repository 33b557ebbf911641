/**
 * What a consumer at read_committed leaves out of a fetch: the batches of transactions that were aborted, by the list
 * that the leader sends along [KIP-98]. One filter a fetch and partition, given its batches in order.
 */
import type { AbortedTransaction } from "../protocol/messages.js";
import type { StoredBatch } from "../protocol/record-batch.js";

const NONE: readonly AbortedTransaction[] = [];

export class AbortedFilter {
  /** By first offset, those that begin later last. */
  readonly #coming: readonly AbortedTransaction[];
  #next = 0;
  /** Producers in the middle of an aborted transaction. */
  readonly #within = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[] | undefined) {
    const any = aborted !== undefined && aborted.length > 0;
    this.#coming = any ? [...aborted].sort((a, b) => a.firstOffset - b.firstOffset) : NONE;
  }

  /** Whether the batch's records are not for the application. */
  leavesOut({ batch, endOffset }: StoredBatch): boolean {
    if (this.#coming.length === 0 || !batch.transactional) return false;
    for (;;) {
      const next = this.#coming[this.#next];
      if (next === undefined || next.firstOffset >= endOffset) break;
      this.#within.add(next.producerId);
      this.#next++;
    }
    if (batch.control?.kind === "marker") {
      if (!batch.control.committed) this.#within.delete(batch.producerId);
      return true;
    }
    return this.#within.has(batch.producerId);
  }
}

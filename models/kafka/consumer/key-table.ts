/** What a reader makes of keyed records: a table with the last value of each key, as far as it has seen. */
import { type RecordBatch, isTombstone, keyAt } from "../protocol/record-batch.js";

export class KeyTable {
  /** By partition, the keys that have a value. */
  readonly #keys = new Map<number, Set<string>>();

  /** Keys that have a value. */
  get size(): number {
    let size = 0;
    for (const keys of this.#keys.values()) size += keys.size;
    return size;
  }

  apply(partition: number, batch: RecordBatch, place: number): void {
    const key = keyAt(batch, place);
    if (key === undefined) return;
    let keys = this.#keys.get(partition);
    if (keys === undefined) this.#keys.set(partition, (keys = new Set()));
    if (isTombstone(batch, place)) keys.delete(key);
    else keys.add(key);
  }

  forget(): void {
    this.#keys.clear();
  }
}

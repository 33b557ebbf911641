/**
 * Chooses the partition of a record: by the hash of its key; without a key the sticky one, until it has got a batch's
 * worth of bytes [KIP-794]; or each in turn.
 */
import { partitionOfKey } from "../murmur2.js";

export class Partitioner {
  readonly #kind: "default" | "round-robin";
  readonly #batchSize: number;
  readonly #choose: (count: number) => number;
  #next = 0;
  #sticky = -1;
  #produced = 0;

  constructor(kind: "default" | "round-robin", batchSize: number, choose: (count: number) => number) {
    this.#kind = kind;
    this.#batchSize = batchSize;
    this.#choose = choose;
  }

  /** Index of the partition. `bytes` of the record. */
  partition(key: string | undefined, count: number, bytes: number): number {
    if (count === 1) return 0;
    if (this.#kind === "round-robin") return this.#next++ % count;
    if (key !== undefined) return partitionOfKey(key, count);
    if (this.#sticky < 0 || this.#produced >= this.#batchSize) {
      this.#sticky = this.#choose(count);
      this.#produced = 0;
    }
    this.#produced += bytes;
    return this.#sticky;
  }
}

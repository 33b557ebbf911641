/** Of the records of one stream in a compacted partition: which key each has, by number, and whether it deletes that. */

const FEW = 64;

export class RecordKeys {
  /** Twice the key's number and one, plus one where the record deletes it; 0: no key. */
  #column: Int32Array = new Int32Array(FEW);

  /** Memory of the column: four bytes a record. */
  get bytes(): number {
    return this.#column.byteLength;
  }

  set(index: number, key: number, deletes: boolean): void {
    if (index >= this.#column.length) {
      const grown = new Int32Array(Math.max(index + 1, 2 * this.#column.length));
      grown.set(this.#column);
      this.#column = grown;
    }
    this.#column[index] = 2 * key + (deletes ? 2 : 1);
  }

  /** -1: it has none. */
  keyOf(index: number): number {
    const entry = this.#column[index] ?? 0;
    return entry === 0 ? -1 : (entry - 1) >> 1;
  }

  deletes(index: number): boolean {
    const entry = this.#column[index] ?? 0;
    return entry > 0 && entry % 2 === 0;
  }
}

/**
 * The order in which segments were last sent: a list through the slots of the scoreboard, the oldest first
 * [RFC 8985 §6.2 looks at segments in this order].
 */

export const NO_SLOT = -1;
const NO_LINKS = new Int32Array(0);

export class SendingOrder {
  /** The slot sent longest ago, and the one sent last; `NO_SLOT`: the list is empty. */
  oldest: number = NO_SLOT;
  newest: number = NO_SLOT;
  #newer: Int32Array = NO_LINKS;
  #older: Int32Array = NO_LINKS;

  /** The slot sent after `slot`. */
  after(slot: number): number {
    return this.#newer[slot] as number;
  }

  append(slot: number): void {
    const newest = this.newest;
    this.#older[slot] = newest;
    this.#newer[slot] = NO_SLOT;
    if (newest === NO_SLOT) this.oldest = slot;
    else this.#newer[newest] = slot;
    this.newest = slot;
  }

  remove(slot: number): void {
    const older = this.#older[slot] as number;
    const newer = this.#newer[slot] as number;
    if (older === NO_SLOT) this.oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NO_SLOT) this.newest = older;
    else this.#older[newer] = older;
  }

  /** What stands in slot `from` stands in slot `to` from now on. */
  move(from: number, to: number): void {
    const older = this.#older[from] as number;
    const newer = this.#newer[from] as number;
    this.#older[to] = older;
    this.#newer[to] = newer;
    if (older === NO_SLOT) this.oldest = to;
    else this.#newer[older] = to;
    if (newer === NO_SLOT) this.newest = to;
    else this.#older[newer] = to;
  }

  /** The ring has grown to `capacity`: slots count from `head` of the old ring, whose mask was `mask`. */
  grow(capacity: number, head: number, mask: number): void {
    const placeOf = (slot: number): number => (slot === NO_SLOT ? NO_SLOT : (slot - head) & mask);
    const newer = new Int32Array(capacity);
    const older = new Int32Array(capacity);
    for (let slot = this.oldest; slot !== NO_SLOT; slot = this.#newer[slot] as number) {
      newer[placeOf(slot)] = placeOf(this.#newer[slot] as number);
      older[placeOf(slot)] = placeOf(this.#older[slot] as number);
    }
    this.oldest = placeOf(this.oldest);
    this.newest = placeOf(this.newest);
    this.#newer = newer;
    this.#older = older;
  }
}

/** A program's timers by (kind, id). */
import { NEVER, type Instant } from "./time.js";
import type { TimerOwner, TimerSlot, Timers } from "./timers.js";

/**
 * Timers of one owner by kind (0 … kinds - 1) and id (small integers from 0: a row, an index). A timer's slot is
 * made when it is set for the first time and kept until `releaseAll`, so that arming it again is cheap. An id
 * that was seen costs 4 bytes a kind.
 */
export class TimerTable {
  readonly #timers: Timers;
  readonly #owner: TimerOwner;
  readonly #kinds: number;
  /** Slot + 1 of (kind, id) at id × kinds + kind; 0 where there is none yet. */
  #slots: Int32Array;

  constructor(timers: Timers, owner: TimerOwner, kinds: number) {
    this.#timers = timers;
    this.#owner = owner;
    this.#kinds = kinds;
    this.#slots = new Int32Array(kinds);
  }

  /** The owner's `timerFired(kind, id)` is called at `at`, whatever was set before. `NEVER` cancels. */
  set(kind: number, id: number, at: Instant): void {
    const slot = this.#slot(kind, id);
    if (slot >= 0) this.#timers.set(slot, at);
    else if (at < NEVER) this.#timers.set(this.#create(kind, id), at);
  }

  cancel(kind: number, id: number): void {
    const slot = this.#slot(kind, id);
    if (slot >= 0) this.#timers.cancel(slot);
  }

  /** When the timer fires; `NEVER` when it is not set. */
  deadline(kind: number, id: number): Instant {
    const slot = this.#slot(kind, id);
    return slot >= 0 ? this.#timers.deadline(slot) : NEVER;
  }

  /** Cancels every timer and gives their slots back. The table can be used again. */
  releaseAll(): void {
    for (const entry of this.#slots) {
      if (entry > 0) this.#timers.release(entry - 1);
    }
    this.#slots = new Int32Array(this.#kinds);
  }

  /** The slot of (kind, id); -1 when it has none. */
  #slot(kind: number, id: number): TimerSlot {
    const index = id * this.#kinds + kind;
    return index < this.#slots.length ? (this.#slots[index] as number) - 1 : -1;
  }

  #create(kind: number, id: number): TimerSlot {
    if (!(kind >= 0 && kind < this.#kinds)) throw new RangeError(`${kind} is not a kind of timer here`);
    const index = id * this.#kinds + kind;
    if (index >= this.#slots.length) {
      const grown = new Int32Array(Math.max(2 * this.#slots.length, (id + 1) * this.#kinds));
      grown.set(this.#slots);
      this.#slots = grown;
    }
    const slot = this.#timers.create(this.#owner, kind, id);
    this.#slots[index] = slot + 1;
    return slot;
  }
}

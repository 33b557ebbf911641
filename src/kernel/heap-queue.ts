/** A binary heap over typed arrays: the plain queue that others are compared with. */
import type { EventQueue } from "./event-queue.js";
import { NEVER, type Instant } from "./time.js";

export class HeapQueue implements EventQueue {
  size = 0;
  at: Instant = 0;
  sequence = 0;
  event = 0;

  #ats: Float64Array = new Float64Array(64);
  #sequences: Float64Array = new Float64Array(64);
  #events: Int32Array = new Int32Array(64);

  push(at: Instant, sequence: number, event: number): void {
    if (this.size === this.#ats.length) this.#grow();
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#before(at, sequence, parent)) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, at, sequence, event);
  }

  peek(): Instant {
    return this.size === 0 ? NEVER : (this.#ats[0] as number);
  }

  pop(): boolean {
    if (this.size === 0) return false;
    this.at = this.#ats[0] as number;
    this.sequence = this.#sequences[0] as number;
    this.event = this.#events[0] as number;
    const last = --this.size;
    if (last > 0) {
      this.#sink(this.#ats[last] as number, this.#sequences[last] as number, this.#events[last] as number);
    }
    return true;
  }

  popUntil(until: Instant): boolean {
    return this.peek() <= until && this.pop();
  }

  purge(keep: (at: Instant, sequence: number, event: number) => boolean): void {
    const ats = this.#ats.slice(0, this.size);
    const sequences = this.#sequences.slice(0, this.size);
    const events = this.#events.slice(0, this.size);
    this.size = 0;
    for (let i = 0; i < ats.length; i++) {
      const at = ats[i] as number;
      const sequence = sequences[i] as number;
      const event = events[i] as number;
      if (keep(at, sequence, event)) this.push(at, sequence, event);
    }
  }

  #sink(at: Instant, sequence: number, event: number): void {
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= this.size) break;
      const right = child + 1;
      if (
        right < this.size &&
        this.#before(this.#ats[right] as number, this.#sequences[right] as number, child)
      ) {
        child = right;
      }
      if (this.#before(at, sequence, child)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#put(hole, at, sequence, event);
  }

  #before(at: Instant, sequence: number, index: number): boolean {
    const other = this.#ats[index] as number;
    return at < other || (at === other && sequence < (this.#sequences[index] as number));
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#ats[from] as number, this.#sequences[from] as number, this.#events[from] as number);
  }

  #put(index: number, at: Instant, sequence: number, event: number): void {
    this.#ats[index] = at;
    this.#sequences[index] = sequence;
    this.#events[index] = event;
  }

  #grow(): void {
    const capacity = this.#ats.length * 2;
    const ats = new Float64Array(capacity);
    const sequences = new Float64Array(capacity);
    const events = new Int32Array(capacity);
    ats.set(this.#ats);
    sequences.set(this.#sequences);
    events.set(this.#events);
    this.#ats = ats;
    this.#sequences = sequences;
    this.#events = events;
  }
}

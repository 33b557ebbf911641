/**
 * What the programs of a fleet of clients remember apiece, in rows of 40 bytes: when packets last went out and came
 * in, slots of timers, and counts. An idle client touches nothing else when its timers fire, and a million of them
 * are small.
 */
import { type Instant, NEVER, type TimerSlot, grown } from "../../src/kernel/index.js";

export const NO_SLOT: TimerSlot = -1;

const ROWS_AT_FIRST = 8;
/** A row is two doubles and six integers. */
const WORDS = 5;
const SENT = 0;
const RECEIVED = 1;
const INTEGERS = 10;

/** The integers of a row: slots of timers that every client sets over datagrams, … */
export const LIFE = 4;
export const CONTROL_RETRY = 5;
/** … counts over all lives of the process … */
export const CONNECTS = 6;
export const CAUGHT_UP = 7;
export const PINGS = 8;
/** … and whether the application was told of a subscription and not of its loss. */
export const ENTITLED = 9;

export class ClientRows {
  #words: Float64Array = new Float64Array(ROWS_AT_FIRST * WORDS);
  #integers: Int32Array = new Int32Array(this.#words.buffer);
  #rows = 0;

  /** A row of zeros, without slots, that nothing was sent or received in. */
  add(): number {
    const row = this.#rows++;
    if (row * WORDS === this.#words.length) this.#grow(row);
    this.#words[row * WORDS + SENT] = NEVER;
    this.#words[row * WORDS + RECEIVED] = NEVER;
    this.set(row, LIFE, NO_SLOT);
    this.set(row, CONTROL_RETRY, NO_SLOT);
    return row;
  }

  get(row: number, field: number): number {
    return this.#integers[row * INTEGERS + field] as number;
  }

  set(row: number, field: number, value: number): void {
    this.#integers[row * INTEGERS + field] = value;
  }

  increment(row: number, field: number): void {
    this.set(row, field, this.get(row, field) + 1);
  }

  sent(row: number, now: Instant): void {
    this.#words[row * WORDS + SENT] = now;
  }

  received(row: number, now: Instant): void {
    this.#words[row * WORDS + RECEIVED] = now;
  }

  /** When the latest packet went out or the latest came in, whichever is earlier; `NEVER` before there were both. */
  silentSince(row: number): Instant {
    const sent = this.#words[row * WORDS + SENT] as Instant;
    const received = this.#words[row * WORDS + RECEIVED] as Instant;
    return Math.min(sent, received);
  }

  #grow(used: number): void {
    const words = new Float64Array(grown(used) * WORDS);
    words.set(this.#words);
    this.#words = words;
    this.#integers = new Int32Array(words.buffer);
  }
}

/**
 * Packets in flight: slots of 32 bytes in one buffer, beside their contents. A slot is four words of eight
 * bytes: instant of arrival, sequence number of the arrival's event, endpoint, and, in halves, the packet's
 * number and a link to another slot, which serves as the list of a FIFO link and as the list of free slots.
 *
 * One buffer for all links: an idle link holds nothing, and slots are used again at once, while they are
 * still in the processor's cache.
 */
import { type Instant, grown } from "../kernel/index.js";
import type { Content } from "../trace/index.js";

/** A packet's slot; -1 is none. */
export type Slot = number;

export const NONE: Slot = -1;

const SLOTS_AT_FIRST = 64;
const WORDS = 4;
const ARRIVAL = 0;
const SEQUENCE = 1;
const ENDPOINT = 2;
const HALVES = 8;
const PACKET = 6;
const NEXT = 7;

const NOTHING: Content = { bytes: 0, describe: () => ({ protocol: "", name: "", detail: "", again: false }) };

export class InFlight {
  #words: Float64Array;
  #halves: Int32Array;
  readonly #contents: Content[] = [];
  #free: Slot = NONE;
  #slots = 0;

  constructor() {
    this.#words = new Float64Array(SLOTS_AT_FIRST * WORDS);
    this.#halves = new Int32Array(this.#words.buffer);
  }

  /** Puts a packet into a slot, with `NONE` as its next. */
  put(arrival: Instant, sequence: number, endpoint: number, packet: number, content: Content): Slot {
    let slot = this.#free;
    if (slot === NONE) {
      slot = this.#slots++;
      if (slot * WORDS === this.#words.length) this.#grow();
    } else {
      this.#free = this.#halves[slot * HALVES + NEXT] as Slot;
    }
    const word = slot * WORDS;
    this.#words[word + ARRIVAL] = arrival;
    this.#words[word + SEQUENCE] = sequence;
    this.#words[word + ENDPOINT] = endpoint;
    this.#halves[slot * HALVES + PACKET] = packet;
    this.#halves[slot * HALVES + NEXT] = NONE;
    this.#contents[slot] = content;
    return slot;
  }

  /** Gives the slot back. Read what it holds before. */
  free(slot: Slot): void {
    this.#contents[slot] = NOTHING;
    this.#halves[slot * HALVES + NEXT] = this.#free;
    this.#free = slot;
  }

  arrival(slot: Slot): Instant {
    return this.#words[slot * WORDS + ARRIVAL] as number;
  }

  sequence(slot: Slot): number {
    return this.#words[slot * WORDS + SEQUENCE] as number;
  }

  /** Puts the arrival off. */
  postpone(slot: Slot, arrival: Instant, sequence: number): void {
    this.#words[slot * WORDS + ARRIVAL] = arrival;
    this.#words[slot * WORDS + SEQUENCE] = sequence;
  }

  endpoint(slot: Slot): number {
    return this.#words[slot * WORDS + ENDPOINT] as number;
  }

  packet(slot: Slot): number {
    return (this.#halves[slot * HALVES + PACKET] as number) >>> 0;
  }

  content(slot: Slot): Content {
    return this.#contents[slot] as Content;
  }

  next(slot: Slot): Slot {
    return this.#halves[slot * HALVES + NEXT] as Slot;
  }

  setNext(slot: Slot, next: Slot): void {
    this.#halves[slot * HALVES + NEXT] = next;
  }

  #grow(): void {
    const slots = this.#slots - 1;
    const words = new Float64Array(grown(slots) * WORDS);
    words.set(this.#words);
    this.#words = words;
    this.#halves = new Int32Array(words.buffer);
  }
}

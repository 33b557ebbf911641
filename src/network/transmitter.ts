/**
 * The near end of a link with a bandwidth: puts one packet after the other on the link and keeps those that
 * wait in a queue with a limit (drop-tail). The packet that is being put on the link no longer waits.
 */
import { type Duration, type Instant, SECOND } from "../kernel/index.js";

const BITS_PER_BYTE = 8;
const CAPACITY_AT_FIRST = 8;

export class Transmitter {
  /** bit/s */
  readonly #bandwidth: number;
  readonly #queueLimit: number;
  /** From when on the link is free for a further packet. */
  #freeAt: Instant = 0;
  /** A ring of the packets that wait: when they begin to be put on the link, and their bytes. */
  #begins: number[] = [];
  #sizes: number[] = [];
  #head = 0;
  #count = 0;
  #waitingBytes = 0;

  constructor(bandwidth: number, queueLimit: number | undefined) {
    if (!(bandwidth > 0)) throw new Error(`a link's bandwidth must be positive, not ${bandwidth} bit/s`);
    this.#bandwidth = bandwidth;
    this.#queueLimit = queueLimit ?? Number.POSITIVE_INFINITY;
  }

  /** Takes a packet. Returns the instant at which its last bit has left, or -1 when the queue is full. */
  accept(bytes: number, now: Instant): Instant {
    const begin = Math.max(now, this.#freeAt);
    if (begin > now) {
      if (this.waitingBytes(now) + bytes > this.#queueLimit) return -1;
      this.#wait(begin, bytes);
    }
    this.#freeAt = begin + this.#transmission(bytes);
    return this.#freeAt;
  }

  /** Bytes of the packets that wait at `now`. */
  waitingBytes(now: Instant): number {
    while (this.#count > 0 && (this.#begins[this.#head] as number) <= now) {
      this.#waitingBytes -= this.#sizes[this.#head] as number;
      this.#head = (this.#head + 1) & (this.#begins.length - 1);
      this.#count--;
    }
    return this.#waitingBytes;
  }

  /** Nanoseconds that it takes to put `bytes` on the link, rounded up. */
  #transmission(bytes: number): Duration {
    return Math.ceil((bytes * BITS_PER_BYTE * SECOND) / this.#bandwidth);
  }

  #wait(begin: Instant, bytes: number): void {
    if (this.#count === this.#begins.length) this.#grow();
    const place = (this.#head + this.#count++) & (this.#begins.length - 1);
    this.#begins[place] = begin;
    this.#sizes[place] = bytes;
    this.#waitingBytes += bytes;
  }

  #grow(): void {
    const capacity = Math.max(CAPACITY_AT_FIRST, 2 * this.#begins.length);
    const begins = new Array<number>(capacity).fill(0);
    const sizes = new Array<number>(capacity).fill(0);
    for (let i = 0; i < this.#count; i++) {
      const place = (this.#head + i) & (this.#begins.length - 1);
      begins[i] = this.#begins[place] as number;
      sizes[i] = this.#sizes[place] as number;
    }
    this.#begins = begins;
    this.#sizes = sizes;
    this.#head = 0;
  }
}

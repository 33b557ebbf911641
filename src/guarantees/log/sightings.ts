/**
 * The latest times that somebody was told where records stand, so that a witness can show them. Records that follow
 * each other, and were told to one node at one instant, are one entry.
 */
import type { Instant } from "../../kernel/index.js";
import type { Run } from "./log-order.js";
import type { LogPartition } from "./log-partition.js";

const CAPACITY = 4096;

/** Told to the record's producer. */
export const TOLD_PRODUCER = -1;

export interface Sighting {
  readonly offset: number;
  readonly at: Instant;
  /** The consumer whose poll returned it, or `TOLD_PRODUCER`. */
  readonly by: number;
}

export class Sightings {
  readonly #partitions: (LogPartition | undefined)[] = [];
  readonly #streams: Int32Array = new Int32Array(CAPACITY);
  readonly #indices: Int32Array = new Int32Array(CAPACITY);
  readonly #lengths: Int32Array = new Int32Array(CAPACITY);
  readonly #offsets: Float64Array = new Float64Array(CAPACITY);
  readonly #instants: Float64Array = new Float64Array(CAPACITY);
  readonly #by: Int32Array = new Int32Array(CAPACITY);
  #next = 0;

  add(partition: LogPartition, run: Run, by: number, now: Instant): void {
    const last = (this.#next - 1) & (CAPACITY - 1);
    const told =
      this.#partitions[last] === partition && this.#by[last] === by && this.#instants[last] === now;
    if (told && this.#continues(last, run)) {
      this.#lengths[last] = (this.#lengths[last] as number) + run.length;
      return;
    }
    const { stream, index, offset, length } = run;
    const slot = this.#next;
    this.#partitions[slot] = partition;
    this.#streams[slot] = stream;
    this.#indices[slot] = index;
    this.#lengths[slot] = length;
    this.#offsets[slot] = offset;
    this.#by[slot] = by;
    this.#instants[slot] = now;
    this.#next = (slot + 1) & (CAPACITY - 1);
  }

  /** The latest one of the record; undefined when that was more than 4,096 others ago. */
  find(partition: LogPartition, stream: number, index: number): Sighting | undefined {
    for (let back = 1; back <= CAPACITY; back++) {
      const slot = (this.#next - back) & (CAPACITY - 1);
      const place = index - (this.#indices[slot] as number);
      if (place < 0 || place >= (this.#lengths[slot] as number) || this.#streams[slot] !== stream) continue;
      if (this.#partitions[slot] !== partition) continue;
      const [offset, at, by] = [this.#offsets[slot], this.#instants[slot], this.#by[slot]];
      return { offset: (offset as number) + place, at: at as Instant, by: by as number };
    }
    return undefined;
  }

  #continues(slot: number, { stream, index, offset }: Run): boolean {
    const length = this.#lengths[slot] as number;
    return (
      this.#streams[slot] === stream &&
      (this.#indices[slot] as number) + length === index &&
      (this.#offsets[slot] as number) + length === offset
    );
  }
}

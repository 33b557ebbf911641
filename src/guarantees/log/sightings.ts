/** The latest times that somebody was told where a record stands, so that a witness can show them. */
import type { Instant } from "../../kernel/index.js";
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
  readonly #offsets: Float64Array = new Float64Array(CAPACITY);
  readonly #instants: Float64Array = new Float64Array(CAPACITY);
  readonly #by: Int32Array = new Int32Array(CAPACITY);
  #next = 0;

  add(
    partition: LogPartition,
    stream: number,
    index: number,
    offset: number,
    by: number,
    now: Instant,
  ): void {
    const slot = this.#next;
    this.#partitions[slot] = partition;
    this.#streams[slot] = stream;
    this.#indices[slot] = index;
    this.#offsets[slot] = offset;
    this.#by[slot] = by;
    this.#instants[slot] = now;
    this.#next = (slot + 1) & (CAPACITY - 1);
  }

  /** The latest one of the record; undefined when that was more than 4,096 others ago. */
  find(partition: LogPartition, stream: number, index: number): Sighting | undefined {
    for (let back = 1; back <= CAPACITY; back++) {
      const slot = (this.#next - back) & (CAPACITY - 1);
      if (this.#indices[slot] !== index || this.#streams[slot] !== stream) continue;
      if (this.#partitions[slot] !== partition) continue;
      const [offset, at, by] = [this.#offsets[slot], this.#instants[slot], this.#by[slot]];
      return { offset: offset as number, at: at as Instant, by: by as number };
    }
    return undefined;
  }
}

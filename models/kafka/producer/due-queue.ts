/** Partitions with something to send that is not ready yet, the next one first: a heap whose members know their place. */
import { type Instant, NEVER } from "../../../src/kernel/index.js";
import type { PartitionQueue } from "./partition-queue.js";

export class DueQueue {
  readonly #heap: PartitionQueue[] = [];

  /** When the next one is due; `NEVER`: there is none. */
  get nextAt(): Instant {
    return this.#heap[0]?.dueAt ?? NEVER;
  }

  /** Takes the next one out if it is due. */
  take(now: Instant): PartitionQueue | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueAt > now) return undefined;
    this.remove(first);
    return first;
  }

  /** Puts it where its `dueAt` belongs; it may be in there. */
  put(queue: PartitionQueue): void {
    if (queue.place < 0) {
      queue.place = this.#heap.length;
      this.#heap.push(queue);
    }
    this.#rise(queue);
    this.#sink(queue);
  }

  remove(queue: PartitionQueue): void {
    const { place } = queue;
    if (place < 0) return;
    queue.place = -1;
    const last = this.#heap.pop() as PartitionQueue;
    if (last === queue) return;
    this.#set(place, last);
    this.#rise(last);
    this.#sink(last);
  }

  clear(): void {
    for (const queue of this.#heap) queue.place = -1;
    this.#heap.length = 0;
  }

  #set(place: number, queue: PartitionQueue): void {
    this.#heap[place] = queue;
    queue.place = place;
  }

  #rise(queue: PartitionQueue): void {
    while (queue.place > 0) {
      const { place } = queue;
      const above = this.#heap[(place - 1) >> 1] as PartitionQueue;
      if (!isBefore(queue, above)) return;
      const place2 = above.place;
      this.#set(place, above);
      this.#set(place2, queue);
    }
  }

  #sink(queue: PartitionQueue): void {
    for (;;) {
      const { place } = queue;
      let least = queue;
      for (const below of [this.#heap[2 * place + 1], this.#heap[2 * place + 2]]) {
        if (below !== undefined && isBefore(below, least)) least = below;
      }
      if (least === queue) return;
      const below = least.place;
      this.#set(place, least);
      this.#set(below, queue);
    }
  }
}

/** Of two that are due at once, the one with the lower number. */
function isBefore(one: PartitionQueue, other: PartitionQueue): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.partition < other.partition);
}

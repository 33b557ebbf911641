/** What was fetched and not yet polled, in the order in which it came, and what a poll takes from it. */
import type { Message } from "../../../src/trace/index.js";
import type { StoredBatch } from "../protocol/record-batch.js";
import type { AbortedFilter } from "./aborted-filter.js";
import { KeyTable } from "./key-table.js";
import type { PolledRecords } from "./polled-records.js";
import type { Position } from "./position.js";

/** One partition's part of a response. */
interface Fetched {
  readonly position: Position;
  readonly leader: number;
  readonly batches: readonly StoredBatch[];
  /** Where the position is when all of it was polled, or left out. */
  readonly endOffset: number;
  /** Place of the next batch, and of the next record among those that are left in it. */
  batch: number;
  place: number;
}

export class RecordBuffer {
  /** What polls have returned so far, as a table of the last record of each key. */
  readonly table: KeyTable = new KeyTable();
  readonly #fetched: Fetched[] = [];

  /** `filter` leaves out what the application is not to see. */
  add(position: Position, leader: number, batches: readonly StoredBatch[], filter: AbortedFilter): void {
    position.buffered = true;
    const seen = batches.filter((stored) => !filter.leavesOut(stored));
    const endOffset = batches.at(-1)?.endOffset ?? position.offset;
    position.fetched = endOffset;
    this.#fetched.push({ position, leader, batches: seen, endOffset, batch: 0, place: 0 });
  }

  /** Whoever has sent what is still here is not asked for more [KAFKA-17182]. */
  holdsOf(leader: number): boolean {
    for (const fetched of this.#fetched) if (fetched.leader === leader) return true;
    return false;
  }

  /** Moves records to `polled`, at most so many in all; positions move with them. */
  take(most: number, polled: PolledRecords): void {
    let kept = 0;
    for (let next = 0; next < this.#fetched.length; next++) {
      const fetched = this.#fetched[next] as Fetched;
      const left = fetched.position.leaving || !this.#drain(fetched, most, polled);
      if (left) this.#fetched[kept++] = fetched;
      else fetched.position.buffered = false;
    }
    this.#fetched.length = kept;
  }

  drop(position: Position): void {
    const place = this.#fetched.findIndex((fetched) => fetched.position === position);
    if (place >= 0) this.#fetched.splice(place, 1);
    position.buffered = false;
  }

  clear(): void {
    this.#fetched.length = 0;
  }

  /** Calls `visit` for each record that is still here. */
  each(visit: (message: Message) => void): void {
    for (const { position, batches } of this.#fetched) {
      for (const stored of batches) {
        stored.eachRecord((message, place) => {
          if (stored.baseOffset + place >= position.offset) visit(message);
        });
      }
    }
  }

  /** True: nothing is left of it. */
  #drain(fetched: Fetched, most: number, polled: PolledRecords): boolean {
    const { position, batches } = fetched;
    for (; fetched.batch < batches.length; fetched.batch++) {
      const stored = batches[fetched.batch] as StoredBatch;
      if (!this.#drainBatch(stored, fetched, most, polled)) return false;
      position.offset = Math.max(position.offset, stored.endOffset);
      position.epoch = stored.leaderEpoch;
      fetched.place = 0;
    }
    position.offset = Math.max(position.offset, fetched.endOffset);
    return true;
  }

  /** True: nothing is left of it. */
  #drainBatch(
    { batch, baseOffset, leaderEpoch, kept }: StoredBatch,
    fetched: Fetched,
    most: number,
    polled: PolledRecords,
  ): boolean {
    const { position } = fetched;
    const { records, keys } = batch;
    const count = kept?.length ?? records.length;
    while (fetched.place < count) {
      const from = kept?.[fetched.place] ?? fetched.place;
      const offset = baseOffset + from;
      // It was polled before, and fetched again.
      if (offset < position.offset) {
        fetched.place++;
        continue;
      }
      const room = Math.min(most - polled.count, count - fetched.place);
      if (room <= 0) return false;
      const to = from + (kept === undefined ? room : consecutive(kept, fetched.place, room));
      polled.add(position, { messages: records, from, to, offset }, keys);
      if (keys !== undefined) {
        for (let place = from; place < to; place++) this.table.apply(position.partition, batch, place);
      }
      position.offset = baseOffset + to;
      position.epoch = leaderEpoch;
      fetched.place += to - from;
    }
    return true;
  }
}

/** How many places follow each other from the one at `at` on, at most so many. */
function consecutive(places: readonly number[], at: number, most: number): number {
  let length = 1;
  while (length < most && places[at + length] === (places[at] as number) + length) length++;
  return length;
}

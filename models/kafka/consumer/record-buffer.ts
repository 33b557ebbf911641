/** What was fetched and not yet polled, in the order in which it came, and what a poll takes from it. */
import type { Message, RecordRun } from "../../../src/trace/index.js";
import type { StoredBatch } from "../protocol/record-batch.js";
import type { AbortedFilter } from "./aborted-filter.js";
import { KeyTable } from "./key-table.js";
import type { Position } from "./position.js";

/** What a poll returned: the same arrays every time. */
export class PolledRecords {
  readonly messages: Message[] = [];
  readonly positions: Position[] = [];
  readonly offsets: number[] = [];
  readonly keys: (string | undefined)[] = [];

  get count(): number {
    return this.messages.length;
  }

  add(message: Message, position: Position, offset: number, key: string | undefined): void {
    this.keys.push(key);
    this.messages.push(message);
    this.positions.push(position);
    this.offsets.push(offset);
  }

  /** Calls `visit` for the records that follow each other in one partition, in order. */
  eachRun(visit: (position: Position, run: RecordRun) => void): void {
    const { messages, positions, offsets } = this;
    for (let from = 0; from < messages.length;) {
      const position = positions[from] as Position;
      const offset = offsets[from] as number;
      let to = from + 1;
      while (positions[to] === position && offsets[to] === offset + to - from) to++;
      visit(position, { messages, from, to, offset });
      from = to;
    }
  }

  clear(): void {
    this.messages.length = 0;
    this.positions.length = 0;
    this.offsets.length = 0;
    this.keys.length = 0;
  }
}

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
    while (fetched.batch < batches.length) {
      const stored = batches[fetched.batch] as StoredBatch;
      const { records } = stored.batch;
      const { baseOffset, kept } = stored;
      const count = kept?.length ?? records.length;
      while (fetched.place < count) {
        const place = kept?.[fetched.place] ?? fetched.place;
        const offset = baseOffset + place;
        const message = records[place];
        if (offset >= position.offset && message !== undefined) {
          if (polled.count >= most) return false;
          polled.add(message, position, offset, stored.batch.keys?.[place]);
          if (stored.batch.keys !== undefined) this.table.apply(position.partition, stored.batch, place);
          position.offset = offset + 1;
          position.epoch = stored.leaderEpoch;
        }
        fetched.place++;
      }
      position.offset = Math.max(position.offset, stored.endOffset);
      position.epoch = stored.leaderEpoch;
      fetched.batch++;
      fetched.place = 0;
    }
    position.offset = Math.max(position.offset, fetched.endOffset);
    return true;
  }
}

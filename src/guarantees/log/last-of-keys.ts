/**
 * What compaction may take. Of the records with one key the last one stays, and of a key whose last record deletes it
 * nothing in the end: a record is missed by nobody when a later one of its key stands in the partition, as far as
 * anybody was told, or when it deletes its key.
 *
 * last-value: who has read on beyond the last record of a key has got that, if it had got one of the key before. A
 * reader that misses the record which deletes a key goes on with a value that nobody else has.
 */
import type { HistoryEnd } from "../history-end.js";
import type { CheckResult } from "../verdict.js";
import { Finding } from "./finding.js";
import type { LogPartition, Reader } from "./log-partition.js";
import type { LogRecords } from "./log-records.js";

interface Place {
  readonly stream: number;
  readonly index: number;
  readonly offset: number;
}

/** Of each key of a partition, by number, the last record that it certainly has. */
export class LastOfKeys {
  readonly #records: LogRecords;
  readonly #last = new Map<number, Place>();
  /** Records that have lost their place count too: a later one took what was before them. */
  readonly #lastEver = new Map<number, number>();

  constructor(records: LogRecords, partition: LogPartition) {
    this.#records = records;
    for (const [key, offset] of partition.forgottenKeys) this.#lastEver.set(key, offset);
    partition.eachRecord(0, Infinity, (stream, index, offset, replaced) => {
      const key = records.keyOf(stream, index);
      if (key < 0 || !records.isReal(stream, index)) return;
      if (offset > (this.#lastEver.get(key) ?? -1)) this.#lastEver.set(key, offset);
      const known = this.#last.get(key);
      if (!replaced && offset > (known?.offset ?? -1)) this.#last.set(key, { stream, index, offset });
    });
  }

  /** Whether the record at `offset` may be gone. */
  mayTake(stream: number, index: number, offset: number): boolean {
    const key = this.#records.keyOf(stream, index);
    if (key < 0) return false;
    return this.#records.deletesKey(stream, index) || (this.#lastEver.get(key) ?? -1) > offset;
  }

  /** The last record of the key; undefined: none is known. */
  of(key: number): Place | undefined {
    return this.#last.get(key);
  }
}

/** What can be said of a partition's keys now; undefined where it has none. */
export function lastOfKeys(records: LogRecords, partition: LogPartition): LastOfKeys | undefined {
  return partition.isKeyed ? new LastOfKeys(records, partition) : undefined;
}

export class LastValues {
  readonly #records: LogRecords;
  readonly #end: HistoryEnd;
  readonly #finding = new Finding("last-value");

  constructor(records: LogRecords, end: HistoryEnd) {
    this.#records = records;
    this.#end = end;
  }

  look(partition: LogPartition, last: LastOfKeys): void {
    for (const reader of partition.readers) {
      for (const [key, offset] of reader.keys ?? []) this.#compare(partition, reader, offset, last.of(key));
    }
  }

  result(): CheckResult {
    return this.#finding.result();
  }

  /** `got`: offset of the last record of the key that the reader got. */
  #compare(partition: LogPartition, reader: Reader, got: number, last: Place | undefined): void {
    if (last === undefined || last.offset < reader.from || last.offset >= reader.readTo) return;
    this.#finding.atRisk++;
    if (got >= last.offset) return;
    const { stream, index, offset } = last;
    const { events } = this.#records;
    this.#finding.violated(() => ({
      what:
        `${events.node(reader.consumer)} got offset ${got} of ${partition.name}, read on beyond ${offset}, and did ` +
        `not get what stands there: ${this.#records.name(stream, index)}, the last record of the same key.`,
      events: [...this.#records.story(partition, stream, index, this.#end), events.ended(this.#end.at)],
    }));
  }
}

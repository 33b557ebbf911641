/** What is kept of a partition: the log as it was told, who reads it from where, and what groups make of it. */
import type { Instant } from "../../kernel/index.js";
import { Bitset } from "../bitset.js";
import { IntervalSet } from "./interval-set.js";
import { LogOrder, type Run } from "./log-order.js";
import type { RecordKeys } from "./record-keys.js";

/** What is kept of a stream beside what every history keeps: a bit a record each. */
export class StreamRecords {
  /** The record is known to stand at some offset. */
  readonly placed: Bitset = new Bitset();
  /** Somebody's poll returned it. */
  readonly polled: Bitset = new Bitset();
  /** Its producer was told that it is not written; absent until there is one. */
  failed: Bitset | undefined;
  /** Their keys; absent where there are none. */
  keys: RecordKeys | undefined;
  /** The highest number that somebody was told a place of, and the highest offset told. */
  highestPlaced = -1;
  highestOffset = -1;
}

/** A consumer in a partition. */
export class Reader {
  readonly consumer: number;
  /** The group for which it has the partition; -1: for itself. */
  group = -1;
  /** Offset of the next record that it is to get; -1 while nothing is known. */
  next = -1;
  /** Where it began to read without a jump, and the offset after the last that it got. */
  from = -1;
  readTo = -1;
  /** When its latest poll returned; -1 after a jump. */
  polledAt: Instant = -1;
  /** It went where a policy sent it. */
  wasReset = false;
  /** By number of a key, the offset of its last record that it got; absent where there are no keys. */
  keys: Map<number, number> | undefined;

  constructor(consumer: number) {
    this.consumer = consumer;
  }
}

export interface Owner {
  readonly consumer: number;
  readonly since: Instant;
}

/** A group in a partition. */
export class GroupShare {
  readonly group: number;
  /** In the order in which they got the partition. */
  readonly owners: Owner[] = [];
  /** Where it began; -1 before. */
  from = -1;
  /** The offset after the highest that a member's poll returned; -1 before. */
  readTo = -1;
  /** The highest offset committed; -1 before. */
  committed = -1;
  committedAt: Instant = -1;
  /** The latest offset committed, and how far behind that is; see `GroupLags`. */
  committedLast = -1;
  lag = 0;

  constructor(group: number) {
    this.group = group;
  }
}

/** A record that is not in the log's runs any more, and whose story was not over. */
export interface LeftRecord {
  readonly stream: number;
  readonly index: number;
  readonly offset: number;
  /** Another record stands there now. */
  readonly replaced: boolean;
}

/** Beyond so many, the latest are not kept. */
const LEFT_MAX = 65_536;

export class LogPartition {
  readonly name: string;
  readonly order: LogOrder;
  readonly readers: Reader[] = [];
  readonly groups: GroupShare[] = [];
  /** After the highest offset that anybody was told of. */
  endOffset = 0;
  /** Offsets that somebody's polls have passed, returned or not. */
  readonly #passed = new IntervalSet();
  readonly #left: LeftRecord[] = [];
  /** There were more than are kept. */
  leftOut = false;
  /** Its records have keys, and it is compacted. */
  isKeyed = false;
  /** By number of a key, the highest offset of its records that were forgotten. */
  readonly forgottenKeys: Map<number, number> = new Map();

  /** `forgetting` is called before the runs below an offset are forgotten. */
  constructor(name: string, forgetting: (partition: LogPartition, until: number) => void) {
    this.name = name;
    this.order = new LogOrder((until) => forgetting(this, until));
  }

  /** Remembers a record that leaves the runs. */
  leave(record: LeftRecord): void {
    if (this.#left.length < LEFT_MAX) this.#left.push(record);
    else this.leftOut = true;
  }

  /** Whether the record stood there before another one did. */
  stood(stream: number, index: number, offset: number): boolean {
    return this.#left.some((left) => {
      return left.replaced && left.offset === offset && left.stream === stream && left.index === index;
    });
  }

  reader(consumer: number): Reader {
    for (const reader of this.readers) if (reader.consumer === consumer) return reader;
    const reader = new Reader(consumer);
    this.readers.push(reader);
    return reader;
  }

  share(group: number): GroupShare {
    for (const share of this.groups) if (share.group === group) return share;
    const share = new GroupShare(group);
    this.groups.push(share);
    return share;
  }

  /** The reader's next record is wherever `offset` says: what it has read without a jump is noted. */
  jump(reader: Reader, offset: number): void {
    this.#pass(reader);
    reader.from = offset;
    reader.readTo = offset;
    reader.polledAt = -1;
  }

  /** What polls have passed, now that all is over. */
  passed(): IntervalSet {
    for (const reader of this.readers) this.#pass(reader);
    return this.#passed;
  }

  /** The least offset that somebody was to read from; `Infinity`: nobody was. */
  begin(): number {
    let least = this.#passed.least ?? Infinity;
    for (const { from } of this.readers) if (from >= 0) least = Math.min(least, from);
    return least;
  }

  /**
   * Calls `visit` for each record known at the offsets `from` … `to` - 1, and for those that were left. Runs of which
   * `skip` says that none of their records is to be looked at are passed over.
   */
  eachRecord(
    from: number,
    to: number,
    visit: (stream: number, index: number, offset: number, replaced: boolean) => void,
    skip?: (run: Run) => boolean,
  ): void {
    for (const { stream, index, offset, replaced } of this.#left) {
      if (offset >= from && offset < to) visit(stream, index, offset, replaced);
    }
    this.order.some(from, to, (run: Run) => {
      if (skip?.(run) === true) return false;
      const { offset, length, stream, index } = run;
      for (let n = 0; n < length; n++) visit(stream, index + n, offset + n, false);
      return false;
    });
  }

  #pass({ from, readTo }: Reader): void {
    if (from >= 0) this.#passed.add(from, readTo);
  }
}

/** Compaction: what it keeps, what it takes, and when. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import { Message } from "../../src/trace/index.js";
import { KeyTable } from "../../models/kafka/consumer/key-table.js";
import { LogCleaner } from "../../models/kafka/log/cleaner.js";
import { PartitionLog } from "../../models/kafka/log/partition-log.js";
import { DEFAULT_LOG_CONFIG, type LogConfig } from "../../models/kafka/protocol/log-config.js";
import {
  RecordBatch,
  StoredBatch,
  isTombstone,
  keyAt,
  markerBatch,
} from "../../models/kafka/protocol/record-batch.js";
import { BATCH_HEADER_BYTES, recordBytes } from "../../models/kafka/protocol/wire-size.js";
import { SPECIFIED } from "../../models/kafka/rules.js";
import { ArrayFiles } from "./support/log-files.js";

interface Write {
  readonly key: string;
  readonly tombstone: boolean;
}

const stream = { index: 0, publisher: 0, topic: "t-0", qos: 1 };
const VALUE = 50;

function sizeOf(writes: readonly Write[]): number {
  const bytes = ({ key, tombstone }: Write, place: number): number =>
    recordBytes(0, place, key.length, tombstone ? -1 : VALUE);
  return BATCH_HEADER_BYTES + writes.reduce((sum, write, place) => sum + bytes(write, place), 0);
}

function batchOf(
  writes: readonly Write[],
  at: number,
  producerId = -1,
  sequence = -1,
  transactional = false,
): RecordBatch {
  const records = writes.map(
    ({ tombstone }, index) => new Message(stream, index, at, tombstone ? 0 : VALUE, false),
  );
  const keys = writes.map(({ key }) => key);
  const nulls = writes.map(({ tombstone }) => tombstone);
  const identity = { producerId, producerEpoch: producerId < 0 ? -1 : 0, baseSequence: sequence };
  return new RecordBatch(records, sizeOf(writes), identity, { keys, nulls, transactional });
}

const value = (key: string): Write => ({ key, tombstone: false });
const tombstone = (key: string): Write => ({ key, tombstone: true });

class Bench {
  readonly files = new ArrayFiles();
  readonly log: PartitionLog;
  decidedTo = Infinity;
  now = 0;
  readonly #cleaner: LogCleaner;

  constructor(config: Partial<LogConfig> = {}) {
    this.log = new PartitionLog(this.files, {
      ...DEFAULT_LOG_CONFIG,
      compacts: true,
      deletes: false,
      segmentBytes: 400,
      minCleanableDirtyRatio: 0,
      deleteRetention: 10 * SECOND,
      ...config,
    });
    let checkpoint: ReadonlyMap<number, number> = new Map();
    const user = {
      cleanable: () => [
        { partition: 0, log: this.log, decidedTo: Math.min(this.decidedTo, this.log.endOffset) },
      ],
      clock: () => this.now,
      cleaned: () => undefined,
      failed: () => undefined,
    };
    this.#cleaner = new LogCleaner(user, SPECIFIED, {
      read: () => checkpoint,
      write: (offsets) => (checkpoint = offsets),
    });
  }

  write(batch: RecordBatch): void {
    this.log.append(new StoredBatch(batch, this.log.endOffset, 0));
  }

  put(...writes: Write[]): void {
    this.write(batchOf(writes, this.now));
  }

  clean(at: number = this.now): void {
    this.now = at;
    this.#cleaner.run();
  }

  /** What is left, by offset. */
  get left(): readonly string[] {
    const found: string[] = [];
    for (const stored of this.log.entries) {
      stored.eachPlace((place) => {
        const key = keyAt(stored.batch, place) ?? "marker";
        found.push(`${stored.baseOffset + place}${key}${isTombstone(stored.batch, place) ? "-" : ""}`);
      });
    }
    return found;
  }
}

describe("compaction", () => {
  it("keeps the last record of each key where it was, and all of the active segment", () => {
    const bench = new Bench();
    bench.put(value("a"), value("b"), value("a"));
    bench.put(value("b"), value("c"));
    bench.log.roll();
    bench.put(value("c"), value("c"));
    bench.clean();
    expect(bench.left).toEqual(["2a", "3b", "4c", "5c", "6c"]);
    bench.log.roll();
    bench.put(value("x"));
    bench.clean();
    expect([bench.left, bench.log.endOffset]).toEqual([["2a", "3b", "6c", "7x"], 8]);
  });

  it("has batches of the size of what is left in them", () => {
    const bench = new Bench();
    bench.put(value("a"), value("b"), tombstone("c"), value("a"));
    bench.log.roll();
    bench.clean();
    const left = [recordBytes(0, 1, 1, VALUE), recordBytes(0, 2, 1, -1), recordBytes(0, 3, 1, VALUE)];
    expect(bench.log.bytes).toBe(left.reduce((sum, each) => sum + each, BATCH_HEADER_BYTES));
  });

  it("takes a tombstone only when it was cleaned before, so long ago [KIP-534]", () => {
    const bench = new Bench();
    bench.put(value("a"), tombstone("a"));
    bench.log.roll();
    bench.clean(100 * SECOND);
    expect(bench.left).toEqual(["1a-"]);
    bench.put(value("x"));
    bench.log.roll();
    bench.clean(110 * SECOND - 1);
    expect(bench.left).toEqual(["1a-", "2x"]);
    bench.put(value("x"));
    bench.log.roll();
    bench.clean(110 * SECOND);
    expect(bench.left).toEqual(["3x"]);
  });

  it("leaves alone what is not decided, and what is too young", () => {
    const young = new Bench({ minCompactionLag: 5 * SECOND });
    young.put(value("a"), value("a"));
    young.log.roll();
    young.clean(5 * SECOND - 1);
    expect(young.left).toEqual(["0a", "1a"]);
    young.clean(5 * SECOND);
    expect(young.left).toEqual(["1a"]);
    const open = new Bench();
    open.put(value("a"), value("a"));
    open.log.roll();
    open.decidedTo = 1;
    open.clean();
    expect(open.left).toEqual(["0a", "1a"]);
  });

  it("waits until enough is new, or something new is too old", () => {
    const fill = (config: Partial<LogConfig>): Bench => {
      const bench = new Bench({ minCleanableDirtyRatio: 0.5, ...config });
      for (const key of ["a", "b", "c", "d"]) bench.put(value(key));
      bench.log.roll();
      bench.clean();
      bench.put(value("a"));
      bench.log.roll();
      bench.clean(60 * SECOND);
      return bench;
    };
    expect(fill({}).left).toEqual(["0a", "1b", "2c", "3d", "4a"]);
    expect(fill({ maxCompactionLag: 59 * SECOND }).left).toEqual(["1b", "2c", "3d", "4a"]);
    const half = fill({});
    for (const key of ["a", "b", "c", "d"]) half.put(value(key));
    half.log.roll();
    half.clean();
    expect(half.left).toEqual(["5a", "6b", "7c", "8d"]);
  });

  it("keeps the last batch of a producer, without its records if need be: its repetitions are known", () => {
    const bench = new Bench();
    bench.write(batchOf([value("a")], 0, 7, 0));
    bench.write(batchOf([value("a")], 0, 7, 1));
    bench.put(value("a"));
    bench.log.roll();
    bench.clean();
    expect(bench.log.entries.map(({ baseOffset, keptCount }) => [baseOffset, keptCount])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    bench.log.producers.expire(1_000 * SECOND, SECOND);
    bench.put(value("a"));
    bench.log.roll();
    bench.clean();
    expect(bench.log.entries.map(({ baseOffset }) => baseOffset)).toEqual([3]);
  });

  it("drops what was aborted, and keeps markers until all that they end is gone for so long", () => {
    const bench = new Bench();
    const ends = (producerId: number, committed: boolean): void => {
      const marker = { committed, coordinatorEpoch: 0 };
      bench.write(markerBatch({ producerId, producerEpoch: 0 }, marker, 78, bench.now));
    };
    bench.put(value("a"));
    bench.write(batchOf([value("a")], 0, 7, 0, true));
    ends(7, false);
    bench.write(batchOf([value("b")], 0, 8, 0, true));
    ends(8, true);
    bench.log.roll();
    bench.clean();
    expect(bench.left).toEqual(["0a", "2marker", "3b", "4marker"]);
    bench.log.producers.expire(1_000 * SECOND, SECOND);
    for (const at of [100, 200, 300]) {
      bench.put(value(`x${at}`));
      bench.log.roll();
      bench.clean(at * SECOND);
    }
    expect(bench.left).toEqual(["0a", "3b", "4marker", "5x100", "6x200", "7x300"]);
  });

  it("never changes what a reader ends up with, nor any offset", () => {
    const write = fc.record({ key: fc.constantFrom("a", "b", "c", "d"), tombstone: fc.boolean() });
    const step = fc.oneof(
      fc.record({ put: fc.array(write, { minLength: 1, maxLength: 4 }) }),
      fc.record({ cleanAfter: fc.nat(20) }),
    );
    const law = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const bench = new Bench();
      const written: { readonly write: Write; readonly at: number }[] = [];
      for (const each of steps) {
        if ("put" in each) {
          bench.put(...each.put);
          for (const one of each.put) written.push({ write: one, at: bench.now });
        } else bench.clean(bench.now + each.cleanAfter * SECOND);
      }
      expect(bench.log.endOffset).toBe(written.length);
      const left = bench.log.entries.flatMap((stored) => {
        const offsets: number[] = [];
        stored.eachPlace((place) => {
          const offset = stored.baseOffset + place;
          expect(keyAt(stored.batch, place)).toBe(written[offset]?.write.key);
          offsets.push(offset);
        });
        return offsets;
      });
      expect(left).toEqual([...left].sort((one, other) => one - other));
      for (const key of ["a", "b", "c", "d"]) {
        const last = written.findLastIndex(({ write: { key: own } }) => own === key);
        if (last < 0) continue;
        const { write: own, at } = written[last] as (typeof written)[number];
        if (!own.tombstone || bench.now < at + 10 * SECOND) expect(left).toContain(last);
        else
          expect(
            left.some(
              (offset) => offset < last && written[offset]?.write.key === key && !left.includes(last),
            ),
          ).toBe(false);
      }
    });
    fc.assert(law, { seed: 12, numRuns: 300 });
  });
});

describe("a reader's table", () => {
  const read = (writes: readonly Write[], places: readonly number[]): number => {
    const table = new KeyTable();
    const batch = batchOf(writes, 0);
    for (const place of places) table.apply(0, batch, place);
    return table.size;
  };

  it("is the same after compaction, and wrong when a tombstone was missed (K22)", () => {
    const writes = [value("a"), value("b"), value("a"), tombstone("b")];
    expect([read(writes, [0, 1, 2, 3]), read(writes, [2, 3])]).toEqual([1, 1]);
    expect(read(writes, [0, 1, 2])).toBe(2);
  });
});

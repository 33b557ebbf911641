/** What a log knows of transactions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Message } from "../../src/trace/index.js";
import { AbortedFilter } from "../../models/kafka/consumer/aborted-filter.js";
import { PartitionLog } from "../../models/kafka/log/partition-log.js";
import { DEFAULT_LOG_CONFIG } from "../../models/kafka/protocol/log-config.js";
import { RecordBatch, StoredBatch, markerBatch } from "../../models/kafka/protocol/record-batch.js";
import { ArrayFiles } from "./support/log-files.js";

const newLog = (files = new ArrayFiles()): PartitionLog => new PartitionLog(files, DEFAULT_LOG_CONFIG);

const message = new Message({ index: 0, publisher: 0, topic: "t-0", qos: 1 }, 0, 0, 10, false);

const data = (producerId: number, producerEpoch = 0, baseSequence = 0): RecordBatch =>
  new RecordBatch([message], 100, { producerId, producerEpoch, baseSequence }, { transactional: true });

const marker = (
  producerId: number,
  committed: boolean,
  coordinatorEpoch = 0,
  producerEpoch = 0,
): RecordBatch => markerBatch({ producerId, producerEpoch }, { committed, coordinatorEpoch }, 78, 0);

function append(log: PartitionLog, ...batches: readonly RecordBatch[]): PartitionLog {
  for (const batch of batches) log.append(new StoredBatch(batch, log.endOffset, 0));
  return log;
}

describe("the last stable offset", () => {
  it("stays below the first record of an open transaction, and never passes the high watermark", () => {
    const log = append(newLog(), new RecordBatch([message], 100), data(1), data(2), marker(2, true));
    expect(log.transactions.lastStableOffset(4)).toBe(1);
    expect(log.transactions.lastStableOffset(0)).toBe(0);
    append(log, marker(1, true));
    expect(log.transactions.lastStableOffset(5)).toBe(5);
  });

  it("passes a transaction only once its marker is below the high watermark", () => {
    const log = append(newLog(), data(1), marker(1, true));
    expect([0, 1, 2].map((mark) => log.transactions.lastStableOffset(mark))).toEqual([0, 0, 2]);
  });

  it("is after a truncation and after a restart what the batches say", () => {
    const files = new ArrayFiles();
    const log = append(newLog(files), data(1), marker(1, false), data(1, 0, 1), marker(1, true));
    log.truncate(3);
    expect(log.transactions.lastStableOffset(3)).toBe(2);
    const again = newLog(files);
    expect(again.transactions.lastStableOffset(3)).toBe(2);
    expect(again.transactions.abortedBetween(0, 3)).toEqual([{ producerId: 1, firstOffset: 0 }]);
  });
});

describe("who may write", () => {
  it("is a producer whose transaction was verified, until a marker has come in between [KIP-890]", () => {
    const log = newLog();
    const { transactions } = log;
    expect(transactions.refusal(data(1), 0, true)).toBe("INVALID_TXN_STATE");
    const guard = transactions.guard(data(1));
    expect(transactions.refusal(data(1), guard, true)).toBe("NONE");
    append(log, marker(1, false));
    expect(transactions.refusal(data(1), guard, true)).toBe("INVALID_TXN_STATE");
    expect(transactions.refusal(data(1), 0, false)).toBe("NONE");
  });

  it("is still the newer one when records of an older epoch come in between", () => {
    const { transactions } = newLog();
    const guard = transactions.guard(data(1, 5));
    expect(transactions.guard(data(1, 4))).toBe(guard);
    expect(transactions.refusal(data(1, 5), guard, true)).toBe("NONE");
    expect(transactions.refusal(data(1, 5, 1), guard, true)).toBe("OUT_OF_ORDER_SEQUENCE_NUMBER");
  });

  it("is not one that goes on without its transaction, nor one that leaves out its first records", () => {
    const log = append(newLog(), data(1));
    const plain = new RecordBatch([message], 100, { producerId: 1, producerEpoch: 0, baseSequence: 1 });
    expect(log.transactions.refusal(plain, 0, true)).toBe("INVALID_TXN_STATE");
    const guard = log.transactions.guard(data(2, 0, 0));
    expect(log.transactions.refusal(data(2, 0, 1), guard, true)).toBe("OUT_OF_ORDER_SEQUENCE_NUMBER");
  });

  it("is no coordinator that a newer one has followed", () => {
    const log = append(newLog(), data(1), marker(1, true, 4));
    expect([3, 4, 5].map((epoch) => log.transactions.isFenced(1, epoch))).toEqual([true, false, false]);
  });

  it("is a producer from sequence 0 on after a marker of a newer epoch", () => {
    const { producers } = append(newLog(), data(1), marker(1, true, 0, 1));
    expect(producers.admit(data(1, 1, 0)).kind).toBe("append");
    expect(producers.admit(data(1, 1, 1)).kind).toBe("refuse");
    expect(producers.admit(data(1, 0, 1))).toEqual({ kind: "refuse", error: "INVALID_PRODUCER_EPOCH" });
  });
});

describe("a reader of committed records", () => {
  it("gets, whatever it fetches, exactly the records whose transaction was committed", () => {
    const step = fc.record({
      producer: fc.nat(3),
      kind: fc.constantFrom("data", "commit", "abort", "plain"),
    });
    const law = fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.nat(60),
      fc.integer({ min: 1, max: 9 }),
      (steps, from, most) => {
        const log = newLog();
        for (const { producer, kind } of steps) {
          if (kind === "data") append(log, data(producer));
          else if (kind === "plain") append(log, new RecordBatch([message], 100));
          else append(log, marker(producer, kind === "commit"));
        }
        const stable = log.transactions.lastStableOffset(log.endOffset);
        const fateOf = (offset: number, producer: number): string =>
          steps.slice(offset + 1).find((each) => each.producer === producer && /commit|abort/.test(each.kind))
            ?.kind ?? "open";
        const wanted = steps.flatMap(({ producer, kind }, offset) => {
          const visible = kind === "plain" || (kind === "data" && fateOf(offset, producer) === "commit");
          return visible && offset >= from && offset < stable ? [offset] : [];
        });
        const got: number[] = [];
        for (let offset = from; offset < stable;) {
          const read = log.read(offset, stable, most * 100);
          const end = read.at(-1)?.endOffset ?? stable;
          const filter = new AbortedFilter(log.transactions.abortedBetween(offset, end));
          for (const stored of read) {
            if (!filter.leavesOut(stored)) stored.eachRecord(() => got.push(stored.baseOffset));
          }
          offset = end;
        }
        expect(got).toEqual(wanted);
      },
    );
    fc.assert(law, { seed: 11, numRuns: 400 });
  });
});

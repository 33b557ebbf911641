import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Message } from "../../src/trace/index.js";
import { PartitionLog } from "../../models/kafka/log/partition-log.js";
import { murmur2, partitionOfKey } from "../../models/kafka/murmur2.js";
import { DEFAULT_LOG_CONFIG } from "../../models/kafka/protocol/log-config.js";
import { RecordBatch, StoredBatch } from "../../models/kafka/protocol/record-batch.js";
import { ArrayFiles } from "./support/log-files.js";

const message = new Message({ index: 0, publisher: 0, topic: "t-0", qos: 1 }, 0, 0, 10, false);

function batch(records: number, producerId = -1, epoch = -1, sequence = -1): RecordBatch {
  return new RecordBatch(new Array<Message>(records).fill(message), 100, {
    producerId,
    producerEpoch: epoch,
    baseSequence: sequence,
  });
}

/** A log with batches of these epochs, one record each. */
function logOf(...epochs: number[]): PartitionLog {
  const log = new PartitionLog(new ArrayFiles(), DEFAULT_LOG_CONFIG);
  epochs.forEach((epoch, offset) => log.append(new StoredBatch(batch(1), offset, epoch)));
  return log;
}

describe("the log of a partition", () => {
  it("knows where each epoch ends, and of one that it never had the one before [KIP-101] [KIP-279]", () => {
    const log = logOf(1, 1, 3, 3, 6);
    expect(log.endOfEpoch(6)).toEqual({ epoch: 6, endOffset: 5 });
    expect(log.endOfEpoch(3)).toEqual({ epoch: 3, endOffset: 4 });
    expect(log.endOfEpoch(4)).toEqual({ epoch: 3, endOffset: 4 });
    expect(log.endOfEpoch(2)).toEqual({ epoch: 1, endOffset: 2 });
    expect(log.endOfEpoch(0)).toEqual({ epoch: 0, endOffset: 0 });
    expect(log.endOfEpoch(7)).toEqual({ epoch: -1, endOffset: -1 });
  });

  it("forgets the epochs that a truncation takes, one without a batch too", () => {
    const log = logOf(1, 1, 3);
    log.beginEpoch(5, 3);
    expect(log.latestEpoch).toBe(5);
    log.truncate(3);
    expect([log.latestEpoch, log.endOffset]).toEqual([3, 3]);
    log.truncate(1);
    expect([log.latestEpoch, log.endOffset]).toEqual([1, 1]);
  });

  it("cuts whole batches", () => {
    const log = new PartitionLog(new ArrayFiles(), DEFAULT_LOG_CONFIG);
    log.append(new StoredBatch(batch(3), 0, 0));
    log.append(new StoredBatch(batch(3), 3, 0));
    log.truncate(5);
    expect(log.endOffset).toBe(3);
  });

  it("reads from the batch that holds the offset, up to a limit, and at least one batch", () => {
    const log = new PartitionLog(new ArrayFiles(), DEFAULT_LOG_CONFIG);
    for (let n = 0; n < 5; n++) log.append(new StoredBatch(batch(2), 2 * n, 0));
    const read = (...asked: Parameters<PartitionLog["read"]>): number[] =>
      log.read(...asked).map(({ baseOffset }) => baseOffset);
    expect(read(3, 10, 1_000)).toEqual([2, 4, 6, 8]);
    expect(read(2, 7, 1_000)).toEqual([2, 4]);
    expect(read(0, 10, 250)).toEqual([0, 2]);
    expect(read(0, 10, 1)).toEqual([0]);
    expect(read(10, 10, 1_000)).toEqual([]);
  });

  it("is after a restart what it was before: epochs and producers are found in its batches", () => {
    const files = new ArrayFiles();
    const log = new PartitionLog(files, DEFAULT_LOG_CONFIG);
    [0, 2, 2].forEach((epoch, offset) => log.append(new StoredBatch(batch(1), offset, epoch)));
    log.append(new StoredBatch(batch(4, 9, 0, 0), 3, 2));
    const again = new PartitionLog(files, DEFAULT_LOG_CONFIG);
    expect([again.endOffset, again.latestEpoch, again.endOfEpoch(0)]).toEqual([
      7,
      2,
      { epoch: 0, endOffset: 1 },
    ]);
    expect(again.producers.admit(batch(4, 9, 0, 0)).kind).toBe("duplicate");
  });
});

describe("the state of an idempotent producer [KIP-98]", () => {
  const appended = (...batches: RecordBatch[]): PartitionLog => {
    const log = new PartitionLog(new ArrayFiles(), DEFAULT_LOG_CONFIG);
    for (const each of batches) log.append(new StoredBatch(each, log.endOffset, 0));
    return log;
  };

  it("knows the last five batches again, and no older one", () => {
    const batches = [0, 1, 2, 3, 4, 5].map((sequence) => batch(1, 7, 0, sequence));
    const { producers } = appended(...batches);
    const kinds = batches.map((each) => producers.admit(each).kind);
    expect(kinds).toEqual(["refuse", ...new Array<string>(5).fill("duplicate")]);
  });

  it("refuses a gap, and an older epoch; a new epoch begins at 0", () => {
    const { producers } = appended(batch(2, 7, 1, 0));
    expect(producers.admit(batch(1, 7, 1, 2)).kind).toBe("append");
    expect(producers.admit(batch(1, 7, 1, 3))).toEqual({
      kind: "refuse",
      error: "OUT_OF_ORDER_SEQUENCE_NUMBER",
    });
    expect(producers.admit(batch(1, 7, 0, 2))).toEqual({ kind: "refuse", error: "INVALID_PRODUCER_EPOCH" });
    expect(producers.admit(batch(1, 7, 2, 0)).kind).toBe("append");
    expect(producers.admit(batch(1, 7, 2, 2)).kind).toBe("refuse");
  });

  it("goes back with the log when that is cut", () => {
    const log = appended(batch(1, 7, 0, 0), batch(1, 7, 0, 1));
    log.truncate(1);
    expect(log.producers.admit(batch(1, 7, 0, 1)).kind).toBe("append");
  });
});

describe("the partition of a record", () => {
  it("hashes keys as Kafka's own tests say", () => {
    const known: readonly (readonly [string, number])[] = [
      ["21", -973932308],
      ["foobar", -790332482],
      ["a-little-bit-long-string", -985981536],
      ["a-little-bit-longer-string", -1486304829],
      ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
      ["abc", 479470107],
    ];
    for (const [key, hash] of known) expect(murmur2(key)).toBe(hash);
  });

  it("is the same for the same key, and one of those that there are", () => {
    const law = fc.property(fc.stringMatching(/^[ -~]*$/), fc.integer({ min: 1, max: 100 }), (key, count) => {
      const partition = partitionOfKey(key, count);
      expect(partition >= 0 && partition < count).toBe(true);
    });
    fc.assert(law, { seed: 3, numRuns: 200 });
  });
});

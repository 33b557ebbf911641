/** The log in segments: how they begin, go, and are found again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import { Message } from "../../src/trace/index.js";
import { PartitionLog } from "../../models/kafka/log/partition-log.js";
import { DEFAULT_LOG_CONFIG, type LogConfig } from "../../models/kafka/protocol/log-config.js";
import { RecordBatch, StoredBatch } from "../../models/kafka/protocol/record-batch.js";
import { ArrayFiles } from "./support/log-files.js";

const stream = { index: 0, publisher: 0, topic: "t-0", qos: 1 };
const BYTES = 100;

/** Of one record a second. */
function batch(second: number, producerId = -1, sequence = -1): RecordBatch {
  const message = new Message(stream, 0, second * SECOND, 10, false);
  const producerEpoch = producerId < 0 ? -1 : 0;
  return new RecordBatch([message], BYTES, { producerId, producerEpoch, baseSequence: sequence });
}

function logOf(
  count: number,
  config: Partial<LogConfig> = {},
  files: ArrayFiles = new ArrayFiles(),
): PartitionLog {
  const log = new PartitionLog(files, { ...DEFAULT_LOG_CONFIG, segmentBytes: 3 * BYTES, ...config });
  for (let n = 0; n < count; n++) log.append(new StoredBatch(batch(n), n, 0));
  return log;
}

const bases = ({ segments }: PartitionLog): readonly number[] => segments.map(({ baseOffset }) => baseOffset);
const reopened = (files: ArrayFiles, startOffset = 0): PartitionLog =>
  new PartitionLog(files, { ...DEFAULT_LOG_CONFIG, segmentBytes: 3 * BYTES }, startOffset);

describe("a log in segments", () => {
  it("begins another one when a batch no longer fits, or is too much younger than the first", () => {
    expect(bases(logOf(7))).toEqual([0, 3, 6]);
    expect(bases(logOf(7, { segmentTime: SECOND }))).toEqual([0, 2, 4, 6]);
    expect(bases(logOf(7, { segmentTime: 60 * SECOND, segmentBytes: 1 }))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("is closed in time where compaction must not wait", () => {
    const config = { segmentBytes: 1e9, maxCompactionLag: 2 * SECOND };
    expect(bases(logOf(7, config))).toEqual([0]);
    expect(bases(logOf(7, { ...config, compacts: true }))).toEqual([0, 3, 6]);
  });

  it("reads over the ends of segments", () => {
    const offsets = logOf(8)
      .read(2, 7, 4 * BYTES)
      .map(({ baseOffset }) => baseOffset);
    expect(offsets).toEqual([2, 3, 4, 5]);
  });

  it("has closed segments synced, and knows the recovery point when the device has done so", () => {
    const files = new ArrayFiles();
    files.pending = [];
    const log = logOf(7, {}, files);
    expect([log.recoveryPoint, files.segments.get(0)?.isSynced]).toEqual([0, false]);
    for (const done of files.pending) done();
    const synced = [0, 3, 6].map((base) => files.segments.get(base)?.isSynced);
    expect([log.recoveryPoint, ...synced]).toEqual([6, true, true, false]);
    log.synced();
    expect([log.recoveryPoint, files.segments.get(6)?.isSynced]).toEqual([7, true]);
  });

  it("is cut within and across segments, and the recovery point with it", () => {
    const log = logOf(8);
    log.synced();
    log.truncate(7);
    expect([log.endOffset, bases(log), log.recoveryPoint]).toEqual([7, [0, 3, 6], 7]);
    log.truncate(3);
    expect([log.endOffset, bases(log), log.recoveryPoint]).toEqual([3, [0], 3]);
    log.append(new StoredBatch(batch(9), 3, 1));
    expect([log.endOffset, bases(log)]).toEqual([4, [0, 3]]);
  });

  it("may begin anew at a later offset", () => {
    const log = logOf(8);
    log.restartAt(20);
    expect([log.startOffset, log.endOffset, log.entries, log.latestEpoch]).toEqual([20, 20, [], -1]);
    log.append(new StoredBatch(batch(9), 20, 4));
    expect(log.endOfEpoch(4)).toEqual({ epoch: 4, endOffset: 21 });
  });
});

describe("a log that is found again", () => {
  it("is what it was: offsets, epochs, producers, and where it starts", () => {
    const files = new ArrayFiles();
    const log = logOf(5, {}, files);
    log.append(new StoredBatch(batch(5, 7, 0), 5, 3));
    log.advanceStart(2);
    const again = reopened(files, 2);
    expect([again.startOffset, again.endOffset, again.latestEpoch]).toEqual([2, 6, 3]);
    expect(again.endOfEpoch(0)).toEqual({ epoch: 0, endOffset: 5 });
    expect(again.producers.admit(batch(5, 7, 0)).kind).toBe("duplicate");
  });

  it("is read again from the recovery point on", () => {
    const files = new ArrayFiles();
    logOf(8, {}, files);
    expect(reopened(files).recoveredBytes).toBe(2 * BYTES);
  });

  it("ends where it is damaged, whatever comes after", () => {
    const files = new ArrayFiles();
    files.pending = [];
    logOf(8, {}, files);
    const damaged = files.segments.get(3);
    if (damaged !== undefined) {
      damaged.truncate(2);
      damaged.torn = true;
    }
    const log = reopened(files);
    expect([log.endOffset, log.wasDamaged, bases(log), [...files.segments.keys()]]).toEqual([
      5,
      true,
      [0, 3],
      [0, 3],
    ]);
  });

  it("has no hole: an empty segment behind lost records is none", () => {
    const files = new ArrayFiles();
    logOf(6, {}, files).roll();
    files.segments.get(3)?.truncate(1);
    expect(reopened(files).endOffset).toBe(4);
  });

  it("does not start beyond its end", () => {
    const files = new ArrayFiles();
    logOf(2, {}, files);
    expect(reopened(files, 50).startOffset).toBe(2);
  });
});

describe("retention", () => {
  const kept = (config: Partial<LogConfig>, limit: number, now: number): readonly number[] => {
    const log = logOf(8, config);
    log.deleteOld(limit, now * SECOND);
    expect(log.startOffset).toBe(bases(log)[0]);
    return bases(log);
  };

  it("takes whole segments whose latest record is too old", () => {
    expect(kept({ retentionTime: 10 * SECOND }, 8, 12)).toEqual([0, 3, 6]);
    expect(kept({ retentionTime: 10 * SECOND }, 8, 13)).toEqual([3, 6]);
  });

  it("takes first segments while the rest is still as large as allowed", () => {
    expect(kept({ retentionBytes: 5 * BYTES }, 8, 0)).toEqual([3, 6]);
    expect(kept({ retentionBytes: 5 * BYTES + 1 }, 8, 0)).toEqual([0, 3, 6]);
  });

  it("takes nothing above the high watermark", () => {
    expect(kept({ retentionBytes: 0 }, 5, 0)).toEqual([3, 6]);
    expect(kept({ retentionBytes: 0 }, 2, 0)).toEqual([0, 3, 6]);
  });

  it("takes the active segment, too, when all of it is old: an empty one is left", () => {
    expect(kept({ retentionTime: SECOND }, 8, 100)).toEqual([8]);
  });

  it("takes nothing where the policy says compact, but what is below the log start offset", () => {
    expect(kept({ retentionTime: SECOND, compacts: true, deletes: false }, 8, 100)).toEqual([0, 3, 6]);
    const log = logOf(8, { compacts: true, deletes: false });
    log.advanceStart(4);
    expect([log.deleteOld(8, 0), bases(log), log.startOffset]).toEqual([1, [3, 6], 4]);
  });

  it("moves the start of the epoch that it cuts into", () => {
    const files = new ArrayFiles();
    const log = logOf(4, {}, files);
    for (let n = 4; n < 8; n++) log.append(new StoredBatch(batch(n), n, 2));
    log.advanceStart(6);
    expect(log.endOfEpoch(0)).toEqual({ epoch: 0, endOffset: 6 });
    expect(files.epochs).toEqual([{ epoch: 2, startOffset: 6 }]);
  });

  it("leaves what is known of producers, in the process and after it [KIP-360]", () => {
    const files = new ArrayFiles();
    const log = logOf(0, { retentionTime: SECOND }, files);
    log.append(new StoredBatch(batch(0, 7, 0), 0, 0));
    log.deleteOld(1, 100 * SECOND);
    expect(log.entries).toEqual([]);
    for (const each of [log, reopened(files)]) {
      expect(each.producers.admit(batch(0, 7, 0)).kind).toBe("duplicate");
      expect(each.producers.admit(batch(0, 7, 2)).kind).toBe("refuse");
    }
  });
});

describe("a producer that has written nothing for long", () => {
  it("is forgotten: its repetition is taken for new (K7)", () => {
    const log = logOf(0);
    log.append(new StoredBatch(batch(5, 7, 0), 0, 0));
    expect([
      log.producers.expire(14 * SECOND, 10 * SECOND),
      log.producers.admit(batch(5, 7, 0)).kind,
    ]).toEqual([0, "duplicate"]);
    expect([
      log.producers.expire(15 * SECOND, 10 * SECOND),
      log.producers.admit(batch(5, 7, 0)).kind,
    ]).toEqual([1, "append"]);
  });
});

describe("a search by time [KIP-79]", () => {
  it("finds the first record that is not older, below the limit, as looking at each one does", () => {
    const times = fc.array(fc.nat(30), { minLength: 1, maxLength: 40 });
    const law = fc.property(times, fc.nat(35), fc.nat(45), fc.nat(10), (seconds, wanted, limit, start) => {
      const log = logOf(0);
      seconds.forEach((second, offset) => log.append(new StoredBatch(batch(second), offset, 0)));
      const from = Math.min(start, limit);
      log.advanceStart(from);
      const readable = seconds
        .map((second, offset) => ({ second, offset }))
        .slice(0, limit)
        .slice(from);
      const first = readable.find(({ second }) => second >= wanted);
      expect(log.firstSince(wanted * SECOND, limit)?.offset).toBe(first?.offset);
      const latest = Math.max(...readable.map(({ second }) => second));
      expect(log.latest(limit)?.offset).toBe(readable.find(({ second }) => second === latest)?.offset);
    });
    fc.assert(law, { seed: 9, numRuns: 300 });
  });
});

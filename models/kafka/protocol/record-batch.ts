/** Record batches: what producers make, leaders append and everybody copies. */
import type { Message } from "../../../src/trace/index.js";

/** The producer id of a batch whose producer is not idempotent. */
export const NO_PRODUCER_ID = -1;

/** A batch as its producer sends it; never changed. */
export class RecordBatch {
  readonly records: readonly Message[];
  readonly bytes: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Sequence of the first record; -1 without a producer id. */
  readonly baseSequence: number;

  constructor(
    records: readonly Message[],
    bytes: number,
    producerId: number,
    producerEpoch: number,
    baseSequence: number,
  ) {
    this.records = records;
    this.bytes = bytes;
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.baseSequence = baseSequence;
  }

  get lastSequence(): number {
    return this.baseSequence + this.records.length - 1;
  }
}

/** A batch in a log: the leader that appended it has given it offsets and its epoch. */
export class StoredBatch {
  readonly batch: RecordBatch;
  readonly baseOffset: number;
  readonly leaderEpoch: number;

  constructor(batch: RecordBatch, baseOffset: number, leaderEpoch: number) {
    this.batch = batch;
    this.baseOffset = baseOffset;
    this.leaderEpoch = leaderEpoch;
  }

  /** The offset after its last record. */
  get endOffset(): number {
    return this.baseOffset + this.batch.records.length;
  }
}

/**
 * The accumulator: records that wait to be sent, by partition in batches. A batch is ready when it is full, when
 * another one waits behind it, or when it has lingered; one that is to be sent again when its back-off is over.
 */
import { type Duration, type Instant, MILLISECOND, after } from "../../../src/kernel/index.js";
import type { BatchExtras } from "../protocol/record-batch.js";
import { BATCH_HEADER_BYTES, recordBytes } from "../protocol/wire-size.js";
import type { ProducerRecord } from "./producer-sink.js";

const NOTHING: BatchExtras = {};

/** A batch from its first record to its outcome. */
export class ProducerBatch {
  readonly partition: number;
  readonly createdAt: Instant;
  readonly records: ProducerRecord[] = [];
  bytes: number = BATCH_HEADER_BYTES;
  attempts = 0;
  /** Not sent (again) before this instant. */
  notBefore: Instant = 0;
  /** Once sent by an idempotent producer; -1 before. */
  baseSequence = -1;
  /** An attempt may have been written without our hearing of it. */
  maybeWritten = false;

  constructor(partition: number, now: Instant) {
    this.partition = partition;
    this.createdAt = now;
  }

  get lastSequence(): number {
    return this.baseSequence + this.records.length - 1;
  }

  /** What it has beside its records. */
  get extras(): BatchExtras {
    const { records } = this;
    if (records.every(({ request }) => request.key === undefined)) return NOTHING;
    const keys = records.map(({ request }) => request.key);
    if (!records.some(({ request }) => request.tombstone)) return { keys };
    return { keys, nulls: records.map(({ request }) => request.tombstone) };
  }

  /** False when it has records and this one does not fit. */
  add(record: ProducerRecord, batchSize: number): boolean {
    const { message, request } = record;
    const valueBytes = request.tombstone ? -1 : message.payloadBytes;
    const delta = Math.floor((message.publishedAt - this.createdAt) / MILLISECOND);
    const more = recordBytes(delta, this.records.length, request.key?.length ?? -1, valueBytes);
    if (this.records.length > 0 && this.bytes + more > batchSize) return false;
    this.records.push(record);
    this.bytes += more;
    return true;
  }
}

export class Accumulator {
  readonly #batchSize: number;
  readonly #linger: Duration;
  readonly #queues = new Map<number, ProducerBatch[]>();

  constructor(batchSize: number, linger: Duration) {
    this.#batchSize = batchSize;
    this.#linger = linger;
  }

  /** Partitions that have, or had, something waiting. */
  get partitions(): Iterable<number> {
    return this.#queues.keys();
  }

  queue(partition: number): ProducerBatch[] {
    let queue = this.#queues.get(partition);
    if (queue === undefined) this.#queues.set(partition, (queue = []));
    return queue;
  }

  append(partition: number, record: ProducerRecord, now: Instant): void {
    const queue = this.queue(partition);
    const last = queue.at(-1);
    if (last !== undefined && last.attempts === 0 && last.add(record, this.#batchSize)) return;
    const batch = new ProducerBatch(partition, now);
    batch.add(record, this.#batchSize);
    queue.push(batch);
  }

  /** When the first batch of the partition is ready; `Infinity`: there is none. */
  readyAt(partition: number): Instant {
    const queue = this.#queues.get(partition);
    const first = queue?.[0];
    if (queue === undefined || first === undefined) return Infinity;
    if (first.attempts > 0) return first.notBefore;
    const full = queue.length > 1 || first.bytes >= this.#batchSize;
    return full ? first.createdAt : after(first.createdAt, this.#linger);
  }

  /** Puts a batch back: first in its queue, or, if batches have sequences, in their order. */
  putBack(batch: ProducerBatch): void {
    const queue = this.queue(batch.partition);
    let place = 0;
    if (batch.baseSequence >= 0) {
      while (place < queue.length && comesBefore(queue[place] as ProducerBatch, batch)) place++;
    }
    queue.splice(place, 0, batch);
  }

  forget(): void {
    this.#queues.clear();
  }
}

function comesBefore(one: ProducerBatch, other: ProducerBatch): boolean {
  return one.baseSequence >= 0 && one.baseSequence < other.baseSequence;
}

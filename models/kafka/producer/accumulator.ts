/**
 * The accumulator: records that wait to be sent, by partition in batches; the memory that batches take up until they
 * have an outcome; which partitions are ready, by the leader that they go to; and how old batches are.
 */
import { type Duration, type Instant, NEVER } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { PartitionState } from "../protocol/messages.js";
import { BATCH_HEADER_BYTES, recordBytes } from "../protocol/wire-size.js";
import { Ages } from "./ages.js";
import { DueQueue } from "./due-queue.js";
import { PartitionQueue } from "./partition-queue.js";
import { type Packing, ProducerBatch } from "./producer-batch.js";
import type { SendRequest } from "./producer-sink.js";

export interface AccumulatorConfig extends Packing {
  readonly linger: Duration;
  /** Bytes that all batches together may take up. */
  readonly bufferMemory: number;
}

/** The partitions that one broker leads, or that have no leader. */
export interface Destination {
  readonly leader: number;
  readonly queues: PartitionQueue[];
  /** How many of them are ready. */
  ready: number;
  /** Where the next request begins to look, so that no partition starves. */
  cursor: number;
}

/** What became of a record. */
export type Appended =
  /** There is a batch with it, and the sender has nothing new to do. */
  | "joined"
  /** Its batch is new, or full: the sender should look. */
  | "changed"
  /** There is no memory for its batch. */
  | "exhausted";

export class Accumulator {
  /** Batches without an outcome. */
  readonly ages: Ages = new Ages();
  readonly #config: AccumulatorConfig;
  readonly #queues = new Map<number, PartitionQueue>();
  readonly #destinations = new Map<number, Destination>();
  readonly #due = new DueQueue();
  /** Bytes that the last record has added to its partition. */
  appendedBytes = 0;
  #memory = 0;
  /** Batches do not linger: somebody waits for memory, or for everything to be sent. */
  #hurried = false;

  constructor(config: AccumulatorConfig) {
    this.#config = config;
  }

  /** Bytes that batches take up. */
  get memory(): number {
    return this.#memory;
  }

  get destinations(): Iterable<Destination> {
    return this.#destinations.values();
  }

  /** When the next partition is ready that is not. */
  get nextDueAt(): Instant {
    return this.#due.nextAt;
  }

  /** The queue of a partition, made when there is none. */
  queueOf(state: PartitionState): PartitionQueue {
    let queue = this.#queues.get(state.partition);
    if (queue === undefined) {
      queue = new PartitionQueue(state);
      this.#queues.set(state.partition, queue);
      this.#destination(state.leader).queues.push(queue);
    }
    return queue;
  }

  /** The queue of a partition that has one. */
  queue(partition: number): PartitionQueue {
    return this.#queues.get(partition) as PartitionQueue;
  }

  /** The partition's leader may be another one. */
  learn(state: PartitionState): void {
    const queue = this.#queues.get(state.partition);
    if (queue === undefined || queue.state === state) return;
    const before = this.#destination(queue.state.leader);
    const after = this.#destination(state.leader);
    this.#undue(queue);
    queue.state = state;
    if (before !== after) {
      before.queues.splice(before.queues.indexOf(queue), 1);
      after.queues.push(queue);
    }
    this.#place(queue);
  }

  append(
    queue: PartitionQueue,
    message: Message,
    request: SendRequest,
    key: string | undefined,
    now: Instant,
  ): Appended {
    const last = queue.latest;
    if (last !== undefined) {
      const { closed, uncompressed } = last;
      if (last.add(message, request, key, this.#config)) {
        this.appendedBytes = last.uncompressed - uncompressed;
        return last.closed ? this.#changed(queue) : "joined";
      }
      if (!closed) this.touch(queue);
    }
    const memory = this.#memoryFor(message, key);
    if (this.#memory + memory > this.#config.bufferMemory) return "exhausted";
    this.#memory += memory;
    const batch = new ProducerBatch(queue.partition, now, memory);
    batch.add(message, request, key, this.#config);
    queue.batches.push(batch);
    this.ages.add(batch);
    this.appendedBytes = batch.uncompressed;
    return this.#changed(queue);
  }

  /** How many records, up to `times`, join the queue's latest batch without filling it: see `ProducerBatch.room`. */
  room(queue: PartitionQueue, request: SendRequest, times: number, bytes: number, now: Instant): number {
    return queue.latest?.room(request, times, bytes, now, this.#config) ?? 0;
  }

  /** Adds records, no more than there is `room` for: the sender has nothing new to do. */
  appendAll(queue: PartitionQueue, messages: readonly Message[], request: SendRequest, now: Instant): void {
    const last = queue.latest as ProducerBatch;
    const { uncompressed } = last;
    last.addAll(messages, request, now);
    this.appendedBytes = last.uncompressed - uncompressed;
  }

  /** Counts the partitions that have become ready. */
  advance(now: Instant): void {
    for (;;) {
      const queue = this.#due.take(now);
      if (queue === undefined) return;
      this.#destination(queue.state.leader).ready++;
    }
  }

  /** Takes the first batch out. */
  take(queue: PartitionQueue): ProducerBatch | undefined {
    const batch = queue.batches.shift();
    this.touch(queue);
    return batch;
  }

  putBack(batch: ProducerBatch, first = true): void {
    const queue = this.queue(batch.partition);
    queue.putBack(batch, first);
    this.touch(queue);
  }

  /** In place of a batch that was too large, its parts [KIP-126]. */
  putParts(parts: readonly ProducerBatch[]): void {
    for (const part of [...parts].reverse()) {
      this.ages.insert(part);
      this.putBack(part);
    }
  }

  /** Takes a batch out wherever it stands. */
  withdraw(batch: ProducerBatch): void {
    const queue = this.queue(batch.partition);
    const place = queue.batches.indexOf(batch);
    if (place < 0) return;
    queue.batches.splice(place, 1);
    this.touch(queue);
  }

  /** The batch has its outcome: its memory is free. */
  finish(batch: ProducerBatch): void {
    this.#memory -= batch.memory;
    batch.finish();
  }

  /** Whether batches linger. */
  hurry(hurried: boolean): void {
    if (this.#hurried === hurried) return;
    this.#hurried = hurried;
    for (const queue of this.#queues.values()) this.touch(queue);
  }

  /** What the queue begins with is another batch, or may have become ready. */
  touch(queue: PartitionQueue): void {
    this.#undue(queue);
    this.#place(queue);
  }

  /** The process has died. */
  forget(): void {
    this.#queues.clear();
    this.#destinations.clear();
    this.#due.clear();
    this.ages.clear();
    this.#memory = 0;
    this.#hurried = false;
  }

  #changed(queue: PartitionQueue): "changed" {
    this.touch(queue);
    return "changed";
  }

  #undue(queue: PartitionQueue): void {
    if (queue.place >= 0) this.#due.remove(queue);
    else if (queue.dueAt < NEVER) this.#destination(queue.state.leader).ready--;
    queue.dueAt = NEVER;
  }

  #place(queue: PartitionQueue): void {
    queue.dueAt = queue.readyAt(this.#config.linger, this.#hurried);
    if (queue.dueAt < NEVER) this.#due.put(queue);
  }

  /** What a batch with this record first takes up: records larger than a batch get one of their own. */
  #memoryFor(message: Message, key: string | undefined): number {
    const alone = BATCH_HEADER_BYTES + recordBytes(0, 0, key?.length ?? -1, message.payloadBytes);
    return Math.max(this.#config.batchSize, alone);
  }

  #destination(leader: number): Destination {
    let destination = this.#destinations.get(leader);
    if (destination === undefined) {
      destination = { leader, queues: [], ready: 0, cursor: 0 };
      this.#destinations.set(leader, destination);
    }
    return destination;
  }
}

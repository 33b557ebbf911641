/**
 * The sender: takes ready batches to the leaders of their partitions, and again where an outcome is missing, until their
 * time is over. It follows Sender of the Java client.
 */
import { type Instant, NEVER, after } from "../../../src/kernel/index.js";
import { type Connections, doubling } from "../connections.js";
import type { Metadata } from "../metadata.js";
import { request } from "../protocol/frames.js";
import type { KafkaError, Produce, ProduceResult } from "../protocol/messages.js";
import { type BatchExtras, NO_PRODUCER_ID, RecordBatch } from "../protocol/record-batch.js";
import type { Accumulator, Destination } from "./accumulator.js";
import type { PartitionQueue } from "./partition-queue.js";
import type { ProducerBatch } from "./producer-batch.js";
import type { ProducerConfig } from "./producer-config.js";
import type { ProducerSink } from "./producer-sink.js";
import type { ProducerTransactions, TransactionStep } from "./producer-transactions.js";

/** What the producer remembers of a request. */
export type ProducerContext =
  | { readonly kind: "metadata" }
  | { readonly kind: "producer-id" }
  | { readonly kind: "transaction"; readonly step: TransactionStep }
  | { readonly kind: "produce"; readonly batches: readonly ProducerBatch[] };

/** Errors after which a batch is sent again (RetriableException). */
const RETRIABLE: readonly KafkaError[] = [
  "CONCURRENT_TRANSACTIONS",
  "KAFKA_STORAGE_ERROR",
  "NOT_ENOUGH_REPLICAS",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "NOT_LEADER_OR_FOLLOWER",
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "REQUEST_TIMED_OUT",
];

/** Errors after which the records may be in the log all the same. */
const AMBIGUOUS: readonly KafkaError[] = [
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "NOT_LEADER_OR_FOLLOWER",
  "REQUEST_TIMED_OUT",
];

type Answer = Pick<ProduceResult, "error" | "baseOffset">;

const ANSWERED = { answer: true } as const;
const UNANSWERED = { answer: false } as const;

export class Sender {
  readonly #sink: ProducerSink;
  readonly #config: ProducerConfig;
  readonly #connections: Connections<ProducerContext>;
  readonly #metadata: Metadata<ProducerContext>;
  readonly #accumulator: Accumulator;
  readonly #transactions: ProducerTransactions<ProducerContext> | undefined;
  /** Partitions whose sequences have a gap, or may have one. */
  readonly #unsettled = new Set<PartitionQueue>();
  #producerId = NO_PRODUCER_ID;
  #producerEpoch = 0;
  #askingProducerId = false;
  #askAgainAt: Instant = NEVER;

  constructor(
    sink: ProducerSink,
    config: ProducerConfig,
    connections: Connections<ProducerContext>,
    metadata: Metadata<ProducerContext>,
    accumulator: Accumulator,
    transactions: ProducerTransactions<ProducerContext> | undefined,
  ) {
    this.#sink = sink;
    this.#config = config;
    this.#connections = connections;
    this.#metadata = metadata;
    this.#accumulator = accumulator;
    this.#transactions = transactions;
  }

  /** The process has died. Another one gets another producer id. */
  forget(): void {
    this.#unsettled.clear();
    this.#producerId = NO_PRODUCER_ID;
    this.#producerEpoch = 0;
    this.#askingProducerId = false;
    this.#askAgainAt = NEVER;
  }

  /** Gives up what is too old. */
  expire(now: Instant): void {
    for (;;) {
      const batch = this.#accumulator.ages.oldest;
      if (batch === undefined || !this.#isExpired(batch, now)) return;
      if (batch.state === "on-wire") batch.maybeWritten = true;
      else this.#accumulator.withdraw(batch);
      if (this.#isNumbered(batch)) {
        const queue = this.#accumulator.queue(batch.partition);
        queue.sequences.abandoned(batch);
        this.#unsettled.add(queue);
      }
      this.#giveUp(batch, now);
    }
  }

  /** Sends what is ready. */
  pump(now: Instant): void {
    // Within a transaction only its end brings a new epoch.
    if (this.#unsettled.size > 0 && this.#transactions === undefined) this.#settle();
    this.#accumulator.advance(now);
    if (!this.#hasProducerId(now)) return;
    for (const destination of this.#accumulator.destinations) {
      if (destination.ready > 0) this.#serve(destination, now);
    }
  }

  /** Without transactions a producer id is good for as long as the process lives. */
  identified(producerId: number, producerEpoch: number): void {
    this.#producerId = producerId;
    this.#producerEpoch = producerEpoch;
    this.#askingProducerId = false;
    this.#unsettled.clear();
  }

  /** Gives up what has no outcome: all of it, or what was never sent. */
  drop(all: boolean, now: Instant): void {
    const dropped: ProducerBatch[] = [];
    this.#accumulator.ages.each((batch) => {
      if (all || batch.baseSequence < 0) dropped.push(batch);
    });
    for (const batch of dropped) {
      if (batch.state === "on-wire") batch.maybeWritten = true;
      else this.#accumulator.withdraw(batch);
      if (this.#isNumbered(batch)) this.#accumulator.queue(batch.partition).sequences.abandoned(batch);
      this.#giveUp(batch, now);
    }
  }

  /** Nobody has answered, or the coordinator has no producer id at hand: asked again after a back-off. */
  unidentified(now: Instant): void {
    this.#askingProducerId = false;
    this.#askAgainAt = after(now, this.#sink.jittered(this.#config.retryBackoff));
  }

  /** When a producer id is to be asked for again; `NEVER`: that is not what it waits for. */
  get askAgainAt(): Instant {
    return this.#askAgainAt;
  }

  answered(batches: readonly ProducerBatch[], results: readonly ProduceResult[], now: Instant): void {
    for (let place = 0; place < batches.length; place++) {
      const batch = batches[place] as ProducerBatch;
      const result = results[place] ?? { error: "NONE", baseOffset: -1 };
      const queue = this.#accumulator.queue(batch.partition);
      queue.onWire--;
      if (batch.state === "on-wire") this.#resolve(batch, queue, result, now);
      // It was given up before its answer came; that it was written explains the sequences of later ones.
      else if (result.error === "NONE" && this.#isNumbered(batch)) queue.sequences.acknowledged(batch);
    }
  }

  /** The connection has ended before they were answered. */
  unanswered(batches: readonly ProducerBatch[], now: Instant): void {
    for (const batch of batches) {
      const queue = this.#accumulator.queue(batch.partition);
      queue.onWire--;
      if (batch.state !== "on-wire") continue;
      batch.maybeWritten = true;
      this.#retryOrGiveUp(batch, queue, true, now);
    }
  }

  #resolve(batch: ProducerBatch, queue: PartitionQueue, { error, baseOffset }: Answer, now: Instant): void {
    if (error === "NONE") {
      if (this.#isNumbered(batch)) queue.sequences.acknowledged(batch);
      this.#sink.ended(batch, "acknowledged", baseOffset, now);
      return this.#accumulator.finish(batch);
    }
    if (error === "MESSAGE_TOO_LARGE" && batch.count > 1) return this.#split(batch, queue);
    if (AMBIGUOUS.includes(error)) batch.maybeWritten = true;
    if (error === "NOT_LEADER_OR_FOLLOWER") this.#metadata.refresh(now);
    let retriable = RETRIABLE.includes(error);
    if (error === "OUT_OF_ORDER_SEQUENCE_NUMBER") {
      if (this.#transactions !== undefined) retriable = !queue.sequences.isLost(batch);
      else queue.sequences.outOfOrder(batch);
      if (queue.sequences.broken) this.#unsettled.add(queue);
    }
    this.#retryOrGiveUp(batch, queue, retriable, now);
  }

  #retryOrGiveUp(batch: ProducerBatch, queue: PartitionQueue, retriable: boolean, now: Instant): void {
    const { retries, retryBackoff, retryBackoffMax, rules } = this.#config;
    if (!retriable || !rules.retries || batch.attempts > retries || this.#isExpired(batch, now)) {
      if (this.#isNumbered(batch)) {
        if (batch.maybeWritten) queue.sequences.abandoned(batch);
        else if (this.#transactions !== undefined) queue.sequences.withdrawn(batch);
        else queue.sequences.refused(batch);
        this.#unsettled.add(queue);
      }
      return this.#giveUp(batch, now);
    }
    const backoff = doubling(retryBackoff, retryBackoffMax, batch.attempts - 1);
    batch.notBefore = after(now, this.#sink.jittered(backoff));
    batch.state = "waiting";
    this.#accumulator.putBack(batch, rules.repeatsFirst);
    this.#sink.retried(batch.partition, batch.count);
  }

  /** Its sequences have been seen to. */
  #giveUp(batch: ProducerBatch, now: Instant): void {
    this.#sink.ended(batch, batch.maybeWritten ? "unresolved" : "failed", -1, now);
    this.#accumulator.finish(batch);
    this.#transactions?.gaveUp(now);
  }

  /** Larger than its topic allows: the same records in smaller batches, as if none had been sent [KIP-126]. */
  #split(batch: ProducerBatch, queue: PartitionQueue): void {
    const { batchSize } = this.#config;
    // Nothing is hoped for from compression this time.
    const parts = batch.split({ batchSize, compression: 1 });
    if (this.#isNumbered(batch)) queue.sequences.replace(batch, parts);
    batch.finish();
    this.#accumulator.putParts(parts);
    this.#sink.split(batch.partition, parts.length);
  }

  /** Where sequences are missing and nothing is on the wire, a new epoch begins [KIP-360]. */
  #settle(): void {
    for (const queue of [...this.#unsettled]) {
      const { sequences } = queue;
      if (queue.onWire > 0) continue;
      sequences.resolve();
      if (sequences.broken) {
        this.#producerEpoch++;
        this.#sink.epochBumped(this.#producerEpoch);
        sequences.restart(this.#producerEpoch);
      }
      if (sequences.isSettled) this.#unsettled.delete(queue);
    }
  }

  #isExpired({ createdAt }: ProducerBatch, now: Instant): boolean {
    return now >= after(createdAt, this.#config.deliveryTimeout);
  }

  #isNumbered(batch: ProducerBatch): boolean {
    return this.#config.idempotent && batch.baseSequence >= 0;
  }

  #hasProducerId(now: Instant): boolean {
    if (!this.#config.idempotent || this.#producerId !== NO_PRODUCER_ID) return true;
    if (this.#transactions !== undefined) return false;
    if (this.#askAgainAt < NEVER && now < this.#askAgainAt) return false;
    this.#askAgainAt = NEVER;
    const { bootstrap, clientId } = this.#config;
    const open = bootstrap.find(({ id }) => this.#connections.isOpen(id));
    if (open !== undefined && !this.#askingProducerId) {
      this.#askingProducerId = true;
      const nobody = { transactionalId: undefined, transactionTimeout: 0, producerId: -1, producerEpoch: -1 };
      const frame = request("InitProducerId", nobody, clientId.length);
      this.#connections.send(open.id, frame, { kind: "producer-id" }, now);
    }
    return false;
  }

  /** As many requests to a leader as it has something for and can take. */
  #serve(destination: Destination, now: Instant): void {
    const { leader } = destination;
    const host = this.#metadata.hostOf(leader);
    if (host === undefined) return this.#metadata.refresh(now);
    if (!this.#connections.isOpen(leader)) return this.#connections.want(leader, host, now);
    while (destination.ready > 0 && this.#connections.inFlight(leader) < this.#config.maxInFlight) {
      const batches = this.#drain(destination, now);
      if (batches.length === 0) return;
      this.#produce(leader, batches, now);
    }
  }

  /** Once one partition is ready, the first batch of every partition of its leader goes along, lingering or not. */
  #drain(destination: Destination, now: Instant): readonly ProducerBatch[] {
    const { queues } = destination;
    const begin = destination.cursor % queues.length;
    const batches: ProducerBatch[] = [];
    let bytes = 0;
    destination.cursor = begin + 1;
    for (let turn = 0; turn < queues.length; turn++) {
      const place = (begin + turn) % queues.length;
      const queue = queues[place] as PartitionQueue;
      const first = queue.batches[0];
      if (first === undefined || !this.#admits(queue, first, now)) continue;
      bytes += first.bytes(this.#config);
      if (batches.length > 0 && bytes > this.#config.maxRequestSize) {
        destination.cursor = place;
        break;
      }
      this.#accumulator.take(queue);
      batches.push(first);
    }
    this.#accumulator.advance(now);
    return batches;
  }

  #admits(queue: PartitionQueue, first: ProducerBatch, now: Instant): boolean {
    const { maxInFlight, idempotent } = this.#config;
    if (queue.backsOff(now)) return false;
    // With one request in flight it is one a partition, too, wherever the partition's leader is.
    if (maxInFlight === 1 && queue.onWire > 0) return false;
    if (this.#transactions !== undefined) {
      const { sequences, partition } = queue;
      if (!this.#transactions.admits(partition)) return false;
      if (first.baseSequence >= 0) return sequences.isFirst(first);
      return !this.#transactions.isBroken && (sequences.isSettled || sequences.epoch !== this.#producerEpoch);
    }
    return !idempotent || queue.sequences.admits(first, this.#producerEpoch);
  }

  #produce(leader: number, sent: readonly ProducerBatch[], now: Instant): void {
    const { acks, clientId, requestTimeout, rules, transactionalId } = this.#config;
    const batches = sent.map((batch) => ({ partition: batch.partition, batch: this.#encode(batch) }));
    const body: Produce = { acks, timeout: requestTimeout, transactionalId, batches };
    const frame = request("Produce", body, clientId.length);
    const options = acks === 0 ? UNANSWERED : ANSWERED;
    this.#connections.send(leader, frame, { kind: "produce", batches: sent }, now, options);
    for (const batch of sent) {
      if (acks !== 0) {
        batch.state = "on-wire";
        this.#accumulator.queue(batch.partition).onWire++;
      } else {
        // Nobody answers: as far as the producer goes, sent is done.
        if (rules.acknowledgesUnanswered) this.#sink.ended(batch, "acknowledged", -1, now);
        else this.#sink.sent(batch, now);
        this.#accumulator.finish(batch);
      }
    }
  }

  /** As it goes out, with what a repetition of it is recognised by. */
  #encode(batch: ProducerBatch): RecordBatch {
    const { messages, keys, nulls, partition, latestAt } = batch;
    const queue = this.#accumulator.queue(partition);
    batch.closed = true;
    if (batch.attempts === 0) this.#sink.encoded(batch.count);
    batch.attempts++;
    batch.leaderEpoch = queue.state.leaderEpoch;
    const bytes = batch.bytes(this.#config);
    const plain = extrasOf(keys, nulls);
    const extras = this.#transactions === undefined ? plain : { ...plain, transactional: true };
    if (!this.#config.idempotent) return new RecordBatch(messages, bytes, undefined, extras, latestAt);
    queue.sequences.number(batch, this.#producerEpoch);
    const { epoch } = queue.sequences;
    const { baseSequence } = batch;
    const identity = { producerId: this.#producerId, producerEpoch: epoch, baseSequence };
    return new RecordBatch(messages, bytes, identity, extras, latestAt);
  }
}

function extrasOf(keys: BatchExtras["keys"], nulls: BatchExtras["nulls"]): BatchExtras | undefined {
  if (keys === undefined) return undefined;
  return nulls === undefined ? { keys } : { keys, nulls };
}

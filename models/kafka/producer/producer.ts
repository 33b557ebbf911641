/** A producer: records into batches, batches to the leaders of their partitions, again where an outcome is missing. */
import { type Instant, after } from "../../../src/kernel/index.js";
import { type ConnectionUser, Connections, doubling } from "../connections.js";
import { Metadata } from "../metadata.js";
import type { ParticipantMachine } from "../participant.js";
import { type Response, request } from "../protocol/frames.js";
import { ACKS_ALL, type KafkaError, NO_LEADER, type Produce } from "../protocol/messages.js";
import { NOBODY, NO_PRODUCER_ID, RecordBatch } from "../protocol/record-batch.js";
import { Accumulator, type ProducerBatch } from "./accumulator.js";
import { Partitioner } from "./partitioner.js";
import type { ProducerConfig } from "./producer-config.js";
import { PRODUCER_TIMER, type ProducerRecord, type ProducerSink, type SendRequest } from "./producer-sink.js";
import { PartitionSequences } from "./sequences.js";

/** What the producer remembers of a request. */
type Context =
  | { readonly kind: "metadata" }
  | { readonly kind: "producer-id" }
  | { readonly kind: "produce"; readonly batches: readonly ProducerBatch[] };

const METADATA: Context = { kind: "metadata" };

/** Errors after which the records may be in the log all the same. */
const AMBIGUOUS: readonly KafkaError[] = [
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "NOT_LEADER_OR_FOLLOWER",
  "REQUEST_TIMED_OUT",
];
const FATAL: readonly KafkaError[] = ["INVALID_PRODUCER_EPOCH", "INVALID_RECORD"];

export class Producer implements ParticipantMachine, ConnectionUser<Context> {
  readonly #config: ProducerConfig;
  readonly #sink: ProducerSink;
  readonly connections: Connections<Context>;
  readonly #metadata: Metadata<Context>;
  readonly #accumulator: Accumulator;
  readonly #partitioner: Partitioner;
  /** Sends that wait for the partitions of their topic to be known. */
  readonly #blocked: SendRequest[] = [];
  /** Sent and not answered. */
  readonly #onWire = new Set<ProducerBatch>();
  readonly #sequences = new Map<number, PartitionSequences>();
  #producerId = NO_PRODUCER_ID;
  #producerEpoch = 0;

  constructor(sink: ProducerSink, config: ProducerConfig) {
    this.#sink = sink;
    this.#config = config;
    this.connections = new Connections(sink, config.connection, this);
    this.#metadata = new Metadata(sink, config, this.connections, METADATA, PRODUCER_TIMER.metadata);
    this.#accumulator = new Accumulator(config.batchSize, config.linger);
    this.#partitioner = new Partitioner(config.partitioner, config.batchSize, (count) =>
      sink.choosePartition(count),
    );
  }

  start(now: Instant): void {
    this.#metadata.refresh(now);
  }

  crashed(): void {
    this.connections.forget();
    this.#metadata.forget();
    this.#accumulator.forget();
    this.#blocked.length = 0;
    this.#onWire.clear();
    this.#sequences.clear();
    this.#producerId = NO_PRODUCER_ID;
    this.#producerEpoch = 0;
  }

  /** Calls `visit` for each record that waits or is on its way, with no outcome. */
  eachOpen(visit: (record: ProducerRecord) => void): void {
    for (const { records } of this.#onWire) records.forEach(visit);
    for (const partition of this.#accumulator.partitions) {
      for (const { records } of this.#accumulator.queue(partition)) records.forEach(visit);
    }
  }

  get requestsInFlight(): number {
    let count = 0;
    for (const { id } of this.#config.bootstrap) count += this.connections.inFlight(id);
    return count;
  }

  send(wish: SendRequest, now: Instant): void {
    const partitions = this.#metadata.partitionsOf(wish.topic);
    if (partitions.length === 0) {
      this.#blocked.push(wish);
      return this.#metadata.refresh(now);
    }
    const index = this.#partitioner.partition(wish.key, partitions.length, wish.valueBytes);
    const state = partitions[index];
    if (state === undefined) return;
    const message = this.#sink.accept(wish, index, now);
    this.#accumulator.append(state.partition, { message, request: wish }, now);
    this.#pump(now);
  }

  // ParticipantMachine

  timerFired(kind: number, id: number, now: Instant): void {
    if (this.connections.timerFired(kind, id, now)) return;
    if (kind === PRODUCER_TIMER.metadata) this.#metadata.timerFired(now);
    this.#pump(now);
  }

  // ConnectionUser

  connectionReady(_peer: number, now: Instant): void {
    this.#metadata.pursue(now);
    this.#pump(now);
  }

  answered(_peer: number, context: Context, response: Response, now: Instant): void {
    switch (response.api) {
      case "Metadata":
        this.#metadata.learn(response.body, now);
        for (const wish of this.#blocked.splice(0)) this.send(wish, now);
        break;
      case "InitProducerId":
        this.#producerId = response.body.producerId;
        break;
      case "Produce":
        if (context.kind !== "produce") return;
        context.batches.forEach((batch, place) => {
          this.#resolve(batch, response.body.results[place]?.error ?? "NONE", now);
        });
        break;
      default:
        return;
    }
    this.#pump(now);
  }

  connectionLost(_peer: number, unanswered: readonly Context[], now: Instant): void {
    for (const context of unanswered) {
      if (context.kind === "metadata") this.#metadata.unanswered(now);
      if (context.kind !== "produce") continue;
      for (const batch of context.batches) {
        if (!this.#onWire.delete(batch)) continue;
        batch.maybeWritten = true;
        this.#retryOrGiveUp(batch, now);
      }
    }
    this.#metadata.refresh(now);
    this.#pump(now);
  }

  #resolve(batch: ProducerBatch, error: KafkaError, now: Instant): void {
    // It may have expired meanwhile.
    if (!this.#onWire.delete(batch)) return;
    if (error === "NONE") return this.#complete(batch, now);
    if (AMBIGUOUS.includes(error)) batch.maybeWritten = true;
    if (error === "NOT_LEADER_OR_FOLLOWER") this.#metadata.refresh(now);
    const sequences = this.#sequences.get(batch.partition);
    // Out of order because an earlier batch is to be sent again: so is this one. Otherwise the log lost records.
    const lost = error === "OUT_OF_ORDER_SEQUENCE_NUMBER" && sequences?.isNext(batch) === true;
    if (lost || FATAL.includes(error)) this.#giveUp(batch, now);
    else this.#retryOrGiveUp(batch, now);
  }

  #complete(batch: ProducerBatch, now: Instant): void {
    this.#sequences.get(batch.partition)?.acknowledged(batch);
    for (const record of batch.records) this.#sink.acknowledged(record, now);
  }

  #retryOrGiveUp(batch: ProducerBatch, now: Instant): void {
    const { retries, retryBackoff, retryBackoffMax, rules } = this.#config;
    if (!rules.retries || batch.attempts > retries || this.#isExpired(batch, now)) {
      return this.#giveUp(batch, now);
    }
    const backoff = doubling(retryBackoff, retryBackoffMax, batch.attempts - 1);
    batch.notBefore = after(now, this.#sink.jittered(backoff));
    this.#accumulator.putBack(batch);
    this.#sink.retried(batch.partition, batch.records.length);
  }

  #giveUp(batch: ProducerBatch, now: Instant): void {
    const sequences = this.#sequences.get(batch.partition);
    if (sequences !== undefined && batch.baseSequence >= 0) {
      sequences.closed(batch);
      sequences.broken = true;
    }
    for (const record of batch.records) {
      if (batch.maybeWritten) this.#sink.unresolved(record, now);
      else this.#sink.failed(record, now);
    }
  }

  #isExpired({ createdAt }: ProducerBatch, now: Instant): boolean {
    return now >= after(createdAt, this.#config.deliveryTimeout);
  }

  /** Sends what is ready, and sets the timer for what is not. */
  #pump(now: Instant): void {
    this.#expire(now);
    this.#mendSequences();
    if (this.#hasProducerId(now)) while (this.#sendOnce(now));
    this.#setTimer(now);
  }

  #expire(now: Instant): void {
    for (const batch of [...this.#onWire]) {
      if (!this.#isExpired(batch, now)) continue;
      this.#onWire.delete(batch);
      batch.maybeWritten = true;
      this.#giveUp(batch, now);
    }
    for (const partition of this.#accumulator.partitions) {
      const queue = this.#accumulator.queue(partition);
      for (const batch of queue.filter((each) => this.#isExpired(each, now))) {
        queue.splice(queue.indexOf(batch), 1);
        this.#giveUp(batch, now);
      }
    }
  }

  /** Where a batch with sequences was given up and nothing is on the wire, a new epoch begins. */
  #mendSequences(): void {
    for (const [partition, sequences] of this.#sequences) {
      const busy = [...this.#onWire].some((batch) => batch.partition === partition);
      if (sequences.broken && !busy) {
        this.#producerEpoch++;
        this.#sink.epochBumped(this.#producerEpoch);
        sequences.restart(this.#producerEpoch);
      } else if (sequences.epoch !== this.#producerEpoch && sequences.isIdle) {
        sequences.restart(this.#producerEpoch);
      }
    }
  }

  #hasProducerId(now: Instant): boolean {
    if (!this.#config.idempotent || this.#producerId !== NO_PRODUCER_ID) return true;
    const { bootstrap, clientId } = this.#config;
    const open = bootstrap.find(({ id }) => this.connections.isOpen(id));
    if (open !== undefined && this.connections.inFlight(open.id) === 0) {
      const frame = request("InitProducerId", {}, clientId.length);
      this.connections.send(open.id, frame, { kind: "producer-id" }, now);
    }
    return false;
  }

  /** One request to each leader that can take one. True if any was sent. */
  #sendOnce(now: Instant): boolean {
    const byLeader = new Map<number, ProducerBatch[]>();
    for (const partition of this.#accumulator.partitions) {
      const batch = this.#readyBatch(partition, now);
      if (batch === undefined) continue;
      const leader = this.#metadata.partition(partition)?.leader ?? NO_LEADER;
      const host = this.#metadata.hostOf(leader);
      if (host === undefined) this.#metadata.refresh(now);
      else if (!this.connections.isOpen(leader)) this.connections.want(leader, host, now);
      else if (this.connections.inFlight(leader) < this.#config.maxInFlight) {
        const batches = byLeader.get(leader);
        if (batches === undefined) byLeader.set(leader, [batch]);
        else batches.push(batch);
      }
    }
    for (const [leader, batches] of byLeader) this.#produce(leader, batches, now);
    return byLeader.size > 0;
  }

  #readyBatch(partition: number, now: Instant): ProducerBatch | undefined {
    if (this.#accumulator.readyAt(partition) > now) return undefined;
    const [batch] = this.#accumulator.queue(partition);
    const sequences = this.#sequences.get(partition);
    return batch === undefined || sequences?.admits(batch) === false ? undefined : batch;
  }

  #produce(leader: number, ready: readonly ProducerBatch[], now: Instant): void {
    const { acks, clientId, maxRequestSize, requestTimeout } = this.#config;
    const sent: ProducerBatch[] = [];
    let bytes = 0;
    for (const batch of ready) {
      bytes += batch.bytes;
      if (sent.length > 0 && bytes > maxRequestSize) break;
      sent.push(batch);
    }
    const batches = sent.map((batch) => ({ partition: batch.partition, batch: this.#encode(batch) }));
    const body: Produce = { acks, timeout: requestTimeout, batches };
    const frame = request("Produce", body, clientId.length);
    const context: Context = { kind: "produce", batches: sent };
    this.connections.send(leader, frame, context, now, { answer: acks !== 0 });
    // Nobody answers acks=0: as far as the producer goes, sent is done.
    if (acks === 0)
      for (const batch of sent) for (const record of batch.records) record.request.finished(now);
    else for (const batch of sent) this.#onWire.add(batch);
  }

  /** Takes the batch out of its queue and gives it what a repetition is recognised by. */
  #encode(batch: ProducerBatch): RecordBatch {
    this.#accumulator.queue(batch.partition).shift();
    batch.attempts++;
    const records = batch.records.map(({ message }) => message);
    if (!this.#config.idempotent) return new RecordBatch(records, batch.bytes, NOBODY, batch.extras);
    let sequences = this.#sequences.get(batch.partition);
    if (sequences === undefined) {
      sequences = new PartitionSequences(this.#producerEpoch);
      this.#sequences.set(batch.partition, sequences);
    }
    sequences.number(batch);
    const { baseSequence } = batch;
    const identity = { producerId: this.#producerId, producerEpoch: sequences.epoch, baseSequence };
    return new RecordBatch(records, batch.bytes, identity, batch.extras);
  }

  #setTimer(now: Instant): void {
    let at = Infinity;
    for (const { createdAt } of this.#onWire)
      at = Math.min(at, after(createdAt, this.#config.deliveryTimeout));
    for (const partition of this.#accumulator.partitions) {
      const [first] = this.#accumulator.queue(partition);
      if (first === undefined) continue;
      const readyAt = this.#accumulator.readyAt(partition);
      if (readyAt > now) at = Math.min(at, readyAt);
      at = Math.min(at, after(first.createdAt, this.#config.deliveryTimeout));
    }
    if (at < Infinity) this.#sink.setTimer(PRODUCER_TIMER.send, 0, at);
    else this.#sink.cancelTimer(PRODUCER_TIMER.send, 0);
  }
}

/** Whether the options go together with idempotence; where they do not, it is off unless it was asked for. */
export function allowsIdempotence(acks: number, retries: number, maxInFlight: number): boolean {
  return acks === ACKS_ALL && retries > 0 && maxInFlight <= 5;
}

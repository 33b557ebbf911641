/** A producer: records into batches, batches to the leaders of their partitions, again where an outcome is missing. */
import { type Instant, NEVER, after } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import { type ConnectionUser, Connections } from "../connections.js";
import { Metadata } from "../metadata.js";
import type { ParticipantMachine } from "../participant.js";
import type { Response } from "../protocol/frames.js";
import type { KafkaError } from "../protocol/messages.js";
import { BATCH_HEADER_BYTES } from "../protocol/wire-size.js";
import { Accumulator } from "./accumulator.js";
import { AwaitedEnd } from "./awaited-end.js";
import { type BlockedSend, BlockedSends } from "./blocked-sends.js";
import type { ConsumedOffsets } from "./consumed-offsets.js";
import { type PartitionQueue, partitionName } from "./partition-queue.js";
import type { Partitioner } from "./partitioner.js";
import { Partitioners } from "./partitioners.js";
import type { ProducerConfig } from "./producer-config.js";
import type { ProducerTransactions } from "./producer-transactions.js";
import { PRODUCER_TIMER, type ProducerSink, type SendRequest } from "./producer-sink.js";
import { type ProducerContext, Sender } from "./sender.js";
import { transactionsOf } from "./transactions-of.js";

/** What a record alone in a batch has beside key and value, at most (DefaultRecord.MAX_RECORD_OVERHEAD). */
const OVERHEAD_MAX = BATCH_HEADER_BYTES + 21;

const METADATA: ProducerContext = { kind: "metadata" };

export class Producer implements ParticipantMachine, ConnectionUser<ProducerContext> {
  readonly connections: Connections<ProducerContext>;
  readonly #config: ProducerConfig;
  readonly #sink: ProducerSink;
  readonly #metadata: Metadata<ProducerContext>;
  readonly #accumulator: Accumulator;
  readonly #sender: Sender;
  readonly #transactions: ProducerTransactions<ProducerContext> | undefined;
  readonly #blocked: BlockedSends;
  readonly #recordBytesMax: number;
  readonly #partitioners: Partitioners;
  #timerAt: Instant = NEVER;
  #refusedAll = false;
  readonly #end = new AwaitedEnd();

  constructor(sink: ProducerSink, config: ProducerConfig) {
    this.#sink = sink;
    this.#config = config;
    this.connections = new Connections(sink, config.connection, this);
    this.#metadata = new Metadata(sink, config, this.connections, METADATA, PRODUCER_TIMER.metadata);
    this.#accumulator = new Accumulator(config);
    this.#partitioners = new Partitioners(config, this.#metadata, this.#accumulator, (count) =>
      sink.choosePartition(count),
    );
    this.#transactions = transactionsOf(config, sink, this.connections, this.#metadata, (id, epoch) =>
      this.#sender.identified(id, epoch),
    );
    this.#sender = new Sender(
      sink,
      config,
      this.connections,
      this.#metadata,
      this.#accumulator,
      this.#transactions,
    );
    this.#recordBytesMax = Math.min(config.maxRequestSize, config.bufferMemory);
    this.#blocked = new BlockedSends(config.maxBlock);
  }

  start(now: Instant): void {
    this.#metadata.refresh(now);
  }

  crashed(): void {
    this.connections.forget();
    this.#metadata.forget();
    this.#accumulator.forget();
    this.#sender.forget();
    this.#transactions?.forget();
    this.#blocked.clear();
    this.#partitioners.forget();
    this.#timerAt = NEVER;
    this.#end.forget();
  }

  /**
   * Sends all that it has, lingering or not, and waits for the outcomes; `closed` follows, within `closeTimeout`. Calls
   * of `send` that wait fail (KafkaProducer.close).
   */
  close(closed: (now: Instant) => void, now: Instant): void {
    const { closeTimeout } = this.#config;
    this.#end.close(closed);
    if (closeTimeout < NEVER) this.#sink.setTimer(PRODUCER_TIMER.close, 0, after(now, closeTimeout));
    for (let send = this.#blocked.shift(); send !== undefined; send = this.#blocked.shift()) {
      this.#refuseBlocked(send, now);
    }
    this.#run(now);
  }

  /** Calls `visit` for each record that waits or is on its way, with no outcome. */
  eachOpen(visit: (message: Message) => void): void {
    this.#accumulator.ages.each(({ messages }) => messages.forEach(visit));
    this.#blocked.each(visit);
  }

  get requestsInFlight(): number {
    let count = 0;
    for (const { id } of this.#config.bootstrap) count += this.connections.inFlight(id);
    return count;
  }

  /** Bytes of the buffer that are taken, and calls of `send` that wait. */
  get bufferBytes(): number {
    return this.#accumulator.memory;
  }

  get blockedSends(): number {
    return this.#blocked.size;
  }

  // Transactions

  get isReady(): boolean {
    return this.#transactions?.isReady === true;
  }

  get isBroken(): boolean {
    return this.#transactions?.isBroken === true;
  }

  get isEnding(): boolean {
    return this.#transactions?.isEnding === true;
  }

  begin(): void {
    this.#transactions?.begin();
  }

  /** Has a group's positions be part of the open transaction. */
  sendOffsets(consumed: ConsumedOffsets, now: Instant): void {
    this.#transactions?.sendOffsets(consumed);
    this.#run(now);
  }

  commit(now: Instant): void {
    this.#transactions?.commit();
    this.#run(now);
  }

  /** What was never sent is given up; what was is waited for. */
  abort(now: Instant): void {
    this.#transactions?.abort();
    this.#sender.drop(false, now);
    this.#run(now);
  }

  /** The application begins anew with another producer of the same name; nothing of this one is left. */
  replace(now: Instant): void {
    this.#transactions?.forget();
    this.#sender.drop(true, now);
    this.#sender.forget();
    this.#run(now);
  }

  /** What waits goes out at once; `flushed` follows when every record has its outcome. Nothing is sent meanwhile. */
  flush(flushed: (now: Instant) => void, now: Instant): void {
    this.#end.flush(flushed);
    this.#run(now);
  }

  /** Sends up to `times` records without a key and tells how many: those that join a batch and leave it open, or one. */
  sendAll(request: SendRequest, times: number, now: Instant): number {
    const partitioner = this.#partitioners.of(request.topic);
    const { sticky, bytesToSticky } = partitioner;
    const alone = sticky === undefined || this.#end.isClosing || this.#blocked.size > 0;
    const records = alone ? 0 : this.#accumulator.room(sticky, request, times, bytesToSticky, now);
    if (sticky === undefined || records === 0) {
      this.send(request, undefined, now);
      return 1;
    }
    const messages = this.#sink.acceptAll(request, sticky.name, records, now);
    this.#accumulator.appendAll(sticky, messages, request, now);
    this.#joined(partitioner, sticky);
    return records;
  }

  /** `key`: ASCII; undefined: none. */
  send(request: SendRequest, key: string | undefined, now: Instant): void {
    // Who has closed it has no more to send.
    if (this.#end.isClosing) request.finished(now);
    else if (this.#blocked.size > 0) this.#block(request, key, undefined, now);
    else this.#sendTo(this.#partitioners.of(request.topic), request, key, now);
  }

  #sendTo(partitioner: Partitioner, request: SendRequest, key: string | undefined, now: Instant): void {
    const queue = partitioner.choose(key);
    if (queue === undefined) {
      this.#block(request, key, undefined, now);
      return this.#metadata.refresh(now);
    }
    const message = this.#accept(request, queue, key, now);
    if (this.#isTooLarge(request.valueBytes, key)) return this.#refuse(message, request, now);
    const appended = this.#accumulator.append(queue, message, request, key, now);
    if (appended === "exhausted") return this.#block(request, key, { queue, message }, now);
    this.#joined(partitioner, queue);
    if (appended === "changed") this.#run(now);
  }

  /** What was appended last is in a batch of the queue. */
  #joined(partitioner: Partitioner, queue: PartitionQueue): void {
    partitioner.produced(queue, this.#accumulator.appendedBytes);
    this.#transactions?.sends(queue.partition);
  }

  // ParticipantMachine

  timerFired(kind: number, id: number, now: Instant): void {
    if (this.connections.timerFired(kind, id, now)) return;
    if (kind === PRODUCER_TIMER.metadata) this.#metadata.timerFired(now);
    else if (kind === PRODUCER_TIMER.work) this.#sink.workDone(now);
    else if (kind === PRODUCER_TIMER.close) return this.#closeNow(now);
    else if (kind === PRODUCER_TIMER.send) this.#timerAt = NEVER;
    this.#run(now);
  }

  // ConnectionUser

  /** What waits for metadata fails with it (SaslAuthenticationException). */
  notAuthenticated(_peer: number, _error: KafkaError, now: Instant): void {
    this.#refusedAll = true;
    this.#run(now);
    this.#refusedAll = false;
  }

  connectionReady(_peer: number, now: Instant): void {
    this.#metadata.pursue(now);
    this.#run(now);
  }

  answered(_peer: number, context: ProducerContext, response: Response, now: Instant): void {
    if (context.kind === "transaction") {
      this.#transactions?.answered(context.step, response, now);
      return this.#run(now);
    }
    switch (response.api) {
      case "Metadata":
        this.#metadata.learn(response.body, now);
        this.#learn();
        break;
      case "InitProducerId":
        if (response.body.error === "NONE") this.#sender.identified(response.body.producerId, 0);
        else this.#sender.unidentified(now);
        break;
      case "Produce":
        if (context.kind !== "produce") return;
        this.#sender.answered(context.batches, response.body.results, now);
        break;
      default:
        return;
    }
    this.#run(now);
  }

  connectionLost(_peer: number, unanswered: readonly ProducerContext[], now: Instant): void {
    for (const context of unanswered) {
      if (context.kind === "metadata") this.#metadata.unanswered(now);
      else if (context.kind === "producer-id") this.#sender.unidentified(now);
      else if (context.kind === "transaction") this.#transactions?.unanswered(context.step, now);
      else this.#sender.unanswered(context.batches, now);
    }
    this.#metadata.refresh(now);
    this.#run(now);
  }

  #learn(): void {
    for (const state of this.#metadata.partitions) this.#accumulator.learn(state);
    this.#partitioners.learn();
  }

  /** Nothing larger is ever sent, or fits; by an upper bound, as the client takes it (RecordTooLargeException). */
  #isTooLarge(valueBytes: number, key: string | undefined): boolean {
    return valueBytes + (key === undefined ? 0 : key.length) + OVERHEAD_MAX > this.#recordBytesMax;
  }

  #block(request: SendRequest, key: string | undefined, chosen: BlockedSend["chosen"], now: Instant): void {
    const alone = this.#blocked.size === 0;
    this.#blocked.add(request, key, chosen, now);
    if (!alone) return;
    this.#run(now);
  }

  /** Does what there is to do, and sets the timer for what is not due. */
  #run(now: Instant): void {
    this.#sender.expire(now);
    this.#giveUpBlocked(now);
    this.#transactions?.pursue(this.#isIncomplete(), now);
    this.#hurry();
    do this.#sender.pump(now);
    while (this.#unblock(now));
    this.#setTimer(now);
    if (this.#end.isAwaited && !this.#isIncomplete())
      this.#end.come(this.#transactions?.isOpen === true, now);
  }

  /** Records wait, or are on their way. */
  #isIncomplete(): boolean {
    return this.#blocked.size > 0 || this.#accumulator.ages.oldest !== undefined;
  }

  /** What has no outcome so far never gets one (Sender.forceClose). */
  #closeNow(now: Instant): void {
    this.#sender.drop(true, now);
    this.#end.closeNow(now);
  }

  /** Who waits for memory, or for everything to be sent, does not wait for others to linger. */
  #hurry(): void {
    const waits = this.#blocked.first?.chosen !== undefined;
    const ends = this.#end.isAwaited || this.#transactions?.isEnding === true;
    this.#accumulator.hurry(waits || ends);
  }

  #refuse(message: Message, request: SendRequest, now: Instant): void {
    this.#sink.refused(message, request, now);
    this.#transactions?.gaveUp(now);
  }

  /** The first blocked send, if its topic is none that the client may know about (TopicAuthorizationException). */
  #forbidden(): BlockedSend | undefined {
    const { first } = this.#blocked;
    if (first === undefined) return undefined;
    if (!this.#refusedAll && !this.#metadata.unauthorized.includes(first.request.topic)) return undefined;
    return this.#blocked.shift();
  }

  /** The record counts as published. */
  #accept(request: SendRequest, queue: PartitionQueue, key: string | undefined, now: Instant): Message {
    const message = this.#sink.accept(request, queue.name, now);
    const compacts = key !== undefined && this.#metadata.partition(queue.partition)?.log.compacts === true;
    if (compacts) this.#sink.keyed(message, key, request.tombstone);
    return message;
  }

  /** BufferExhaustedException, or TimeoutException where the partitions were not found out. */
  #giveUpBlocked(now: Instant): void {
    for (;;) {
      const send = this.#blocked.expired(now) ?? this.#forbidden();
      if (send === undefined) return;
      this.#refuseBlocked(send, now);
    }
  }

  #refuseBlocked({ request, chosen }: BlockedSend, now: Instant): void {
    // A record whose partition was never found out is one of its topic's all the same.
    const nowhere = partitionName(request.topic, "?");
    const message = chosen?.message ?? this.#sink.accept(request, nowhere, now);
    this.#refuse(message, request, now);
  }

  /** Calls of `send` go on. True if any did. */
  #unblock(now: Instant): boolean {
    if (this.#blocked.size === 0) return false;
    let any = false;
    for (;;) {
      const { first } = this.#blocked;
      if (first === undefined || !this.#goesOn(first, now)) break;
      this.#blocked.shift();
      any = true;
    }
    this.#hurry();
    return any;
  }

  #goesOn(send: BlockedSend, now: Instant): boolean {
    const { request, key } = send;
    const partitioner = this.#partitioners.of(request.topic);
    let { chosen } = send;
    if (chosen === undefined) {
      const queue = partitioner.choose(key);
      if (queue === undefined) return false;
      chosen = { queue, message: this.#accept(request, queue, key, now) };
      if (this.#isTooLarge(request.valueBytes, key)) {
        this.#refuse(chosen.message, request, now);
        return true;
      }
      this.#blocked.choose(chosen);
    }
    const { queue, message } = chosen;
    if (this.#accumulator.append(queue, message, request, key, now) === "exhausted") return false;
    this.#joined(partitioner, queue);
    return true;
  }

  #setTimer(now: Instant): void {
    const expiresAt = after(this.#accumulator.ages.oldestAt, this.#config.deliveryTimeout);
    const { nextDueAt } = this.#accumulator;
    const at = Math.min(nextDueAt, expiresAt, this.#blocked.deadline, this.#sender.askAgainAt);
    if (at === this.#timerAt) return;
    this.#timerAt = at;
    if (at < NEVER) this.#sink.setTimer(PRODUCER_TIMER.send, 0, Math.max(now, at));
    else this.#sink.cancelTimer(PRODUCER_TIMER.send, 0);
  }
}

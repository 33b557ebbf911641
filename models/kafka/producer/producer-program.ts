/** The producer on a node: binds the machine to the network, the timers, chance, the application and the trace. */
import type { ChanceHandle, Duration, Instant } from "../../../src/kernel/index.js";
import type { Operation, OptionValues, Place, Program } from "../../../src/model/index.js";
import type { Application, Message } from "../../../src/trace/index.js";
import { CONNECTION_TIMERS } from "../connections.js";
import { WORK } from "../costs.js";
import { NOTE } from "../notes.js";
import { Participant } from "../participant.js";
import { SchemaClient } from "../schemas/schema-client.js";
import { schemaOf } from "../schemas/schema-registry-program.js";
import type { ProducerConfig } from "./producer-config.js";
import type { ProducerBatch } from "./producer-batch.js";
import type { KafkaError } from "../protocol/messages.js";
import {
  type BatchOutcome,
  PRODUCER_TIMER,
  PRODUCER_TIMER_NAMES,
  type ProducerSink,
  type SendRequest,
} from "./producer-sink.js";
import type { TransactionOutcome } from "./producer-transactions.js";
import { Producer } from "./producer.js";
import { SchemaSending } from "./schema-sending.js";
import { Sending } from "./sending.js";
import { type TransactionDriver, Transactor, transactionPlan } from "./transactor.js";

const EVERYBODY = -1;

export class ProducerProgram extends Participant implements Program, ProducerSink {
  protected readonly machine: Producer;
  /** Quality in the history: acks=0 promises nothing. */
  readonly #quality: number;
  readonly #partitions: ChanceHandle;
  readonly #idempotent: boolean;
  readonly #inTransactions: boolean;
  /** Undefined: it does not work in transactions. */
  readonly #transactor: Transactor | undefined;
  #driver: TransactionDriver | undefined;
  readonly #whenFenced: ProducerConfig["whenFenced"];
  #fenced = 0;
  readonly #recordCost: Duration;
  readonly #schemas: SchemaClient | undefined;
  readonly #counts = { retried: 0, unresolved: 0, refused: 0, epochs: 0, splits: 0, batches: 0 };

  constructor(place: Place, config: ProducerConfig) {
    super(place, [...CONNECTION_TIMERS, ...PRODUCER_TIMER_NAMES]);
    this.#quality = config.acks === 0 ? 0 : 1;
    this.#idempotent = config.idempotent;
    this.#inTransactions = config.transactionalId !== undefined;
    this.#recordCost = config.recordCost;
    this.#partitions = place.chance.source(`kafka/${place.node.name}/partition`);
    this.machine = new Producer(this, config);
    this.#whenFenced = config.whenFenced;
    const { schemaRegistry } = config;
    this.#schemas = schemaRegistry === undefined ? undefined : new SchemaClient(place, schemaRegistry);
    if (config.transactionalId === undefined) return;
    this.#transactor = new Transactor(place.application, place.node.index, this.machine, (at) =>
      this.setTimer(PRODUCER_TIMER.work, 0, at),
    );
    this.#driver = this.#transactor;
  }

  get producer(): Producer {
    return this.machine;
  }

  /** Another program begins and ends its transactions, from the beginning: there is no `transact`. */
  drive(driver: TransactionDriver): void {
    this.#driver = driver;
  }

  // Program

  start(now: Instant): void {
    this.machine.start(now);
  }

  crashed(now: Instant): void {
    this.forget();
    this.#schemas?.forget();
    this.machine.crashed();
    this.#driver?.crashed(now);
  }

  stopping(now: Instant, stopped: (now: Instant) => void): void {
    this.#transactor?.close(now);
    this.machine.close(stopped, now);
  }

  operation(
    activity: string,
    options: OptionValues,
    finished: (now: Instant, times?: number) => void,
  ): Operation {
    if (activity === "transact") return this.#transacting(options, finished);
    if (activity !== "send") throw new Error(`a Kafka producer knows no activity ${activity}`);
    if (this.#transactor !== undefined)
      throw new Error("a transactional producer sends in transactions only");
    const schema = schemaOf(options["schema"]);
    if (schema === undefined) return new Sending(this.machine, options, finished);
    if (this.#schemas === undefined) throw new Error("a producer without schemaRegistry sends no schema");
    return new Sending(new SchemaSending(this.#schemas, schema, this.machine, this), options, finished);
  }

  #transacting(options: OptionValues, finished: (now: Instant) => void): Operation {
    const transactor = this.#transactor;
    if (transactor === undefined) throw new Error("a producer without transactionalId has no transactions");
    const plan = transactionPlan(options);
    return { perform: (now) => transactor.transact(plan, finished, now) };
  }

  reportHeld(application: Application): void {
    this.machine.eachOpen((message) => application.held(EVERYBODY, message));
  }

  metrics(): Readonly<Record<string, number>> {
    const { retried, unresolved, refused, epochs, splits, batches } = this.#counts;
    return {
      kafka_batches_acknowledged: batches,
      kafka_records_retried: retried,
      kafka_records_unresolved: unresolved,
      kafka_sends_refused: refused,
      kafka_batches_split: splits,
      kafka_producer_epochs: epochs,
      kafka_idempotent_producers: this.#idempotent ? 1 : 0,
      kafka_transactions_committed: this.#driver?.ended.committed ?? 0,
      kafka_transactions_aborted: this.#driver?.ended.aborted ?? 0,
      kafka_transactions_unresolved: this.#driver?.ended.unresolved ?? 0,
      kafka_producers_fenced: this.#fenced,
    };
  }

  gauges(): Readonly<Record<string, number>> {
    const { requestsInFlight, bufferBytes, blockedSends } = this.machine;
    return {
      kafka_requests_in_flight: requestsInFlight,
      kafka_buffer_bytes: bufferBytes,
      kafka_blocked_sends: blockedSends,
    };
  }

  snapshot(): unknown {
    let open = 0;
    this.machine.eachOpen(() => open++);
    const { requestsInFlight, bufferBytes, blockedSends } = this.machine;
    return { open, requestsInFlight, bufferBytes, blockedSends };
  }

  // ProducerSink

  accept({ valueBytes, accepted }: SendRequest, partition: string, now: Instant): Message {
    const { application, node } = this.place;
    const message = application.publish(node.index, partition, this.#quality, valueBytes, false, now);
    accepted?.(message, now);
    return message;
  }

  acceptAll(
    { valueBytes }: SendRequest,
    partition: string,
    records: number,
    now: Instant,
  ): readonly Message[] {
    const { application, node } = this.place;
    return application.publishAll(node.index, partition, this.#quality, valueBytes, records, now);
  }

  keyed(message: Message, key: string, deletes: boolean): void {
    this.place.application.log.keyed(message, key, deletes);
  }

  refused(message: Message, { finished, settled }: SendRequest, now: Instant): void {
    this.#counts.refused++;
    if (!this.#inTransactions) this.place.application.failed(message, now);
    settled?.(message, "failed", now);
    finished(now);
  }

  ended(batch: ProducerBatch, outcome: BatchOutcome, baseOffset: number, now: Instant): void {
    const { application } = this.place;
    const { messages } = batch;
    // Within a transaction nothing is acknowledged, or has failed, before its end.
    const inTransaction = this.#inTransactions;
    if (outcome === "acknowledged") {
      this.#counts.batches++;
      if (baseOffset >= 0)
        application.log.stored({ messages, from: 0, to: messages.length, offset: baseOffset }, now);
      if (!inTransaction) application.acknowledgedAll(messages, now);
    } else if (outcome === "failed") {
      for (const message of messages) if (!inTransaction) application.failed(message, now);
    } else this.#counts.unresolved += messages.length;
    finish(batch, outcome, now);
  }

  sent(batch: ProducerBatch, now: Instant): void {
    finish(batch, undefined, now);
  }

  encoded(records: number): void {
    const { node, simulation } = this.place;
    if (this.#recordCost > 0) node.input(WORK, 0, records * this.#recordCost, simulation.now);
  }

  choosePartition(count: number): number {
    return this.place.chance.choose(this.#partitions, count);
  }

  retried(partition: number, records: number): void {
    this.#counts.retried += records;
    this.#note(NOTE.retried, () => `puts ${records} records back to send them to p${partition} again`);
  }

  split(partition: number, parts: number): void {
    this.#counts.splits++;
    this.#note(NOTE.split, () => `splits a batch for p${partition} into ${parts}`);
  }

  epochBumped(epoch: number): void {
    this.#counts.epochs++;
    this.#note(NOTE.epochBumped, () => `begins producer epoch ${epoch}`);
  }

  transactionsReady(now: Instant): void {
    this.#driver?.ready(now);
  }

  transactionBroken(now: Instant): void {
    this.#driver?.broken(now);
  }

  transactionEnded(outcome: TransactionOutcome, now: Instant): void {
    this.#note(NOTE.transactionOver, () => `takes its transaction for ${outcome}`);
    this.#driver?.transactionEnded(outcome, now);
  }

  fenced(error: KafkaError, now: Instant): void {
    this.#fenced++;
    this.#note(NOTE.producerFenced, () => `is fenced: ${error}`);
    if (this.#whenFenced === "replace") this.machine.replace(now);
    this.#driver?.fenced?.(error, now);
  }

  workDone(now: Instant): void {
    this.#transactor?.timedOut(now);
  }

  #note(code: number, text: () => string): void {
    const { node, trace, simulation } = this.place;
    trace.note(node.index, code, simulation.now, text);
  }
}

function finish(batch: ProducerBatch, outcome: BatchOutcome | undefined, now: Instant): void {
  const { sole } = batch;
  if (sole !== undefined && sole.settled === undefined) return sole.finished(now, batch.count);
  for (let place = 0; place < batch.count; place++) {
    const request = batch.requestOf(place);
    if (outcome !== undefined) request.settled?.(batch.messages[place] as Message, outcome, now);
    request.finished(now);
  }
}

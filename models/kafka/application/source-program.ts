/** A source connector's task on a node: a consumer of stored offsets, a producer, and a connection to the database. */
import { type Instant, NEVER, after } from "../../../src/kernel/index.js";
import type { Operation, OptionValues, Place } from "../../../src/model/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { Worker, Progress } from "../consumer/worker.js";
import type { TransactionOutcome } from "../producer/producer-transactions.js";
import type { KafkaError } from "../protocol/messages.js";
import { contentOf, giveContent } from "../record-contents.js";
import type { KafkaRules } from "../rules.js";
import { Alarm } from "./alarm.js";
import { ClientPair, type OutgoingRecord } from "./client-pair.js";
import { type Result, SQL, type Statement } from "./database.js";
import { Asker } from "./exchange.js";
import { QuietConsumer } from "./quiet-consumer.js";
import { type SourceConfig, sourceClients, sourceConfig } from "./source-options.js";
import { type SourceHost, SourceTask } from "./source-task.js";
import { TaskTransactions, type TransactionsUser } from "./task-transactions.js";

/** A source partition and its offset, as JSON: `["orders",{"table":"rows"}]` and `{"incrementing":123456}`, about. */
const OFFSET_BYTES = 32;

/** Acknowledged records of a row, whichever task has sent them. */
const copies = new WeakMap<Message, number>();

export class SourceProgram extends ClientPair implements SourceHost, Worker, TransactionsUser {
  readonly #config: SourceConfig;
  readonly #task: SourceTask;
  readonly #database: Asker<Statement, Result>;
  readonly #transactions: TaskTransactions | undefined;
  readonly #poll: Alarm;
  readonly #flush: Alarm;
  readonly #restart: Alarm;
  /** As read so far from where offsets are stored. */
  #stored = 0;
  /** The consumer starts when transactions may begin. */
  #awaitsProducer = false;
  #failures = 0;
  #sentAgain = 0;

  constructor(place: Place, options: OptionValues, rules: KafkaRules) {
    super(place, sourceClients(options), rules, QuietConsumer);
    const config = sourceConfig(options);
    this.#config = config;
    this.#task = new SourceTask(config, this, rules.storesAcknowledged);
    this.#database = new Asker(place, config.database, SQL, config.readTimeout);
    this.#poll = new Alarm(place, "poll", (now) => this.#task.poll(now));
    this.#flush = new Alarm(place, "flush", (now) => this.#task.flush(now));
    this.#restart = new Alarm(place, "restart", (now) => this.#startAgain(now));
    this.consumer.employ(this);
    if (!config.exactlyOnce) return;
    this.#transactions = new TaskTransactions(
      place.application,
      place.node.index,
      this.producer.producer,
      this,
    );
    this.producer.drive(this.#transactions);
  }

  /** With transactions an older task is fenced first: what it had open is aborted before offsets are read. */
  override start(now: Instant): void {
    this.producer.start(now);
    this.#startReading(now);
  }

  override crashed(now: Instant): void {
    super.crashed(now);
    this.#task.end();
    this.#database.forget();
    for (const alarm of [this.#poll, this.#flush, this.#restart]) alarm.forget();
  }

  override stopping(now: Instant, stopped: (now: Instant) => void): void {
    this.#task.drain((at) => super.stopping(at, stopped), now);
  }

  operation(activity: string): Operation {
    throw new Error(`a source connector's task knows no activity ${activity}`);
  }

  override metrics(): Readonly<Record<string, number>> {
    const { rows, stored, rowsRead } = this.#task;
    const passedOver = rows.slice(0, stored).filter((row) => row !== undefined && !copies.has(row));
    return {
      ...super.metrics(),
      kafka_rows_read: rowsRead,
      kafka_rows_sent_again: this.#sentAgain,
      kafka_rows_passed_over: passedOver.length,
      kafka_tasks_failed: this.#failures,
    };
  }

  // Worker, on the stored offsets

  polling(now: Instant): boolean {
    if (!this.#task.isRunning && this.consumer.consumer.isAtEnd) this.#task.begin(this.#stored, now);
    return true;
  }

  work(message: Message): Progress {
    const content = contentOf(message);
    if (content?.kind === "source-offset" && content.connector === this.#config.name)
      this.#stored = content.row;
    return "done";
  }

  // TransactionsUser

  ready(now: Instant): void {
    if (this.#task.isRunning) return this.#task.ready(now);
    if (!this.#awaitsProducer) return;
    this.#awaitsProducer = false;
    this.consumer.start(now);
  }

  transactionOver(outcome: TransactionOutcome, now: Instant): void {
    this.#task.transactionOver(outcome === "committed", now);
  }

  fenced(error: KafkaError, now: Instant): void {
    if (this.#task.isRunning) this.fail(error, now);
  }

  // SourceHost

  read(
    row: number,
    most: number,
    answered: (result: Result | undefined, now: Instant) => void,
    now: Instant,
  ): void {
    this.#database.ask({ ask: "read", table: this.#config.table, after: row, most }, answered, now);
  }

  sendRow(row: Message, settled: (acknowledged: boolean, now: Instant) => void, now: Instant): void {
    const derived = (record: Message, at: Instant): void =>
      this.place.application.log.derived(record, row, at);
    const record = { topic: this.#config.topic, valueBytes: row.payloadBytes, key: undefined };
    this.#send(record, derived, settled, now);
  }

  sendOffset(row: number, settled: (acknowledged: boolean, now: Instant) => void, now: Instant): void {
    const { offsetTopic: topic, name: connector } = this.#config;
    const taken = (message: Message): void => giveContent(message, { kind: "source-offset", connector, row });
    this.#send({ topic, valueBytes: OFFSET_BYTES, key: connector }, taken, settled, now);
  }

  get mayBegin(): boolean {
    return this.#transactions?.isReady === true;
  }

  begin(now: Instant): void {
    this.#transactions?.begin(now);
  }

  commit(now: Instant): void {
    this.#transactions?.commit(now);
  }

  pollAt(at: Instant): void {
    this.#poll.set(at);
  }

  flushAt(at: Instant): void {
    this.#flush.set(at);
  }

  rowAcknowledged(row: Message): void {
    const before = copies.get(row) ?? 0;
    copies.set(row, before + 1);
    if (before > 0) this.#sentAgain++;
  }

  fail(why: string, now: Instant): void {
    this.#failures++;
    this.#task.end();
    this.consumer.consumer.fail(why, now);
    const { restartAfter } = this.#config;
    if (restartAfter < NEVER) this.#restart.set(after(now, restartAfter));
  }

  #send(
    record: OutgoingRecord,
    taken: (message: Message, now: Instant) => void,
    settled: (acknowledged: boolean, now: Instant) => void,
    now: Instant,
  ): void {
    const accepted = (message: Message, at: Instant): void => {
      taken(message, at);
      this.#transactions?.accepted(message);
    };
    this.write(record, accepted, (outcome, at) => settled(outcome === "acknowledged", at), now);
  }

  /** With a consumer and a producer of its own: nothing of the failed task's goes out any more. */
  #startAgain(now: Instant): void {
    this.consumer.dispose(now);
    this.producer.producer.replace(now);
    this.#startReading(now);
  }

  #startReading(now: Instant): void {
    this.#stored = 0;
    this.#awaitsProducer = this.#config.exactlyOnce;
    if (!this.#awaitsProducer) this.consumer.start(now);
  }
}

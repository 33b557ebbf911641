/** A sink connector's task on a node: a consumer, a producer for dead letters, and a connection to the database. */
import { type Instant, NEVER, after } from "../../../src/kernel/index.js";
import type { Operation, OptionValues, Place } from "../../../src/model/index.js";
import type { Application, Message } from "../../../src/trace/index.js";
import type { KafkaError } from "../protocol/messages.js";
import type { KafkaRules } from "../rules.js";
import { Alarm } from "./alarm.js";
import { ClientPair } from "./client-pair.js";
import { type Result, SQL, type Statement } from "./database.js";
import { Asker } from "./exchange.js";
import { contentOf, giveContent } from "../record-contents.js";
import { ValueReader } from "../schemas/value-reader.js";
import { type SinkConfig, sinkClients, sinkConfig } from "./sink-options.js";
import { type SinkHost, SinkTask } from "./sink-task.js";

export class SinkProgram extends ClientPair implements SinkHost {
  readonly #config: SinkConfig;
  readonly #task: SinkTask;
  readonly #database: Asker<Statement, Result>;
  readonly #flush: Alarm;
  readonly #retry: Alarm;
  readonly #restart: Alarm;
  readonly #reader: ValueReader;
  #failures = 0;

  constructor(place: Place, options: OptionValues, rules: KafkaRules) {
    super(place, sinkClients(options), rules);
    const config = sinkConfig(options);
    this.#config = config;
    this.#task = new SinkTask(config, this, rules.flushesBeforeCommit);
    this.#database = new Asker(place, config.database, SQL, config.writeTimeout);
    this.#flush = new Alarm(place, "flush", (now) => this.consumer.consumer.wake(now));
    this.#retry = new Alarm(place, "write retry", (now) => this.#task.retry(now));
    this.#restart = new Alarm(place, "restart", (now) => this.#startAgain(now));
    this.#reader = new ValueReader(place, config.schemaRegistry, config.readerSchema);
    this.consumer.employ(this.#task);
  }

  override start(now: Instant): void {
    this.#task.start(now);
    super.start(now);
  }

  override crashed(now: Instant): void {
    super.crashed(now);
    this.#database.forget();
    this.#reader.forget();
    for (const alarm of [this.#flush, this.#retry, this.#restart]) alarm.forget();
  }

  operation(activity: string): Operation {
    throw new Error(`a sink connector's task knows no activity ${activity}`);
  }

  override reportHeld(application: Application): void {
    super.reportHeld(application);
    for (const { message } of this.#task.gathered) application.held(this.consumer.recipient, message);
  }

  override metrics(): Readonly<Record<string, number>> {
    const { skipped, deadLetters } = this.#task.counts;
    return {
      ...super.metrics(),
      kafka_rows_missing: this.#task.missing,
      kafka_records_skipped: skipped,
      kafka_dead_letters: deadLetters,
      kafka_tasks_failed: this.#failures,
    };
  }

  override gauges(): Readonly<Record<string, number>> {
    return { ...super.gauges(), kafka_rows_gathered: this.#task.gathered.length };
  }

  // SinkHost

  carryOut(
    statement: Statement,
    answered: (result: Result | undefined, now: Instant) => void,
    now: Instant,
  ): void {
    this.#database.ask(statement, answered, now);
  }

  commit(
    offsets: ReadonlyMap<string, number>,
    deadline: Instant,
    done: (error: KafkaError, now: Instant) => void,
    now: Instant,
  ): void {
    this.consumer.consumer.commitOffsets(offsets, deadline, done, now);
  }

  goTo(partition: string, offset: number, now: Instant): void {
    this.consumer.consumer.goTo(partition, offset, now);
  }

  resume(progress: "done" | "dropped", now: Instant): void {
    this.consumer.consumer.resume(progress, now);
  }

  wakeAt(at: Instant): void {
    this.#flush.set(at);
  }

  retryAt(at: Instant): void {
    this.#retry.set(at);
  }

  readable(
    message: Message,
    found: (readable: boolean, now: Instant) => void,
    now: Instant,
  ): boolean | undefined {
    return this.#reader.readable(message, found, now);
  }

  sendDeadLetter(
    message: Message,
    settled: (acknowledged: boolean, now: Instant) => void,
    now: Instant,
  ): void {
    const content = contentOf(message);
    this.write(
      { topic: this.#config.deadLetterTopic, valueBytes: message.payloadBytes, key: undefined },
      (letter) => content !== undefined && giveContent(letter, content),
      (outcome, at) => settled(outcome === "acknowledged", at),
      now,
    );
  }

  get reader(): number {
    return this.consumer.recipient;
  }

  fail(why: string, now: Instant): void {
    this.#failures++;
    this.consumer.consumer.fail(why, now);
    const { restartAfter } = this.#config;
    if (restartAfter < NEVER) this.#restart.set(after(now, restartAfter));
  }

  #startAgain(now: Instant): void {
    this.#task.start(now);
    this.consumer.dispose(now);
    this.consumer.start(now);
  }
}

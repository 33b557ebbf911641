/** An event-sourced service on a node: a consumer of its events, one of its snapshots, and a producer of both. */
import { type Instant, MILLISECOND } from "../../../src/kernel/index.js";
import type { Operation, OptionValues, Place } from "../../../src/model/index.js";
import type { Message } from "../../../src/trace/index.js";
import { consumerConfig } from "../consumer/consumer-description.js";
import type { PolledRecord } from "../consumer/position.js";
import type { Progress, Worker } from "../consumer/worker.js";
import type { BatchOutcome } from "../producer/producer-sink.js";
import type { TransactionOutcome } from "../producer/producer-transactions.js";
import { type RecordContent, type Snapshot, contentOf, giveContent } from "../record-contents.js";
import type { KafkaRules } from "../rules.js";
import { ClientPair, type OutgoingRecord } from "./client-pair.js";
import { QuietConsumer } from "./quiet-consumer.js";
import { type ServiceConfig, serviceClients, serviceConfig } from "./service-options.js";
import { type Command, Service, type ServiceHost } from "./service.js";
import { TaskTransactions, type TransactionsUser } from "./task-transactions.js";

/** A key, its count, and what is between them. */
const SNAPSHOT_BYTES_PER_KEY = 24;

const OUTCOMES: Readonly<Record<TransactionOutcome, BatchOutcome>> = {
  committed: "acknowledged",
  aborted: "failed",
  unresolved: "unresolved",
};

export class ServiceProgram extends ClientPair implements ServiceHost, Worker, TransactionsUser {
  readonly #config: ServiceConfig;
  readonly #service: Service;
  readonly #rebuildsFirst: boolean;
  readonly #transactions: TaskTransactions | undefined;
  readonly #snapshots: QuietConsumer | undefined;
  #snapshot: Snapshot | undefined;
  /** It reads where its snapshot ends, or from the first event on. */
  #placed = false;
  #awaitsProducer = false;
  #startedAt: Instant = 0;
  #rebuild = 0;
  #replayed = 0;

  constructor(place: Place, options: OptionValues, rules: KafkaRules) {
    const config = serviceConfig(options);
    super(place, serviceClients(options, config.topic), rules, QuietConsumer);
    this.#config = config;
    this.#service = new Service(config, this);
    this.#rebuildsFirst = rules.rebuildsFirst;
    this.consumer.employ(this);
    if (config.snapshotEvery > 0) {
      const { consumer } = serviceClients(options, config.snapshotTopic);
      this.#snapshots = new QuietConsumer(place, consumerConfig(consumer, place, rules));
      this.#snapshots.employ(this.#snapshotReader(this.#snapshots));
    }
    if (!config.fenced) return;
    const { application, node } = place;
    this.#transactions = new TaskTransactions(application, node.index, this.producer.producer, this);
    this.producer.drive(this.#transactions);
  }

  /** An older instance is fenced before its events are read: none can come after them. */
  override start(now: Instant): void {
    this.#startedAt = now;
    this.#snapshot = undefined;
    this.#placed = false;
    this.#awaitsProducer = this.#config.fenced;
    this.producer.start(now);
    if (!this.#awaitsProducer) this.#startReading(now);
  }

  override crashed(now: Instant): void {
    super.crashed(now);
    this.#snapshots?.crashed(now);
    this.#service.end();
  }

  operation(activity: string, options: OptionValues, finished: (now: Instant) => void): Operation {
    if (activity !== "command") throw new Error(`a service knows no activity ${activity}`);
    const keys = options["keys"] as number;
    const valueBytes = options["value"] as number;
    const commands = Array.from({ length: keys }, (_, n): Command => ({
      key: `key-${n}`,
      valueBytes,
      finished,
    }));
    let next = 0;
    return { perform: (now) => this.#service.command(commands[next++ % keys] as Command, now) };
  }

  override metrics(): Readonly<Record<string, number>> {
    const { counts, applied, missing, exceeded } = this.#service;
    return {
      ...super.metrics(),
      kafka_commands_accepted: counts.accepted,
      kafka_commands_refused: counts.refused,
      kafka_commands_failed: counts.failed,
      kafka_state_applied: applied,
      kafka_events_missing: missing,
      kafka_capacity_exceeded: exceeded,
      kafka_events_replayed: this.#replayed,
      kafka_rebuild_ms: this.#rebuild / MILLISECOND,
    };
  }

  override gauges(): Readonly<Record<string, number>> {
    return { ...super.gauges(), kafka_commands_waiting: this.#service.waiting };
  }

  // Worker, on the events

  polling(now: Instant): boolean {
    const { consumer } = this.consumer;
    if (!this.#placed && consumer.owned.length > 0) {
      this.#placed = true;
      for (const [partition, offset] of this.#service.offsets) consumer.goTo(partition, offset, now);
    }
    if (!this.#service.isServing && (consumer.isAtEnd || !this.#rebuildsFirst)) this.#serve(now);
    return true;
  }

  work(message: Message, { position, offset }: PolledRecord, now: Instant): Progress {
    const content = contentOf(message);
    if (content?.kind !== "event") return "done";
    if (!this.#service.isServing) this.#replayed++;
    this.#service.read(message, content.key, position.name, offset, now);
    return "done";
  }

  // TransactionsUser

  ready(now: Instant): void {
    if (this.#awaitsProducer) {
      this.#awaitsProducer = false;
      this.#startReading(now);
    } else this.#service.ready(now);
  }

  transactionOver(outcome: TransactionOutcome, now: Instant): void {
    this.#service.transactionOver(OUTCOMES[outcome], now);
  }

  fenced(_error: unknown, now: Instant): void {
    this.#service.stopServing(now);
  }

  // ServiceHost

  append(
    { key, valueBytes }: Command,
    accepted: (event: Message) => void,
    settled: (outcome: BatchOutcome, now: Instant) => void,
    now: Instant,
  ): void {
    const { topic, fenced } = this.#config;
    const taken = (event: Message): void => {
      giveContent(event, { kind: "event", key });
      accepted(event);
    };
    this.#send({ topic, valueBytes, key }, taken, fenced ? undefined : settled, now);
  }

  appendSnapshot(snapshot: Snapshot, now: Instant): void {
    const { snapshotTopic: topic, name: service } = this.#config;
    const content: RecordContent = { kind: "snapshot", service, snapshot };
    const record = { topic, valueBytes: snapshot.counts.size * SNAPSHOT_BYTES_PER_KEY, key: service };
    this.#send(record, (message) => giveContent(message, content), undefined, now);
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

  #send(
    record: OutgoingRecord,
    taken: (message: Message) => void,
    settled: ((outcome: BatchOutcome, now: Instant) => void) | undefined,
    now: Instant,
  ): void {
    const accepted = (message: Message): void => {
      taken(message);
      this.#transactions?.accepted(message);
    };
    this.write(record, accepted, (outcome, at) => settled?.(outcome, at), now);
  }

  #startReading(now: Instant): void {
    (this.#snapshots ?? this.consumer).start(now);
  }

  #serve(now: Instant): void {
    this.#rebuild = now - this.#startedAt;
    this.#service.serve(now);
  }

  /** Reads the topic of snapshots to its end, and has the events read from there. */
  #snapshotReader(consumer: QuietConsumer): Worker {
    let reading = true;
    return {
      polling: (now) => {
        if (!reading || !consumer.consumer.isAtEnd) return true;
        reading = false;
        if (this.#snapshot !== undefined) this.#service.load(this.#snapshot);
        this.consumer.start(now);
        return true;
      },
      work: (message) => {
        const content = contentOf(message);
        if (content?.kind === "snapshot" && content.service === this.#config.name) {
          this.#snapshot = content.snapshot;
        }
        return "done";
      },
      ended: () => {
        reading = true;
      },
    };
  }
}

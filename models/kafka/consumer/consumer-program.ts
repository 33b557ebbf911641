/** The consumer on a node: binds the machine to the network, the timers, the application and the trace. */
import { type ChanceHandle, type Duration, type Instant, MILLISECOND } from "../../../src/kernel/index.js";
import type { Operation, OptionValues, Place, Program } from "../../../src/model/index.js";
import {
  type Application,
  DELIVERY_LIVE,
  type Message,
  type MessageRun,
  type RecordRun,
} from "../../../src/trace/index.js";
import { CONNECTION_TIMERS } from "../connections.js";
import { recordsCost } from "../costs.js";
import { NOTE } from "../notes.js";
import { Participant } from "../participant.js";
import type { KafkaError } from "../protocol/messages.js";
import { partitionFilter } from "../topic-filters.js";
import type { Response } from "../protocol/frames.js";
import type { ConsumerConfig } from "./consumer-config.js";
import { placeOf } from "./consumer-description.js";
import { CONSUMER_TIMER_NAMES, type ConsumerSink } from "./consumer-sink.js";
import { Consumer } from "./consumer.js";
import type { PolledRecord } from "./position.js";
import type { Progress, Worker } from "./worker.js";

/** Whatever quality the producer asked for: the consumer takes it as it is. */
const QUALITY = 1;

export class ConsumerProgram extends Participant implements Program, ConsumerSink {
  protected readonly machine: Consumer;
  readonly #config: ConsumerConfig;
  /** On whose behalf it reads: its group, or its own. */
  readonly #recipient: number;
  readonly #processing: ChanceHandle;
  #worker: Worker | undefined;
  /** Partitions in which the group's position was known at least once. */
  readonly #entitled = new Set<string>();
  #resets = 0;
  #records = 0;
  #ends = 0;

  constructor(place: Place, config: ConsumerConfig) {
    super(place, [...CONNECTION_TIMERS, ...CONSUMER_TIMER_NAMES]);
    this.#config = config;
    const { group } = config;
    this.#recipient = group === undefined ? place.node.index : place.application.recipient(group.id);
    this.#processing = place.chance.source(`kafka/${place.node.name}/processing`);
    this.machine = new Consumer(this, config, this.#recipient);
  }

  /** On whose behalf it reads. */
  get recipient(): number {
    return this.#recipient;
  }

  get consumer(): Consumer {
    return this.machine;
  }

  /** Who works on the records, from the beginning. */
  employ(worker: Worker): void {
    this.#worker = worker;
  }

  // Program

  start(now: Instant): void {
    const { group, topics } = this.#config;
    if (group === undefined) {
      for (const topic of topics) this.place.application.subscribing(this.#recipient, topic, QUALITY, now);
    }
    this.machine.start(now);
  }

  crashed(now: Instant): void {
    this.forget();
    this.#worker?.ended?.(now);
    this.machine.crashed(now);
  }

  /** The application closes its consumer, and may start another one, within the same process. */
  dispose(now: Instant): void {
    this.hangUp();
    this.crashed(now);
  }

  stopping(now: Instant, stopped: (now: Instant) => void): void {
    this.machine.stop(stopped, now);
  }

  operation(activity: string, options: OptionValues, finished: (now: Instant) => void): Operation {
    if (activity !== "seek") throw new Error(`a Kafka consumer knows no activity ${activity}`);
    const place = placeOf(options);
    const topic = options["topic"] as string | undefined;
    return { perform: (now) => this.machine.seek(topic, place, finished, now) };
  }

  /** What it has fetched and is not done with. */
  reportHeld(application: Application): void {
    this.machine.eachHeld((message) => application.held(this.#recipient, message));
  }

  metrics(): Readonly<Record<string, number>> {
    const { commits, paused, uncommitted, lowered } = this.machine.membership;
    return {
      kafka_positions_reset: this.#resets,
      kafka_records_consumed: this.#records,
      kafka_records_from_followers: this.machine.fromFollowers,
      kafka_keys_held: this.machine.keysHeld,
      kafka_commits: commits.count,
      kafka_commits_failed: commits.failed,
      kafka_records_uncommitted: uncommitted,
      kafka_generations_lowered: lowered,
      kafka_rebalance_pause_ms: paused / MILLISECOND,
      kafka_consumers_ended: this.#ends,
    };
  }

  gauges(): Readonly<Record<string, number>> {
    return { kafka_lag: this.machine.lag, kafka_partitions_owned: this.machine.owned.length };
  }

  snapshot(): unknown {
    const { lag, owned, memberId } = this.machine;
    return { group: this.#config.group?.id, memberId, lag, owned };
  }

  protected override answerCost(response: Response): Duration {
    return recordsCost(this.#config.recordCost, response);
  }

  // ConsumerSink

  processingTime(): Duration {
    const { processing } = this.#config.application;
    if (processing.kind === "constant") return processing.value;
    return this.place.chance.duration(this.#processing, processing);
  }

  get worksAtOnce(): boolean {
    const { processing } = this.#config.application;
    return this.#worker === undefined && processing.kind === "constant" && processing.value === 0;
  }

  get hasWorker(): boolean {
    return this.#worker !== undefined;
  }

  polling(now: Instant): boolean {
    return this.#worker?.polling(now) ?? true;
  }

  work(message: Message, record: PolledRecord, now: Instant): Progress {
    return this.#worker?.work(message, record, now) ?? "done";
  }

  concluding(now: Instant): boolean {
    return this.#worker?.concluding?.(now) ?? true;
  }

  revoking(then: (now: Instant) => void, now: Instant): void {
    if (this.#worker?.revoking === undefined) then(now);
    else this.#worker.revoking(then, now);
  }

  polled(partition: string, run: RecordRun, now: Instant): void {
    this.place.application.log.polled(this.place.node.index, partition, run, now);
  }

  delivered(message: Message, now: Instant): void {
    this.#records++;
    this.place.application.delivered(this.#recipient, message, DELIVERY_LIVE, now);
  }

  deliveredAll(run: MessageRun, now: Instant): void {
    this.#records += run.to - run.from;
    this.place.application.deliveredAll(this.#recipient, run, now);
  }

  known(topic: string, index: number, now: Instant): void {
    if (this.#config.group === undefined) return;
    this.place.application.subscribing(this.#recipient, partitionFilter(topic, index), QUALITY, now);
  }

  positioned(topic: string, index: number, offset: number, why: number, now: Instant): void {
    const { application, node } = this.place;
    const partition = `${topic}-${index}`;
    application.log.positioned(node.index, partition, offset, why, now);
    if (this.#config.group === undefined || this.#entitled.has(partition)) return;
    this.#entitled.add(partition);
    application.subscribed(this.#recipient, partitionFilter(topic, index), QUALITY, now);
  }

  ready(topic: string, now: Instant): void {
    if (this.#config.group !== undefined) return;
    this.place.application.subscribed(this.#recipient, topic, QUALITY, now);
  }

  assigned(partition: string, now: Instant): void {
    const { application, node } = this.place;
    application.log.assigned(this.#recipient, node.index, partition, now);
    this.#worker?.assigned?.(partition, now);
    this.#note(NOTE.assigned, () => `is assigned ${partition}`);
  }

  revoked(partition: string, now: Instant): void {
    const { application, node } = this.place;
    application.log.revoked(this.#recipient, node.index, partition, now);
    this.#worker?.revoked?.(partition, now);
    this.#note(NOTE.revoked, () => `gives up ${partition}`);
  }

  committed(partition: string, offset: number, now: Instant): void {
    this.place.application.log.committed(this.#recipient, partition, offset, now);
  }

  commitFailed(error: KafkaError): void {
    this.#note(NOTE.commitFailed, () => `cannot commit: ${error}`);
  }

  reset(partition: number, from: number, to: number): void {
    this.#resets++;
    this.#note(
      NOTE.reset,
      () => `moves in p${partition} from ${from} to ${to < 0 ? "where the policy says" : to}`,
    );
  }

  ended(why: string, now: Instant): void {
    this.#ends++;
    this.#worker?.ended?.(now);
    this.#note(NOTE.ended, () => `ends: ${why}`);
  }

  #note(code: number, text: () => string): void {
    const { node, trace, simulation } = this.place;
    trace.note(node.index, code, simulation.now, text);
  }
}

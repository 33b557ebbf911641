/** A processor on a node: a consumer, a producer, and a worker that makes one record from each that it is given. */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { Operation, OptionValues, Place as NodePlace } from "../../../src/model/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { ConsumedOffsets } from "../producer/consumed-offsets.js";
import type { BatchOutcome } from "../producer/producer-sink.js";
import type { KafkaError, MemberIdentity } from "../protocol/messages.js";
import type { KafkaRules } from "../rules.js";
import { Alarm } from "./alarm.js";
import { AtLeastOnce, type CommittingHost } from "./at-least-once.js";
import { ClientPair } from "./client-pair.js";
import { ExactlyOnce, type TransactingHost } from "./exactly-once.js";
import type { Place } from "./processing.js";
import { type ProcessorConfig, processorClients, processorConfig } from "./processor-options.js";

export class ProcessorProgram extends ClientPair implements CommittingHost, TransactingHost {
  readonly #config: ProcessorConfig;
  readonly #worker: AtLeastOnce | ExactlyOnce;
  readonly #alarm: Alarm;
  #made = 0;
  #rewinds = 0;

  constructor(place: NodePlace, options: OptionValues, rules: KafkaRules) {
    const clients = processorClients(options, place.node.name);
    super(place, clients, rules);
    this.#config = processorConfig(options);
    this.#alarm = new Alarm(place, "commit", (now) => this.consumer.consumer.wake(now));
    const { commitInterval, exactlyOnce, rewinds } = this.#config;
    if (exactlyOnce) {
      const { recipient } = this.consumer;
      const selfNamed = clients.consumer["groupProtocol"] === "consumer";
      const config = { commitInterval, rewinds, node: place.node.index, recipient, selfNamed };
      this.#worker = new ExactlyOnce(place.application, config, this);
      this.producer.drive(this.#worker.driver);
    } else this.#worker = new AtLeastOnce({ commitInterval }, this);
    this.consumer.employ(this.#worker);
  }

  override crashed(now: Instant): void {
    super.crashed(now);
    this.#alarm.forget();
  }

  operation(activity: string): Operation {
    throw new Error(`a processor knows no activity ${activity}`);
  }

  override metrics(): Readonly<Record<string, number>> {
    const commits = this.#worker.counts.commits;
    const own = {
      kafka_records_made: this.#made,
      kafka_processor_commits: commits,
      kafka_rewinds: this.#rewinds,
    };
    return { ...super.metrics(), ...own };
  }

  override gauges(): Readonly<Record<string, number>> {
    return { ...super.gauges(), kafka_records_to_commit: this.#worker.counts.uncommitted };
  }

  // ProcessorHost

  make(
    input: Message,
    key: string | undefined,
    accepted: (output: Message, now: Instant) => void,
    settled: (outcome: BatchOutcome, now: Instant) => void,
    now: Instant,
  ): void {
    const { log } = this.place.application;
    this.write(
      { topic: this.#config.output, valueBytes: input.payloadBytes, key },
      (output, at) => {
        this.#made++;
        log.derived(output, input, at);
        accepted(output, at);
      },
      settled,
      now,
    );
  }

  flush(flushed: (now: Instant) => void, now: Instant): void {
    this.producer.producer.flush(flushed, now);
  }

  get identity(): MemberIdentity | undefined {
    return this.consumer.consumer.identity;
  }

  resume(now: Instant): void {
    this.consumer.consumer.resume("done", now);
  }

  rewind(now: Instant): void {
    this.#rewinds++;
    this.consumer.consumer.rewind(now);
  }

  wakeAt(at: Instant): void {
    this.#alarm.set(at);
  }

  committed(places: Iterable<Place>, now: Instant): void {
    const { log } = this.place.application;
    for (const { name, offset } of places) log.committed(this.consumer.recipient, name, offset, now);
  }

  // CommittingHost

  commitPlaces(
    places: readonly Place[],
    done: (error: KafkaError, now: Instant) => void,
    now: Instant,
  ): void {
    const offsets = new Map(places.map(({ name, offset }) => [name, offset]));
    const deadline = after(now, this.#config.apiTimeout);
    this.consumer.consumer.commitOffsets(offsets, deadline, done, now);
  }

  // TransactingHost

  get isReady(): boolean {
    return this.producer.producer.isReady;
  }

  get isBroken(): boolean {
    return this.producer.producer.isBroken;
  }

  begin(): void {
    this.producer.producer.begin();
  }

  sendOffsets(consumed: ConsumedOffsets, now: Instant): void {
    this.producer.producer.sendOffsets(consumed, now);
  }

  commit(now: Instant): void {
    this.producer.producer.commit(now);
  }

  abort(now: Instant): void {
    this.producer.producer.abort(now);
  }
}

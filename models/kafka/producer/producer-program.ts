/** The producer on a node: binds the machine to the network, the timers, chance, the application and the trace. */
import type { ChanceHandle, Duration, Instant } from "../../../src/kernel/index.js";
import type { Operation, OptionValues, Place, Program } from "../../../src/model/index.js";
import type { Application, Message } from "../../../src/trace/index.js";
import { CONNECTION_TIMERS } from "../connections.js";
import { WORK } from "../costs.js";
import { NOTE } from "../notes.js";
import { Participant } from "../participant.js";
import type { ProducerConfig } from "./producer-config.js";
import type { ProducerBatch } from "./producer-batch.js";
import {
  type BatchOutcome,
  PRODUCER_TIMER_NAMES,
  type ProducerSink,
  type SendRequest,
} from "./producer-sink.js";
import { Producer } from "./producer.js";

const EVERYBODY = -1;

export class ProducerProgram extends Participant implements Program, ProducerSink {
  protected readonly machine: Producer;
  /** Quality in the history: acks=0 promises nothing. */
  readonly #quality: number;
  readonly #partitions: ChanceHandle;
  readonly #idempotent: boolean;
  readonly #recordCost: Duration;
  readonly #counts = { retried: 0, unresolved: 0, refused: 0, epochs: 0, splits: 0, batches: 0 };

  constructor(place: Place, config: ProducerConfig) {
    super(place, [...CONNECTION_TIMERS, ...PRODUCER_TIMER_NAMES]);
    this.#quality = config.acks === 0 ? 0 : 1;
    this.#idempotent = config.idempotent;
    this.#recordCost = config.recordCost;
    this.#partitions = place.chance.source(`kafka/${place.node.name}/partition`);
    this.machine = new Producer(this, config);
  }

  // Program

  start(now: Instant): void {
    this.machine.start(now);
  }

  crashed(_now: Instant): void {
    this.forget();
    this.machine.crashed();
  }

  operation(activity: string, options: OptionValues, finished: (now: Instant) => void): Operation {
    if (activity !== "send") throw new Error(`a Kafka producer knows no activity ${activity}`);
    const topic = options["topic"] as string;
    const tombstone = options["tombstones"] === true;
    const valueBytes = tombstone ? 0 : (options["value"] as number);
    const keys = options["keys"] as number;
    const request: SendRequest = { topic, valueBytes, tombstone, finished };
    const names = Array.from({ length: keys }, (_, key) => `key-${key}`);
    let next = 0;
    return {
      perform: (now) => {
        this.machine.send(request, keys === 0 ? undefined : names[next++ % keys], now);
      },
    };
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

  accept({ valueBytes }: SendRequest, partition: string, now: Instant): Message {
    const { application, node } = this.place;
    return application.publish(node.index, partition, this.#quality, valueBytes, false, now);
  }

  refused(message: Message, { finished }: SendRequest, now: Instant): void {
    this.#counts.refused++;
    this.place.application.failed(message, now);
    finished(now);
  }

  ended(batch: ProducerBatch, outcome: BatchOutcome, baseOffset: number, now: Instant): void {
    const { application } = this.place;
    const { messages } = batch;
    if (outcome === "acknowledged") {
      this.#counts.batches++;
      for (let place = 0; place < messages.length; place++) {
        const message = messages[place] as Message;
        if (baseOffset >= 0) application.log.stored(message, baseOffset + place, now);
        application.acknowledged(message, now);
      }
    } else if (outcome === "failed") {
      for (const message of messages) application.failed(message, now);
    } else this.#counts.unresolved += messages.length;
    finish(batch, now);
  }

  sent(batch: ProducerBatch, now: Instant): void {
    finish(batch, now);
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

  #note(code: number, text: () => string): void {
    const { node, trace, simulation } = this.place;
    trace.note(node.index, code, simulation.now, text);
  }
}

function finish(batch: ProducerBatch, now: Instant): void {
  for (let place = 0; place < batch.count; place++) batch.requestOf(place).finished(now);
}

/** The producer on a node: binds the machine to the network, the timers, chance, the application and the trace. */
import type { ChanceHandle, Instant } from "../../../src/kernel/index.js";
import type { Operation, OptionValues, Place, Program } from "../../../src/model/index.js";
import type { Application, Message } from "../../../src/trace/index.js";
import { CONNECTION_TIMERS } from "../connections.js";
import { NOTE } from "../notes.js";
import { Participant } from "../participant.js";
import type { ProducerConfig } from "./producer-config.js";
import {
  PRODUCER_TIMER_NAMES,
  type ProducerRecord,
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
  #retried = 0;
  #expired = 0;
  #epochs = 0;

  constructor(place: Place, config: ProducerConfig) {
    super(place, [...CONNECTION_TIMERS, ...PRODUCER_TIMER_NAMES]);
    this.#quality = config.acks === 0 ? 0 : 1;
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
    let next = 0;
    return {
      perform: (now) => {
        const key = keys === 0 ? undefined : `key-${next++ % keys}`;
        this.machine.send({ topic, key, valueBytes, tombstone, finished }, now);
      },
    };
  }

  reportHeld(application: Application): void {
    this.machine.eachOpen(({ message }) => application.held(EVERYBODY, message));
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      kafka_records_retried: this.#retried,
      kafka_records_unresolved: this.#expired,
      kafka_producer_epochs: this.#epochs,
    };
  }

  gauges(): Readonly<Record<string, number>> {
    return { kafka_requests_in_flight: this.machine.requestsInFlight };
  }

  snapshot(): unknown {
    let open = 0;
    this.machine.eachOpen(() => open++);
    return { open, requestsInFlight: this.machine.requestsInFlight };
  }

  // ProducerSink

  accept({ topic, valueBytes }: SendRequest, partition: number, now: Instant): Message {
    const { application, node } = this.place;
    return application.publish(node.index, `${topic}-${partition}`, this.#quality, valueBytes, false, now);
  }

  acknowledged({ message, request }: ProducerRecord, now: Instant): void {
    this.place.application.acknowledged(message, now);
    request.finished(now);
  }

  failed({ message, request }: ProducerRecord, now: Instant): void {
    this.place.application.failed(message, now);
    request.finished(now);
  }

  unresolved({ request }: ProducerRecord, now: Instant): void {
    this.#expired++;
    request.finished(now);
  }

  choosePartition(count: number): number {
    return this.place.chance.choose(this.#partitions, count);
  }

  retried(partition: number, records: number): void {
    this.#retried += records;
    this.#note(NOTE.retried, () => `puts ${records} records back to send them to p${partition} again`);
  }

  epochBumped(epoch: number): void {
    this.#epochs++;
    this.#note(NOTE.epochBumped, () => `begins producer epoch ${epoch}`);
  }

  #note(code: number, text: () => string): void {
    const { node, trace, simulation } = this.place;
    trace.note(node.index, code, simulation.now, text);
  }
}

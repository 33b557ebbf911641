/** The consumer on a node: binds the machine to the network, the timers, the application and the trace. */
import type { Duration, Instant } from "../../../src/kernel/index.js";
import type { Operation, Place, Program } from "../../../src/model/index.js";
import { DELIVERY_LIVE, type Message } from "../../../src/trace/index.js";
import { CONNECTION_TIMERS } from "../connections.js";
import { recordsCost } from "../costs.js";
import { NOTE } from "../notes.js";
import { Participant } from "../participant.js";
import type { Response } from "../protocol/frames.js";
import type { ConsumerConfig } from "./consumer-config.js";
import { CONSUMER_TIMER_NAMES, type ConsumerSink } from "./consumer-sink.js";
import { Consumer } from "./consumer.js";

/** Whatever quality the producer asked for: the consumer takes it as it is. */
const QUALITY = 1;

export class ConsumerProgram extends Participant implements Program, ConsumerSink {
  protected readonly machine: Consumer;
  readonly #topics: readonly string[];
  readonly #recordCost: Duration;
  #resets = 0;
  #records = 0;

  constructor(place: Place, config: ConsumerConfig) {
    super(place, [...CONNECTION_TIMERS, ...CONSUMER_TIMER_NAMES]);
    this.#topics = config.topics;
    this.#recordCost = config.recordCost;
    this.machine = new Consumer(this, config);
  }

  // Program

  start(now: Instant): void {
    const { application, node } = this.place;
    for (const topic of this.#topics) application.subscribing(node.index, topic, QUALITY, now);
    this.machine.start(now);
  }

  crashed(_now: Instant): void {
    this.forget();
    this.machine.crashed();
  }

  operation(activity: string): Operation {
    throw new Error(`a Kafka consumer knows no activity ${activity}`);
  }

  reportHeld(): void {}

  metrics(): Readonly<Record<string, number>> {
    return {
      kafka_positions_reset: this.#resets,
      kafka_records_consumed: this.#records,
      kafka_keys_held: this.machine.table.size,
    };
  }

  gauges(): Readonly<Record<string, number>> {
    return { kafka_lag: this.machine.lag };
  }

  snapshot(): unknown {
    return { lag: this.machine.lag };
  }

  protected override answerCost(response: Response): Duration {
    return recordsCost(this.#recordCost, response);
  }

  // ConsumerSink

  delivered(message: Message, offset: number, now: Instant): void {
    this.#records++;
    const { application, node } = this.place;
    application.log.polled(node.index, message.stream.topic, offset, message, now);
    application.delivered(node.index, message, DELIVERY_LIVE, now);
  }

  begins(partition: string, offset: number, why: number, now: Instant): void {
    const { application, node } = this.place;
    application.log.positioned(node.index, partition, offset, why, now);
  }

  positioned(topic: string, now: Instant): void {
    this.place.application.subscribed(this.place.node.index, topic, QUALITY, now);
  }

  reset(partition: number, from: number, to: number): void {
    this.#resets++;
    const { node, trace, simulation } = this.place;
    trace.note(node.index, NOTE.reset, simulation.now, () => `moves in p${partition} from ${from} to ${to}`);
  }
}

/**
 * A process with a consumer and a producer, each with connections of its own, and what it does with them: a worker on
 * the records that the consumer polls. Roles of such processes take both clients' options as records of their own.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type {
  MetricDescription,
  Operation,
  OptionDescription,
  OptionValues,
  Place,
  Program,
} from "../../../src/model/index.js";
import type { Application, Message } from "../../../src/trace/index.js";
import { CONSUMER_ROLE, consumerConfig } from "../consumer/consumer-description.js";
import { ConsumerProgram } from "../consumer/consumer-program.js";
import { clientCores } from "../costs.js";
import { PRODUCER, producerConfig } from "../producer/producer-description.js";
import type { BatchOutcome, SendRequest } from "../producer/producer-sink.js";
import { ProducerProgram } from "../producer/producer-program.js";
import type { KafkaRules } from "../rules.js";

export const CLIENT_PAIR_METRICS: readonly MetricDescription[] = [
  ...CONSUMER_ROLE.metrics,
  ...PRODUCER.metrics,
];
export const CLIENT_PAIR_GAUGES: readonly MetricDescription[] = [...CONSUMER_ROLE.gauges, ...PRODUCER.gauges];

/** Defaults that a role has of its own, with where they are from. */
export type ClientDefaults = Readonly<Record<string, Pick<OptionDescription, "default" | "source">>>;

/** The consumer's options, less those that the role decides about. */
export function consumerOptions(
  decided: readonly string[],
  defaults: ClientDefaults = {},
): OptionDescription {
  return clientOptions("consumer", CONSUMER_ROLE.options, decided, defaults);
}

export function producerOptions(
  decided: readonly string[],
  defaults: ClientDefaults = {},
): OptionDescription {
  return clientOptions("producer", PRODUCER.options, decided, defaults);
}

function clientOptions(
  name: string,
  options: readonly OptionDescription[],
  decided: readonly string[],
  defaults: ClientDefaults,
): OptionDescription {
  const fields = options
    .filter((option) => !decided.includes(option.name))
    .map((option): OptionDescription => ({ ...option, ...defaults[option.name] }));
  const summary = `As those of a ${name}, but for ${decided.join(", ")}.`;
  return { name, kind: "record", fields, default: {}, summary };
}

/** A process is one thread here, unless neither client's records cost it anything. */
export function clientPairCores({ consumer, producer }: OptionValues): number | undefined {
  return clientCores(consumer as OptionValues) ?? clientCores(producer as OptionValues);
}

/** What an application writes. `key`: undefined for none. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly valueBytes: number;
  readonly key: string | undefined;
}

/** Complete options of both clients. */
export interface ClientPairOptions {
  readonly consumer: OptionValues;
  readonly producer: OptionValues;
}

export abstract class ClientPair implements Program {
  protected readonly place: Place;
  protected readonly consumer: ConsumerProgram;
  protected readonly producer: ProducerProgram;

  constructor(
    place: Place,
    { consumer, producer }: ClientPairOptions,
    rules: KafkaRules,
    Reader: typeof ConsumerProgram = ConsumerProgram,
  ) {
    this.place = place;
    this.consumer = new Reader(place, consumerConfig(consumer, place, rules));
    this.producer = new ProducerProgram(place, producerConfig(producer, place, rules));
  }

  start(now: Instant): void {
    this.producer.start(now);
    this.consumer.start(now);
  }

  crashed(now: Instant): void {
    this.consumer.crashed(now);
    this.producer.crashed(now);
  }

  /** First the consumer is closed, then the producer, which sends what it has. */
  stopping(now: Instant, stopped: (now: Instant) => void): void {
    this.consumer.stopping(now, (at) => this.producer.stopping(at, stopped));
  }

  /** Has a record sent: `accepted` when its partition is known, `settled` with its outcome. */
  protected write(
    { topic, valueBytes, key }: OutgoingRecord,
    accepted: (record: Message, now: Instant) => void,
    settled: (outcome: BatchOutcome, now: Instant) => void,
    now: Instant,
  ): void {
    const request: SendRequest = {
      topic,
      valueBytes,
      tombstone: false,
      finished: () => undefined,
      accepted,
      settled: (_record, outcome, at) => settled(outcome, at),
    };
    this.producer.producer.send(request, key, now);
  }

  abstract operation(activity: string, options: OptionValues, finished: (now: Instant) => void): Operation;

  reportHeld(application: Application): void {
    this.consumer.reportHeld(application);
    this.producer.reportHeld(application);
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.consumer.metrics(), ...this.producer.metrics() };
  }

  gauges(): Readonly<Record<string, number>> {
    return { ...this.consumer.gauges(), ...this.producer.gauges() };
  }

  snapshot(): unknown {
    return { consumer: this.consumer.snapshot(), producer: this.producer.snapshot() };
  }
}

/** An application that writes down everything it sees, and answers the questions tests ask. */
import type { Instant } from "../../../src/kernel/index.js";
import {
  type Application,
  DELIVERY_LIVE,
  DELIVERY_RETAINED,
  Message,
  type MessageRun,
  type MessageStream,
  type Will,
} from "../../../src/trace/index.js";

export interface Delivery {
  readonly recipient: number;
  readonly message: Message;
  readonly retained: boolean;
  readonly at: Instant;
}

export class Recorder implements Application {
  readonly published: Message[] = [];
  readonly deliveries: Delivery[] = [];
  readonly acknowledgedMessages: Message[] = [];
  readonly failedMessages: Message[] = [];
  readonly heldMessages: { recipient: number; message: Message }[] = [];
  /** Everything but messages, in words. */
  readonly events: string[] = [];
  readonly #streams: MessageStream[] = [];
  readonly #counts: number[] = [];

  get log(): never {
    throw new Error("MQTT knows no logs");
  }

  recipient(name: string): number {
    throw new Error(`MQTT knows no recipient but nodes, such as ${name}`);
  }

  publish(
    publisher: number,
    topic: string,
    qos: number,
    payloadBytes: number,
    retain: boolean,
    now: Instant,
  ): Message {
    const index = this.#stream(publisher, topic, qos);
    const place = this.#counts[index] as number;
    this.#counts[index] = place + 1;
    const message = new Message(this.#streams[index] as MessageStream, place, now, payloadBytes, retain);
    this.published.push(message);
    return message;
  }

  publishAll(
    publisher: number,
    topic: string,
    qos: number,
    payloadBytes: number,
    times: number,
    now: Instant,
  ): Message[] {
    return Array.from({ length: times }, () => this.publish(publisher, topic, qos, payloadBytes, false, now));
  }

  acknowledged(message: Message): void {
    this.acknowledgedMessages.push(message);
  }

  acknowledgedAll(messages: readonly Message[]): void {
    this.acknowledgedMessages.push(...messages);
  }

  failed(message: Message): void {
    this.failedMessages.push(message);
  }

  delivered(recipient: number, message: Message, kind: number, now: Instant): void {
    this.deliveries.push({ recipient, message, retained: kind === DELIVERY_RETAINED, at: now });
  }

  deliveredAll(recipient: number, { messages, from, to }: MessageRun, now: Instant): void {
    for (const message of messages.slice(from, to)) this.delivered(recipient, message, DELIVERY_LIVE, now);
  }

  subscribing(recipient: number, filter: string, qos: number): void {
    this.events.push(`${recipient} subscribing ${filter} q${qos}`);
  }

  subscribed(recipient: number, filter: string, grantedQos: number): void {
    this.events.push(`${recipient} subscribed ${filter} q${grantedQos}`);
  }

  unsubscribed(recipient: number, filter: string): void {
    this.events.push(`${recipient} unsubscribed ${filter}`);
  }

  sessionLost(recipient: number, now: Instant): void {
    this.events.push(`${recipient} session lost at ${now / 1e9} s`);
  }

  willDeclared(publisher: number, will: Will | undefined): void {
    this.events.push(`${publisher} will ${will === undefined ? "none" : will.topic}`);
  }

  willDue(publisher: number, due: Instant): void {
    this.events.push(`${publisher} will due at ${due / 1e9} s`);
  }

  willPublished(publisher: number, will: Will, now: Instant): Message {
    this.events.push(`${publisher} will published at ${now / 1e9} s`);
    return this.publish(publisher, will.topic, will.qos, will.payloadBytes, will.retain, now);
  }

  faultsHealed(): void {}

  held(recipient: number, message: Message): void {
    this.heldMessages.push({ recipient, message });
  }

  /** Indices of the messages of a topic that were handed over live, in order. */
  indices(recipient: number, topic: string): number[] {
    return this.deliveries
      .filter((each) => each.recipient === recipient && !each.retained && each.message.stream.topic === topic)
      .map(({ message }) => message.index);
  }

  #stream(publisher: number, topic: string, qos: number): number {
    const known = this.#streams.findIndex(
      (each) => each.publisher === publisher && each.topic === topic && each.qos === qos,
    );
    if (known >= 0) return known;
    this.#counts.push(0);
    return this.#streams.push({ index: this.#streams.length, publisher, topic, qos }) - 1;
  }
}

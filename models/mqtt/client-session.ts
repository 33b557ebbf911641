/**
 * The session as the client keeps it [MQTT 5.0 §4.1]: messages on their way to the broker, QoS 2 messages on
 * their way from it, and what the application is subscribed to. It outlives connections.
 */
import type { Instant } from "../../src/kernel/index.js";
import type { Message } from "../../src/trace/index.js";
import type { ClientConfig } from "./client-config.js";
import type { SessionSink } from "./client-sink.js";
import { ClientSubscriptions, type Completion } from "./client-subscriptions.js";
import { Acknowledgement } from "./packets/acknowledgement.js";
import { PUBACK, PUBCOMP, PUBREC, PUBREL } from "./packets/packet-type.js";
import { Publish, type PublishRequest } from "./packets/publish.js";
import { PACKET_IDENTIFIER_NOT_FOUND, SUCCESS, isFailure } from "./packets/reason-code.js";
import {
  Suback,
  Subscribe,
  type SubscriptionRequest,
  type Unsuback,
  Unsubscribe,
} from "./packets/subscribe.js";
import { Receiver } from "./receiver.js";
import { Sender, type SenderSnapshot } from "./sender.js";

/** The client's only connection, as its sender sees it. */
export const CONNECTION = 0;

export class ClientSession {
  readonly #sink: SessionSink;
  readonly #config: ClientConfig;
  readonly #subscriptions: ClientSubscriptions;
  #connected = false;
  #datagram = false;
  /** Exchanges that may be unfinished at once on this connection. */
  #window = 0;
  #sender: Sender | undefined;
  #receiver: Receiver | undefined;
  /** For SUBSCRIBE and UNSUBSCRIBE, until there is a sender that gives identifiers out. */
  #nextIdentifier = 1;
  /** A connection has been up and the session has not ended since. */
  exists = false;

  constructor(sink: SessionSink, config: ClientConfig, wanted: readonly SubscriptionRequest[]) {
    this.#sink = sink;
    this.#config = config;
    this.#subscriptions = new ClientSubscriptions(wanted);
  }

  /** The connection is up: subscribe to what is not confirmed, resend what is unfinished, send what waits. */
  connected(receiveMaximum: number, datagram: boolean, now: Instant): void {
    this.#connected = true;
    this.#datagram = datagram;
    this.#window = Math.min(receiveMaximum, this.#config.maxInflight);
    this.exists = true;
    const packets = this.#subscriptions.toSend(this.#config.version, () => this.#identifier());
    for (const packet of packets) this.#ask(packet, now);
    this.#sender?.connected(CONNECTION, this.#window, datagram, now);
  }

  disconnected(): void {
    this.#connected = false;
    for (const packet of this.#subscriptions.pending ?? []) this.#sender?.returnIdentifier(packet.identifier);
    this.#subscriptions.disconnected();
    this.#sender?.disconnected();
    this.#receiver?.disconnected();
  }

  /** The broker has no subscription of this client. */
  subscriptionsLost(): void {
    this.#subscriptions.sessionLost();
  }

  /** The session ends: its state is discarded [MQTT-4.1.0-2]. Messages that were never sent are not part of it. */
  end(now: Instant): void {
    this.exists = false;
    this.#receiver = undefined;
    this.#subscriptions.sessionLost();
    this.#sender?.abandonUnfinished(this.#config.republishes, now);
  }

  /** The process has died and nothing was kept: nobody is told of anything. */
  vanish(): void {
    this.exists = false;
    this.#receiver = undefined;
    this.#sender = undefined;
    this.#nextIdentifier = 1;
    this.#subscriptions.sessionLost();
  }

  publish(
    message: Message,
    flags: number,
    bytes: number,
    request: PublishRequest | undefined,
    now: Instant,
  ): void {
    if (message.stream.qos > 0) {
      this.#senderOf(now).offer(message, flags, bytes, request, now);
      return;
    }
    const publish = new Publish(message, 0, flags, bytes, request);
    if (this.#connected) {
      this.#sink.send(CONNECTION, publish, now); // [MQTT-4.3.1-1]
      request?.finished(now);
    } else if (this.#config.queuesQos0) {
      this.#senderOf(now).enqueue(publish, now);
    } else {
      this.#sink.abandoned(publish, now);
    }
  }

  subscribe(request: SubscriptionRequest, completion: Completion | undefined, now: Instant): void {
    this.#subscriptions.want(request, completion);
    if (!this.#connected) return;
    this.#request(new Subscribe(this.#config.version, this.#identifier(), [request]), now);
  }

  unsubscribe(filter: string, completion: Completion | undefined, now: Instant): void {
    this.#subscriptions.unwant(filter, completion);
    if (!this.#connected) return;
    this.#request(new Unsubscribe(this.#config.version, this.#identifier(), [filter]), now);
  }

  /** Acknowledges at once, so in the order of arrival [MQTT-4.6.0-2] [MQTT-4.6.0-3]. */
  publishArrived(publish: Publish, now: Instant): void {
    if (publish.qos === 0) {
      this.#sink.delivered(publish, now);
    } else if (publish.qos === 1) {
      this.#sink.delivered(publish, now); // whatever DUP says [MQTT-4.3.2-5]
      this.#acknowledge(PUBACK, publish.identifier, SUCCESS, now); // [MQTT-4.3.2-4]
    } else {
      this.#receiver ??= new Receiver(this.#config.rules);
      const isNew = this.#receiver.store(publish);
      if (isNew && this.#config.deliversQos2At === "publish") this.#sink.delivered(publish, now);
      this.#acknowledge(PUBREC, publish.identifier, SUCCESS, now); // [MQTT-4.3.3-8]
    }
  }

  acknowledgementArrived(packet: Acknowledgement, now: Instant): void {
    if (packet.type === PUBREL) this.#pubrelArrived(packet.identifier, now);
    else this.#sender?.acknowledged(packet.type, packet.identifier, packet.reasonCode, now);
  }

  /** SUBACK or UNSUBACK. */
  answered(packet: Suback | Unsuback, now: Instant): void {
    const asked = this.#subscriptions.answered(packet.identifier);
    if (asked === undefined) return;
    this.#sender?.returnIdentifier(packet.identifier);
    if (asked instanceof Subscribe && packet instanceof Suback) {
      asked.requests.forEach(({ filter }, n) => {
        const reasonCode = packet.reasonCodes[n] ?? 0x80;
        if (isFailure(reasonCode)) this.#sink.refused(filter, reasonCode, now);
        else this.#sink.subscribed(filter, reasonCode, now);
      });
    }
    for (const completion of this.#subscriptions.takeCompletions()) completion.finished(now);
  }

  /** A SUBSCRIBE or UNSUBSCRIBE is not answered yet. */
  get awaitsAnswer(): boolean {
    return this.#subscriptions.pending !== undefined;
  }

  /** Over datagrams: asks again. */
  repeatRequests(now: Instant): void {
    for (const packet of this.#subscriptions.pending ?? []) this.#sink.send(CONNECTION, packet, now);
  }

  retryTimerFired(now: Instant): void {
    this.#sender?.retryTimerFired(now);
  }

  /** Unfinished exchanges. */
  get inflight(): number {
    return this.#sender?.unfinished ?? 0;
  }

  get queued(): number {
    return this.#sender?.queued ?? 0;
  }

  /** Shows every message that the broker is not known to have. */
  eachUnsent(visit: (publish: Publish) => void): void {
    this.#sender?.eachHeld(visit);
  }

  /** Shows every message that was received and is to be delivered when it is released. */
  eachUndelivered(visit: (publish: Publish) => void): void {
    if (this.#config.deliversQos2At === "pubrel") this.#receiver?.each(visit);
  }

  snapshot(): SessionSnapshot {
    return {
      exists: this.exists,
      wanted: this.#subscriptions.wanted.map(({ filter, qos }) => `${filter} q${qos}`),
      confirmed: this.#subscriptions.confirmed,
      pending: (this.#subscriptions.pending ?? []).map(({ identifier }) => identifier),
      sender: this.#sender?.snapshot(),
      awaitingPubrel: this.#receiver?.snapshot() ?? [],
    };
  }

  #pubrelArrived(identifier: number, now: Instant): void {
    const stored = this.#receiver?.release(identifier);
    if (stored === undefined && !this.#config.rules.answersUnknownPubrel) return;
    if (stored !== undefined && this.#config.deliversQos2At === "pubrel") this.#sink.delivered(stored, now);
    const unknown = stored === undefined && this.#config.version === 5;
    this.#acknowledge(PUBCOMP, identifier, unknown ? PACKET_IDENTIFIER_NOT_FOUND : SUCCESS, now); // [MQTT-4.3.3-11]
  }

  #acknowledge(type: number, identifier: number, reasonCode: number, now: Instant): void {
    this.#sink.send(CONNECTION, new Acknowledgement(type, identifier, reasonCode), now);
  }

  /** Made when it is first needed: a client that only listens does without. */
  #senderOf(now: Instant): Sender {
    if (this.#sender === undefined) {
      this.#sender = new Sender(this.#sink, this.#config, 0, this.#nextIdentifier);
      for (const packet of this.#subscriptions.pending ?? []) this.#sender.reserve(packet.identifier);
      if (this.#connected) this.#sender.connected(CONNECTION, this.#window, this.#datagram, now);
    }
    return this.#sender;
  }

  #request(packet: Subscribe | Unsubscribe, now: Instant): void {
    this.#subscriptions.sent(packet);
    this.#ask(packet, now);
  }

  #ask(packet: Subscribe | Unsubscribe, now: Instant): void {
    if (packet instanceof Subscribe) {
      for (const { filter, qos } of packet.requests) this.#sink.subscribing(filter, qos, now);
    }
    this.#sink.send(CONNECTION, packet, now);
  }

  /** A packet identifier that nothing in flight uses [MQTT-2.2.1-3]. */
  #identifier(): number {
    return this.#sender === undefined ? this.#nextIdentifier++ : this.#sender.reserveIdentifier();
  }
}

export interface SessionSnapshot {
  readonly exists: boolean;
  readonly wanted: readonly string[];
  readonly confirmed: boolean;
  readonly pending: readonly number[];
  readonly sender: SenderSnapshot | undefined;
  /** Identifiers of QoS 2 messages received and not released. */
  readonly awaitingPubrel: readonly number[];
}

/**
 * The session as the client keeps it [MQTT 5.0 §4.1]: messages on their way to the broker, QoS 2 messages on
 * their way from it, and what the application is subscribed to. It outlives connections.
 */
import type { Instant } from "../../src/kernel/index.js";
import type { Message } from "../../src/trace/index.js";
import type { ClientConfig } from "./client-config.js";
import type { SessionSink } from "./client-sink.js";
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
import { type Completion, PendingRequests } from "./pending-requests.js";
import { Receiver } from "./receiver.js";
import type { SenderSnapshot } from "./sender-snapshot.js";
import { Sender } from "./sender.js";

/** The client's only connection, as its sender sees it. */
export const CONNECTION = 0;

export class ClientSession {
  readonly #sink: SessionSink;
  readonly #config: ClientConfig;
  /** What the application wants to be subscribed to. Copied when it changes. */
  #wanted: readonly SubscriptionRequest[];
  /** The broker's session has all that is wanted. */
  #confirmed = false;
  #pending: PendingRequests | undefined;
  #connected = false;
  /** The sink was not yet told that the sender has caught up on this connection. */
  #catchingUp = false;
  /** The connection loses packets. */
  datagram = false;
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
    this.#wanted = wanted;
  }

  /** The connection is up: subscribe to what is not confirmed, resend what is unfinished, send what waits. */
  connected(receiveMaximum: number, now: Instant): void {
    this.#connected = true;
    const { heedsReceiveMaximum, maxInflight } = this.#config;
    this.#window = heedsReceiveMaximum ? Math.min(receiveMaximum, maxInflight) : maxInflight;
    this.exists = true;
    this.askAll(now);
    this.#catchingUp = true;
    this.#sender?.connected(CONNECTION, this.#window, this.datagram, now);
    this.noteCaughtUp(now);
  }

  disconnected(): void {
    this.#connected = false;
    if (this.awaitsAnswer) this.#confirmed = false;
    for (const packet of this.#pending?.packets ?? []) this.#sender?.returnIdentifier(packet.identifier);
    if (this.#pending !== undefined) this.#pending.packets = [];
    this.#sender?.disconnected();
    this.#receiver?.disconnected();
  }

  /** The broker has no subscription of this client. */
  subscriptionsLost(): void {
    this.#confirmed = false;
    if (this.#pending !== undefined) this.#pending.unwanted = [];
  }

  /** The session ends: its state is discarded [MQTT-4.1.0-2]. Messages that were never sent are not part of it. */
  end(now: Instant): void {
    this.exists = false;
    this.#receiver = undefined;
    this.subscriptionsLost();
    this.#sender?.abandonUnfinished(this.#config.republishes, now);
  }

  /** The process has died and nothing was kept: nobody is told of anything. */
  vanish(): void {
    this.exists = false;
    this.#receiver = undefined;
    this.#sender = undefined;
    this.#nextIdentifier = 1;
    this.subscriptionsLost();
  }

  publish(
    message: Message,
    flags: number,
    bytes: number,
    request: PublishRequest | undefined,
    now: Instant,
  ): void {
    if (message.stream.qos > 0) {
      this.senderOf(now).offer(message, flags, bytes, request, now);
      return;
    }
    const publish = new Publish(message, 0, flags, bytes, request);
    if (this.#connected && !this.#catchingUp) {
      this.#sink.send(CONNECTION, publish, now); // [MQTT-4.3.1-1]
      request?.finished(now);
    } else if (this.#connected || this.#config.queuesQos0) {
      this.senderOf(now).enqueue(publish, now);
    } else {
      this.#sink.abandoned(publish, now);
    }
  }

  subscribe(request: SubscriptionRequest, completion: Completion | undefined, now: Instant): void {
    const { filter } = request;
    const pending = this.pendingFor(completion);
    this.#wanted = [...this.#wanted.filter((each) => each.filter !== filter), request];
    pending.unwanted = pending.unwanted.filter((each) => each !== filter);
    this.#confirmed = false;
    if (!this.#connected) return;
    this.ask(new Subscribe(this.#config.version, this.identifier(), [request]), now);
  }

  unsubscribe(filter: string, completion: Completion | undefined, now: Instant): void {
    const pending = this.pendingFor(completion);
    this.#wanted = this.#wanted.filter((each) => each.filter !== filter);
    pending.unwanted = [...pending.unwanted, filter];
    if (!this.#connected) return;
    this.ask(new Unsubscribe(this.#config.version, this.identifier(), [filter]), now);
  }

  /** Acknowledges at once, so in the order of arrival [MQTT-4.6.0-2] [MQTT-4.6.0-3]. */
  publishArrived(publish: Publish, now: Instant): void {
    if (publish.qos === 0) {
      this.#sink.delivered(publish, now);
    } else if (publish.qos === 1) {
      this.#sink.delivered(publish, now); // whatever DUP says [MQTT-4.3.2-5]
      this.acknowledge(PUBACK, publish.identifier, SUCCESS, now); // [MQTT-4.3.2-4]
    } else {
      this.#receiver ??= new Receiver(this.#config.rules);
      const isNew = this.#receiver.store(publish);
      if (isNew && this.#config.deliversQos2At === "publish") this.#sink.delivered(publish, now);
      this.acknowledge(PUBREC, publish.identifier, SUCCESS, now); // [MQTT-4.3.3-8]
    }
  }

  acknowledgementArrived(packet: Acknowledgement, now: Instant): void {
    if (packet.type === PUBREL) this.pubrelArrived(packet.identifier, now);
    else this.#sender?.acknowledged(packet.type, packet.identifier, packet.reasonCode, now);
    if (this.#catchingUp) this.noteCaughtUp(now);
  }

  /** SUBACK or UNSUBACK. */
  answered(packet: Suback | Unsuback, now: Instant): void {
    const pending = this.#pending;
    const asked = pending?.answered(packet.identifier);
    if (pending === undefined || asked === undefined) return;
    this.#sender?.returnIdentifier(packet.identifier);
    if (asked instanceof Unsubscribe) pending.unwanted = [];
    if (pending.packets.length === 0) this.#confirmed = true;
    if (asked instanceof Subscribe && packet instanceof Suback) {
      asked.requests.forEach(({ filter }, n) => {
        const reasonCode = packet.reasonCodes[n] ?? 0x80;
        if (isFailure(reasonCode)) this.#sink.refused(filter, reasonCode, now);
        else this.#sink.subscribed(filter, reasonCode, now);
      });
    }
    const completions = pending.takeCompletions();
    if (pending.empty) this.#pending = undefined;
    for (const completion of completions) completion.finished(now);
  }

  /** A SUBSCRIBE or UNSUBSCRIBE is not answered yet. */
  get awaitsAnswer(): boolean {
    return this.#pending !== undefined && this.#pending.packets.length > 0;
  }

  /** Over datagrams: asks again. */
  repeatRequests(now: Instant): void {
    for (const packet of this.#pending?.packets ?? []) this.#sink.send(CONNECTION, packet, now);
  }

  retryTimerFired(now: Instant): void {
    this.#sender?.retryTimerFired(now);
  }

  retryIsDue(now: Instant): boolean {
    return this.#sender?.retryIsDue(now) ?? false;
  }

  /** What the application wants to be subscribed to. */
  get wanted(): readonly SubscriptionRequest[] {
    return this.#wanted;
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
      wanted: this.#wanted.map(({ filter, qos }) => `${filter} q${qos}`),
      confirmed: this.#confirmed,
      pending: (this.#pending?.packets ?? []).map(({ identifier }) => identifier),
      sender: this.#sender?.snapshot(),
      awaitingPubrel: this.#receiver?.snapshot() ?? [],
    };
  }

  private noteCaughtUp(now: Instant): void {
    if (this.#sender?.catchingUp === true) return;
    this.#catchingUp = false;
    this.#sink.caughtUp(now);
  }

  private pubrelArrived(identifier: number, now: Instant): void {
    const stored = this.#receiver?.release(identifier);
    if (stored === undefined && !this.#config.rules.answersUnknownPubrel) return;
    if (stored !== undefined && this.#config.deliversQos2At === "pubrel") this.#sink.delivered(stored, now);
    const unknown = stored === undefined && this.#config.version === 5;
    this.acknowledge(PUBCOMP, identifier, unknown ? PACKET_IDENTIFIER_NOT_FOUND : SUCCESS, now); // [MQTT-4.3.3-11]
  }

  private acknowledge(type: number, identifier: number, reasonCode: number, now: Instant): void {
    this.#sink.send(CONNECTION, new Acknowledgement(type, identifier, reasonCode), now);
  }

  /** Made when it is first needed: a client that only listens does without. */
  private senderOf(now: Instant): Sender {
    if (this.#sender === undefined) {
      this.#sender = new Sender(this.#sink, this.#config, 0, this.#nextIdentifier);
      for (const packet of this.#pending?.packets ?? []) this.#sender.reserve(packet.identifier);
      if (this.#connected) this.#sender.connected(CONNECTION, this.#window, this.datagram, now);
    }
    return this.#sender;
  }

  private pendingFor(completion: Completion | undefined): PendingRequests {
    this.#pending ??= new PendingRequests();
    if (completion !== undefined) this.#pending.completions = [...this.#pending.completions, completion];
    return this.#pending;
  }

  /** On a connection that has just come up: everything, or what the resumed session lacks. */
  private askAll(now: Instant): void {
    const { version } = this.#config;
    if (!this.#confirmed && this.#wanted.length > 0) {
      this.ask(new Subscribe(version, this.identifier(), this.#wanted), now);
    }
    const unwanted = this.#pending?.unwanted ?? [];
    if (unwanted.length > 0) this.ask(new Unsubscribe(version, this.identifier(), unwanted), now);
  }

  private ask(packet: Subscribe | Unsubscribe, now: Instant): void {
    this.pendingFor(undefined).sent(packet);
    if (packet instanceof Subscribe) {
      for (const { filter, qos } of packet.requests) this.#sink.subscribing(filter, qos, now);
    }
    this.#sink.send(CONNECTION, packet, now);
  }

  /** A packet identifier that nothing in flight uses [MQTT-2.2.1-3]. */
  private identifier(): number {
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

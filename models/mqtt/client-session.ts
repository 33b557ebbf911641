/**
 * The session as the client keeps it [MQTT 5.0 §4.1]: messages on their way to the broker, QoS 2 messages on
 * their way from it, and what the application is subscribed to. It outlives connections.
 *
 * It is the part of the client machine that its connections share (`Client` adds the connection), not an object
 * of its own: a fleet has many clients, and most are idle.
 */
import type { Instant } from "../../src/kernel/index.js";
import type { Message } from "../../src/trace/index.js";
import type { ClientConfig } from "./client-config.js";
import type { ClientSink } from "./client-sink.js";
import { Acknowledgement } from "./packets/acknowledgement.js";
import type { ControlPacket } from "./packets/control-packet.js";
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
import type { SenderSink } from "./sender-sink.js";
import type { SenderSnapshot } from "./sender-snapshot.js";
import { Sender } from "./sender.js";

/** The client's only connection, as its sender sees it. */
export const CONNECTION = 0;

/** The broker's session has all that is wanted. */
const CONFIRMED = 1;
const CONNECTED = 2;
/** The sink was not yet told that the sender has caught up on this connection. */
const CATCHING_UP = 4;
/** The connection loses packets. */
const DATAGRAM = 8;
/** A connection has been up and the session has not ended since. */
const EXISTS = 16;
/** Bits from here on are the connection's … */
export const CONNECTION_BITS = 32;
const CONNECTION_BITS_COUNT = 2;
/** … then comes its phase, in so many bits, and then its window. */
const PHASE_SHIFT = 5 + CONNECTION_BITS_COUNT;
const PHASE_MASK = 7;
const WINDOW_SHIFT = PHASE_SHIFT + 3;

export abstract class ClientSession implements SenderSink {
  readonly config: ClientConfig;
  protected readonly sink: ClientSink;
  /** Bits: what is so. Above them, two small numbers: an idle client is to cost little memory. */
  #facts = 0;
  /** What the application wants to be subscribed to. Copied when it changes. */
  #wanted: readonly SubscriptionRequest[];
  #pending: PendingRequests | undefined;
  #sender: Sender | undefined;
  #receiver: Receiver | undefined;
  /** For SUBSCRIBE and UNSUBSCRIBE, until there is a sender that gives identifiers out. */
  #nextIdentifier = 1;

  constructor(sink: ClientSink, config: ClientConfig, wanted: readonly SubscriptionRequest[]) {
    this.sink = sink;
    this.config = config;
    this.#wanted = wanted;
  }

  /** Sends on the connection, if there is one. */
  abstract send(connection: number, packet: ControlPacket, now: Instant): void;

  protected is(fact: number): boolean {
    return (this.#facts & fact) !== 0;
  }

  protected become(fact: number, so: boolean): void {
    this.#facts = so ? this.#facts | fact : this.#facts & ~fact;
  }

  /** What the connection goes through, as a number from 0 to 7. */
  protected get stage(): number {
    return (this.#facts >> PHASE_SHIFT) & PHASE_MASK;
  }

  protected set stage(stage: number) {
    this.#facts = (this.#facts & ~(PHASE_MASK << PHASE_SHIFT)) | (stage << PHASE_SHIFT);
  }

  /** Exchanges that may be unfinished at once on this connection. */
  private get window(): number {
    return this.#facts >> WINDOW_SHIFT;
  }

  private set window(window: number) {
    this.#facts = (this.#facts & ((1 << WINDOW_SHIFT) - 1)) | (window << WINDOW_SHIFT);
  }

  /** A connection has been up and the session has not ended since. */
  protected get exists(): boolean {
    return this.is(EXISTS);
  }

  /** The connection loses packets. */
  protected get datagram(): boolean {
    return this.is(DATAGRAM);
  }

  protected set datagram(lossy: boolean) {
    this.become(DATAGRAM, lossy);
  }

  /** The connection is up: subscribe to what is not confirmed, resend what is unfinished, send what waits. */
  protected connected(receiveMaximum: number, now: Instant): void {
    this.become(CONNECTED, true);
    const { heedsReceiveMaximum, maxInflight } = this.config;
    this.window = heedsReceiveMaximum ? Math.min(receiveMaximum, maxInflight) : maxInflight;
    this.become(EXISTS, true);
    this.askAll(now);
    this.become(CATCHING_UP, true);
    this.#sender?.connected(CONNECTION, this.window, this.datagram, now);
    this.noteCaughtUp(now);
  }

  protected disconnected(): void {
    this.become(CONNECTED, false);
    if (this.awaitsAnswer) this.become(CONFIRMED, false);
    for (const packet of this.#pending?.packets ?? []) this.#sender?.returnIdentifier(packet.identifier);
    if (this.#pending !== undefined) this.#pending.packets = [];
    this.#sender?.disconnected();
    this.#receiver?.disconnected();
  }

  /** The broker has no subscription of this client. */
  protected subscriptionsLost(): void {
    this.become(CONFIRMED, false);
    if (this.#pending !== undefined) this.#pending.unwanted = [];
  }

  /** The session ends: its state is discarded [MQTT-4.1.0-2]. Messages that were never sent are not part of it. */
  protected end(now: Instant): void {
    this.become(EXISTS, false);
    this.#receiver = undefined;
    this.subscriptionsLost();
    this.#sender?.abandonUnfinished(this.config.republishes, now);
  }

  /** The process has died and nothing was kept: nobody is told of anything. */
  protected vanish(): void {
    this.become(EXISTS, false);
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
    if (this.is(CONNECTED) && !this.is(CATCHING_UP)) {
      this.send(CONNECTION, publish, now); // [MQTT-4.3.1-1]
      request?.finished(now);
    } else if (this.is(CONNECTED) || this.config.queuesQos0) {
      this.senderOf(now).enqueue(publish, now);
    } else {
      this.sink.abandoned(publish, now);
    }
  }

  subscribe(request: SubscriptionRequest, completion: Completion | undefined, now: Instant): void {
    const { filter } = request;
    const pending = this.pendingFor(completion);
    this.#wanted = [...this.#wanted.filter((each) => each.filter !== filter), request];
    pending.unwanted = pending.unwanted.filter((each) => each !== filter);
    this.become(CONFIRMED, false);
    if (!this.is(CONNECTED)) return;
    this.ask(new Subscribe(this.config.version, this.identifier(), [request]), now);
  }

  unsubscribe(filter: string, completion: Completion | undefined, now: Instant): void {
    const pending = this.pendingFor(completion);
    this.#wanted = this.#wanted.filter((each) => each.filter !== filter);
    pending.unwanted = [...pending.unwanted, filter];
    if (!this.is(CONNECTED)) return;
    this.ask(new Unsubscribe(this.config.version, this.identifier(), [filter]), now);
  }

  /** Acknowledges at once, so in the order of arrival [MQTT-4.6.0-2] [MQTT-4.6.0-3]. */
  protected publishArrived(publish: Publish, now: Instant): void {
    if (publish.qos === 0) {
      this.sink.delivered(publish, now);
    } else if (publish.qos === 1) {
      this.sink.delivered(publish, now); // whatever DUP says [MQTT-4.3.2-5]
      this.acknowledge(PUBACK, publish.identifier, SUCCESS, now); // [MQTT-4.3.2-4]
    } else {
      this.#receiver ??= new Receiver(this.config.rules);
      const isNew = this.#receiver.store(publish);
      if (isNew && this.config.deliversQos2At === "publish") this.sink.delivered(publish, now);
      this.acknowledge(PUBREC, publish.identifier, SUCCESS, now); // [MQTT-4.3.3-8]
    }
  }

  protected acknowledgementArrived(packet: Acknowledgement, now: Instant): void {
    if (packet.type === PUBREL) this.pubrelArrived(packet.identifier, now);
    else this.#sender?.acknowledged(packet.type, packet.identifier, packet.reasonCode, now);
    if (this.is(CATCHING_UP)) this.noteCaughtUp(now);
  }

  /** SUBACK or UNSUBACK. */
  protected answered(packet: Suback | Unsuback, now: Instant): void {
    const pending = this.#pending;
    const asked = pending?.answered(packet.identifier);
    if (pending === undefined || asked === undefined) return;
    this.#sender?.returnIdentifier(packet.identifier);
    if (asked instanceof Unsubscribe) pending.unwanted = [];
    if (pending.packets.length === 0) this.become(CONFIRMED, true);
    if (asked instanceof Subscribe && packet instanceof Suback) {
      asked.requests.forEach(({ filter }, n) => {
        const reasonCode = packet.reasonCodes[n] ?? 0x80;
        if (isFailure(reasonCode)) this.sink.refused(filter, reasonCode, now);
        else this.sink.subscribed(filter, reasonCode, now);
      });
    }
    const completions = pending.takeCompletions();
    if (pending.empty) this.#pending = undefined;
    for (const completion of completions) completion.finished(now);
  }

  /** A SUBSCRIBE or UNSUBSCRIBE is not answered yet. */
  protected get awaitsAnswer(): boolean {
    return this.#pending !== undefined && this.#pending.packets.length > 0;
  }

  /** Over datagrams: asks again. */
  protected repeatRequests(now: Instant): void {
    for (const packet of this.#pending?.packets ?? []) this.send(CONNECTION, packet, now);
  }

  protected retryTimerFired(now: Instant): void {
    this.#sender?.retryTimerFired(now);
  }

  protected retryIsDue(now: Instant): boolean {
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
    if (this.config.deliversQos2At === "pubrel") this.#receiver?.each(visit);
  }

  protected sessionSnapshot(): SessionSnapshot {
    return {
      exists: this.exists,
      wanted: this.#wanted.map(({ filter, qos }) => `${filter} q${qos}`),
      confirmed: this.is(CONFIRMED),
      pending: (this.#pending?.packets ?? []).map(({ identifier }) => identifier),
      sender: this.#sender?.snapshot(),
      awaitingPubrel: this.#receiver?.snapshot() ?? [],
    };
  }

  // What its sender asks for.

  setRetryTimer(id: number, at: Instant): void {
    this.sink.setRetryTimer(id, at);
  }

  completed(publish: Publish, now: Instant): void {
    this.sink.completed(publish, now);
  }

  abandoned(publish: Publish, now: Instant): void {
    this.sink.abandoned(publish, now);
  }

  dropped(publish: Publish, now: Instant): void {
    this.sink.dropped(publish, now);
  }

  repeated(publish: Publish, now: Instant): void {
    this.sink.repeated(publish, now);
  }

  private noteCaughtUp(now: Instant): void {
    if (this.#sender?.catchingUp === true) return;
    this.become(CATCHING_UP, false);
    this.sink.caughtUp(now);
  }

  private pubrelArrived(identifier: number, now: Instant): void {
    const stored = this.#receiver?.release(identifier);
    if (stored === undefined && !this.config.rules.answersUnknownPubrel) return;
    if (stored !== undefined && this.config.deliversQos2At === "pubrel") this.sink.delivered(stored, now);
    const unknown = stored === undefined && this.config.version === 5;
    this.acknowledge(PUBCOMP, identifier, unknown ? PACKET_IDENTIFIER_NOT_FOUND : SUCCESS, now); // [MQTT-4.3.3-11]
  }

  private acknowledge(type: number, identifier: number, reasonCode: number, now: Instant): void {
    this.send(CONNECTION, new Acknowledgement(type, identifier, reasonCode), now);
  }

  /** Made when it is first needed: a client that only listens does without. */
  private senderOf(now: Instant): Sender {
    if (this.#sender === undefined) {
      this.#sender = new Sender(this, this.config, 0, this.#nextIdentifier);
      for (const packet of this.#pending?.packets ?? []) this.#sender.reserve(packet.identifier);
      if (this.is(CONNECTED)) this.#sender.connected(CONNECTION, this.window, this.datagram, now);
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
    const { version } = this.config;
    if (!this.is(CONFIRMED) && this.#wanted.length > 0) {
      this.ask(new Subscribe(version, this.identifier(), this.#wanted), now);
    }
    const unwanted = this.#pending?.unwanted ?? [];
    if (unwanted.length > 0) this.ask(new Unsubscribe(version, this.identifier(), unwanted), now);
  }

  private ask(packet: Subscribe | Unsubscribe, now: Instant): void {
    this.pendingFor(undefined).sent(packet);
    if (packet instanceof Subscribe) {
      for (const { filter, qos } of packet.requests) this.sink.subscribing(filter, qos, now);
    }
    this.send(CONNECTION, packet, now);
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

/**
 * The MQTT broker as a machine: connections and sessions, subscriptions, routing, retained messages and wills
 * [MQTT 5.0 §3.1, §3.3, §3.8, §4.1]. It is told the time and asks a sink for everything else. Connections are
 * small integers that its host gives out.
 */
import { type Instant, NEVER, SECOND, after } from "../../src/kernel/index.js";
import type { Message, Will } from "../../src/trace/index.js";
import type { BrokerConfig } from "./broker-config.js";
import { NONE, Session } from "./broker-session.js";
import { Acknowledgement } from "./packets/acknowledgement.js";
import {
  Connack,
  Connect,
  type ConnectFields,
  Disconnect,
  EXPIRY_NEVER,
} from "./packets/connect.js";
import type { ControlPacket } from "./packets/control-packet.js";
import { PINGREQ, PUBACK, PUBCOMP, PUBREC, PUBREL, type Version } from "./packets/packet-type.js";
import { PING_RESPONSE } from "./packets/ping.js";
import { Publish, publishBytes, publishFlags } from "./packets/publish.js";
import {
  DISCONNECT_WITH_WILL,
  KEEP_ALIVE_TIMEOUT,
  NO_SUBSCRIPTION_EXISTED,
  PACKET_IDENTIFIER_NOT_FOUND,
  PROTOCOL_ERROR,
  RECEIVE_MAXIMUM_EXCEEDED,
  SESSION_TAKEN_OVER,
  SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
  SUCCESS,
} from "./packets/reason-code.js";
import { Suback, Subscribe, type SubscriptionRequest, Unsuback, Unsubscribe } from "./packets/subscribe.js";
import { utf8Bytes } from "./packets/wire-size.js";
import { Receiver } from "./receiver.js";
import { RetainedMessages } from "./retained-messages.js";
import { type Recipient, Router } from "./router.js";
import { Sender, type SenderConfig, type SenderSink, type SenderSnapshot } from "./sender.js";
import { Subscription, SubscriptionTree } from "./subscription-tree.js";

/** Kinds of a broker's timers. The id is a connection for `keepAlive`, a session for the others. */
export const BROKER_TIMER = { keepAlive: 0, sessionExpiry: 1, willDelay: 2, retry: 3 } as const;

/** What a broker asks for. */
export interface BrokerSink extends SenderSink {
  /** End a connection in an orderly way. */
  close(connection: number, now: Instant): void;
  setTimer(kind: number, id: number, at: Instant): void;
  cancelTimer(kind: number, id: number): void;
  /** The client on `node` has a will, or none any more. */
  willDeclared(node: number, will: Will | undefined, now: Instant): void;
  /** The connection of the client on `node` ended without a goodbye: its will is to be out by `due`. */
  willDue(node: number, due: Instant, now: Instant): void;
  /** The will is published: its identity is wanted. */
  willPublished(node: number, will: Will, now: Instant): Message;
}

/** Counted since the broker began, crashes included. */
export interface BrokerCounters {
  connects: number;
  takeOvers: number;
  sessionsExpired: number;
  keepAliveTimeouts: number;
  willsPublished: number;
  retainedSent: number;
}

export class Broker {
  readonly counters: BrokerCounters = {
    connects: 0,
    takeOvers: 0,
    sessionsExpired: 0,
    keepAliveTimeouts: 0,
    willsPublished: 0,
    retainedSent: 0,
  };
  readonly #sink: BrokerSink;
  readonly #config: BrokerConfig;
  readonly #senderConfigs: Readonly<Record<Version, SenderConfig>>;
  #sessions: Map<string, Session> = new Map();
  /** By index; numbers that are free again are in `#freeIndices`. */
  #byIndex: (Session | undefined)[] = [];
  #freeIndices: number[] = [];
  #tree: SubscriptionTree<Session> = new SubscriptionTree();
  #router: Router = new Router(this.#tree);
  #retained: RetainedMessages;
  // By connection:
  readonly #bySession: (Session | undefined)[] = [];
  readonly #nodes: number[] = [];
  readonly #datagram: boolean[] = [];
  readonly #lastReceived: Instant[] = [];

  constructor(sink: BrokerSink, config: BrokerConfig) {
    this.#sink = sink;
    this.#config = config;
    this.#senderConfigs = { 4: { ...config, version: 4 }, 5: { ...config, version: 5 } };
    this.#retained = new RetainedMessages(config.rules);
  }

  /** The process starts. After a crash, what was kept on disk is taken up again. */
  start(now: Instant): void {
    for (const session of [...this.#sessions.values()]) this.#disconnected(session, now);
  }

  /** The process has died. Connections are gone, and so is everything that is not kept on disk. */
  crashed(): void {
    this.#bySession.fill(undefined);
    if (!this.#config.persistent) {
      this.#sessions = new Map();
      this.#byIndex = [];
      this.#freeIndices = [];
      this.#tree = new SubscriptionTree();
      this.#router = new Router(this.#tree);
      this.#retained = new RetainedMessages(this.#config.rules);
      return;
    }
    for (const session of this.#sessions.values()) {
      session.connection = NONE;
      session.sender?.disconnected();
      session.receiver?.disconnected();
    }
  }

  connectionOpened(connection: number, node: number, datagram: boolean, now: Instant): void {
    while (this.#bySession.length <= connection) {
      this.#bySession.push(undefined);
      this.#nodes.push(NONE);
      this.#datagram.push(false);
      this.#lastReceived.push(NEVER);
    }
    this.#nodes[connection] = node;
    this.#datagram[connection] = datagram;
    this.#lastReceived[connection] = now;
  }

  /** The connection ended without DISCONNECT. */
  connectionClosed(connection: number, now: Instant): void {
    this.#connectionEnded(connection, true, now);
  }

  received(connection: number, packet: ControlPacket, now: Instant): void {
    const session = this.#bySession[connection];
    if (session === undefined) {
      if (packet instanceof Connect) this.#connect(connection, packet.fields, now);
      else this.#refuseStranger(connection, now);
      return;
    }
    this.#lastReceived[connection] = now;
    if (packet instanceof Publish) this.#publishArrived(session, packet, now);
    else if (packet instanceof Acknowledgement) this.#acknowledgementArrived(session, packet, now);
    else this.#controlArrived(session, connection, packet, now);
  }

  timerFired(kind: number, id: number, now: Instant): void {
    if (kind === BROKER_TIMER.keepAlive) {
      this.#checkKeepAlive(id, now);
      return;
    }
    const session = this.#byIndex[id];
    if (session === undefined) return;
    if (kind === BROKER_TIMER.retry) {
      session.sender?.retryTimerFired(now);
    } else if (session.connection === NONE) {
      if (kind === BROKER_TIMER.willDelay) this.#publishWill(session, now);
      else this.#expire(session, now);
    }
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  get retained(): number {
    return this.#retained.size;
  }

  /** Exchanges with clients that are not finished. */
  get inflight(): number {
    let sum = 0;
    for (const session of this.#sessions.values()) sum += session.sender?.unfinished ?? 0;
    return sum;
  }

  /** Messages that wait for clients. */
  get queued(): number {
    let sum = 0;
    for (const session of this.#sessions.values()) sum += session.sender?.queued ?? 0;
    return sum;
  }

  /** Shows every message that is held for the client on a node. */
  eachHeld(visit: (node: number, publish: Publish) => void): void {
    for (const session of this.#sessions.values()) {
      session.sender?.eachHeld((publish) => visit(session.node, publish));
    }
  }

  /** Shows every QoS 2 message that has been received and is to be routed when it is released. */
  eachUnreleased(visit: (recipient: number, message: Message) => void): void {
    if (this.#config.deliversQos2At === "publish") return;
    for (const session of this.#sessions.values()) {
      session.receiver?.each(({ message }) => {
        for (const recipient of this.#router.route(message).recipients) visit(recipient.session.node, message);
      });
    }
  }

  snapshot(): BrokerSnapshot {
    const sessions = [...this.#sessions.values()].map((session) => ({
      clientId: session.clientId,
      connected: session.connection !== NONE,
      expiry: session.expiry,
      will: session.will?.topic,
      subscriptions: filtersOf(session),
      sender: session.sender?.snapshot(),
      awaitingPubrel: session.receiver?.snapshot() ?? [],
    }));
    return { sessions, retained: this.#retained.snapshot() };
  }

  // Connecting

  #connect(connection: number, fields: ConnectFields, now: Instant): void {
    const known = this.#sessions.get(fields.clientId);
    if (known !== undefined && known.connection !== NONE) this.#takeOver(known, fields, now);
    const kept = this.#sessions.get(fields.clientId);
    const discard = fields.cleanStart && this.#config.rules.discardsOnCleanStart;
    if (kept !== undefined && discard) this.#endSession(kept, now); // [MQTT-3.1.2-4]
    const resumed = kept !== undefined && !discard; // [MQTT-3.1.2-5]
    const session = resumed ? kept : this.#newSession(fields.clientId);
    this.#attach(session, connection, fields, resumed, now);
    this.#sendConnack(session, fields, now);
    session.sender?.connected(connection, session.window, this.#datagram[connection] === true, now);
  }

  /** One client identifier, one connection: the older one has to go [MQTT-3.1.4-3]. */
  #takeOver(session: Session, fields: ConnectFields, now: Instant): void {
    if (!this.#config.rules.takesOver) return;
    this.counters.takeOvers++;
    this.#endConnection(session, SESSION_TAKEN_OVER, now);
    const resumes = !fields.cleanStart && session.expiry > 0;
    if (!resumes && session.will !== undefined) this.#publishWill(session, now);
  }

  #attach(session: Session, connection: number, fields: ConnectFields, resumed: boolean, now: Instant): void {
    this.counters.connects++;
    this.#bySession[connection] = session;
    this.#lastReceived[connection] = now;
    session.connection = connection;
    session.node = this.#nodes[connection] as number;
    session.version = fields.version;
    session.keepAlive = fields.keepAlive;
    session.expiry = this.#grantedExpiry(fields);
    session.window = Math.min(
      this.#config.maxInflight,
      fields.version === 5 ? fields.receiveMaximum : this.#config.maxInflight,
    );
    session.resumed = resumed;
    session.lastSubscribe = 0;
    this.#sink.cancelTimer(BROKER_TIMER.sessionExpiry, session.index);
    this.#sink.cancelTimer(BROKER_TIMER.willDelay, session.index);
    // A connection within its delay takes the old will back [MQTT-3.1.3-9].
    if (session.will !== undefined && !this.#config.rules.cancelsDelayedWill) this.#publishWill(session, now);
    session.will = fields.will; // [MQTT-3.1.2-7]
    session.willDelay = fields.willDelay;
    this.#sink.willDeclared(session.node, fields.will, now);
    if (fields.keepAlive > 0) {
      this.#sink.setTimer(BROKER_TIMER.keepAlive, connection, after(now, this.#patience(session)));
    }
  }

  #grantedExpiry(fields: ConnectFields): number {
    const { sessionExpiryMax } = this.#config;
    if (fields.version === 5) return Math.min(fields.sessionExpiry, sessionExpiryMax);
    return fields.cleanStart ? 0 : sessionExpiryMax; // 3.1.1 leaves it to the broker
  }

  #sendConnack(session: Session, fields: ConnectFields, now: Instant): void {
    const { rules, receiveMaximum } = this.#config;
    const connack = new Connack({
      version: session.version,
      sessionPresent: session.resumed || !rules.tellsSessionPresent, // [MQTT-3.2.2-2, MQTT-3.2.2-3]
      reasonCode: SUCCESS,
      sessionExpiry: session.expiry === fields.sessionExpiry ? undefined : session.expiry,
      receiveMaximum,
    });
    this.#sink.send(session.connection, connack, now);
  }

  #newSession(clientId: string): Session {
    const index = this.#freeIndices.pop() ?? this.#byIndex.push(undefined) - 1;
    const session = new Session(clientId, index);
    this.#byIndex[index] = session;
    this.#sessions.set(clientId, session);
    return session;
  }

  /** The first packet has to be CONNECT [MQTT-3.1.0-1]. Over datagrams its sender is told, since nothing breaks. */
  #refuseStranger(connection: number, now: Instant): void {
    if (this.#datagram[connection] === true) {
      this.#sink.send(connection, new Disconnect(5, PROTOCOL_ERROR), now);
    }
    this.#sink.close(connection, now);
  }

  // Ending

  /** The broker ends a connection, and in 5.0 says why. */
  #endConnection(session: Session, reasonCode: number, now: Instant): void {
    const { connection, version } = session;
    if (version === 5) this.#sink.send(connection, new Disconnect(5, reasonCode), now);
    this.#sink.close(connection, now);
    this.#connectionEnded(connection, true, now);
  }

  #connectionEnded(connection: number, willStands: boolean, now: Instant): void {
    const session = this.#bySession[connection];
    if (session === undefined) return;
    this.#bySession[connection] = undefined;
    if (session.connection !== connection) return;
    this.#sink.cancelTimer(BROKER_TIMER.keepAlive, connection);
    session.connection = NONE;
    session.sender?.disconnected();
    session.receiver?.disconnected();
    if (!willStands && session.will !== undefined) {
      this.#sink.willDeclared(session.node, undefined, now);
      if (this.#config.rules.withdrawsWill) session.will = undefined; // [MQTT-3.1.2-10]
    }
    this.#disconnected(session, now);
  }

  /** A session is without a connection from now on: its will and its expiry begin to run. */
  #disconnected(session: Session, now: Instant): void {
    const expiry = session.expiry === EXPIRY_NEVER ? NEVER : session.expiry * SECOND;
    if (session.will !== undefined) {
      const due = after(now, Math.min(session.willDelay * SECOND, expiry));
      this.#sink.willDue(session.node, due, now);
      if (due <= now) this.#publishWill(session, now); // [MQTT-3.1.2-8]
      else this.#sink.setTimer(BROKER_TIMER.willDelay, session.index, due);
    }
    if (expiry === 0) this.#endSession(session, now);
    else if (expiry < NEVER) this.#sink.setTimer(BROKER_TIMER.sessionExpiry, session.index, after(now, expiry));
  }

  #expire(session: Session, now: Instant): void {
    this.counters.sessionsExpired++;
    this.#endSession(session, now); // [MQTT-3.1.2-23, MQTT-4.1.0-2]
  }

  #endSession(session: Session, now: Instant): void {
    if (session.will !== undefined) this.#publishWill(session, now); // at the latest when the session ends
    for (let each = session.subscriptions; each !== undefined; each = each.sibling) this.#tree.remove(each);
    session.subscriptions = undefined;
    this.#sink.cancelTimer(BROKER_TIMER.sessionExpiry, session.index);
    this.#sink.cancelTimer(BROKER_TIMER.willDelay, session.index);
    this.#sink.cancelTimer(BROKER_TIMER.retry, session.index);
    this.#byIndex[session.index] = undefined;
    this.#freeIndices.push(session.index);
    this.#sessions.delete(session.clientId);
  }

  #publishWill(session: Session, now: Instant): void {
    const will = session.will;
    session.will = undefined;
    this.#sink.cancelTimer(BROKER_TIMER.willDelay, session.index);
    if (will === undefined || !this.#config.rules.publishesWill) return;
    this.counters.willsPublished++;
    this.#accept(this.#sink.willPublished(session.node, will, now), undefined, now);
  }

  #checkKeepAlive(connection: number, now: Instant): void {
    const session = this.#bySession[connection];
    if (session === undefined || session.keepAlive === 0) return;
    const deadline = after(this.#lastReceived[connection] as number, this.#patience(session));
    if (deadline > now) {
      this.#sink.setTimer(BROKER_TIMER.keepAlive, connection, deadline);
      return;
    }
    this.counters.keepAliveTimeouts++;
    this.#endConnection(session, KEEP_ALIVE_TIMEOUT, now); // [MQTT-3.1.2-22]
  }

  #patience(session: Session): number {
    return Math.round(session.keepAlive * SECOND * this.#config.keepAliveFactor);
  }

  // Messages from clients

  #publishArrived(session: Session, publish: Publish, now: Instant): void {
    const { message, identifier } = publish;
    if (publish.qos === 0) {
      this.#accept(message, session, now);
    } else if (publish.qos === 1) {
      if (this.#config.rules.routesAcknowledged) this.#accept(message, session, now);
      // Ownership has passed [MQTT-4.3.2-4].
      this.#sink.send(session.connection, new Acknowledgement(PUBACK, identifier, SUCCESS), now);
    } else {
      this.#qos2Arrived(session, publish, now);
    }
  }

  #qos2Arrived(session: Session, publish: Publish, now: Instant): void {
    session.receiver ??= new Receiver(this.#config.rules);
    const isNew = session.receiver.store(publish);
    if (session.version === 5 && session.receiver.size > this.#config.receiveMaximum) {
      this.#endConnection(session, RECEIVE_MAXIMUM_EXCEEDED, now); // [MQTT-3.3.4-9]
      return;
    }
    if (isNew && this.#config.deliversQos2At === "publish") this.#accept(publish.message, session, now);
    this.#sink.send(session.connection, new Acknowledgement(PUBREC, publish.identifier, SUCCESS), now); // [MQTT-4.3.3-8]
  }

  #acknowledgementArrived(session: Session, packet: Acknowledgement, now: Instant): void {
    if (packet.type === PUBREL) this.#pubrel(session, packet.identifier, now);
    else session.sender?.acknowledged(packet.type, packet.identifier, packet.reasonCode, now);
  }

  #pubrel(session: Session, identifier: number, now: Instant): void {
    const stored = session.receiver?.release(identifier);
    if (stored === undefined && !this.#config.rules.answersUnknownPubrel) return;
    if (stored !== undefined && this.#config.deliversQos2At === "pubrel") {
      this.#accept(stored.message, session, now);
    }
    const reason = stored === undefined && session.version === 5 ? PACKET_IDENTIFIER_NOT_FOUND : SUCCESS;
    this.#sink.send(session.connection, new Acknowledgement(PUBCOMP, identifier, reason), now); // [MQTT-4.3.3-11]
  }

  /** Takes a message over: retains it if it asks for that, and routes it. */
  #accept(message: Message, publisher: Session | undefined, now: Instant): void {
    if (message.retain) this.#retained.store(message);
    const { recipients, topicBytes } = this.#router.route(message);
    for (let i = 0; i < recipients.length; i++) {
      const recipient = recipients[i] as Recipient;
      if (recipient.noLocal && recipient.session === publisher) continue; // [MQTT-3.8.3-3]
      const retain = recipient.retainAsPublished && message.retain; // [MQTT-3.3.1-12, MQTT-3.3.1-13]
      const flags = publishFlags(Math.min(recipient.qos, message.stream.qos), retain, false); // [MQTT-3.8.4-8]
      this.#deliver(recipient.session, message, flags, topicBytes, now);
    }
  }

  #deliver(session: Session, message: Message, flags: number, topicBytes: number, now: Instant): void {
    const qos = flags & 3;
    const bytes = publishBytes(session.version, topicBytes, qos, message.payloadBytes);
    if (qos > 0) {
      if (session.connection === NONE && !this.#config.rules.queuesOffline) return;
      this.#senderOf(session, now).offer(message, flags, bytes, undefined, now);
    } else if (session.connection !== NONE) {
      this.#sink.send(session.connection, new Publish(message, 0, flags, bytes, undefined), now);
    } else if (this.#config.queuesQos0) {
      this.#senderOf(session, now).enqueue(new Publish(message, 0, flags, bytes, undefined), now);
    }
  }

  #senderOf(session: Session, now: Instant): Sender {
    if (session.sender === undefined) {
      session.sender = new Sender(this.#sink, this.#senderConfigs[session.version], session.index);
      const { connection } = session;
      if (connection !== NONE) {
        session.sender.connected(connection, session.window, this.#datagram[connection] === true, now);
      }
    }
    return session.sender;
  }

  // Requests of clients

  #controlArrived(session: Session, connection: number, packet: ControlPacket, now: Instant): void {
    if (packet instanceof Subscribe) this.#subscribe(session, packet, now);
    else if (packet instanceof Unsubscribe) this.#unsubscribe(session, packet, now);
    else if (packet instanceof Disconnect) this.#disconnect(session, packet, now);
    else if (packet.type === PINGREQ) this.#sink.send(connection, PING_RESPONSE, now); // [MQTT-3.12.4-1]
    else if (packet instanceof Connect && this.#datagram[connection] === true) {
      this.#sendConnack(session, packet.fields, now); // the answer was lost
    } else {
      this.#endConnection(session, PROTOCOL_ERROR, now); // [MQTT-3.1.0-2]
    }
  }

  #subscribe(session: Session, packet: Subscribe, now: Instant): void {
    const repeated = packet.identifier === session.lastSubscribe;
    session.lastSubscribe = packet.identifier;
    const isNew: boolean[] = [];
    const reasonCodes = packet.requests.map((request) => {
      if (request.filter.startsWith("$share/")) return SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
      isNew.push(this.#addSubscription(session, request));
      return request.qos;
    });
    this.#sink.send(session.connection, new Suback(session.version, packet.identifier, reasonCodes), now);
    if (repeated) return;
    packet.requests.forEach((request, n) => {
      // Retain handling: 0 always, 1 for a new subscription, 2 never [MQTT-3.3.1-9 to -11].
      const wanted = request.retainHandling === 0 || (request.retainHandling === 1 && isNew[n] === true);
      if (wanted) this.#sendRetained(session, request, now);
    });
  }

  /** True if the session did not have the filter. Otherwise the new options replace the old [MQTT-3.8.4-3]. */
  #addSubscription(session: Session, request: SubscriptionRequest): boolean {
    const { filter, qos, noLocal, retainAsPublished } = request;
    const existing = session.subscriptionTo(filter);
    if (existing === undefined) {
      const subscription = new Subscription(session, filter, qos, noLocal, retainAsPublished);
      session.addSubscription(subscription);
      this.#tree.add(subscription);
      return true;
    }
    existing.qos = qos;
    existing.noLocal = noLocal;
    existing.retainAsPublished = retainAsPublished;
    this.#tree.changed();
    return false;
  }

  #sendRetained(session: Session, request: SubscriptionRequest, now: Instant): void {
    for (const message of this.#retained.matching(request.filter)) {
      this.counters.retainedSent++;
      const flags = publishFlags(Math.min(request.qos, message.stream.qos), true, true); // [MQTT-3.3.1-8]
      this.#deliver(session, message, flags, utf8Bytes(message.stream.topic), now);
    }
  }

  #unsubscribe(session: Session, packet: Unsubscribe, now: Instant): void {
    const reasonCodes = packet.filters.map((filter) => {
      const subscription = session.subscriptionTo(filter);
      if (subscription === undefined) return NO_SUBSCRIPTION_EXISTED;
      session.removeSubscription(subscription);
      this.#tree.remove(subscription); // [MQTT-3.10.4-2]
      return SUCCESS;
    });
    this.#sink.send(session.connection, new Unsuback(session.version, packet.identifier, reasonCodes), now);
  }

  #disconnect(session: Session, packet: Disconnect, now: Instant): void {
    const { connection } = session;
    this.#sink.close(connection, now);
    this.#connectionEnded(connection, packet.reasonCode === DISCONNECT_WITH_WILL, now);
  }
}

function filtersOf(session: Session): readonly string[] {
  const filters: string[] = [];
  for (let each = session.subscriptions; each !== undefined; each = each.sibling) {
    filters.push(`${each.filter} q${each.qos}`);
  }
  return filters;
}

export interface BrokerSnapshot {
  readonly sessions: readonly {
    readonly clientId: string;
    readonly connected: boolean;
    readonly expiry: number;
    readonly will: string | undefined;
    readonly subscriptions: readonly string[];
    readonly sender: SenderSnapshot | undefined;
    readonly awaitingPubrel: readonly number[];
  }[];
  readonly retained: readonly string[];
}

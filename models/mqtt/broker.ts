/**
 * The MQTT broker as a machine: connections and sessions, subscriptions, routing, retained messages and wills
 * [MQTT 5.0 §3.1, §3.3, §3.8, §4.1]. It is told the time and asks a sink for everything else. Connections are
 * small integers that its host gives out.
 */
import { type Instant, NEVER, SECOND, after } from "../../src/kernel/index.js";
import type { Message, Will } from "../../src/trace/index.js";
import type { BrokerConfig } from "./broker-config.js";
import { Distribution } from "./broker-distribution.js";
import { Responses } from "./broker-responses.js";
import { NONE, Session } from "./broker-session.js";
import { BROKER_TIMER, type BrokerCounters, type BrokerSink } from "./broker-sink.js";
import { Acknowledgement } from "./packets/acknowledgement.js";
import { Connack, Connect, type ConnectFields, Disconnect, EXPIRY_NEVER } from "./packets/connect.js";
import type { ControlPacket } from "./packets/control-packet.js";
import { PINGREQ } from "./packets/packet-type.js";
import { PING_RESPONSE } from "./packets/ping.js";
import { Publish } from "./packets/publish.js";
import {
  DISCONNECT_WITH_WILL,
  KEEP_ALIVE_TIMEOUT,
  PROTOCOL_ERROR,
  SESSION_TAKEN_OVER,
  SUCCESS,
} from "./packets/reason-code.js";
import { Subscribe, Unsubscribe } from "./packets/subscribe.js";
import { NO_TERMS, type SessionTerms, agreedTerms, sameTerms } from "./session-terms.js";
import type { SenderSnapshot } from "./sender-snapshot.js";
import { stateDigest } from "./state-digest.js";

/** Whom a connection leads to. */
interface Stranger {
  readonly node: number;
  readonly datagram: boolean;
}

export class Broker {
  readonly counters: BrokerCounters = {
    takeOvers: 0,
    sessionsExpired: 0,
    keepAliveTimeouts: 0,
    willsPublished: 0,
    lastWillAt: 0,
    retainedSent: 0,
  };
  readonly #sink: BrokerSink;
  readonly #config: BrokerConfig;
  #sessions: Map<string, Session> = new Map();
  /** By index; numbers that are free again are in `#freeIndices`. */
  #byIndex: (Session | undefined)[] = [];
  #freeIndices: number[] = [];
  #distribution: Distribution;
  #responses: Responses;
  // By connection:
  readonly #bySession: (Session | undefined)[] = [];
  readonly #lastReceived: Instant[] = [];
  /** Connections that have not said CONNECT. */
  readonly #strangers: Map<number, Stranger> = new Map();
  /** The terms agreed on last: in a fleet, everybody's. */
  #lastTerms: SessionTerms = NO_TERMS;

  constructor(sink: BrokerSink, config: BrokerConfig) {
    this.#sink = sink;
    this.#config = config;
    this.#distribution = new Distribution(sink, config, this.counters, this.#byIndex);
    this.#responses = new Responses(sink, config, this.#distribution);
  }

  /** The process starts. After a crash, what was kept on disk is taken up again. */
  start(now: Instant): void {
    for (const session of [...this.#sessions.values()]) this.#disconnected(session, true, now);
  }

  /** The process has died. Connections are gone, and so is everything that is not kept on disk. */
  crashed(): void {
    this.#bySession.fill(undefined);
    this.#strangers.clear();
    if (!this.#config.persistent) {
      this.#sessions = new Map();
      this.#byIndex = [];
      this.#freeIndices = [];
      this.#distribution = new Distribution(this.#sink, this.#config, this.counters, this.#byIndex);
      this.#responses = new Responses(this.#sink, this.#config, this.#distribution);
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
      this.#lastReceived.push(NEVER);
    }
    this.#strangers.set(connection, { node, datagram });
    this.#lastReceived[connection] = now;
  }

  /** The connection ended without DISCONNECT. */
  connectionClosed(connection: number, now: Instant): void {
    this.#strangers.delete(connection);
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
    if (packet instanceof Publish) {
      const reasonCode = this.#responses.publishArrived(session, packet, now);
      if (reasonCode !== SUCCESS) this.#endConnection(session, reasonCode, now);
    } else if (packet instanceof Acknowledgement) {
      this.#responses.acknowledgementArrived(session, packet, now);
    } else this.#controlArrived(session, connection, packet, now);
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

  /** Whether the retry timer of a session, when it fires now, finds something that has waited for too long. */
  retryIsDue(session: number, now: Instant): boolean {
    return this.#byIndex[session]?.sender?.retryIsDue(now) ?? false;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  get retained(): number {
    return this.#distribution.retained.size;
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

  /** Shows every message that is held here, and the node of the client that it is held for. */
  eachHeld(visit: (recipient: number, message: Message) => void): void {
    for (const session of this.#sessions.values()) {
      session.sender?.eachHeld(({ message }) => visit(session.node, message));
      if (this.#config.deliversQos2At === "publish") continue;
      session.receiver?.each(({ message }) => {
        for (const { session: recipient } of this.#distribution.recipientsOf(message))
          visit(recipient.node, message);
      });
    }
  }

  snapshot(): BrokerSnapshot {
    const sessions = [...this.#sessions.values()].map((session) => ({
      clientId: session.clientId,
      connected: session.connection !== NONE,
      expiry: session.terms.expiry,
      will: session.will?.topic,
      subscriptions: this.#distribution.filtersOf(session),
      sender: session.sender?.snapshot(),
      awaitingPubrel: session.receiver?.snapshot() ?? [],
    }));
    return { sessions, retained: this.#distribution.retained.snapshot() };
  }

  stateDigest(): number {
    return stateDigest(this.snapshot());
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
    session.sender?.connected(connection, session.terms.window, session.terms.datagram, now);
  }

  /** One client identifier, one connection: the older one has to go [MQTT-3.1.4-3]. */
  #takeOver(session: Session, fields: ConnectFields, now: Instant): void {
    if (!this.#config.rules.takesOver) return;
    this.counters.takeOvers++;
    this.#endConnection(session, SESSION_TAKEN_OVER, now);
    const resumes = !fields.cleanStart && session.terms.expiry > 0;
    if (!resumes && session.will !== undefined) this.#publishWill(session, now);
  }

  #attach(session: Session, connection: number, fields: ConnectFields, resumed: boolean, now: Instant): void {
    const stranger = this.#strangers.get(connection) ?? { node: NONE, datagram: false };
    this.#strangers.delete(connection);
    this.#bySession[connection] = session;
    this.#lastReceived[connection] = now;
    const terms = this.#shared(agreedTerms(fields, this.#config, stranger.datagram));
    const earlierWill = session.will;
    session.begin(connection, stranger.node, terms, resumed); // and with it the will [MQTT-3.1.2-7]
    session.receiver?.connected(this.#config.receiveMaximum);
    this.#sink.cancelTimer(BROKER_TIMER.sessionExpiry, session.index);
    this.#sink.cancelTimer(BROKER_TIMER.willDelay, session.index);
    this.#sink.willDeclared(session.node, fields.will, now);
    // A connection within its delay takes the old will back [MQTT-3.1.3-9].
    if (!this.#config.rules.cancelsDelayedWill) this.#publish(earlierWill, session, now);
    if (fields.keepAlive > 0) {
      const deadline = after(now, this.#patience(session));
      this.#sink.setTimer(BROKER_TIMER.keepAlive, connection, this.#nextLook(deadline));
    }
  }

  #shared(terms: SessionTerms): SessionTerms {
    if (!sameTerms(terms, this.#lastTerms)) this.#lastTerms = terms;
    return this.#lastTerms;
  }

  #sendConnack(session: Session, fields: ConnectFields, now: Instant): void {
    const { rules, receiveMaximum } = this.#config;
    const connack = new Connack({
      version: session.terms.version,
      sessionPresent: session.resumed || !rules.tellsSessionPresent, // [MQTT-3.2.2-2] [MQTT-3.2.2-3]
      reasonCode: SUCCESS,
      sessionExpiry: session.terms.expiry === fields.sessionExpiry ? undefined : session.terms.expiry,
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
    if (this.#strangers.get(connection)?.datagram === true) {
      this.#sink.send(connection, new Disconnect(5, PROTOCOL_ERROR), now);
    }
    this.#strangers.delete(connection);
    this.#sink.close(connection, now);
  }

  // Ending

  /** The broker ends a connection, and in 5.0 says why. */
  #endConnection(session: Session, reasonCode: number, now: Instant): void {
    const { connection } = session;
    if (session.terms.version === 5) this.#sink.send(connection, new Disconnect(5, reasonCode), now);
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
    this.#disconnected(session, willStands, now);
  }

  /** A session is without a connection from now on: its will and its expiry begin to run. */
  #disconnected(session: Session, willStands: boolean, now: Instant): void {
    const expiry = session.terms.expiry === EXPIRY_NEVER ? NEVER : session.terms.expiry * SECOND;
    if (session.will !== undefined) {
      const due = after(now, Math.min(session.terms.willDelay * SECOND, expiry));
      if (willStands) this.#sink.willDue(session.node, due, now);
      if (due <= now)
        this.#publishWill(session, now); // [MQTT-3.1.2-8]
      else this.#sink.setTimer(BROKER_TIMER.willDelay, session.index, due);
    }
    if (expiry === 0) this.#endSession(session, now);
    // Kept for that long [MQTT-3.1.2-23].
    else if (expiry < NEVER)
      this.#sink.setTimer(BROKER_TIMER.sessionExpiry, session.index, after(now, expiry));
  }

  #expire(session: Session, now: Instant): void {
    this.counters.sessionsExpired++;
    this.#endSession(session, now); // [MQTT-4.1.0-2]
  }

  #endSession(session: Session, now: Instant): void {
    if (session.will !== undefined) this.#publishWill(session, now); // at the latest when the session ends
    this.#distribution.unsubscribeAll(session);
    this.#sink.cancelTimer(BROKER_TIMER.sessionExpiry, session.index);
    this.#sink.cancelTimer(BROKER_TIMER.willDelay, session.index);
    this.#sink.cancelTimer(BROKER_TIMER.retry, session.index);
    this.#byIndex[session.index] = undefined;
    this.#freeIndices.push(session.index);
    this.#sessions.delete(session.clientId);
  }

  #publishWill(session: Session, now: Instant): void {
    const { will } = session;
    session.will = undefined;
    this.#sink.cancelTimer(BROKER_TIMER.willDelay, session.index);
    this.#publish(will, session, now);
  }

  #publish(will: Will | undefined, session: Session, now: Instant): void {
    if (will === undefined || !this.#config.rules.publishesWill) return;
    this.counters.willsPublished++;
    this.counters.lastWillAt = now;
    this.#distribution.accept(this.#sink.willPublished(session.node, will, now), undefined, now);
  }

  #checkKeepAlive(connection: number, now: Instant): void {
    const session = this.#bySession[connection];
    if (session === undefined || session.terms.keepAlive === 0) return;
    const deadline = after(this.#lastReceived[connection] as number, this.#patience(session));
    if (deadline > now) {
      this.#sink.setTimer(BROKER_TIMER.keepAlive, connection, this.#nextLook(deadline));
      return;
    }
    this.counters.keepAliveTimeouts++;
    this.#endConnection(session, KEEP_ALIVE_TIMEOUT, now); // [MQTT-3.1.2-22]
  }

  /** The first instant from `deadline` on at which the broker looks. */
  #nextLook(deadline: Instant): Instant {
    const { keepAlivePolling } = this.#config;
    return keepAlivePolling === 0 ? deadline : Math.ceil(deadline / keepAlivePolling) * keepAlivePolling;
  }

  #patience(session: Session): number {
    return Math.round(session.terms.keepAlive * SECOND * this.#config.keepAliveFactor);
  }

  // Packets of connected clients

  #controlArrived(session: Session, connection: number, packet: ControlPacket, now: Instant): void {
    if (packet instanceof Subscribe) this.#responses.subscribe(session, packet, now);
    else if (packet instanceof Unsubscribe) this.#responses.unsubscribe(session, packet, now);
    else if (packet instanceof Disconnect) this.#disconnect(session, packet, now);
    else if (packet.type === PINGREQ)
      this.#sink.send(connection, PING_RESPONSE, now); // [MQTT-3.12.4-1]
    else if (packet instanceof Connect && session.terms.datagram) {
      this.#sendConnack(session, packet.fields, now); // the answer was lost
    } else {
      this.#endConnection(session, PROTOCOL_ERROR, now); // [MQTT-3.1.0-2]
    }
  }

  #disconnect(session: Session, packet: Disconnect, now: Instant): void {
    const { connection } = session;
    this.#sink.close(connection, now);
    this.#connectionEnded(connection, packet.reasonCode === DISCONNECT_WITH_WILL, now);
  }
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

/**
 * The MQTT client as a machine: connecting and reconnecting, keep alive, its session, and the application's
 * requests [MQTT 5.0 §3.1, §3.2, §3.12, §3.14, §4.1]. It is told the time and asks a sink for everything else.
 */
import { type Instant, NEVER, SECOND, after } from "../../src/kernel/index.js";
import type { Message, Will } from "../../src/trace/index.js";
import type { ClientConfig } from "./client-config.js";
import { ClientSubscriptions, type Completion } from "./client-subscriptions.js";
import { Acknowledgement } from "./packets/acknowledgement.js";
import { type Connack, Connect, Disconnect, EXPIRY_NEVER } from "./packets/connect.js";
import type { ControlPacket } from "./packets/control-packet.js";
import {
  CONNACK,
  DISCONNECT,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBREC,
  PUBREL,
  SUBACK,
  UNSUBACK,
} from "./packets/packet-type.js";
import { PING_REQUEST } from "./packets/ping.js";
import { Publish, type PublishRequest } from "./packets/publish.js";
import {
  DISCONNECT_WITH_WILL,
  PACKET_IDENTIFIER_NOT_FOUND,
  SUCCESS,
  isFailure,
} from "./packets/reason-code.js";
import { Suback, Subscribe, type SubscriptionRequest, type Unsuback, Unsubscribe } from "./packets/subscribe.js";
import { Receiver } from "./receiver.js";
import { Sender, type SenderSink, type SenderSnapshot } from "./sender.js";

/** Kinds of a client's timers. Those below `RETRY` belong to the life of the connection. */
export const CLIENT_TIMER = {
  connackTimeout: 0,
  keepAlive: 1,
  pingTimeout: 2,
  reconnect: 3,
  /** Over datagrams: CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ that are not answered. */
  controlRetry: 4,
  /** Over datagrams: PUBLISH and PUBREL that are not answered. */
  retry: 5,
} as const;

/** The client's only connection, as its sender sees it. */
const CONNECTION = 0;

/** What a client asks for. */
export interface ClientSink extends SenderSink {
  /** Open a channel to the broker. */
  open(now: Instant): void;
  /** End the channel in an orderly way, or at once. */
  close(now: Instant): void;
  abort(now: Instant): void;
  setTimer(kind: number, at: Instant): void;
  /** Set a timer to an instant drawn evenly from a range. */
  setTimerWithin(kind: number, earliest: Instant, latest: Instant): void;
  cancelTimer(kind: number): void;
  delivered(publish: Publish, now: Instant): void;
  subscribed(filter: string, grantedQos: number, now: Instant): void;
  /** The broker refused a filter. */
  refused(filter: string, reasonCode: number, now: Instant): void;
  /** CONNACK says that the connection is up. */
  connected(sessionPresent: boolean, now: Instant): void;
  /** The session is to end at `at`, by the protocol's rules, unless a connection takes it up before. */
  sessionEnds(at: Instant, now: Instant): void;
  /** The broker has no session of this client but a new one. */
  sessionLost(now: Instant): void;
}

export type ClientPhase =
  /** Not wanted: never started, or ended by the application. */
  | "disconnected"
  /** The channel is being opened. */
  | "opening"
  /** CONNECT is sent, CONNACK awaited. */
  | "connecting"
  | "connected"
  /** Until the next attempt. */
  | "waiting";

export class Client implements SenderSink {
  readonly #sink: ClientSink;
  readonly #config: ClientConfig;
  readonly #clientId: string;
  readonly #will: Will | undefined;
  readonly #willDelay: number;
  readonly #subscriptions: ClientSubscriptions;
  #phase: ClientPhase = "disconnected";
  #datagram = false;
  #sender: Sender | undefined;
  #receiver: Receiver | undefined;
  /** A CONNACK has come and the session has not ended since. */
  #hasSession = false;
  /** The next CONNECT asks for a clean start, whatever the configuration says. */
  #restart = false;
  #awaitsPingresp = false;
  /** Attempts that failed since the last CONNACK. */
  #failures = 0;
  /** Exchanges that may be unfinished at once on this connection. */
  #window = 0;
  /** Seconds that the session outlives this connection, as the broker granted it. */
  #sessionExpiry = 0;
  /** When the session ends; `NEVER` while connected. */
  #sessionEnds: Instant = NEVER;
  #lastSent: Instant = NEVER;
  #lastReceived: Instant = NEVER;

  constructor(
    sink: ClientSink,
    config: ClientConfig,
    clientId: string,
    will: Will | undefined,
    willDelay: number,
    subscriptions: readonly SubscriptionRequest[],
  ) {
    this.#sink = sink;
    this.#config = config;
    this.#clientId = clientId;
    this.#will = will;
    this.#willDelay = willDelay;
    this.#subscriptions = new ClientSubscriptions(subscriptions);
  }

  get phase(): ClientPhase {
    return this.#phase;
  }

  /** The application wants to be connected. */
  connect(now: Instant): void {
    if (this.#phase === "disconnected") this.#open(now);
  }

  /** The application says goodbye [MQTT-3.14.4-1]; with its will, the broker publishes that. */
  disconnect(withWill: boolean, now: Instant): void {
    if (this.#phase === "connected") {
      const { version } = this.#config;
      const reason = withWill && version === 5 ? DISCONNECT_WITH_WILL : SUCCESS;
      this.send(CONNECTION, new Disconnect(version, reason), now);
      this.#sink.close(now);
    } else if (this.#phase === "opening" || this.#phase === "connecting") {
      this.#sink.abort(now);
    }
    this.#connectionEnded(now);
    this.#sink.cancelTimer(CLIENT_TIMER.reconnect);
    this.#phase = "disconnected";
  }

  /** The process has died. A session that is not kept on disk is gone with it. */
  crashed(now: Instant): void {
    this.#connectionEnded(now);
    this.#phase = "disconnected";
    this.#failures = 0;
    if (this.#config.persistent) return;
    this.#hasSession = false;
    this.#sender = undefined;
    this.#receiver = undefined;
    this.#subscriptions.sessionLost();
  }

  /** The application publishes. `bytes` is the size of the PUBLISH packet. */
  publish(message: Message, flags: number, bytes: number, request: PublishRequest | undefined, now: Instant): void {
    if (message.stream.qos > 0) {
      this.#senderOf(now).offer(message, flags, bytes, request, now);
      return;
    }
    const publish = new Publish(message, 0, flags, bytes, request);
    if (this.#phase === "connected") {
      this.send(CONNECTION, publish, now);
      request?.finished(now);
    } else if (this.#config.queuesQos0) {
      this.#senderOf(now).enqueue(publish, now);
    } else {
      this.#sink.abandoned(publish, now);
    }
  }

  subscribe(request: SubscriptionRequest, completion: Completion | undefined, now: Instant): void {
    this.#subscriptions.want(request, completion);
    if (this.#phase !== "connected") return;
    this.#request(new Subscribe(this.#config.version, this.#identifier(), [request]), now);
  }

  unsubscribe(filter: string, completion: Completion | undefined, now: Instant): void {
    this.#subscriptions.unwant(filter, completion);
    if (this.#phase !== "connected") return;
    this.#request(new Unsubscribe(this.#config.version, this.#identifier(), [filter]), now);
  }

  /** The channel is ready: the first packet is CONNECT [MQTT-3.1.0-1]. */
  channelOpened(datagram: boolean, now: Instant): void {
    if (this.#phase !== "opening") return;
    this.#datagram = datagram;
    this.#phase = "connecting";
    if (now >= this.#sessionEnds) this.#forgetSession(this.#config.republishes, now);
    if (this.#config.cleanStart || this.#restart) this.#forgetSession(this.#config.republishes, now);
    this.send(CONNECTION, this.#connectPacket(), now);
    this.#retryControl(now);
  }

  channelClosed(now: Instant): void {
    if (this.#phase === "disconnected" || this.#phase === "waiting") return;
    this.#connectionEnded(now);
    this.#reconnectLater(now);
  }

  received(packet: ControlPacket, now: Instant): void {
    this.#lastReceived = now;
    if (this.#phase !== "connected") {
      if (this.#phase === "connecting" && packet.type === CONNACK) this.#connack(packet as Connack, now);
      else if (this.#phase === "connecting" && packet.type === DISCONNECT) this.#giveUp(now);
      return;
    }
    if (packet instanceof Publish) this.#publishArrived(packet, now);
    else if (packet instanceof Acknowledgement) this.#acknowledgementArrived(packet, now);
    else if (packet.type === PINGRESP) this.#pingresp(now);
    else if (packet.type === SUBACK || packet.type === UNSUBACK) this.#answered(packet as Suback | Unsuback, now);
    else if (packet.type === DISCONNECT) this.#giveUp(now);
  }

  timerFired(kind: number, now: Instant): void {
    switch (kind) {
      case CLIENT_TIMER.connackTimeout:
        if (this.#phase === "opening" || this.#phase === "connecting") this.#giveUp(now);
        return;
      case CLIENT_TIMER.keepAlive:
        if (this.#phase === "connected") this.#keepAlive(now);
        return;
      case CLIENT_TIMER.pingTimeout:
        if (this.#phase === "connected" && this.#awaitsPingresp) this.#giveUp(now);
        return;
      case CLIENT_TIMER.reconnect:
        if (this.#phase === "waiting") this.#open(now);
        return;
      case CLIENT_TIMER.controlRetry:
        this.#repeatControl(now);
        return;
      case CLIENT_TIMER.retry:
        this.#sender?.retryTimerFired(now);
        return;
      default:
        throw new Error(`no timer of kind ${kind}`);
    }
  }

  /** Unfinished exchanges, and messages that wait. */
  get inflight(): number {
    return this.#sender?.unfinished ?? 0;
  }

  get queued(): number {
    return this.#sender?.queued ?? 0;
  }

  /** Shows what the client has not got rid of, and what it has received and not handed on. */
  eachHeld(toSend: (publish: Publish) => void, toDeliver: (publish: Publish) => void): void {
    this.#sender?.eachHeld(toSend);
    if (this.#config.deliversQos2At === "pubrel") this.#receiver?.each(toDeliver);
  }

  snapshot(): ClientSnapshot {
    return {
      phase: this.#phase,
      hasSession: this.#hasSession,
      failures: this.#failures,
      wanted: this.#subscriptions.wanted.map(({ filter }) => filter),
      confirmed: this.#subscriptions.confirmed,
      sender: this.#sender?.snapshot(),
      awaitingPubrel: this.#receiver?.snapshot() ?? [],
    };
  }

  // Connecting

  #open(now: Instant): void {
    this.#phase = "opening";
    this.#sink.setTimer(CLIENT_TIMER.connackTimeout, after(now, this.#config.connackTimeout));
    this.#sink.open(now);
  }

  #connectPacket(): Connect {
    const { version, cleanStart, keepAlive, sessionExpiry, receiveMaximum } = this.#config;
    return new Connect({
      version,
      clientId: this.#clientId,
      cleanStart: cleanStart || this.#restart,
      keepAlive,
      sessionExpiry,
      receiveMaximum,
      will: this.#will,
      willDelay: this.#willDelay,
    });
  }

  #connack(connack: Connack, now: Instant): void {
    const { reasonCode, sessionPresent, sessionExpiry, receiveMaximum } = connack.fields;
    if (isFailure(reasonCode)) return this.#giveUp(now);
    if (sessionPresent && !this.#hasSession && this.#config.unknownSession === "restart") {
      this.#restart = true; // the broker's session is unknown here [MQTT-3.2.2-4]
      return this.#giveUp(now);
    }
    const resumed = sessionPresent || (this.#hasSession && !this.#config.rules.heedsSessionPresent);
    if (!resumed) {
      // The broker has no session, so neither has the client [MQTT-3.2.2-5].
      if (this.#hasSession) this.#forgetSession(this.#config.republishes, now);
      this.#subscriptions.sessionLost();
      this.#sink.sessionLost(now);
    }
    this.#phase = "connected";
    this.#hasSession = true;
    this.#restart = false;
    this.#failures = 0;
    this.#sessionExpiry = sessionExpiry ?? this.#config.sessionExpiry;
    this.#sessionEnds = NEVER;
    this.#sink.cancelTimer(CLIENT_TIMER.connackTimeout);
    if (this.#config.keepAlive > 0) {
      this.#sink.setTimer(CLIENT_TIMER.keepAlive, after(now, this.#config.keepAlive * SECOND));
    }
    this.#sink.connected(resumed, now);
    this.#resume(receiveMaximum, now);
  }

  #resume(receiveMaximum: number, now: Instant): void {
    const packets = this.#subscriptions.toSend(this.#config.version, () => this.#identifier());
    for (const packet of packets) this.send(CONNECTION, packet, now);
    const window = Math.min(receiveMaximum, this.#config.maxInflight);
    this.#window = window;
    this.#sender?.connected(CONNECTION, window, this.#datagram, now);
    this.#retryControl(now);
  }

  /** The connection is of no use: end it and try again later. */
  #giveUp(now: Instant): void {
    this.#sink.abort(now);
    this.#connectionEnded(now);
    this.#reconnectLater(now);
  }

  #connectionEnded(now: Instant): void {
    if (this.#phase === "connected") {
      const expiry = this.#sessionExpiry === EXPIRY_NEVER ? NEVER : this.#sessionExpiry * SECOND;
      this.#sessionEnds = this.#config.version === 5 ? after(now, expiry) : this.#config.cleanStart ? now : NEVER;
      this.#sink.sessionEnds(this.#sessionEnds, now);
    }
    this.#phase = "waiting";
    this.#awaitsPingresp = false;
    for (const packet of this.#subscriptions.pending ?? []) this.#sender?.returnIdentifier(packet.identifier);
    this.#subscriptions.disconnected();
    this.#sender?.disconnected();
    this.#receiver?.disconnected();
    this.#sink.cancelTimer(CLIENT_TIMER.connackTimeout);
    this.#sink.cancelTimer(CLIENT_TIMER.keepAlive);
    this.#sink.cancelTimer(CLIENT_TIMER.pingTimeout);
    this.#sink.cancelTimer(CLIENT_TIMER.controlRetry);
    if (this.#sessionEnds <= now) this.#forgetSession(this.#config.republishes, now);
  }

  /** The session's state is discarded [MQTT-3.1.2-4, MQTT-4.1.0-2]. What only waits in the queue is not part of it. */
  #forgetSession(republish: boolean, now: Instant): void {
    if (!this.#hasSession && this.#sender === undefined) return;
    this.#hasSession = false;
    this.#sessionEnds = NEVER;
    this.#receiver = undefined;
    this.#subscriptions.sessionLost();
    this.#sender?.abandonUnfinished(republish, now);
  }

  /** The n-th attempt in a row waits twice as long as the one before it, up to the limit. */
  #reconnectLater(now: Instant): void {
    const { reconnects, reconnectDelay, reconnectDelayMax, reconnectJitter } = this.#config;
    if (!reconnects) {
      this.#phase = "disconnected";
      return;
    }
    let delay = reconnectDelay;
    for (let n = 0; n < this.#failures && delay < reconnectDelayMax; n++) delay *= 2;
    delay = Math.min(delay, Math.max(reconnectDelay, reconnectDelayMax));
    this.#failures++;
    const earliest = after(now, Math.floor(delay * (1 - reconnectJitter)));
    this.#sink.setTimerWithin(CLIENT_TIMER.reconnect, earliest, after(now, delay));
  }

  // Keep alive

  /** Silent for the keep alive, in either direction: ask whether the broker is there [MQTT-3.1.2-20]. */
  #keepAlive(now: Instant): void {
    const due = this.#keepAliveDue();
    if (due > now) {
      this.#sink.setTimer(CLIENT_TIMER.keepAlive, due);
      return;
    }
    this.#awaitsPingresp = true;
    this.send(CONNECTION, PING_REQUEST, now);
    this.#sink.setTimer(CLIENT_TIMER.pingTimeout, after(now, this.#config.pingTimeout));
    this.#retryControl(now);
  }

  #keepAliveDue(): Instant {
    return after(Math.min(this.#lastSent, this.#lastReceived), this.#config.keepAlive * SECOND);
  }

  #pingresp(now: Instant): void {
    if (!this.#awaitsPingresp) return;
    this.#awaitsPingresp = false;
    this.#sink.cancelTimer(CLIENT_TIMER.pingTimeout);
    this.#sink.setTimer(CLIENT_TIMER.keepAlive, Math.max(now + 1, this.#keepAliveDue()));
  }

  // Messages

  #publishArrived(publish: Publish, now: Instant): void {
    if (publish.qos === 0) {
      this.#sink.delivered(publish, now);
    } else if (publish.qos === 1) {
      this.#sink.delivered(publish, now);
      this.send(CONNECTION, new Acknowledgement(PUBACK, publish.identifier, SUCCESS), now); // [MQTT-4.3.2-4]
    } else {
      this.#receiver ??= new Receiver(this.#config.rules);
      const isNew = this.#receiver.store(publish);
      if (isNew && this.#config.deliversQos2At === "publish") this.#sink.delivered(publish, now);
      this.send(CONNECTION, new Acknowledgement(PUBREC, publish.identifier, SUCCESS), now); // [MQTT-4.3.3-8]
    }
  }

  #acknowledgementArrived(packet: Acknowledgement, now: Instant): void {
    if (packet.type === PUBREL) this.#pubrel(packet.identifier, now);
    else this.#sender?.acknowledged(packet.type, packet.identifier, packet.reasonCode, now);
  }

  #pubrel(identifier: number, now: Instant): void {
    const stored = this.#receiver?.release(identifier);
    if (stored === undefined && !this.#config.rules.answersUnknownPubrel) return;
    if (stored !== undefined && this.#config.deliversQos2At === "pubrel") this.#sink.delivered(stored, now);
    const unknown = stored === undefined && this.#config.version === 5;
    const reason = unknown ? PACKET_IDENTIFIER_NOT_FOUND : SUCCESS;
    this.send(CONNECTION, new Acknowledgement(PUBCOMP, identifier, reason), now); // [MQTT-4.3.3-11]
  }

  #senderOf(now: Instant): Sender {
    if (this.#sender === undefined) {
      this.#sender = new Sender(this, this.#config, 0);
      for (const packet of this.#subscriptions.pending ?? []) this.#sender.reserve(packet.identifier);
      if (this.#phase === "connected") this.#sender.connected(CONNECTION, this.#window, this.#datagram, now);
    }
    return this.#sender;
  }

  // Subscriptions

  #request(packet: Subscribe | Unsubscribe, now: Instant): void {
    this.#subscriptions.sent(packet);
    this.send(CONNECTION, packet, now);
    this.#retryControl(now);
  }

  /** A packet identifier that nothing in flight uses [MQTT-2.2.1-3]. */
  #identifier(): number {
    if (this.#sender !== undefined) return this.#sender.reserveIdentifier();
    let identifier = 1;
    for (const packet of this.#subscriptions.pending ?? []) identifier = Math.max(identifier, packet.identifier + 1);
    return identifier;
  }

  #answered(packet: Suback | Unsuback, now: Instant): void {
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

  // Over datagrams: control packets that must be answered are sent again until they are.

  #retryControl(now: Instant): void {
    if (!this.#datagram || !this.#awaitsControl()) return;
    this.#sink.setTimer(CLIENT_TIMER.controlRetry, after(now, this.#config.retryInterval));
  }

  #awaitsControl(): boolean {
    return this.#phase === "connecting" || this.#awaitsPingresp || this.#subscriptions.pending !== undefined;
  }

  #repeatControl(now: Instant): void {
    if (this.#phase === "connecting") this.send(CONNECTION, this.#connectPacket(), now);
    if (this.#phase === "connected") {
      if (this.#awaitsPingresp) this.send(CONNECTION, PING_REQUEST, now);
      for (const packet of this.#subscriptions.pending ?? []) this.send(CONNECTION, packet, now);
    }
    this.#retryControl(now);
  }

  // What the sender asks for passes through here, because sending anything puts off the next PINGREQ.

  send(connection: number, packet: ControlPacket, now: Instant): void {
    this.#lastSent = now;
    this.#sink.send(connection, packet, now);
  }

  setRetryTimer(id: number, at: Instant): void {
    this.#sink.setRetryTimer(id, at);
  }

  completed(publish: Publish, now: Instant): void {
    this.#sink.completed(publish, now);
  }

  abandoned(publish: Publish, now: Instant): void {
    this.#sink.abandoned(publish, now);
  }

  dropped(publish: Publish, now: Instant): void {
    this.#sink.dropped(publish, now);
  }

  repeated(publish: Publish, now: Instant): void {
    this.#sink.repeated(publish, now);
  }
}

export interface ClientSnapshot {
  readonly phase: ClientPhase;
  readonly hasSession: boolean;
  readonly failures: number;
  readonly wanted: readonly string[];
  readonly confirmed: boolean;
  readonly sender: SenderSnapshot | undefined;
  /** Identifiers of QoS 2 messages received and not released. */
  readonly awaitingPubrel: readonly number[];
}

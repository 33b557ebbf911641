/**
 * The MQTT client as a machine: connecting and reconnecting, keep alive, saying goodbye [MQTT 5.0 §3.1, §3.2,
 * §3.12, §3.14]. What outlives a connection is in its session. The machine is told the time and asks a sink for
 * everything else.
 */
import { type Instant, NEVER, SECOND, after } from "../../src/kernel/index.js";
import { CONNECTION, CONNECTION_BITS, ClientSession, type SessionSnapshot } from "./client-session.js";
import { CLIENT_TIMER } from "./client-sink.js";
import type { Completion } from "./pending-requests.js";
import { Acknowledgement } from "./packets/acknowledgement.js";
import { type Connack, Connect, Disconnect, EXPIRY_NEVER } from "./packets/connect.js";
import type { ControlPacket } from "./packets/control-packet.js";
import { CONNACK, DISCONNECT, PINGRESP, SUBACK, UNSUBACK } from "./packets/packet-type.js";
import { PING_REQUEST } from "./packets/ping.js";
import { Publish } from "./packets/publish.js";
import { DISCONNECT_WITH_WILL, SUCCESS, isFailure } from "./packets/reason-code.js";
import type { Suback, SubscriptionRequest, Unsuback } from "./packets/subscribe.js";
import { stateDigest } from "./state-digest.js";

export type ClientPhase = (typeof PHASES)[number];

const PHASES = ["disconnected", "opening", "connecting", "connected", "waiting"] as const;

/** Not wanted: never started, or ended by the application. */
const DISCONNECTED = 0;
/** The channel is being opened. */
const OPENING = 1;
/** CONNECT is sent, CONNACK awaited. */
const CONNECTING = 2;
const CONNECTED = 3;
/** Until the next attempt. */
const WAITING = 4;

/** The next CONNECT asks for a clean start, whatever the configuration says. */
const RESTART = CONNECTION_BITS;
const AWAITS_PINGRESP = CONNECTION_BITS << 1;

/** What most clients never meet. */
interface Mishaps {
  /** Attempts that failed since the last CONNACK. */
  failures: number;
  /** Seconds that the session outlives this connection, where the broker granted others than were asked for. */
  granted: number | undefined;
  /** When the session ends, if it is to end without a connection. */
  sessionEnds: Instant | undefined;
  /** Only where that restarts the keep alive. */
  lastAcknowledged: Instant;
}

export class Client extends ClientSession {
  #mishaps: Mishaps | undefined;

  get phase(): ClientPhase {
    return PHASES[this.stage] as ClientPhase;
  }

  /** The application wants to be connected. */
  connect(now: Instant): void {
    if (this.stage === DISCONNECTED) this.open(now);
  }

  /** The application says goodbye, as the last thing on the connection [MQTT-3.14.4-1] [MQTT-3.14.4-2]. */
  disconnect(withWill: boolean, now: Instant): void {
    if (this.stage === CONNECTED) {
      const { version } = this.config;
      const reason = withWill && version === 5 ? DISCONNECT_WITH_WILL : SUCCESS;
      this.send(CONNECTION, new Disconnect(version, reason), now);
      this.sink.close(now);
    } else if (this.stage === OPENING || this.stage === CONNECTING) {
      this.sink.abort(now);
    }
    this.connectionEnded(now);
    this.stage = DISCONNECTED;
  }

  /** The process has died. A session that is not kept on disk is gone with it. */
  crashed(now: Instant): void {
    if (!this.config.persistent) this.vanish();
    this.connectionEnded(now);
    this.stage = DISCONNECTED;
    if (this.#mishaps !== undefined) this.#mishaps.failures = 0;
  }

  override subscribe(request: SubscriptionRequest, completion: Completion | undefined, now: Instant): void {
    super.subscribe(request, completion, now);
    this.retryControl(now);
  }

  override unsubscribe(filter: string, completion: Completion | undefined, now: Instant): void {
    super.unsubscribe(filter, completion, now);
    this.retryControl(now);
  }

  /** The channel is ready: the first packet is CONNECT [MQTT-3.1.0-1]. */
  channelOpened(datagram: boolean, now: Instant): void {
    if (this.stage !== OPENING) return;
    this.datagram = datagram;
    this.stage = CONNECTING;
    // A clean start discards the session on both sides [MQTT-3.1.2-4].
    if (this.config.cleanStart || this.is(RESTART) || this.hasExpired(now)) this.endSession(now);
    this.send(CONNECTION, this.connectPacket(), now);
    this.retryControl(now);
  }

  channelClosed(now: Instant): void {
    if (this.stage === DISCONNECTED || this.stage === WAITING) return;
    this.connectionEnded(now);
    this.reconnectLater(now);
  }

  received(packet: ControlPacket, now: Instant): void {
    if (this.config.keepAlive > 0) this.sink.heard(now);
    if (this.stage === CONNECTED) {
      if (packet instanceof Publish) {
        this.publishArrived(packet, now);
        return;
      }
      if (this.config.pingRestartsOn === "acknowledgements") this.acknowledgedSomething(now);
      if (packet instanceof Acknowledgement) this.acknowledgementArrived(packet, now);
      else if (packet.type === PINGRESP) this.pingresp(now);
      else if (packet.type === SUBACK || packet.type === UNSUBACK) {
        this.answered(packet as Suback | Unsuback, now);
      } else if (packet.type === DISCONNECT) this.giveUp(now);
    } else if (this.stage === CONNECTING) {
      // Whatever comes before CONNACK was meant for a session that is not known to be this one [MQTT-3.2.0-1].
      if (packet.type === CONNACK) this.connack(packet as Connack, now);
      else if (packet.type === DISCONNECT) this.giveUp(now);
    }
  }

  timerFired(kind: number, now: Instant): void {
    if (kind === CLIENT_TIMER.controlRetry) this.repeatControl(now);
    else if (kind === CLIENT_TIMER.retry) this.retryTimerFired(now);
    else this.lifeTimerFired(now);
  }

  /** What a timer means now, for the trace; undefined when it finds nothing to do. */
  timerName(kind: number, now: Instant): string | undefined {
    if (kind === CLIENT_TIMER.controlRetry) return this.awaitsControl() ? "control retry" : undefined;
    if (kind === CLIENT_TIMER.retry) return this.retryIsDue(now) ? "retry" : undefined;
    if (this.stage === WAITING) return "reconnect";
    if (this.stage !== CONNECTED) return "connack timeout";
    return this.is(AWAITS_PINGRESP) ? "ping timeout" : "keep alive";
  }

  snapshot(): ClientSnapshot {
    const session = this.sessionSnapshot();
    return {
      phase: this.phase,
      failures: this.#mishaps?.failures ?? 0,
      awaitsPingresp: this.is(AWAITS_PINGRESP),
      session,
    };
  }

  stateDigest(): number {
    return stateDigest(this.snapshot());
  }

  // Connecting

  private lifeTimerFired(now: Instant): void {
    if (this.stage === WAITING) this.open(now);
    else if (this.stage === OPENING || this.stage === CONNECTING) this.giveUp(now);
    else if (this.stage === CONNECTED && this.is(AWAITS_PINGRESP)) this.giveUp(now);
    else if (this.stage === CONNECTED) this.keepAlive(now);
  }

  private open(now: Instant): void {
    this.stage = OPENING;
    this.sink.setTimer(CLIENT_TIMER.life, after(now, this.config.connackTimeout));
    this.sink.open(now);
  }

  private connectPacket(): Connect {
    const { version, cleanStart, keepAlive, sessionExpiry, receiveMaximum, will } = this.config;
    const start = cleanStart || this.is(RESTART);
    return new Connect({
      version,
      clientId: this.sink.clientId,
      cleanStart: start,
      keepAlive,
      sessionExpiry,
      receiveMaximum,
      will,
      willDelay: will?.delay ?? 0,
    });
  }

  private connack(connack: Connack, now: Instant): void {
    const { reasonCode, sessionPresent, sessionExpiry, receiveMaximum } = connack.fields;
    if (isFailure(reasonCode)) return this.giveUp(now);
    const known = this.exists;
    if (sessionPresent && !known && this.config.unknownSession === "restart") {
      this.become(RESTART, true); // the broker's session means nothing here [MQTT-3.2.2-4]
      return this.giveUp(now);
    }
    const resumed = sessionPresent || (known && !this.config.rules.heedsSessionPresent);
    if (!resumed && known) this.endSession(now); // [MQTT-3.2.2-5]
    if (!resumed) this.subscriptionsLost();
    this.stage = CONNECTED;
    this.become(RESTART, false);
    this.#mishaps = undefined;
    if (sessionExpiry !== undefined) this.mishaps().granted = sessionExpiry;
    if (this.config.pingRestartsOn === "acknowledgements") this.mishaps().lastAcknowledged = now;
    if (this.config.keepAlive === 0) this.sink.cancelTimer(CLIENT_TIMER.life);
    else this.sink.setTimer(CLIENT_TIMER.life, after(now, this.config.keepAlive * SECOND));
    this.sink.connected(resumed, now);
    this.connected(receiveMaximum, now);
    this.retryControl(now);
  }

  /** The connection is of no use: end it and try again later. */
  private giveUp(now: Instant): void {
    this.sink.abort(now);
    this.connectionEnded(now);
    this.reconnectLater(now);
  }

  private connectionEnded(now: Instant): void {
    if (this.stage === CONNECTED) {
      const ends = after(now, this.outlives());
      if (ends < NEVER) this.mishaps().sessionEnds = ends;
      this.sink.sessionEnds(ends, now);
    }
    this.stage = WAITING;
    this.become(AWAITS_PINGRESP, false);
    this.disconnected();
    this.sink.cancelTimer(CLIENT_TIMER.life);
    this.sink.cancelTimer(CLIENT_TIMER.controlRetry);
    if (this.hasExpired(now)) this.endSession(now);
  }

  /** How long the session outlives its connection. In 3.1.1 only the broker knows, if it is not clean. */
  private outlives(): number {
    if (this.config.version === 4) return this.config.cleanStart ? 0 : NEVER;
    const expiry = this.#mishaps?.granted ?? this.config.sessionExpiry;
    return expiry === EXPIRY_NEVER ? NEVER : expiry * SECOND;
  }

  /** The session was to end without a connection, by now. */
  private hasExpired(now: Instant): boolean {
    return (this.#mishaps?.sessionEnds ?? NEVER) <= now;
  }

  private mishaps(): Mishaps {
    return (this.#mishaps ??= {
      failures: 0,
      granted: undefined,
      sessionEnds: undefined,
      lastAcknowledged: NEVER,
    });
  }

  private endSession(now: Instant): void {
    if (this.#mishaps !== undefined) this.#mishaps.sessionEnds = undefined;
    this.end(now);
  }

  /** The n-th attempt in a row waits twice as long as the one before it, up to the limit. */
  private reconnectLater(now: Instant): void {
    const { reconnects, reconnectDelay, reconnectDelayMax, reconnectJitter } = this.config;
    if (!reconnects) {
      this.stage = DISCONNECTED;
      return;
    }
    const mishaps = this.mishaps();
    let delay = reconnectDelay;
    for (let n = 0; n < mishaps.failures && delay < reconnectDelayMax; n++) delay *= 2;
    delay = Math.min(delay, Math.max(reconnectDelay, reconnectDelayMax));
    mishaps.failures++;
    const earliest = after(now, Math.floor(delay * (1 - reconnectJitter)));
    this.sink.setTimerWithin(CLIENT_TIMER.life, earliest, after(now, delay));
  }

  // Keep alive

  /** Silent for the keep alive, in either direction: ask whether the broker is there [MQTT-3.1.2-20]. */
  private keepAlive(now: Instant): void {
    const due = this.keepAliveDue();
    if (due > now) {
      this.sink.setTimer(CLIENT_TIMER.life, due);
      return;
    }
    this.become(AWAITS_PINGRESP, true);
    this.sink.pinging(now);
    this.send(CONNECTION, PING_REQUEST, now);
    this.sink.setTimer(CLIENT_TIMER.life, after(now, this.config.pingTimeout));
    this.retryControl(now);
  }

  private keepAliveDue(): Instant {
    const { pingRestartsOn, keepAlive } = this.config;
    const traffic = pingRestartsOn === "traffic";
    const last = traffic ? this.sink.silentSince() : (this.#mishaps?.lastAcknowledged ?? NEVER);
    return after(last, keepAlive * SECOND);
  }

  /** Any acknowledgement stands for the PINGRESP that is awaited. */
  private acknowledgedSomething(now: Instant): void {
    this.mishaps().lastAcknowledged = now;
    this.pingresp(now);
  }

  private pingresp(now: Instant): void {
    if (!this.is(AWAITS_PINGRESP)) return;
    this.become(AWAITS_PINGRESP, false);
    this.sink.setTimer(CLIENT_TIMER.life, Math.max(now + 1, this.keepAliveDue()));
  }

  // Over datagrams: control packets that must be answered are sent again until they are.

  private retryControl(now: Instant): void {
    if (!this.datagram || !this.awaitsControl()) return;
    this.sink.setTimer(CLIENT_TIMER.controlRetry, after(now, this.config.retryInterval));
  }

  private awaitsControl(): boolean {
    if (this.stage === CONNECTING) return true;
    return this.stage === CONNECTED && (this.is(AWAITS_PINGRESP) || this.awaitsAnswer);
  }

  private repeatControl(now: Instant): void {
    if (this.stage === CONNECTING) this.send(CONNECTION, this.connectPacket(), now);
    if (this.stage === CONNECTED) {
      if (this.is(AWAITS_PINGRESP)) this.send(CONNECTION, PING_REQUEST, now);
      this.repeatRequests(now);
    }
    this.retryControl(now);
  }

  // What the session asks for passes through here, because sending anything puts off the next PINGREQ.

  send(connection: number, packet: ControlPacket, now: Instant): void {
    if (this.config.keepAlive > 0) this.sink.sent(now);
    this.sink.send(connection, packet, now);
  }
}

export interface ClientSnapshot {
  readonly phase: ClientPhase;
  readonly failures: number;
  readonly awaitsPingresp: boolean;
  readonly session: SessionSnapshot;
}

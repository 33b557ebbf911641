/**
 * The sender's half of a session: QoS 1 and QoS 2 messages on their way to the other side [MQTT 5.0 §4.3, §4.4,
 * §4.6, §4.9]. Client and broker each have one towards the other.
 *
 * Packet identifiers are handed out in ascending order and never lap the oldest unfinished exchange, so order
 * of identifiers is order of sending. Messages that find the window full, or the connection gone, wait in a
 * bounded queue.
 */
import { type Instant, NEVER, after } from "../../src/kernel/index.js";
import type { Message } from "../../src/trace/index.js";
import { Exchanges, distance, following } from "./exchanges.js";
import { Acknowledgement } from "./packets/acknowledgement.js";
import { PUBACK, PUBCOMP, PUBREC, PUBREL } from "./packets/packet-type.js";
import { Publish, type PublishRequest } from "./packets/publish.js";
import { PACKET_IDENTIFIER_NOT_FOUND, SUCCESS, isFailure } from "./packets/reason-code.js";
import { PublishQueue } from "./publish-queue.js";
import { type SenderConfig, type SenderSink, ofOneShape } from "./sender-sink.js";
import { type ExchangeSnapshot, type SenderSnapshot, exchangeSnapshot, nameOf } from "./sender-snapshot.js";

/** From the oldest unfinished identifier to the next: somewhat fewer than there are, so that SUBSCRIBE finds one. */
const SPAN_MAX = 65_000;
/** What the twin that reuses identifiers makes do with. */
const FEW_IDENTIFIERS = 4;
const OFFLINE = -1;

export class Sender {
  readonly #sink: SenderSink;
  readonly #config: SenderConfig;
  readonly #id: number;
  readonly #exchanges: Exchanges = new Exchanges();
  #connection = OFFLINE;
  #window = 0; // exchanges that may be unfinished at once: the other side's receive maximum
  /** The connection loses packets, so unanswered ones are sent again after a while. */
  #retries = false;
  #retryTimerSet = false;
  /** Exchanges that are not finished. */
  unfinished = 0;
  /** Those of them that this connection has carried; never above the window where acknowledgements refill it. */
  #outstanding = 0;
  /** Unfinished exchanges and waiting messages that go one by one before anything new; 0: everything goes. */
  #backlog = 0;
  /** Identifiers: of the oldest exchange; of the first not sent on this connection; to be given out next. */
  #oldest: number;
  #cursor: number;
  #next: number;
  /** Identifiers in use by SUBSCRIBE and UNSUBSCRIBE. */
  #reserved: number[] | undefined;
  #queue: PublishQueue | undefined;

  constructor(sink: SenderSink, config: SenderConfig, id: number, firstIdentifier: number) {
    this.#sink = sink;
    this.#config = ofOneShape(config);
    this.#id = id;
    this.#oldest = this.#cursor = this.#next = firstIdentifier;
  }

  get queued(): number {
    return this.#queue === undefined ? 0 : this.#queue.length;
  }

  /** Sends a QoS 1 or 2 message, now or when the window and the connection allow it. */
  offer(
    message: Message,
    flags: number,
    bytes: number,
    request: PublishRequest | undefined,
    now: Instant,
  ): void {
    if (this.queued === 0 && this.#mayTransmit()) {
      this.#transmit(new Publish(message, this.#takeIdentifier(), flags, bytes, request), now);
    } else {
      this.enqueue(new Publish(message, 0, flags, bytes, request), now);
    }
  }

  /** Puts a PUBLISH of any QoS at the end of the queue. A full queue drops its newest or its oldest. */
  enqueue(publish: Publish, now: Instant): void {
    const { dropsOldest } = this.#config;
    this.#queue ??= new PublishQueue();
    if (this.#hasRoom(this.#queue.length)) {
      this.#queue.push(publish);
      return;
    }
    const oldest = dropsOldest ? this.#queue.shift() : undefined;
    if (oldest !== undefined) this.#queue.push(publish);
    this.#drop(oldest ?? publish, now);
  }

  /** What was unfinished or waiting when the connection came up is still being sent, one by one. */
  get catchingUp(): boolean {
    return this.#backlog > 0;
  }

  /** A connection carries the session from now on. */
  connected(connection: number, window: number, retries: boolean, now: Instant): void {
    const { rules } = this.#config;
    this.#connection = connection;
    this.#window = rules.keepsToWindow ? window : SPAN_MAX;
    this.#retries = retries || rules.resendsWithinConnection;
    this.#outstanding = 0;
    this.#cursor = this.#oldest;
    if (!rules.resendsOnResume) this.abandonUnfinished(false, now);
    if (!rules.resendsInOrder) this.#exchanges.reverse(this.#oldest, this.#next);
    if (this.#config.resendsOneByOne) {
      this.eachHeld(({ qos }) => (this.#backlog += Math.min(qos, 1)));
    }
    this.#pump(now);
  }

  disconnected(): void {
    this.#connection = OFFLINE;
    this.#backlog = 0;
    this.#retryTimerSet = false;
  }

  /** PUBACK, PUBREC or PUBCOMP has arrived. */
  acknowledged(type: number, identifier: number, reasonCode: number, now: Instant): void {
    const publish = this.#exchanges.in(identifier);
    if (publish === undefined || publish.identifier !== identifier) {
      if (type === PUBREC) this.#release(identifier, PACKET_IDENTIFIER_NOT_FOUND, now);
      return;
    }
    const { awaiting } = publish;
    if (type === PUBREC && awaiting !== PUBACK) {
      this.#recorded(publish, awaiting === PUBREC, reasonCode, now);
    } else if (type === awaiting) {
      this.#finish(identifier);
      if (type === PUBACK && isFailure(reasonCode)) this.#sink.abandoned(publish, now);
      else this.#sink.completed(publish, now);
      if (this.#config.refills) this.#refill(now);
      else this.#pump(now);
    }
  }

  /** Over datagrams: sends again what has waited for an answer for the retry interval, in order of sending. */
  retryTimerFired(now: Instant): void {
    this.#retryTimerSet = false;
    if (this.#connection === OFFLINE || !this.#retries) return;
    const { retryInterval } = this.#config;
    let earliest = NEVER;
    for (let id = this.#oldest; id !== this.#cursor; id = following(id)) {
      const publish = this.#exchanges.in(id);
      if (publish === undefined) continue;
      const due = after(publish.sentAt, retryInterval);
      if (due <= now) this.#resend(publish, now);
      earliest = Math.min(earliest, due <= now ? after(now, retryInterval) : due);
      if (due > now && publish.inFirstSending) break; // and so everything after it was sent later
    }
    if (earliest < NEVER) this.#setRetryTimer(earliest);
  }

  /** Whether the retry timer, firing now, finds something that has waited for too long. */
  retryIsDue(now: Instant): boolean {
    if (this.#connection === OFFLINE || !this.#retries) return false;
    for (let id = this.#oldest; id !== this.#cursor; id = following(id)) {
      const publish = this.#exchanges.in(id);
      if (publish === undefined) continue;
      if (after(publish.sentAt, this.#config.retryInterval) <= now) return true;
      if (publish.inFirstSending) return false;
    }
    return false;
  }

  /**
   * The session has ended: what it had in flight is abandoned or, if `republish`, put back at the head of the
   * queue to be sent as new. A message that PUBREC has passed on is never sent again [MQTT-4.3.3-6].
   */
  abandonUnfinished(republish: boolean, now: Instant): void {
    const queue = new PublishQueue();
    const abandoned: Publish[] = [];
    for (let id = this.#oldest; id !== this.#next; id = following(id)) {
      const publish = this.#exchanges.in(id);
      if (publish === undefined) continue;
      if (republish && publish.awaiting !== PUBCOMP) queue.push(publish.anew());
      else abandoned.push(publish);
      this.#exchanges.clear(id);
    }
    for (let waiting = this.#queue?.shift(); waiting !== undefined; waiting = this.#queue?.shift()) {
      queue.push(waiting);
    }
    this.#queue = queue;
    this.unfinished = 0;
    this.#outstanding = 0;
    this.#oldest = this.#next;
    this.#cursor = this.#next;
    for (const publish of abandoned) this.#sink.abandoned(publish, now);
  }

  /** An identifier for a SUBSCRIBE or UNSUBSCRIBE, in use until it is given back [MQTT-2.2.1-3]. */
  reserveIdentifier(): number {
    const identifier = this.#takeIdentifier();
    this.reserve(identifier);
    return identifier;
  }

  /** Marks an identifier as used by a SUBSCRIBE or UNSUBSCRIBE. */
  reserve(identifier: number): void {
    this.#reserved ??= [];
    this.#reserved.push(identifier);
  }

  returnIdentifier(identifier: number): void {
    const rest = this.#reserved?.filter((reserved) => reserved !== identifier);
    this.#reserved = rest === undefined || rest.length === 0 ? undefined : rest;
  }

  /** Shows every message that is not known to have arrived: in flight first, then queued. */
  eachHeld(visit: (publish: Publish) => void): void {
    for (let id = this.#oldest; id !== this.#next; id = following(id)) {
      const publish = this.#exchanges.in(id);
      if (publish !== undefined) visit(publish);
    }
    for (let n = 0; n < this.queued; n++) visit(this.#queue?.at(n) as Publish);
  }

  snapshot(): SenderSnapshot {
    const inflight: ExchangeSnapshot[] = [];
    const queued: string[] = [];
    this.eachHeld((publish) => {
      if (publish.identifier === 0) queued.push(nameOf(publish));
      else inflight.push(exchangeSnapshot(publish));
    });
    const backlog = this.#backlog;
    const [window, outstanding] = [this.#window, this.#outstanding];
    return { next: this.#next, inflight, queued, window, outstanding, backlog };
  }

  #limit(): number {
    return this.#backlog > 0 ? 1 : this.#window;
  }

  #mayTransmit(): boolean {
    return (
      this.#connection !== OFFLINE &&
      this.#outstanding < this.#limit() && // [MQTT-3.3.4-7] [MQTT-3.3.4-9] [MQTT-4.9.0-2]
      this.#cursor === this.#next &&
      (this.unfinished === 0 || distance(this.#oldest, this.#next) < SPAN_MAX)
    );
  }

  /** Whether one more message may wait. A window's worth in flight does not count while there is a connection. */
  #hasRoom(queued: number): boolean {
    const { maxQueued, queueCountsAll } = this.#config;
    if (!queueCountsAll) return queued < maxQueued;
    const inFlight = this.#connection === OFFLINE ? 0 : this.#window;
    return this.unfinished + queued < maxQueued + inFlight;
  }

  /** An acknowledgement lets a whole window of waiting messages go, whatever is in flight. */
  #refill(now: Instant): void {
    const queue = this.#queue;
    for (let n = 0; n < this.#window && queue !== undefined && queue.length > 0; n++) {
      const span = this.unfinished === 0 ? 0 : distance(this.#oldest, this.#next);
      if (this.#connection === OFFLINE || this.#cursor !== this.#next || span >= SPAN_MAX) return;
      this.#sendHead(queue, queue.headQos, now);
    }
  }

  /** The next identifier: not zero, and in use by nobody [MQTT-2.2.1-3]. */
  #takeIdentifier(): number {
    if (this.#next > FEW_IDENTIFIERS && !this.#config.rules.takesUnusedIdentifiers) {
      this.#oldest = this.#cursor = this.#next = 1;
    }
    let identifier = this.#next;
    while (identifier === 0 || this.#reserved?.includes(identifier) === true)
      identifier = following(identifier);
    const allSent = this.#cursor === this.#next;
    if (this.unfinished === 0) this.#oldest = identifier;
    this.#next = following(identifier);
    if (allSent) this.#cursor = this.#next;
    return identifier;
  }

  /** Sends a PUBLISH for the first time. It is unacknowledged from now on [MQTT-4.3.2-3] [MQTT-4.3.3-3]. */
  #transmit(publish: Publish, now: Instant): void {
    this.#exchanges.fit(distance(this.#oldest, this.#next));
    if (this.#exchanges.in(publish.identifier) === undefined) {
      this.unfinished++;
      this.#countCarried();
    }
    publish.await(publish.qos === 1 ? PUBACK : PUBREC, now);
    this.#exchanges.put(publish);
    this.#sink.send(this.#connection, publish, now);
    if (this.#retries) this.#setRetryTimer(after(now, this.#config.retryInterval));
  }

  #countCarried(): void {
    if (!this.#config.refills || this.#outstanding < this.#window) this.#outstanding++;
  }

  /**
   * PUBREC: the receiver owns the message; from now on only PUBREL is sent [MQTT-4.3.3-4] [MQTT-4.3.3-6], at
   * once and so in order [MQTT-4.6.0-4].
   */
  #recorded(publish: Publish, first: boolean, reasonCode: number, now: Instant): void {
    const { identifier } = publish;
    if (isFailure(reasonCode)) {
      if (!first) return;
      this.#finish(identifier); // refused, and never sent again [MQTT-4.4.0-2]
      this.#sink.abandoned(publish, now);
      this.#pump(now);
      return;
    }
    publish.await(PUBCOMP, now); // unacknowledged until PUBCOMP [MQTT-4.3.3-5]
    this.#release(identifier, SUCCESS, now);
    if (this.#config.rules.completesQos2At === "pubcomp") return;
    this.#finish(identifier);
    this.#sink.completed(publish, now);
    this.#pump(now);
  }

  #release(identifier: number, reasonCode: number, now: Instant, again = false): void {
    if (this.#connection === OFFLINE) return;
    const reason = this.#config.version === 5 ? reasonCode : SUCCESS;
    this.#sink.send(this.#connection, new Acknowledgement(PUBREL, identifier, reason, again), now);
  }

  #finish(identifier: number): void {
    const carried = distance(this.#oldest, identifier) < distance(this.#oldest, this.#cursor);
    if (carried) this.#outstanding = Math.max(0, this.#outstanding - 1);
    this.#backlog = Math.max(0, this.#backlog - 1);
    this.#exchanges.clear(identifier);
    this.unfinished--;
    while (this.#oldest !== this.#next && this.#exchanges.in(this.#oldest) === undefined) {
      if (this.#cursor === this.#oldest) this.#cursor = following(this.#cursor);
      this.#oldest = following(this.#oldest);
    }
  }

  /** Sends what the window allows: first what an earlier connection left unfinished, then what is queued. */
  #pump(now: Instant): void {
    if (this.#cursor !== this.#next) this.#resume(now);
    const queue = this.#queue;
    if (queue === undefined) return;
    for (let qos = queue.headQos; qos >= 0; qos = queue.headQos) {
      if (qos === 0 ? this.#connection === OFFLINE : !this.#mayTransmit()) return;
      this.#sendHead(queue, qos, now);
    }
  }

  #sendHead(queue: PublishQueue, qos: number, now: Instant): void {
    const publish = queue.shift(qos === 0 ? 0 : this.#takeIdentifier()) as Publish;
    if (qos > 0) {
      this.#transmit(publish, now);
    } else {
      this.#sink.send(this.#connection, publish, now);
      publish.request?.finished(now);
    }
  }

  /** On a new connection: unfinished PUBLISH and PUBREL packets [MQTT-4.4.0-1] in their first order [MQTT-4.6.0-1]. */
  #resume(now: Instant): void {
    if (this.#connection === OFFLINE) return;
    for (; this.#cursor !== this.#next; this.#cursor = following(this.#cursor)) {
      const publish = this.#exchanges.in(this.#cursor);
      if (publish === undefined) continue;
      const waits = publish.awaiting !== PUBCOMP && !this.#config.refills;
      if ((waits || this.#backlog > 0) && this.#outstanding >= this.#limit()) return;
      this.#countCarried();
      this.#resend(publish, now);
      if (this.#retries) this.#setRetryTimer(after(now, this.#config.retryInterval));
    }
  }

  #resend(publish: Publish, now: Instant): void {
    if (publish.awaiting === PUBCOMP) {
      publish.await(PUBCOMP, now);
      this.#release(publish.identifier, SUCCESS, now, true);
      return;
    }
    // It may have arrived before, so DUP [MQTT-3.3.1-1].
    const again = publish.dup || !this.#config.rules.marksRepeats ? publish : publish.repeated();
    again.await(publish.awaiting, now);
    this.#exchanges.put(again);
    this.#sink.repeated(again, now);
    this.#sink.send(this.#connection, again, now);
  }

  /** One timer for all: set to the earliest deadline, and left alone when an answer comes in time. */
  #setRetryTimer(at: Instant): void {
    if (this.#retryTimerSet) return;
    this.#retryTimerSet = true;
    this.#sink.setRetryTimer(this.#id, at);
  }

  #drop(publish: Publish, now: Instant): void {
    this.#sink.dropped(publish, now);
    if (this.#config.rules.reportsDropped) this.#sink.abandoned(publish, now);
    else this.#sink.completed(publish, now);
  }
}

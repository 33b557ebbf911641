/**
 * The sender's half of a session: QoS 1 and QoS 2 messages on their way to the other side [MQTT 5.0 §4.3, §4.4,
 * §4.6, §4.9]. Client and broker each have one towards the other.
 *
 * Packet identifiers are handed out in ascending order and never lap the oldest unfinished exchange. Order of
 * identifiers is therefore order of sending, and unfinished exchanges lie in a ring: identifier n in slot
 * n mod capacity. Messages that find the window full, or the connection gone, wait in a bounded queue.
 */
import { type Instant, NEVER, after } from "../../src/kernel/index.js";
import type { Message } from "../../src/trace/index.js";
import { Acknowledgement } from "./packets/acknowledgement.js";
import type { ControlPacket } from "./packets/control-packet.js";
import { PUBACK, PUBCOMP, PUBREC, PUBREL, type Version } from "./packets/packet-type.js";
import { Publish, type PublishRequest } from "./packets/publish.js";
import { PACKET_IDENTIFIER_NOT_FOUND, SUCCESS, isFailure } from "./packets/reason-code.js";
import { PublishQueue } from "./publish-queue.js";
import type { MqttRules } from "./rules.js";

/** What a sender asks for. `id` is the number that its owner gave it. */
export interface SenderSink {
  send(connection: number, packet: ControlPacket, now: Instant): void;
  /** Fire the retry timer of `id` at `at`. */
  setRetryTimer(id: number, at: Instant): void;
  /** The other side has taken the message over (PUBACK, PUBCOMP). */
  completed(publish: Publish, now: Instant): void;
  /** The message is refused or abandoned. */
  abandoned(publish: Publish, now: Instant): void;
  /** The queue was full; `abandoned` follows. */
  dropped(publish: Publish, now: Instant): void;
  /** A PUBLISH goes out again, with DUP. */
  repeated(publish: Publish, now: Instant): void;
}

export interface SenderConfig {
  readonly version: Version;
  /** Over datagrams: how long to wait for an acknowledgement before sending again. */
  readonly retryInterval: number;
  readonly maxQueued: number;
  readonly dropsOldest: boolean;
  readonly rules: MqttRules;
}

/** Identifiers from the oldest unfinished one to the next: some fewer than there are, so that SUBSCRIBE finds one. */
const SPAN_MAX = 65_000;
const CAPACITY_FIRST = 8;
const NOTHING = 0;
const OFFLINE = -1;
const NO_PACKETS: (Publish | undefined)[] = [];
const NO_NUMBERS: number[] = [];

export class Sender {
  readonly #sink: SenderSink;
  readonly #config: SenderConfig;
  readonly #id: number;
  #connection = OFFLINE;
  /** Exchanges that may be unfinished at once: the other side's receive maximum. */
  #window = 0;
  /** The connection loses packets, so unanswered ones are sent again after a while. */
  #retries = false;
  #retryTimerSet = false;

  /** What the exchange in each slot will send again: a PUBLISH, or once PUBREC has come the PUBREL for it. */
  #packets: (Publish | undefined)[] = NO_PACKETS;
  /** Type of the packet that the exchange in each slot waits for. */
  #awaiting: number[] = NO_NUMBERS;
  #sentAt: Instant[] = NO_NUMBERS;
  /** Exchanges in slots. */
  #unfinished = 0;
  /** Those of them that this connection has carried. */
  #outstanding = 0;
  /** Identifiers: of the oldest exchange; of the first not sent on this connection; to be given out next. */
  #oldest = 1;
  #cursor = 1;
  #next = 1;
  /** Identifiers in use by SUBSCRIBE and UNSUBSCRIBE. */
  #reserved: number[] | undefined;
  #queue: PublishQueue | undefined;

  constructor(sink: SenderSink, config: SenderConfig, id: number) {
    this.#sink = sink;
    this.#config = config;
    this.#id = id;
  }

  /** Exchanges that are not finished. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** Exchanges that count against the window of this connection. */
  get outstanding(): number {
    return this.#outstanding;
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
    const { maxQueued, dropsOldest } = this.#config;
    this.#queue ??= new PublishQueue();
    if (this.#queue.length < maxQueued) {
      this.#queue.push(publish);
      return;
    }
    const oldest = dropsOldest ? this.#queue.shift() : undefined;
    if (oldest === undefined) {
      this.#drop(publish, now);
    } else {
      this.#drop(oldest, now);
      this.#queue.push(publish);
    }
  }

  /** A connection carries the session from now on. */
  connected(connection: number, window: number, retries: boolean, now: Instant): void {
    this.#connection = connection;
    this.#window = this.#config.rules.keepsToWindow ? window : SPAN_MAX;
    this.#retries = retries || this.#config.rules.resendsWithinConnection;
    this.#outstanding = 0;
    this.#cursor = this.#oldest;
    if (!this.#config.rules.resendsOnResume) this.abandonUnfinished(false, now);
    if (!this.#config.rules.resendsInOrder) this.#reverseUnfinished();
    this.#pump(now);
  }

  disconnected(): void {
    this.#connection = OFFLINE;
    this.#retryTimerSet = false;
  }

  /** PUBACK, PUBREC or PUBCOMP has arrived. */
  acknowledged(type: number, identifier: number, reasonCode: number, now: Instant): void {
    const slot = identifier & (this.#packets.length - 1);
    const publish = this.#packets[slot];
    if (publish === undefined || publish.identifier !== identifier) {
      if (type === PUBREC) this.#release(identifier, PACKET_IDENTIFIER_NOT_FOUND, now);
      return;
    }
    const awaiting = this.#awaiting[slot] as number;
    if (type === PUBREC && awaiting !== PUBACK) {
      this.#recorded(publish, slot, reasonCode, now);
    } else if (type === awaiting) {
      this.#finish(slot, identifier);
      if (isFailure(reasonCode) && type === PUBACK) this.#sink.abandoned(publish, now);
      else this.#sink.completed(publish, now);
      this.#pump(now);
    }
  }

  /** Over datagrams: sends again what has waited for an answer for the retry interval. */
  retryTimerFired(now: Instant): void {
    this.#retryTimerSet = false;
    if (this.#connection === OFFLINE || !this.#retries) return;
    let earliest = NEVER;
    for (let id = this.#oldest; id !== this.#cursor; id = (id + 1) & 0xffff) {
      const slot = id & (this.#packets.length - 1);
      if (this.#packets[slot] === undefined) continue;
      if (after(this.#sentAt[slot] as number, this.#config.retryInterval) <= now) this.#resend(slot, now);
      const due = after(this.#sentAt[slot] as number, this.#config.retryInterval);
      if (due < earliest) earliest = due;
    }
    if (earliest < NEVER) this.#setRetryTimer(earliest);
  }

  /**
   * The session has ended: what it had in flight is abandoned or, if `republish`, put back at the head of the
   * queue to be sent as new. A message that PUBREC has passed on is never sent again [MQTT-4.3.3-6].
   */
  abandonUnfinished(republish: boolean, now: Instant): void {
    const queue = new PublishQueue();
    const abandoned: Publish[] = [];
    for (let id = this.#oldest; id !== this.#next; id = (id + 1) & 0xffff) {
      const slot = id & (this.#packets.length - 1);
      const publish = this.#packets[slot];
      if (publish === undefined) continue;
      if (republish && this.#awaiting[slot] !== PUBCOMP) queue.push(publish.anew());
      else abandoned.push(publish);
      this.#packets[slot] = undefined;
    }
    for (let waiting = this.#queue?.shift(); waiting !== undefined; waiting = this.#queue?.shift()) {
      queue.push(waiting);
    }
    this.#queue = queue;
    this.#unfinished = 0;
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
    for (let id = this.#oldest; id !== this.#next; id = (id + 1) & 0xffff) {
      const publish = this.#packets[id & (this.#packets.length - 1)];
      if (publish !== undefined) visit(publish);
    }
    for (let n = 0; n < this.queued; n++) visit(this.#queue?.at(n) as Publish);
  }

  snapshot(): SenderSnapshot {
    const inflight: SenderSnapshot["inflight"][number][] = [];
    for (let id = this.#oldest; id !== this.#next; id = (id + 1) & 0xffff) {
      const slot = id & (this.#packets.length - 1);
      const publish = this.#packets[slot];
      if (publish === undefined) continue;
      const awaiting = AWAITED[this.#awaiting[slot] as number] ?? "nothing";
      inflight.push({ identifier: id, message: nameOf(publish), awaiting });
    }
    const queued: string[] = [];
    for (let n = 0; n < this.queued; n++) queued.push(nameOf(this.#queue?.at(n) as Publish));
    return { inflight, queued, window: this.#window, outstanding: this.#outstanding };
  }

  #mayTransmit(): boolean {
    return (
      this.#connection !== OFFLINE &&
      this.#outstanding < this.#window && // [MQTT-3.3.4-7, MQTT-3.3.4-9]
      this.#cursor === this.#next &&
      (this.#unfinished === 0 || ((this.#next - this.#oldest) & 0xffff) < SPAN_MAX)
    );
  }

  /** The next identifier: not zero [MQTT-2.2.1-2 ff.], in use by nobody [MQTT-2.2.1-3]. */
  #takeIdentifier(): number {
    let identifier = this.#next;
    if (identifier > 4 && !this.#config.rules.takesUnusedIdentifiers) {
      identifier = 1;
      this.#oldest = 1;
      this.#cursor = 1;
      this.#next = 1;
    }
    while (identifier === 0 || this.#reserved?.includes(identifier) === true) {
      identifier = (identifier + 1) & 0xffff;
    }
    const allSent = this.#cursor === this.#next;
    if (this.#unfinished === 0) this.#oldest = identifier;
    this.#next = (identifier + 1) & 0xffff;
    if (allSent) this.#cursor = this.#next;
    return identifier;
  }

  /** Sends a PUBLISH for the first time and keeps it until it is acknowledged [MQTT-4.3.2-3, MQTT-4.3.3-3]. */
  #transmit(publish: Publish, now: Instant): void {
    if (((this.#next - this.#oldest) & 0xffff) > this.#packets.length) this.#grow();
    const slot = publish.identifier & (this.#packets.length - 1);
    if (this.#packets[slot] === undefined) {
      this.#unfinished++;
      this.#outstanding++;
    }
    this.#packets[slot] = publish;
    this.#awaiting[slot] = publish.qos === 1 ? PUBACK : PUBREC;
    this.#sentAt[slot] = now;
    this.#sink.send(this.#connection, publish, now);
    if (this.#retries) this.#setRetryTimer(after(now, this.#config.retryInterval));
  }

  /** PUBREC: the receiver owns the message; from here on only PUBREL is sent [MQTT-4.3.3-4, MQTT-4.3.3-6]. */
  #recorded(publish: Publish, slot: number, reasonCode: number, now: Instant): void {
    const identifier = publish.identifier;
    if (isFailure(reasonCode)) {
      if (this.#awaiting[slot] !== PUBREC) return;
      this.#finish(slot, identifier); // counts as acknowledged, with bad news [MQTT-4.4.0-2]
      this.#sink.abandoned(publish, now);
      this.#pump(now);
      return;
    }
    this.#awaiting[slot] = PUBCOMP;
    this.#sentAt[slot] = now;
    this.#release(identifier, SUCCESS, now);
    if (this.#config.rules.completesQos2At === "pubrec") {
      this.#finish(slot, identifier);
      this.#sink.completed(publish, now);
      this.#pump(now);
    }
  }

  #release(identifier: number, reasonCode: number, now: Instant): void {
    if (this.#connection === OFFLINE) return;
    const reason = this.#config.version === 5 ? reasonCode : SUCCESS;
    this.#sink.send(this.#connection, new Acknowledgement(PUBREL, identifier, reason), now);
  }

  #finish(slot: number, identifier: number): void {
    const carried = ((identifier - this.#oldest) & 0xffff) < ((this.#cursor - this.#oldest) & 0xffff);
    if (carried) this.#outstanding--;
    this.#packets[slot] = undefined;
    this.#awaiting[slot] = NOTHING;
    this.#unfinished--;
    const mask = this.#packets.length - 1;
    while (this.#oldest !== this.#next && this.#packets[this.#oldest & mask] === undefined) {
      if (this.#cursor === this.#oldest) this.#cursor = (this.#cursor + 1) & 0xffff;
      this.#oldest = (this.#oldest + 1) & 0xffff;
    }
  }

  /** Sends what the window allows: first what an earlier connection left unfinished, then what is queued. */
  #pump(now: Instant): void {
    if (this.#cursor !== this.#next) this.#resume(now);
    const queue = this.#queue;
    if (queue === undefined) return;
    while (queue.length > 0 && (queue.at(0)?.qos === 0 ? this.#connection !== OFFLINE : this.#mayTransmit())) {
      const publish = queue.shift() as Publish;
      if (publish.qos === 0) this.#sendUnacknowledged(publish, now);
      else this.#transmit(publish.identified(this.#takeIdentifier()), now);
    }
  }

  #sendUnacknowledged(publish: Publish, now: Instant): void {
    this.#sink.send(this.#connection, publish, now);
    publish.request?.finished(now);
  }

  /** On a new connection: unfinished PUBLISH and PUBREL in their first order [MQTT-4.4.0-1, MQTT-4.6.0-1, -4]. */
  #resume(now: Instant): void {
    if (this.#connection === OFFLINE) return;
    for (; this.#cursor !== this.#next; this.#cursor = (this.#cursor + 1) & 0xffff) {
      const slot = this.#cursor & (this.#packets.length - 1);
      if (this.#packets[slot] === undefined) continue;
      if (this.#awaiting[slot] !== PUBCOMP && this.#outstanding >= this.#window) return;
      this.#outstanding++;
      this.#resend(slot, now);
      if (this.#retries) this.#setRetryTimer(after(now, this.#config.retryInterval));
    }
  }

  #resend(slot: number, now: Instant): void {
    const publish = this.#packets[slot] as Publish;
    this.#sentAt[slot] = now;
    if (this.#awaiting[slot] === PUBCOMP) {
      this.#release(publish.identifier, SUCCESS, now);
      return;
    }
    // Sent before, so DUP [MQTT-3.3.1-1].
    const again = publish.dup || !this.#config.rules.marksRepeats ? publish : publish.repeated();
    this.#packets[slot] = again;
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

  #grow(): void {
    const capacity = Math.max(CAPACITY_FIRST, 2 * this.#packets.length);
    const packets: (Publish | undefined)[] = [];
    const awaiting: number[] = [];
    const sentAt: Instant[] = [];
    for (let slot = 0; slot < capacity; slot++) {
      packets.push(undefined);
      awaiting.push(NOTHING);
      sentAt.push(NEVER);
    }
    this.#packets.forEach((publish, slot) => {
      if (publish === undefined) return;
      const moved = publish.identifier & (capacity - 1);
      packets[moved] = publish;
      awaiting[moved] = this.#awaiting[slot] as number;
      sentAt[moved] = this.#sentAt[slot] as number;
    });
    this.#packets = packets;
    this.#awaiting = awaiting;
    this.#sentAt = sentAt;
  }

  /** Only for the twin that loses the order: unfinished exchanges swap places end to end. */
  #reverseUnfinished(): void {
    const publishes: Publish[] = [];
    const slots: number[] = [];
    for (let id = this.#oldest; id !== this.#next; id = (id + 1) & 0xffff) {
      const slot = id & (this.#packets.length - 1);
      const publish = this.#packets[slot];
      if (publish === undefined || this.#awaiting[slot] === PUBCOMP) continue;
      slots.push(slot);
      publishes.push(publish);
    }
    slots.forEach((slot, n) => {
      const other = publishes[publishes.length - 1 - n] as Publish;
      const here = publishes[n] as Publish;
      this.#packets[slot] = new Publish(other.message, here.identifier, other.flags, other.bytes, other.request);
    });
  }
}

function nameOf(publish: Publish): string {
  return `${publish.message.stream.index}#${publish.message.index}`;
}

const AWAITED: Readonly<Record<number, string>> = { [PUBACK]: "PUBACK", [PUBREC]: "PUBREC", [PUBCOMP]: "PUBCOMP" };

export interface SenderSnapshot {
  readonly inflight: readonly {
    readonly identifier: number;
    /** `stream#index` */
    readonly message: string;
    readonly awaiting: string;
  }[];
  readonly queued: readonly string[];
  readonly window: number;
  readonly outstanding: number;
}

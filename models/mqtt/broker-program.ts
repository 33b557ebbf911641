/** The broker on a node: binds the machine to the network, the timers, the application and the trace. */
import {
  type Instant,
  MILLISECOND,
  NEVER,
  type TimerOwner,
  type TimerSlot,
  grown,
} from "../../src/kernel/index.js";
import type { InputTarget } from "../../src/host/index.js";
import type { Operation, Place, Program } from "../../src/model/index.js";
import type { Channel, ChannelUser } from "../../src/network/index.js";
import type { Application, CloseReason, Content, Message, Will } from "../../src/trace/index.js";
import type { BrokerConfig } from "./broker-config.js";
import { BROKER_TIMER, type BrokerSink } from "./broker-sink.js";
import { Broker } from "./broker.js";
import { SERVICE } from "./client-program.js";
import type { ControlPacket } from "./packets/control-packet.js";
import type { Publish } from "./packets/publish.js";

/** Codes of notes in the trace, also in the fingerprint. */
const NOTE = { dropped: 11, refused: 12 } as const;

const TIMER_NAMES: readonly string[] = ["keep alive", "session expiry", "will delay", "retry"];
const NO_SLOT: TimerSlot = -1;
const SLOTS_AT_FIRST = 4;

export class BrokerProgram implements Program, BrokerSink, ChannelUser, TimerOwner, InputTarget<number> {
  readonly #place: Place;
  readonly #machine: Broker;
  /** By connection; numbers that are free again are in `#freeConnections`. */
  #channels: (Channel | undefined)[] = [];
  #freeConnections: number[] = [];
  /** Slots of timers that are set, by kind and id. */
  readonly #slots: Int32Array[] = TIMER_NAMES.map(() => new Int32Array());
  #repeated = 0;
  #dropped = 0;
  #refused = 0;

  constructor(place: Place, config: BrokerConfig) {
    this.#place = place;
    this.#machine = new Broker(this, config);
  }

  // Program

  start(now: Instant): void {
    this.#place.network.listen(this.#place.node, SERVICE, this);
    this.#machine.start(now);
  }

  crashed(_now: Instant): void {
    for (const slots of this.#slots) {
      for (const slot of slots) if (slot !== NO_SLOT) this.#place.timers.release(slot);
      slots.fill(NO_SLOT);
    }
    this.#channels = [];
    this.#freeConnections = [];
    this.#machine.crashed();
  }

  operation(activity: string): Operation {
    throw new Error(`an MQTT broker knows no activity ${activity}`);
  }

  reportHeld(application: Application): void {
    this.#machine.eachHeld((recipient, message) => application.held(recipient, message));
  }

  metrics(): Readonly<Record<string, number>> {
    const { counters } = this.#machine;
    return {
      mqtt_packets_dup: this.#repeated,
      mqtt_queue_dropped: this.#dropped,
      mqtt_refused: this.#refused,
      mqtt_sessions_expired: counters.sessionsExpired,
      mqtt_take_overs: counters.takeOvers,
      mqtt_keep_alive_timeouts: counters.keepAliveTimeouts,
      mqtt_wills_published: counters.willsPublished,
      mqtt_last_will_at_ms: counters.lastWillAt / MILLISECOND,
      mqtt_retained_sent: counters.retainedSent,
    };
  }

  gauges(): Readonly<Record<string, number>> {
    return {
      mqtt_inflight: this.#machine.inflight,
      mqtt_queued: this.#machine.queued,
      mqtt_sessions: this.#machine.sessions,
      mqtt_retained: this.#machine.retained,
    };
  }

  snapshot(): unknown {
    return this.#machine.snapshot();
  }

  // ChannelUser

  channelOpened(channel: Channel, now: Instant): void {
    const connection = this.#freeConnections.pop() ?? this.#channels.length;
    this.#channels[connection] = channel;
    channel.tag = connection;
    this.#machine.connectionOpened(connection, channel.remote.index, channel.transport === "datagram", now);
  }

  channelReceived(channel: Channel, content: Content, now: Instant): void {
    if (this.#channels[channel.tag] === channel) {
      this.#machine.received(channel.tag, content as ControlPacket, now);
    }
  }

  channelClosed(channel: Channel, _reason: CloseReason, now: Instant): void {
    if (this.#channels[channel.tag] !== channel) return;
    this.#machine.connectionClosed(channel.tag, now);
    this.#forget(channel.tag);
  }

  // Timers are inputs: they wait while the node is paused or busy, and may be out of date when their turn comes.

  timerFired(kind: number, id: number, now: Instant): void {
    this.#place.node.input(this, kind, id, now);
  }

  input(kind: number, id: number, now: Instant): void {
    const { node, timers, trace } = this.#place;
    const slot = this.#slot(kind, id);
    if (slot === NO_SLOT || timers.deadline(slot) < NEVER) return;
    const idle = trace.keeping && kind === BROKER_TIMER.retry && !this.#machine.retryIsDue(id, now);
    trace.timerFired(node.index, kind, idle ? undefined : TIMER_NAMES[kind], now);
    this.#machine.timerFired(kind, id, now);
  }

  // BrokerSink

  send(connection: number, packet: ControlPacket, _now: Instant): void {
    this.#channels[connection]?.send(packet);
  }

  close(connection: number, _now: Instant): void {
    this.#channels[connection]?.close();
    this.#forget(connection);
  }

  setTimer(kind: number, id: number, at: Instant): void {
    const { timers } = this.#place;
    const slots = this.#slotsFor(kind, id);
    if (slots[id] === NO_SLOT) slots[id] = timers.create(this, kind, id);
    timers.set(slots[id] as TimerSlot, at);
  }

  cancelTimer(kind: number, id: number): void {
    const slot = this.#slot(kind, id);
    if (slot === NO_SLOT) return;
    this.#place.timers.release(slot);
    (this.#slots[kind] as Int32Array)[id] = NO_SLOT;
  }

  setRetryTimer(id: number, at: Instant): void {
    this.setTimer(BROKER_TIMER.retry, id, at);
  }

  /** A recipient's acknowledgement is nobody's business but the session's. */
  completed(_publish: Publish, _now: Instant): void {}

  abandoned(_publish: Publish, _now: Instant): void {}

  dropped(publish: Publish, now: Instant): void {
    this.#dropped++;
    const { node, trace } = this.#place;
    trace.note(node.index, NOTE.dropped, now, () => `queue full: dropped ${publish.message.stream.topic}`);
  }

  refused(publish: Publish, now: Instant): void {
    this.#refused++;
    const { node, trace } = this.#place;
    trace.note(
      node.index,
      NOTE.refused,
      now,
      () => `too many unfinished: refused ${publish.message.stream.topic}`,
    );
  }

  repeated(_publish: Publish, _now: Instant): void {
    this.#repeated++;
  }

  willDeclared(node: number, will: Will | undefined, now: Instant): void {
    this.#place.application.willDeclared(node, will, now);
  }

  willDue(node: number, due: Instant, now: Instant): void {
    this.#place.application.willDue(node, due, now);
  }

  willPublished(node: number, will: Will, now: Instant): Message {
    return this.#place.application.willPublished(node, will, now);
  }

  #forget(connection: number): void {
    if (this.#channels[connection] === undefined) return;
    this.#channels[connection] = undefined;
    this.#freeConnections.push(connection);
  }

  #slot(kind: number, id: number): TimerSlot {
    return (this.#slots[kind] as Int32Array)[id] ?? NO_SLOT;
  }

  /** The slots of a kind, with room for `id`. */
  #slotsFor(kind: number, id: number): Int32Array {
    const slots = this.#slots[kind] as Int32Array;
    if (id < slots.length) return slots;
    const more = new Int32Array(Math.max(SLOTS_AT_FIRST, grown(id))).fill(NO_SLOT);
    more.set(slots);
    return (this.#slots[kind] = more);
  }
}

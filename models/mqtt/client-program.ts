/** The client on a node: binds the machine to the network, the timers, chance, the application and the trace. */
import { type Instant, NEVER, type TimerOwner, type TimerSlot } from "../../src/kernel/index.js";
import type { InputTarget } from "../../src/host/index.js";
import type { Operation, OptionValues, Place, Program } from "../../src/model/index.js";
import type { Channel, ChannelUser } from "../../src/network/index.js";
import {
  type Application,
  type CloseReason,
  type Content,
  DELIVERY_LIVE,
  DELIVERY_RETAINED,
} from "../../src/trace/index.js";
import type { ClientConfig } from "./client-config.js";
import { clientOperation } from "./client-operations.js";
import {
  CAUGHT_UP,
  CONNECTS,
  CONTROL_RETRY,
  ClientRows,
  ENTITLED,
  LIFE,
  NO_SLOT,
  PINGS,
} from "./client-rows.js";
import { CLIENT_TIMER, type ClientSink } from "./client-sink.js";
import { Client } from "./client.js";
import type { ControlPacket } from "./packets/control-packet.js";
import type { Publish } from "./packets/publish.js";
import type { SubscriptionRequest } from "./packets/subscribe.js";

/** The service that brokers listen on. */
export const SERVICE = "mqtt";

/** Codes of notes in the trace, also in the fingerprint. */
const NOTE = { sessionLost: 1, dropped: 2, refused: 3 } as const;

/** Not a timer of the machine: when the session ends by the protocol's rules, crashed or not. */
const SESSION_ENDS = 3;
const NOBODY = -1;

/** What most clients never meet. */
interface Incidents {
  /** A client identifier that is not the node's name. */
  clientId: string | undefined;
  /** Slots by kind of timers that are not every client's. */
  readonly slots: TimerSlot[];
  resumed: number;
  repeated: number;
  dropped: number;
}

export class ClientProgram implements Program, ClientSink, ChannelUser, TimerOwner, InputTarget<undefined> {
  readonly #place: Place;
  readonly #machine: Client;
  #channel: Channel | undefined;
  readonly #rows: ClientRows;
  readonly #row: number;
  #incidents: Incidents | undefined;

  /** Without a `clientId` it is the node's name. */
  constructor(
    place: Place,
    config: ClientConfig,
    clientId: string | undefined,
    wanted: readonly SubscriptionRequest[],
  ) {
    this.#place = place;
    this.#rows = place.common(ClientRows, () => new ClientRows());
    this.#row = this.#rows.add();
    this.#machine = new Client(this, config, wanted);
    if (clientId !== undefined) this.noted().clientId = clientId;
  }

  // Program

  start(now: Instant): void {
    const { application, node } = this.#place;
    for (const { filter, qos } of this.#machine.wanted) application.subscribing(node.index, filter, qos, now);
    if (this.#machine.config.autoConnect) this.#machine.connect(now);
  }

  crashed(now: Instant): void {
    const vanishing: Publish[] = [];
    if (!this.#machine.config.persistent) this.#machine.eachUnsent((publish) => vanishing.push(publish));
    this.#channel = undefined;
    this.#machine.crashed(now);
    this.cancelTimer(CLIENT_TIMER.retry);
    for (const publish of vanishing) publish.request?.finished(now);
  }

  operation(activity: string, options: OptionValues, finished: (now: Instant) => void): Operation {
    return clientOperation(activity, options, finished, {
      node: this.#place.node.index,
      application: this.#place.application,
      machine: this.#machine,
      version: this.#machine.config.version,
    });
  }

  reportHeld(application: Application): void {
    const machine = this.#machine;
    machine.eachUnsent((publish) => application.held(NOBODY, publish.message));
    machine.eachUndelivered((publish) => application.held(this.#place.node.index, publish.message));
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      mqtt_connects: this.#rows.get(this.#row, CONNECTS),
      mqtt_caught_up: this.#rows.get(this.#row, CAUGHT_UP),
      mqtt_sessions_resumed: this.#incidents?.resumed ?? 0,
      mqtt_packets_dup: this.#incidents?.repeated ?? 0,
      mqtt_queue_dropped: this.#incidents?.dropped ?? 0,
      mqtt_pings: this.#rows.get(this.#row, PINGS),
    };
  }

  gauges(): Readonly<Record<string, number>> {
    return { mqtt_inflight: this.#machine.inflight, mqtt_queued: this.#machine.queued };
  }

  snapshot(): unknown {
    return this.#machine.snapshot();
  }

  // ChannelUser: what has become of another channel is of no interest any more.

  channelOpened(channel: Channel, now: Instant): void {
    if (channel === this.#channel) this.#machine.channelOpened(channel.transport === "datagram", now);
  }

  channelReceived(channel: Channel, content: Content, now: Instant): void {
    if (channel === this.#channel) this.#machine.received(content as ControlPacket, now);
  }

  channelClosed(channel: Channel, _reason: CloseReason, now: Instant): void {
    if (channel !== this.#channel) return;
    this.#channel = undefined;
    this.#machine.channelClosed(now);
  }

  // Timers are inputs: they wait while the node is paused or busy, and may be out of date when their turn comes.

  timerFired(kind: number, _id: number, now: Instant): void {
    if (kind === SESSION_ENDS) this.sessionEnded(now);
    else this.#place.node.input(this, kind, undefined, now);
  }

  input(kind: number, _content: undefined, now: Instant): void {
    const { node, timers, trace } = this.#place;
    const slot = this.slot(kind);
    if (slot === NO_SLOT || timers.deadline(slot) < NEVER) return;
    const name = trace.keeping ? this.#machine.timerName(kind, now) : undefined;
    trace.timerFired(node.index, kind, name, now);
    this.#machine.timerFired(kind, now);
  }

  // ClientSink

  get clientId(): string {
    return this.#incidents?.clientId ?? this.#place.node.name;
  }

  open(_now: Instant): void {
    const { network, node } = this.#place;
    this.#channel = network.connect(node, this.#place.nodeNamed(this.#machine.config.broker), SERVICE, this);
  }

  close(_now: Instant): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  abort(_now: Instant): void {
    this.#channel?.abort();
    this.#channel = undefined;
  }

  send(_connection: number, packet: ControlPacket, _now: Instant): void {
    this.#channel?.send(packet);
  }

  sent(now: Instant): void {
    this.#rows.sent(this.#row, now);
  }

  heard(now: Instant): void {
    this.#rows.received(this.#row, now);
  }

  silentSince(): Instant {
    return this.#rows.silentSince(this.#row);
  }

  pinging(_now: Instant): void {
    this.#rows.increment(this.#row, PINGS);
  }

  /** Whatever is retained answers a SUBSCRIBE as of when it is sent, not as of when the wish came up. */
  subscribing(filter: string, qos: number, now: Instant): void {
    this.#place.application.subscribing(this.#place.node.index, filter, qos, now);
  }

  setTimer(kind: number, at: Instant): void {
    const { timers } = this.#place;
    let slot = this.slot(kind);
    if (slot === NO_SLOT) {
      slot = timers.create(this, kind, 0);
      this.keepSlot(kind, slot);
    }
    timers.set(slot, at);
  }

  setTimerWithin(kind: number, earliest: Instant, latest: Instant): void {
    const { chance, node } = this.#place;
    if (earliest >= latest) return this.setTimer(kind, latest);
    const jitter = chance.source(`mqtt/${node.name}/reconnect`);
    const span = { kind: "uniform", min: 0, max: latest - earliest } as const;
    this.setTimer(kind, earliest + chance.duration(jitter, span));
  }

  cancelTimer(kind: number): void {
    const slot = this.slot(kind);
    if (slot === NO_SLOT) return;
    this.#place.timers.release(slot);
    this.keepSlot(kind, NO_SLOT);
  }

  setRetryTimer(_id: number, at: Instant): void {
    this.setTimer(CLIENT_TIMER.retry, at);
  }

  connected(resumed: boolean, now: Instant): void {
    this.#rows.increment(this.#row, CONNECTS);
    this.cancelTimer(SESSION_ENDS);
    if (resumed) this.noted().resumed++;
    else this.sessionEnded(now);
  }

  caughtUp(_now: Instant): void {
    this.#rows.increment(this.#row, CAUGHT_UP);
  }

  sessionEnds(at: Instant, now: Instant): void {
    if (at <= now) this.sessionEnded(now);
    else if (at < NEVER) this.setTimer(SESSION_ENDS, at);
  }

  completed(publish: Publish, now: Instant): void {
    this.#place.application.acknowledged(publish.message, now);
    publish.request?.finished(now);
  }

  abandoned(publish: Publish, now: Instant): void {
    this.#place.application.failed(publish.message, now);
    publish.request?.finished(now);
  }

  dropped(publish: Publish, now: Instant): void {
    this.noted().dropped++;
    this.note(NOTE.dropped, now, () => `queue full: dropped ${publish.message.stream.topic}`);
  }

  repeated(_publish: Publish, _now: Instant): void {
    this.noted().repeated++;
  }

  delivered(publish: Publish, now: Instant): void {
    const kind = publish.fromRetained ? DELIVERY_RETAINED : DELIVERY_LIVE;
    this.#place.application.delivered(this.#place.node.index, publish.message, kind, now);
  }

  subscribed(filter: string, grantedQos: number, now: Instant): void {
    this.#rows.set(this.#row, ENTITLED, 1);
    this.#place.application.subscribed(this.#place.node.index, filter, grantedQos, now);
  }

  refused(filter: string, reasonCode: number, now: Instant): void {
    this.note(NOTE.refused, now, () => `subscription to ${filter} refused: 0x${reasonCode.toString(16)}`);
  }

  private sessionEnded(now: Instant): void {
    this.cancelTimer(SESSION_ENDS);
    if (this.#rows.get(this.#row, ENTITLED) === 0) return;
    this.#rows.set(this.#row, ENTITLED, 0);
    this.note(NOTE.sessionLost, now, () => "session lost");
    this.#place.application.sessionLost(this.#place.node.index, now);
  }

  private note(code: number, now: Instant, text: () => string): void {
    this.#place.trace.note(this.#place.node.index, code, now, text);
  }

  private noted(): Incidents {
    return (this.#incidents ??= {
      clientId: undefined,
      slots: [NO_SLOT, NO_SLOT, NO_SLOT, NO_SLOT],
      resumed: 0,
      repeated: 0,
      dropped: 0,
    });
  }

  private slot(kind: number): TimerSlot {
    if (kind === CLIENT_TIMER.life) return this.#rows.get(this.#row, LIFE);
    if (kind === CLIENT_TIMER.controlRetry) return this.#rows.get(this.#row, CONTROL_RETRY);
    return this.#incidents?.slots[kind] ?? NO_SLOT;
  }

  private keepSlot(kind: number, slot: TimerSlot): void {
    if (kind === CLIENT_TIMER.life) this.#rows.set(this.#row, LIFE, slot);
    else if (kind === CLIENT_TIMER.controlRetry) this.#rows.set(this.#row, CONTROL_RETRY, slot);
    else this.noted().slots[kind] = slot;
  }
}

/** The controller on a node: binds the machine to the network, the timers and the trace. */
import type { ChanceHandle, Duration, Instant } from "../../../src/kernel/index.js";
import type { Operation, Place, Program } from "../../../src/model/index.js";
import type { Channel, ChannelUser } from "../../../src/network/index.js";
import type { CloseReason, Content } from "../../../src/trace/index.js";
import { CONNECTION_TIMERS } from "../connections.js";
import { NOTE } from "../notes.js";
import {
  type OpenedConnections,
  Participant,
  type ParticipantMachine,
  BROKER_SERVICE,
  SOCKET_OPTIONS,
} from "../participant.js";
import type { Request, Response } from "../protocol/frames.js";
import { NO_LEADER, type PartitionState } from "../protocol/messages.js";
import type { ControllerConfig } from "./controller-config.js";
import { CONTROLLER_TIMER_NAMES, type ControllerSink } from "./controller-sink.js";
import { Controller } from "./controller.js";

export class ControllerProgram extends Participant implements Program, ControllerSink {
  protected readonly machine: ParticipantMachine;
  protected override readonly service: string = BROKER_SERVICE;
  readonly #controller: Controller;
  /** By connection: those that brokers and other controllers have opened. */
  readonly #channels = new Map<number, Channel>();
  readonly #accepting: ChannelUser;
  readonly #scatter: ChanceHandle;
  #connections = 0;
  #fenced = 0;
  #leaderless = 0;
  #terms = 0;

  constructor(place: Place, config: ControllerConfig) {
    super(place, [...CONNECTION_TIMERS, ...CONTROLLER_TIMER_NAMES]);
    this.#controller = new Controller(this, config);
    const { voter } = this.#controller;
    this.machine = {
      connections: voter?.connections ?? NO_CONNECTIONS,
      timerFired: (kind, id, now) => this.#controller.timerFired(kind, id, now),
    };
    this.#scatter = place.chance.source(`kafka/${place.node.name}/election`);
    this.#accepting = {
      channelOpened: (channel) => this.#accepted(channel),
      channelReceived: (channel, content, now) => this.#asked(channel, content, now),
      channelClosed: (channel, reason) => this.#ended(channel, reason),
    };
  }

  // Program

  start(now: Instant): void {
    this.place.network.listen(this.place.node, BROKER_SERVICE, this.#accepting, SOCKET_OPTIONS);
    this.#controller.start(now);
  }

  crashed(_now: Instant): void {
    this.forget();
    this.#channels.clear();
    this.#controller.crashed();
  }

  operation(activity: string): Operation {
    throw new Error(`a Kafka controller knows no activity ${activity}`);
  }

  reportHeld(): void {}

  metrics(): Readonly<Record<string, number>> {
    return {
      kafka_brokers_fenced: this.#fenced,
      kafka_leaderless: this.#leaderless,
      kafka_controller_terms: this.#terms,
    };
  }

  gauges(): Readonly<Record<string, number>> {
    const offline = this.#controller.partitions.filter(({ leader }) => leader === NO_LEADER);
    return {
      kafka_offline_partitions: offline.length,
      kafka_active_controllers: this.place.node.running && this.#controller.isActive ? 1 : 0,
    };
  }

  /** In a quorum: nothing of partitions where another controller is the active one. */
  snapshot(): unknown {
    return this.#controller.snapshot();
  }

  // ControllerSink

  respond(connection: number, response: Response): void {
    this.#channels.get(connection)?.send(response);
  }

  scattered(base: Duration): Duration {
    return this.place.chance.duration(this.#scatter, { kind: "uniform", min: base, max: 2 * base });
  }

  fenced(broker: number): void {
    this.#fenced++;
    this.#note(NOTE.fenced, () => `fences ${this.place.trace.nodeNames[broker]}`);
  }

  tookOffice(epoch: number): void {
    this.#terms++;
    this.#note(NOTE.tookOffice, () => `is the active controller in epoch ${epoch}`);
  }

  elected({ topic, index, leader, leaderEpoch, isr }: PartitionState): void {
    if (leader === NO_LEADER) this.#leaderless++;
    this.#note(NOTE.elected, () => {
      const names = this.place.trace.nodeNames;
      const who = leader === NO_LEADER ? "nobody" : (names[leader] ?? "");
      const inSync = isr.map((id) => names[id]).join(", ");
      return `elects ${who} for ${topic}-${index} in epoch ${leaderEpoch}; in sync: ${inSync}`;
    });
  }

  #accepted(channel: Channel): void {
    channel.tag = this.#connections++;
    this.#channels.set(channel.tag, channel);
  }

  #asked(channel: Channel, content: Content, now: Instant): void {
    if (this.#channels.get(channel.tag) !== channel) return;
    this.#controller.received(channel.tag, content as unknown as Request, now);
  }

  #ended(channel: Channel, _reason: CloseReason): void {
    if (this.#channels.get(channel.tag) !== channel) return;
    this.#channels.delete(channel.tag);
    this.#controller.closed(channel.tag);
  }

  #note(code: number, text: () => string): void {
    const { node, trace, simulation } = this.place;
    trace.note(node.index, code, simulation.now, text);
  }
}

/** Of a controller that has nobody to ask. */
const NO_CONNECTIONS: OpenedConnections = {
  opened: () => undefined,
  received: () => undefined,
  closed: () => undefined,
};

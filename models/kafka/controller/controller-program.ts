/** The controller on a node: binds the machine to the network, the timers and the trace. */
import { type Instant, NEVER, type TimerOwner, type TimerSlot } from "../../../src/kernel/index.js";
import type { InputTarget } from "../../../src/host/index.js";
import type { Operation, Place, Program } from "../../../src/model/index.js";
import type { Channel, ChannelUser } from "../../../src/network/index.js";
import type { CloseReason, Content } from "../../../src/trace/index.js";
import { NOTE } from "../notes.js";
import { BROKER_SERVICE } from "../participant.js";
import type { Request, Response } from "../protocol/frames.js";
import { NO_LEADER, type PartitionState } from "../protocol/messages.js";
import type { ControllerConfig } from "./controller-config.js";
import { CONTROLLER_TIMER_NAMES, Controller, type ControllerSink } from "./controller.js";

export class ControllerProgram
  implements Program, ControllerSink, ChannelUser, TimerOwner, InputTarget<number>
{
  readonly #place: Place;
  readonly #machine: Controller;
  readonly #channels = new Map<number, Channel>();
  /** By kind and id. */
  readonly #slots = CONTROLLER_TIMER_NAMES.map(() => new Map<number, TimerSlot>());
  #connections = 0;
  #fenced = 0;
  #leaderless = 0;

  constructor(place: Place, config: ControllerConfig) {
    this.#place = place;
    this.#machine = new Controller(this, config);
  }

  // Program

  start(now: Instant): void {
    this.#place.network.listen(this.#place.node, BROKER_SERVICE, this);
    this.#machine.start(now);
  }

  crashed(_now: Instant): void {
    for (const slots of this.#slots) {
      for (const slot of slots.values()) this.#place.timers.release(slot);
      slots.clear();
    }
    this.#channels.clear();
    this.#machine.crashed();
  }

  operation(activity: string): Operation {
    throw new Error(`a Kafka controller knows no activity ${activity}`);
  }

  reportHeld(): void {}

  metrics(): Readonly<Record<string, number>> {
    return { kafka_brokers_fenced: this.#fenced, kafka_leaderless: this.#leaderless };
  }

  gauges(): Readonly<Record<string, number>> {
    const offline = this.#machine.partitions.filter(({ leader }) => leader === NO_LEADER);
    return { kafka_offline_partitions: offline.length };
  }

  snapshot(): unknown {
    return this.#machine.partitions;
  }

  // ChannelUser

  channelOpened(channel: Channel, _now: Instant): void {
    channel.tag = this.#connections++;
    this.#channels.set(channel.tag, channel);
  }

  channelReceived(channel: Channel, content: Content, now: Instant): void {
    if (this.#channels.get(channel.tag) !== channel) return;
    this.#machine.received(channel.tag, content as unknown as Request, now);
  }

  channelClosed(channel: Channel, _reason: CloseReason, _now: Instant): void {
    if (this.#channels.get(channel.tag) !== channel) return;
    this.#channels.delete(channel.tag);
    this.#machine.closed(channel.tag);
  }

  timerFired(kind: number, id: number, now: Instant): void {
    this.#place.node.input(this, kind, id, now);
  }

  input(kind: number, id: number, now: Instant): void {
    const { node, timers, trace } = this.#place;
    const slot = this.#slots[kind]?.get(id);
    if (slot === undefined || timers.deadline(slot) < NEVER) return;
    trace.timerFired(node.index, kind, CONTROLLER_TIMER_NAMES[kind], now);
    this.#machine.timerFired(kind, id, now);
  }

  // ControllerSink

  respond(connection: number, response: Response): void {
    this.#channels.get(connection)?.send(response);
  }

  setTimer(kind: number, id: number, at: Instant): void {
    const { timers } = this.#place;
    const slots = this.#slots[kind] as Map<number, TimerSlot>;
    let slot = slots.get(id);
    if (slot === undefined) slots.set(id, (slot = timers.create(this, kind, id)));
    timers.set(slot, at);
  }

  fenced(broker: number): void {
    this.#fenced++;
    this.#note(NOTE.fenced, () => `fences ${this.#place.trace.nodeNames[broker]}`);
  }

  elected({ topic, index, leader, leaderEpoch, isr }: PartitionState): void {
    if (leader === NO_LEADER) this.#leaderless++;
    this.#note(NOTE.elected, () => {
      const names = this.#place.trace.nodeNames;
      const who = leader === NO_LEADER ? "nobody" : (names[leader] ?? "");
      const inSync = isr.map((id) => names[id]).join(", ");
      return `elects ${who} for ${topic}-${index} in epoch ${leaderEpoch}; in sync: ${inSync}`;
    });
  }

  #note(code: number, text: () => string): void {
    const { node, trace, simulation } = this.#place;
    trace.note(node.index, code, simulation.now, text);
  }
}

/**
 * What the programs of all roles have in common: connections that they open to others, timers, and the jitter of
 * back-offs. A machine sees them through `ParticipantSink`.
 */
import {
  type ChanceHandle,
  type Duration,
  type Instant,
  NEVER,
  type TimerOwner,
  type TimerSlot,
} from "../../src/kernel/index.js";
import type { InputTarget } from "../../src/host/index.js";
import type { Place } from "../../src/model/index.js";
import type { Channel, ChannelUser, SocketOptions } from "../../src/network/index.js";
import type { CloseReason, Content } from "../../src/trace/index.js";
import { NOTE } from "./notes.js";
import type { Request, Response } from "./protocol/frames.js";
import type { KafkaError } from "./protocol/messages.js";

/** The service on which brokers listen for clients … */
export const CLIENT_SERVICE = "kafka";
/** … and, as controllers do, for each other: those are trusted. */
export const BROKER_SERVICE = "kafka-brokers";

/** Clients and brokers set TCP_NODELAY on every socket (Selector, SocketServer). */
export const SOCKET_OPTIONS: SocketOptions = { noDelay: true };

/** What a machine asks for. Connections that it opens go by numbers of its own. */
export interface ParticipantSink {
  open(peer: number, host: string): void;
  send(peer: number, request: Request): void;
  close(peer: number): void;
  /** A timer goes by kind and id; set again it moves. */
  setTimer(kind: number, id: number, at: Instant): void;
  cancelTimer(kind: number, id: number): void;
  /** A broker did not believe who this is. */
  notAuthenticated(peer: number, error: KafkaError): void;
  /** `base`, up to a fifth more or less by chance. */
  jittered(base: Duration): Duration;
}

/** What the connections that a machine has opened are told. */
export interface OpenedConnections {
  opened(peer: number, now: Instant): void;
  received(peer: number, response: Response, now: Instant): void;
  closed(peer: number, now: Instant): void;
}

/** What a machine is told. */
export interface ParticipantMachine {
  readonly connections: OpenedConnections;
  timerFired(kind: number, id: number, now: Instant): void;
}

const JITTER = 0.2;

export abstract class Participant implements ParticipantSink, ChannelUser, TimerOwner, InputTarget<number> {
  protected readonly place: Place;
  protected abstract readonly machine: ParticipantMachine;
  /** Of the brokers that it connects to. */
  protected readonly service: string = CLIENT_SERVICE;
  readonly #timerNames: readonly string[];
  readonly #peers = new Map<number, Channel>();
  /** By kind and id. */
  readonly #slots: Map<number, TimerSlot>[];
  readonly #jitter: ChanceHandle;

  constructor(place: Place, timerNames: readonly string[]) {
    this.place = place;
    this.#timerNames = timerNames;
    this.#slots = timerNames.map(() => new Map<number, TimerSlot>());
    this.#jitter = place.chance.source(`kafka/${place.node.name}/backoff`);
  }

  /** The process has died: no timer fires and no connection is heard of any more. */
  protected forget(): void {
    for (const slots of this.#slots) {
      for (const slot of slots.values()) this.place.timers.release(slot);
      slots.clear();
    }
    this.#peers.clear();
  }

  /** Closes what it has opened, as whoever ends in good order does. */
  protected hangUp(): void {
    for (const channel of this.#peers.values()) channel.close();
    this.#peers.clear();
  }

  // ParticipantSink

  open(peer: number, host: string): void {
    const { network, node } = this.place;
    const channel = network.connect(node, this.place.nodeNamed(host), this.service, this, SOCKET_OPTIONS);
    channel.tag = peer;
    this.#peers.set(peer, channel);
  }

  send(peer: number, request: Request): void {
    this.#peers.get(peer)?.send(request);
  }

  close(peer: number): void {
    this.#peers.get(peer)?.close();
    this.#peers.delete(peer);
  }

  setTimer(kind: number, id: number, at: Instant): void {
    const { timers } = this.place;
    const slots = this.#slots[kind] as Map<number, TimerSlot>;
    let slot = slots.get(id);
    if (slot === undefined) slots.set(id, (slot = timers.create(this, kind, id)));
    // A deadline may have passed while the node was paused.
    timers.set(slot, Math.max(at, this.place.simulation.now));
  }

  cancelTimer(kind: number, id: number): void {
    const slot = this.#slots[kind]?.get(id);
    if (slot !== undefined) this.place.timers.cancel(slot);
  }

  notAuthenticated(peer: number, error: KafkaError): void {
    const { node, trace, simulation } = this.place;
    const text = (): string => `is not let in by ${trace.nodeNames[peer] ?? String(peer)}: ${error}`;
    trace.note(node.index, NOTE.notAuthenticated, simulation.now, text);
  }

  jittered(base: Duration): Duration {
    const min = Math.floor(base * (1 - JITTER));
    const max = Math.floor(base * (1 + JITTER));
    return this.place.chance.duration(this.#jitter, { kind: "uniform", min, max });
  }

  // ChannelUser, of connections that this program opened

  channelOpened(channel: Channel, now: Instant): void {
    if (this.#peers.get(channel.tag) === channel) this.machine.connections.opened(channel.tag, now);
  }

  channelReceived(channel: Channel, content: Content, now: Instant): void {
    if (this.#peers.get(channel.tag) !== channel) return;
    this.machine.connections.received(channel.tag, content as unknown as Response, now);
  }

  contentCost(_channel: Channel, content: Content): Duration {
    return this.answerCost(content as unknown as Response);
  }

  /** What an answer costs a core. */
  protected answerCost(_response: Response): Duration {
    return 0;
  }

  channelClosed(channel: Channel, _reason: CloseReason, now: Instant): void {
    if (this.#peers.get(channel.tag) !== channel) return;
    this.#peers.delete(channel.tag);
    this.machine.connections.closed(channel.tag, now);
  }

  // Timers are inputs: they wait while the node is paused or busy, and may be out of date when their turn comes.

  timerFired(kind: number, id: number, now: Instant): void {
    this.place.node.input(this, kind, id, now);
  }

  input(kind: number, id: number, now: Instant): void {
    const { node, timers, trace } = this.place;
    const slot = this.#slots[kind]?.get(id);
    if (slot === undefined || timers.deadline(slot) < NEVER) return;
    trace.timerFired(node.index, kind, this.#timerNames[kind], now);
    this.machine.timerFired(kind, id, now);
  }
}

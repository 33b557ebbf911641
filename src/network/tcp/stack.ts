/**
 * A node's TCP: finds the connection that a segment is meant for, accepts new ones, and refuses what it does
 * not know. One address per stack; within it, connections are told apart by numbers (where a real stack has
 * pairs of ports).
 */
import type { Instant, Simulation, Timers } from "../../kernel/index.js";
import { MILLISECOND } from "../../kernel/index.js";
import type { Content, Trace } from "../../trace/index.js";
import type { Node } from "../../host/index.js";
import type { Carrier } from "../carrier.js";
import type { ChannelUser } from "../channel.js";
import type { TcpSpec } from "../spec.js";
import type { NetworkStatistics } from "../statistics.js";
import type { Endpoint, EndpointId, Wire } from "../wire.js";
import { Connection } from "./connection.js";
import { ACK, NO_BLOCKS, type Origin, RST, Segment, SYN } from "./segment.js";
import type { ConnectionOwner, Destination, TcpStackParts } from "./surroundings.js";

/** Who takes the channel that `peer` opens. */
export type Accept = (peer: Node) => ChannelUser;

interface Listener {
  readonly accept: Accept;
  readonly spec: TcpSpec | undefined;
}

/** A connection's number is its slot plus this times how often the slot was used before. */
const SLOTS_MAX = 1 << 22;

export class TcpStack implements Endpoint, ConnectionOwner {
  readonly node: Node;
  readonly endpoint: EndpointId;
  readonly wire: Wire;
  readonly simulation: Simulation;
  readonly timers: Timers;
  readonly trace: Trace;
  readonly statistics: NetworkStatistics;

  readonly #listeners = new Map<string, Listener>();
  /** By slot. Slot 0 stays empty: number 0 means "not known yet". */
  readonly #connections: (Connection | undefined)[] = [undefined];
  /** By slot: the number of the next connection in it. Survives a power loss. */
  readonly #nextNumbers: number[] = [0];
  readonly #freeSlots: number[] = [];
  /** Connections that others opened, by their other side: a SYN knows no number of this one. */
  readonly #accepted = new Map<Origin, Connection>();

  constructor(parts: TcpStackParts) {
    this.node = parts.node;
    this.wire = parts.wire;
    this.simulation = parts.simulation;
    this.timers = parts.timers;
    this.trace = parts.trace;
    this.statistics = parts.statistics;
    this.endpoint = parts.wire.attach(this);
  }

  /** Connections that exist, in any state. */
  get size(): number {
    return this.#connections.length - 1 - this.#freeSlots.length;
  }

  /**
   * `accept` says who gets a channel that another opens to `service` while the program runs. `spec`: the options
   * of this side; left out, those of the side that connects.
   */
  listen(service: string, accept: Accept, spec?: TcpSpec): void {
    this.#listeners.set(service, { accept, spec });
  }

  connect(target: TcpStack, service: string, user: ChannelUser, spec: TcpSpec): Carrier {
    const { node, endpoint } = target;
    const connection = this.#add({ remote: node, endpoint, service, peer: undefined }, user, spec);
    connection.open(undefined, this.simulation.now);
    return connection.channel;
  }

  packetArrived(content: Content, from: Node, now: Instant): void {
    const segment = content as Segment;
    const { destination } = segment;
    if (destination === 0) return this.#synArrived(segment, from, now);
    const connection = this.#connections[destination & (SLOTS_MAX - 1)];
    if (connection?.number === destination) connection.segmentArrived(segment, now);
    else this.#refuse(segment, from, now);
  }

  /**
   * The fault `reset`: every connection with `peer` ends here and now, without a segment. Call it on both
   * stacks; a side that was left out learns of it by a reset when it next sends.
   */
  resetBetween(peer: Node, now: Instant): void {
    for (const connection of this.#all()) {
      if (connection.remote === peer) connection.resetByFault(now);
    }
  }

  /** The program has crashed: its connections are closed for it, and new ones refused until it runs again. */
  processCrashed(now: Instant): void {
    for (const connection of this.#all()) connection.processCrashed(now);
  }

  /** The power is gone, and with it every connection; the other sides are not told. */
  powerLost(_now: Instant): void {
    for (const connection of this.#all()) connection.powerLost();
  }

  /** @internal */
  forget(number: number, peer: Origin | undefined): void {
    const slot = number & (SLOTS_MAX - 1);
    const connection = this.#connections[slot];
    this.#connections[slot] = undefined;
    this.#nextNumbers[slot] = number + SLOTS_MAX;
    this.#freeSlots.push(slot);
    if (peer !== undefined && this.#accepted.get(peer) === connection) this.#accepted.delete(peer);
  }

  #synArrived(segment: Segment, from: Node, now: Instant): void {
    if ((segment.flags & (SYN | RST)) !== SYN) return;
    const { origin } = segment;
    const known = this.#accepted.get(origin);
    if (known !== undefined) return known.segmentArrived(segment, now);
    const listener = this.node.running ? this.#listeners.get(origin.service) : undefined;
    const spec = listener?.spec ?? origin.spec;
    if (listener === undefined || spec === undefined) return this.#refuse(segment, from, now);
    const { endpoint, service } = origin;
    const user = listener.accept(from);
    const connection = this.#add({ remote: from, endpoint, service, peer: origin }, user, spec);
    this.#accepted.set(origin, connection);
    connection.open(segment, now);
  }

  /** Answers what belongs to no connection by a reset, unless it is one [RFC 9293 §3.10.7.1]. */
  #refuse(segment: Segment, from: Node, now: Instant): void {
    if ((segment.flags & RST) !== 0) return;
    const acknowledged = (segment.flags & ACK) !== 0;
    const reset = new Segment(
      {
        endpoint: this.endpoint,
        number: segment.destination,
        service: "",
        spec: undefined,
        outgoing: undefined,
        timestamps: segment.origin.timestamps,
      },
      segment.origin.number,
      acknowledged ? RST : RST | ACK,
      acknowledged ? segment.acknowledgment : 0,
      0,
      acknowledged ? 0 : segment.end,
      0,
      Math.floor(now / MILLISECOND),
      segment.timestamp,
      NO_BLOCKS,
    );
    this.wire.link(this.node, from).send(segment.origin.endpoint, reset, reset.wireBytes, now);
  }

  #add(destination: Destination, user: ChannelUser, spec: TcpSpec): Connection {
    const slot = this.#takeSlot();
    const connection = new Connection(this, this.#nextNumbers[slot] as number, destination, user, spec);
    this.#connections[slot] = connection;
    return connection;
  }

  #takeSlot(): number {
    const slot = this.#freeSlots.pop();
    if (slot !== undefined) return slot;
    const next = this.#connections.length;
    if (next === SLOTS_MAX) throw new Error(`more than ${SLOTS_MAX - 1} connections on ${this.node.name}`);
    this.#connections.push(undefined);
    this.#nextNumbers.push(next);
    return next;
  }

  #all(): readonly Connection[] {
    return this.#connections.filter((connection) => connection !== undefined);
  }
}

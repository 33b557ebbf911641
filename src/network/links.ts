/**
 * All links of a run, and the addresses that packets are sent to. Links are numbered by their ends, in the
 * order of the nodes, so the order in which a scenario declares them never matters; a link that nobody uses
 * is a row of two integers.
 */
import type { Actor, ActorId, Chance, Instant, Simulation } from "../kernel/index.js";
import type { Node, SimulatedNode } from "../host/index.js";
import type { Content, LossCause, Trace } from "../trace/index.js";
import { type Carrier, DirectedLink } from "./directed-link.js";
import { Endpoints } from "./endpoints.js";
import { InFlight, type Slot } from "./in-flight.js";
import { LinkKinds } from "./link-kind.js";
import type { LinkSpec } from "./spec.js";
import type { NetworkStatistics } from "./statistics.js";
import type { Endpoint, EndpointId, Wire } from "./wire.js";

/** What links need of the simulation. */
export interface LinkSurroundings {
  readonly simulation: Simulation;
  readonly chance: Chance;
  readonly trace: Trace;
  readonly statistics: NetworkStatistics;
}

/** A code is a link's index or a packet's slot, doubled, and one more for a slot. */
const HEAD = 0;
const PACKET = 1;

export class Links implements Wire, Actor, Carrier {
  readonly chance: Chance;
  readonly trace: Trace;
  readonly statistics: NetworkStatistics;
  readonly inFlight: InFlight = new InFlight();
  readonly #simulation: Simulation;
  readonly #actor: ActorId;
  readonly #endpoints = new Endpoints();
  readonly #nodes: readonly SimulatedNode[];
  /** Links by number: sorted by the index of `from`, then of `to`. */
  readonly #specs: readonly LinkSpec[];
  readonly #tos: Int32Array;
  /** Number of the first link of each node; one entry more at the end. */
  readonly #firsts: Int32Array;
  /** Made at first use. */
  readonly #links: (DirectedLink | undefined)[];
  readonly #kinds = new LinkKinds();

  /**
   * `nodes` stand at their index. Throws when a link names an unknown node, leads to where it begins, or
   * stands twice.
   */
  constructor(nodes: readonly SimulatedNode[], specs: readonly LinkSpec[], surroundings: LinkSurroundings) {
    this.chance = surroundings.chance;
    this.trace = surroundings.trace;
    this.statistics = surroundings.statistics;
    this.#simulation = surroundings.simulation;
    this.#actor = surroundings.simulation.register(this);
    this.#nodes = nodes;
    const indices = new Map(nodes.map((node) => [node.name, node.index]));
    const ends = specs.map((spec) => ({ spec, from: find(indices, spec.from), to: find(indices, spec.to) }));
    ends.sort((a, b) => a.from - b.from || a.to - b.to);
    this.#specs = ends.map(({ spec }) => spec);
    this.#tos = Int32Array.from(ends, ({ to }) => to);
    this.#firsts = new Int32Array(nodes.length + 1);
    ends.forEach(({ spec, from, to }, index) => {
      if (from === to) throw new Error(`a link leads from ${spec.from} to itself`);
      const following = ends[index + 1];
      if (following !== undefined && following.from === from && following.to === to) {
        throw new Error(`two links lead from ${spec.from} to ${spec.to}`);
      }
      this.#firsts[from + 1] = index + 1;
    });
    for (let i = 1; i < this.#firsts.length; i++) {
      this.#firsts[i] = Math.max(this.#firsts[i] as number, this.#firsts[i - 1] as number);
    }
    this.#links = new Array<DirectedLink | undefined>(specs.length).fill(undefined);
  }

  get now(): Instant {
    return this.#simulation.now;
  }

  /** Number of links. */
  get count(): number {
    return this.#specs.length;
  }

  /** The links that were used, in their order. */
  used(): readonly DirectedLink[] {
    return this.#links.filter((link) => link !== undefined);
  }

  attach(endpoint: Endpoint): EndpointId {
    return this.#endpoints.attach(endpoint);
  }

  detach(id: EndpointId): void {
    this.#endpoints.detach(id);
  }

  /** Puts another endpoint behind an address. */
  replace(id: EndpointId, endpoint: Endpoint): void {
    this.#endpoints.replace(id, endpoint);
  }

  /** Who is behind an address. */
  endpoint(id: EndpointId): Endpoint | undefined {
    return this.#endpoints.at(id);
  }

  link(from: Node, to: Node): DirectedLink {
    const index = this.#find(from.index, to.index);
    if (index < 0) throw new Error(`there is no link from ${from.name} to ${to.name}`);
    return (this.#links[index] ??= this.#make(index, from, to));
  }

  #make(index: number, from: Node, to: Node): DirectedLink {
    const spec = this.#specs[index] as LinkSpec;
    const home = this.#nodes[from.index] as SimulatedNode;
    const target = this.#nodes[to.index] as SimulatedNode;
    return new DirectedLink(this, index, spec, this.#kinds.of(spec), home, target);
  }

  /** @internal Called by the simulation. */
  fire(code: number, now: Instant): void {
    const index = code >> 1;
    if ((code & 1) === HEAD) (this.#links[index] as DirectedLink).headDue(now);
    else (this.#links[this.inFlight.next(index)] as DirectedLink).packetDue(index, now);
  }

  takeSequence(): number {
    return this.#simulation.takeSequence();
  }

  scheduleHead(at: Instant, sequence: number, index: number): void {
    this.#simulation.scheduleInSequence(at, sequence, this.#actor, (index << 1) | HEAD);
  }

  schedulePacket(at: Instant, sequence: number, slot: Slot): void {
    this.#simulation.scheduleInSequence(at, sequence, this.#actor, (slot << 1) | PACKET);
  }

  handOver(from: Node, to: Node, id: EndpointId, packet: number, content: Content, now: Instant): void {
    if (!to.powered) return this.lose(to, packet, "node-down", now);
    const endpoint = this.#endpoints.at(id);
    if (endpoint === undefined) return this.lose(to, packet, "no-listener", now);
    const refusal = endpoint.refusal;
    if (refusal !== undefined) return this.lose(to, packet, refusal, now);
    this.statistics.packetsReceived++;
    this.trace.packetReceived(to.index, packet, now);
    endpoint.packetArrived(content, from, now);
  }

  lose(to: Node, packet: number, cause: LossCause, now: Instant): void {
    this.statistics.packetsLost++;
    this.trace.packetLost(to.index, packet, cause, now);
  }

  /** Number of the link between two indices; -1 when there is none. */
  #find(from: number, to: number): number {
    let low = this.#firsts[from] as number;
    let high = this.#firsts[from + 1] as number;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#tos[middle] as number) < to) low = middle + 1;
      else high = middle;
    }
    return low < (this.#firsts[from + 1] as number) && this.#tos[low] === to ? low : -1;
  }
}

function find(indices: ReadonlyMap<string, number>, name: string): number {
  const index = indices.get(name);
  if (index === undefined) throw new Error(`a link names ${name}, which is not a node`);
  return index;
}

/**
 * What becomes of packets on links. The chapter in one paragraph: a packet that enters meets first a cut, then the transmitter's
 * queue, then loss and corruption, then the delay; on a FIFO link it arrives no earlier than the one before
 * it. Losses on the way are known, and traced, at the instant of sending.
 *
 * Chance: the n-th draw of each source belongs to the n-th packet that entered (that neither a cut nor a full
 * queue turned away). A lost packet draws its delay all the same, so a change of the loss never changes how
 * long the others take.
 *
 * Faults: while a link is cut, packets that would enter or arrive are lost; what is on the way when the link is
 * mended arrives. While it is held, packets wait at the far end; they arrive, in order, when it is released.
 */
import {
  type Actor,
  type ActorId,
  type Chance,
  type Duration,
  type Instant,
  Lanes,
  type Simulation,
  after,
} from "../kernel/index.js";
import type { SimulatedNode } from "../host/index.js";
import { type Content, KIND, type LossCause, type Trace } from "../trace/index.js";
import type { Endpoints } from "./endpoints.js";
import { InFlight, NONE, type Slot } from "./in-flight.js";
import { type LinkExtras, NO_SOURCE, drawLoss, extrasOf } from "./link-extras.js";
import { type LinkKind, LinkKinds } from "./link-kind.js";
import {
  CONDITION,
  CONDITION_BITS,
  DELAY,
  FROM,
  HEAD,
  IN_FLIGHT,
  KIND_SHIFT,
  LOSS,
  type LinkEnds,
  PLACE,
  ROW,
  TAIL,
  TO,
  rowsOf,
} from "./link-rows.js";
import type { LinkSurroundings } from "./link-surroundings.js";
import type { LinkSpec } from "./spec.js";
import type { NetworkStatistics } from "./statistics.js";
import type { EndpointId } from "./wire.js";

const {
  cut: CUT,
  held: HELD,
  stalled: STALLED,
  reorder: REORDER,
  used: USED,
  made: MADE,
  special: SPECIAL,
} = CONDITION_BITS;

/** A code is a link's index or a packet's slot, doubled, and one more for a slot. */
const OF_LINK = 0;
const OF_PACKET = 1;

/** Codes of link events in the fingerprint. */
const EVENT = { "link-cut": 1, "link-mended": 2, "link-held": 3, "link-released": 4 } as const;

/** Links are named by their index. */
export class Carriage implements Actor {
  readonly statistics: NetworkStatistics;
  private readonly simulation: Simulation;
  private readonly actor: ActorId;
  private readonly chance: Chance;
  private readonly trace: Trace;
  private readonly nodes: readonly SimulatedNode[];
  private readonly endpoints: Endpoints;
  private readonly inFlight: InFlight = new InFlight();
  private readonly rows: Int32Array;
  /** Of links with a constant delay: the heads. */
  private readonly lanes: Lanes;
  private readonly kinds = new LinkKinds();
  private readonly kindTable: LinkKind[] = [];
  private readonly extras: LinkExtras[] = [];

  /** `nodes` stand at their index, and links in the order of their ends. */
  constructor(
    links: readonly LinkEnds[],
    nodes: readonly SimulatedNode[],
    endpoints: Endpoints,
    surroundings: LinkSurroundings,
  ) {
    this.statistics = surroundings.statistics;
    this.simulation = surroundings.simulation;
    this.actor = surroundings.simulation.register(this);
    this.chance = surroundings.chance;
    this.trace = surroundings.trace;
    this.nodes = nodes;
    this.endpoints = endpoints;
    this.rows = rowsOf(links);
    this.lanes = new Lanes(surroundings.simulation, {
      entry: (index) => this.inFlight.arrival(this.rows[index * ROW + HEAD] as number),
      entrySequence: (index) => this.inFlight.sequence(this.rows[index * ROW + HEAD] as number),
      entryDue: (index, now) => this.headDue(index, now),
    });
    this.lanes.fit(links.length);
  }

  /** Fills in the row of a link that nobody has asked for before. `specs` stand at their places. */
  make(index: number, specs: readonly LinkSpec[]): void {
    const { rows, chance } = this;
    const row = index * ROW;
    if (((rows[row + CONDITION] as number) & MADE) !== 0) return;
    const spec = specs[rows[row + PLACE] as number] as LinkSpec;
    const kind = this.kinds.of(spec);
    if (this.kindTable[this.kindTable.length - 1] !== kind) this.kindTable.push(kind);
    const name = `link/${spec.from}>${spec.to}`;
    rows[row + HEAD] = rows[row + TAIL] = NONE;
    rows[row + DELAY] = spec.delay.kind === "constant" ? NO_SOURCE : chance.source(`${name}/delay`);
    const loss = kind.lossProbability > 0 ? chance.source(`${name}/loss`) : NO_SOURCE;
    const extras = extrasOf(spec, chance, name, loss);
    rows[row + LOSS] = extras === undefined ? loss : this.extras.push(extras) - 1;
    const bits = MADE | (spec.reorder ? REORDER : 0) | (extras === undefined ? 0 : SPECIAL);
    rows[row + CONDITION] = bits | ((this.kindTable.length - 1) << KIND_SHIFT);
  }

  isMade(index: number): boolean {
    return this.is(index, MADE);
  }

  /** The index of the node that a link leads to. */
  toIndex(index: number): number {
    return this.rows[index * ROW + TO] as number;
  }

  from(index: number): SimulatedNode {
    return this.nodes[this.rows[index * ROW + FROM] as number] as SimulatedNode;
  }

  to(index: number): SimulatedNode {
    return this.nodes[this.rows[index * ROW + TO] as number] as SimulatedNode;
  }

  queuedBytes(index: number): number {
    return this.extrasOf(index)?.transmitter?.waitingBytes(this.simulation.now) ?? 0;
  }

  /** Packets sent and neither delivered nor lost. */
  packetsInFlight(index: number): number {
    return this.rows[index * ROW + IN_FLIGHT] as number;
  }

  /** Whether the packets with numbers below `packet` are in flight no longer. */
  hasSettled(index: number, packet: number): boolean {
    if (this.packetsInFlight(index) === 0) return true;
    if (this.is(index, REORDER)) return false;
    const oldest = this.inFlight.packet(this.rows[index * ROW + HEAD] as number);
    return ((oldest - packet) | 0) >= 0;
  }

  /** The number of the next packet of the run, modulo 2^32. */
  get nextPacket(): number {
    return this.trace.packets | 0;
  }

  /** Notes that a channel is opened over this link; true when one was before. */
  noteUse(index: number): boolean {
    const used = this.is(index, USED);
    this.become(index, USED, true);
    return used;
  }

  /**
   * Sends a packet of `wireBytes` (IP and transport headers included). It arrives at the endpoint after the
   * link's delay, is lost, or arrives twice.
   */
  send(index: number, endpoint: EndpointId, content: Content, wireBytes: number, now: Instant): void {
    const { statistics, chance, rows } = this;
    const row = index * ROW;
    statistics.packetsSent++;
    statistics.bytesSent += wireBytes;
    const to = rows[row + TO] as number;
    const packet = this.trace.packetSent(rows[row + FROM] as number, to, wireBytes, content, now);
    const condition = rows[row + CONDITION] as number;
    if ((condition & CUT) !== 0) return this.lose(to, packet, "cut", now);
    const loss = rows[row + LOSS] as number;
    if ((condition & SPECIAL) !== 0) {
      this.sendThrough(this.extras[loss] as LinkExtras, index, endpoint, content, wireBytes, packet, now);
      return;
    }
    const kind = this.kindTable[condition >>> KIND_SHIFT] as LinkKind;
    const lost = loss !== NO_SOURCE && chance.happens(loss, kind.lossProbability);
    const delay = this.drawDelay(kind, rows[row + DELAY] as number);
    if (lost) this.lose(to, packet, "loss", now);
    else this.carry(index, after(now, delay), endpoint, packet, content);
  }

  /** As `send`, on a link with more to it than delay and independent loss. */
  private sendThrough(
    extras: LinkExtras,
    index: number,
    endpoint: EndpointId,
    content: Content,
    wireBytes: number,
    packet: number,
    now: Instant,
  ): void {
    const { chance, trace, statistics, rows } = this;
    const row = index * ROW;
    const to = rows[row + TO] as number;
    const departure = extras.transmitter === undefined ? now : extras.transmitter.accept(wireBytes, now);
    if (departure < 0) return this.lose(to, packet, "queue-full", now);
    const kind = this.kindTable[(rows[row + CONDITION] as number) >>> KIND_SHIFT] as LinkKind;
    const cause = drawLoss(extras, kind.lossProbability, content, chance);
    const arrival = after(departure, this.drawDelay(kind, rows[row + DELAY] as number));
    const doubled =
      extras.duplication !== NO_SOURCE && chance.happens(extras.duplication, extras.duplicationProbability);
    if (cause !== undefined) return this.lose(to, packet, cause, now);
    this.carry(index, arrival, endpoint, packet, content);
    if (!doubled) return;
    statistics.packetsDuplicated++;
    const copy = trace.packetSent(rows[row + FROM] as number, to, wireBytes, content, now, packet);
    this.carry(index, after(departure, this.drawDelay(kind, extras.copyDelay)), endpoint, copy, content);
  }

  private drawDelay(kind: LinkKind, source: number): Duration {
    return source === NO_SOURCE ? kind.constantDelay : this.chance.duration(source, kind.delay);
  }

  private carry(
    index: number,
    arrival: Instant,
    endpoint: EndpointId,
    packet: number,
    content: Content,
  ): void {
    const { inFlight, rows, simulation } = this;
    const row = index * ROW;
    const sequence = simulation.takeSequence();
    rows[row + IN_FLIGHT] = (rows[row + IN_FLIGHT] as number) + 1;
    if (((rows[row + CONDITION] as number) & REORDER) !== 0) {
      const slot = inFlight.put(arrival, sequence, endpoint, packet, content);
      inFlight.setNext(slot, index);
      this.schedulePacket(arrival, sequence, slot);
      return;
    }
    const tail = rows[row + TAIL] as number;
    if (tail === NONE) {
      const slot = inFlight.put(arrival, sequence, endpoint, packet, content);
      rows[row + HEAD] = rows[row + TAIL] = slot;
      this.scheduleHead(arrival, sequence, index);
    } else {
      const earliest = inFlight.arrival(tail);
      const slot = inFlight.put(arrival > earliest ? arrival : earliest, sequence, endpoint, packet, content);
      inFlight.setNext(tail, slot);
      rows[row + TAIL] = slot;
    }
  }

  /** @internal Called by the simulation. */
  fire(code: number, now: Instant): void {
    const number = code >> 1;
    if ((code & 1) === OF_LINK) this.headDue(number, now);
    else this.packetDue(number, now);
  }

  /** The head of a FIFO link is due. */
  private headDue(index: number, now: Instant): void {
    const { inFlight, rows } = this;
    const row = index * ROW;
    if (((rows[row + CONDITION] as number) & HELD) !== 0) return this.become(index, STALLED, true);
    const slot = rows[row + HEAD] as number;
    const next = inFlight.next(slot);
    rows[row + HEAD] = next;
    if (next === NONE) rows[row + TAIL] = NONE;
    else this.scheduleHead(inFlight.arrival(next), inFlight.sequence(next), index);
    this.arrive(index, slot, now);
  }

  /** A packet of a link that reorders is due; the link's index stands as the slot's next. */
  private packetDue(slot: Slot, now: Instant): void {
    const { inFlight, rows } = this;
    const index = inFlight.next(slot);
    if (!this.is(index, HELD)) return this.arrive(index, slot, now);
    const row = index * ROW;
    inFlight.setNext(slot, NONE);
    if (rows[row + TAIL] === NONE) rows[row + HEAD] = slot;
    else inFlight.setNext(rows[row + TAIL] as number, slot);
    rows[row + TAIL] = slot;
  }

  private arrive(index: number, slot: Slot, now: Instant): void {
    const { inFlight, rows } = this;
    const row = index * ROW;
    const id = inFlight.endpoint(slot);
    const packet = inFlight.packet(slot);
    const content = inFlight.content(slot);
    inFlight.free(slot);
    rows[row + IN_FLIGHT] = (rows[row + IN_FLIGHT] as number) - 1;
    const to = rows[row + TO] as number;
    if (((rows[row + CONDITION] as number) & CUT) !== 0) return this.lose(to, packet, "cut", now);
    if (!(this.nodes[to] as SimulatedNode).powered) return this.lose(to, packet, "node-down", now);
    const endpoint = this.endpoints.at(id);
    if (endpoint === undefined) return this.lose(to, packet, "no-listener", now);
    const refusal = endpoint.refusal;
    if (refusal !== undefined) return this.lose(to, packet, refusal, now);
    this.statistics.packetsReceived++;
    this.trace.packetReceived(to, packet, now);
    endpoint.packetArrived(content, this.from(index), now);
  }

  private lose(to: number, packet: number, cause: LossCause, now: Instant): void {
    this.statistics.packetsLost++;
    this.trace.packetLost(to, packet, cause, now);
  }

  /** Packets that enter or arrive from now on are lost. */
  cut(index: number, now: Instant): void {
    if (this.is(index, CUT)) return;
    this.become(index, CUT, true);
    this.happened(index, "link-cut", now);
  }

  mend(index: number, now: Instant): void {
    if (!this.is(index, CUT)) return;
    this.become(index, CUT, false);
    this.happened(index, "link-mended", now);
  }

  /** Packets wait from now on. */
  hold(index: number, now: Instant): void {
    if (this.is(index, HELD)) return;
    this.become(index, HELD, true);
    this.happened(index, "link-held", now);
  }

  /** Packets that are due arrive now, in the order in which they were due. */
  release(index: number, now: Instant): void {
    if (!this.is(index, HELD)) return;
    const stalled = this.is(index, STALLED);
    this.become(index, HELD | STALLED, false);
    this.happened(index, "link-released", now);
    if (this.is(index, REORDER)) this.releaseAll(index, now);
    else if (stalled) this.releaseDue(index, now);
  }

  private releaseDue(index: number, now: Instant): void {
    const { inFlight, simulation } = this;
    const head = this.rows[index * ROW + HEAD] as number;
    for (let slot = head; slot !== NONE && inFlight.arrival(slot) <= now; slot = inFlight.next(slot)) {
      inFlight.postpone(slot, now, simulation.takeSequence());
    }
    this.scheduleHead(now, inFlight.sequence(head), index);
  }

  private releaseAll(index: number, now: Instant): void {
    const { inFlight, rows } = this;
    const row = index * ROW;
    let slot = rows[row + HEAD] as number;
    rows[row + HEAD] = rows[row + TAIL] = NONE;
    while (slot !== NONE) {
      const next = inFlight.next(slot);
      inFlight.setNext(slot, index);
      this.schedulePacket(now, this.simulation.takeSequence(), slot);
      slot = next;
    }
  }

  private scheduleHead(at: Instant, sequence: number, index: number): void {
    const constant = this.rows[index * ROW + DELAY] === NO_SOURCE;
    if (constant && this.lanes.take(index, at, sequence)) return;
    this.simulation.scheduleInSequence(at, sequence, this.actor, (index << 1) | OF_LINK);
  }

  private schedulePacket(at: Instant, sequence: number, slot: Slot): void {
    this.simulation.scheduleInSequence(at, sequence, this.actor, (slot << 1) | OF_PACKET);
  }

  private extrasOf(index: number): LinkExtras | undefined {
    return this.is(index, SPECIAL) ? this.extras[this.rows[index * ROW + LOSS] as number] : undefined;
  }

  private is(index: number, bit: number): boolean {
    return ((this.rows[index * ROW + CONDITION] as number) & bit) !== 0;
  }

  private become(index: number, bits: number, on: boolean): void {
    const condition = this.rows[index * ROW + CONDITION] as number;
    this.rows[index * ROW + CONDITION] = on ? condition | bits : condition & ~bits;
  }

  private happened(index: number, type: keyof typeof EVENT, now: Instant): void {
    const { trace } = this;
    trace.mix(KIND.link, index, EVENT[type], now);
    if (trace.keeping) trace.keep({ type, at: now, from: this.from(index).name, to: this.to(index).name });
  }
}

/**
 * A directed link. The chapter in one paragraph: a packet that enters meets first a cut, then the transmitter's
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
import { type Chance, type ChanceHandle, type Duration, type Instant, after } from "../kernel/index.js";
import type { Node, SimulatedNode } from "../host/index.js";
import { type Content, KIND, type LossCause, type Trace } from "../trace/index.js";
import { type InFlight, NONE, type Slot } from "./in-flight.js";
import type { LinkKind } from "./link-kind.js";
import { type LossProcess, lossProcess } from "./loss.js";
import type { LinkSpec } from "./spec.js";
import type { NetworkStatistics } from "./statistics.js";
import { Transmitter } from "./transmitter.js";
import type { EndpointId, Link } from "./wire.js";

const CUT = 1;
const HELD = 2;
/** FIFO: the head is due and waits for the release; no event is pending. */
const STALLED = 4;
const REORDER = 8;
/** A channel was opened over this link before. */
const USED = 16;

const NO_SOURCE: ChanceHandle = -1;

/** Codes of link events in the fingerprint. */
const EVENT = { "link-cut": 1, "link-mended": 2, "link-held": 3, "link-released": 4 } as const;

/** What all links of a run share. */
export interface Carrier {
  readonly chance: Chance;
  readonly trace: Trace;
  readonly statistics: NetworkStatistics;
  readonly inFlight: InFlight;
  readonly now: Instant;
  takeSequence(): number;
  /** The head of FIFO link number `index` is due at `at`. */
  scheduleHead(at: Instant, sequence: number, index: number): void;
  /** A packet of a link that reorders is due at `at`; the link's number stands as the slot's next. */
  schedulePacket(at: Instant, sequence: number, slot: Slot): void;
  /** A packet has arrived: the endpoint gets it, if there is one. */
  handOver(from: Node, to: Node, id: EndpointId, packet: number, content: Content, now: Instant): void;
  lose(to: Node, packet: number, cause: LossCause, now: Instant): void;
}

/** What few links have. */
interface Extras {
  readonly transmitter: Transmitter | undefined;
  readonly loss: LossProcess | undefined;
  readonly corruption: ChanceHandle;
  readonly corruptionProbability: number;
  readonly duplication: ChanceHandle;
  readonly duplicationProbability: number;
  readonly copyDelay: ChanceHandle;
}

export class DirectedLink implements Link {
  readonly from: SimulatedNode;
  readonly to: SimulatedNode;
  packetsInFlight = 0;
  /** Packets that were ever in flight. */
  packetsCarried = 0;
  readonly #carrier: Carrier;
  readonly #index: number;
  readonly #kind: LinkKind;
  #condition: number;
  /** FIFO: the list of packets in flight. Otherwise: the list of those that are due while the link is held. */
  #head: Slot = NONE;
  #tail: Slot = NONE;
  /** `NO_SOURCE`: the delay is constant. */
  readonly #delay: ChanceHandle;
  /** `NO_SOURCE`: no Bernoulli loss. */
  readonly #loss: ChanceHandle;
  readonly #extras: Extras | undefined;

  /** `kind` is that of `spec`. */
  constructor(
    carrier: Carrier,
    index: number,
    spec: LinkSpec,
    kind: LinkKind,
    from: SimulatedNode,
    to: SimulatedNode,
  ) {
    this.#carrier = carrier;
    this.#index = index;
    this.#kind = kind;
    this.from = from;
    this.to = to;
    this.#condition = spec.reorder ? REORDER : 0;
    const { chance } = carrier;
    const name = `link/${from.name}>${to.name}`;
    this.#delay = spec.delay.kind === "constant" ? NO_SOURCE : chance.source(`${name}/delay`);
    this.#loss = kind.lossProbability > 0 ? chance.source(`${name}/loss`) : NO_SOURCE;
    this.#extras = extrasOf(spec, chance, name);
  }

  get queuedBytes(): number {
    return this.#extras?.transmitter?.waitingBytes(this.#carrier.now) ?? 0;
  }

  get isCut(): boolean {
    return (this.#condition & CUT) !== 0;
  }

  get isHeld(): boolean {
    return (this.#condition & HELD) !== 0;
  }

  /** Whether the first `carried` packets that were ever in flight are so no longer. */
  hasSettled(carried: number): boolean {
    const inOrder = (this.#condition & REORDER) === 0;
    return this.packetsInFlight === 0 || (inOrder && this.packetsCarried - this.packetsInFlight >= carried);
  }

  /** Notes that a channel is opened over this link; true when one was before. */
  noteUse(): boolean {
    const used = (this.#condition & USED) !== 0;
    this.#condition |= USED;
    return used;
  }

  send(endpoint: EndpointId, content: Content, wireBytes: number, now: Instant): void {
    const { statistics, trace, chance } = this.#carrier;
    statistics.packetsSent++;
    statistics.bytesSent += wireBytes;
    const packet = trace.packetSent(this.from.index, this.to.index, wireBytes, content, now);
    if ((this.#condition & CUT) !== 0) {
      this.#carrier.lose(this.to, packet, "cut", now);
      return;
    }
    const extras = this.#extras;
    if (extras !== undefined) {
      this.#sendThrough(extras, endpoint, content, wireBytes, packet, now);
      return;
    }
    const lost = this.#loss !== NO_SOURCE && chance.happens(this.#loss, this.#kind.lossProbability);
    const delay = this.#drawDelay(this.#delay);
    if (lost) this.#carrier.lose(this.to, packet, "loss", now);
    else this.#carry(after(now, delay), endpoint, packet, content);
  }

  /** As `send`, on a link with more to it than delay and independent loss. */
  #sendThrough(
    extras: Extras,
    endpoint: EndpointId,
    content: Content,
    wireBytes: number,
    packet: number,
    now: Instant,
  ): void {
    const departure = extras.transmitter === undefined ? now : extras.transmitter.accept(wireBytes, now);
    if (departure < 0) {
      this.#carrier.lose(this.to, packet, "queue-full", now);
      return;
    }
    const { chance, trace, statistics } = this.#carrier;
    const cause = this.#drawLoss(extras, content);
    const arrival = after(departure, this.#drawDelay(this.#delay));
    const doubled =
      extras.duplication !== NO_SOURCE && chance.happens(extras.duplication, extras.duplicationProbability);
    if (cause !== undefined) {
      this.#carrier.lose(this.to, packet, cause, now);
      return;
    }
    this.#carry(arrival, endpoint, packet, content);
    if (!doubled) return;
    statistics.packetsDuplicated++;
    const copy = trace.packetSent(this.from.index, this.to.index, wireBytes, content, now, packet);
    this.#carry(after(departure, this.#drawDelay(extras.copyDelay)), endpoint, copy, content);
  }

  #drawLoss(extras: Extras, content: Content): LossCause | undefined {
    const { chance } = this.#carrier;
    const lost =
      extras.loss === undefined
        ? this.#loss !== NO_SOURCE && chance.happens(this.#loss, this.#kind.lossProbability)
        : extras.loss.loses(content);
    const damaged =
      extras.corruption !== NO_SOURCE && chance.happens(extras.corruption, extras.corruptionProbability);
    return lost ? "loss" : damaged ? "corruption" : undefined;
  }

  #drawDelay(source: ChanceHandle): Duration {
    const { delay, constantDelay } = this.#kind;
    return source === NO_SOURCE ? constantDelay : this.#carrier.chance.duration(source, delay);
  }

  #carry(arrival: Instant, endpoint: EndpointId, packet: number, content: Content): void {
    const { inFlight } = this.#carrier;
    const sequence = this.#carrier.takeSequence();
    this.packetsInFlight++;
    this.packetsCarried++;
    if ((this.#condition & REORDER) !== 0) {
      const slot = inFlight.put(arrival, sequence, endpoint, packet, content);
      inFlight.setNext(slot, this.#index);
      this.#carrier.schedulePacket(arrival, sequence, slot);
      return;
    }
    const tail = this.#tail;
    if (tail === NONE) {
      const slot = inFlight.put(arrival, sequence, endpoint, packet, content);
      this.#head = this.#tail = slot;
      this.#carrier.scheduleHead(arrival, sequence, this.#index);
    } else {
      const earliest = inFlight.arrival(tail);
      const slot = inFlight.put(arrival > earliest ? arrival : earliest, sequence, endpoint, packet, content);
      inFlight.setNext(tail, slot);
      this.#tail = slot;
    }
  }

  /** @internal The head of a FIFO link is due. */
  headDue(now: Instant): void {
    if ((this.#condition & HELD) !== 0) {
      this.#condition |= STALLED;
      return;
    }
    const { inFlight } = this.#carrier;
    const slot = this.#head;
    const next = inFlight.next(slot);
    this.#head = next;
    if (next === NONE) this.#tail = NONE;
    else this.#carrier.scheduleHead(inFlight.arrival(next), inFlight.sequence(next), this.#index);
    this.#arrive(slot, now);
  }

  /** @internal A packet of a link that reorders is due. */
  packetDue(slot: Slot, now: Instant): void {
    if ((this.#condition & HELD) === 0) {
      this.#arrive(slot, now);
      return;
    }
    const { inFlight } = this.#carrier;
    inFlight.setNext(slot, NONE);
    if (this.#tail === NONE) this.#head = slot;
    else inFlight.setNext(this.#tail, slot);
    this.#tail = slot;
  }

  #arrive(slot: Slot, now: Instant): void {
    const { inFlight } = this.#carrier;
    const endpoint = inFlight.endpoint(slot);
    const packet = inFlight.packet(slot);
    const content = inFlight.content(slot);
    inFlight.free(slot);
    this.packetsInFlight--;
    if ((this.#condition & CUT) !== 0) this.#carrier.lose(this.to, packet, "cut", now);
    else this.#carrier.handOver(this.from, this.to, endpoint, packet, content, now);
  }

  /** Packets that enter or arrive from now on are lost. */
  cut(now: Instant): void {
    if (this.isCut) return;
    this.#condition |= CUT;
    this.#happened("link-cut", now);
  }

  mend(now: Instant): void {
    if (!this.isCut) return;
    this.#condition &= ~CUT;
    this.#happened("link-mended", now);
  }

  /** Packets wait from now on. */
  hold(now: Instant): void {
    if (this.isHeld) return;
    this.#condition |= HELD;
    this.#happened("link-held", now);
  }

  /** Packets that are due arrive now, in the order in which they were due. */
  release(now: Instant): void {
    if (!this.isHeld) return;
    const stalled = (this.#condition & STALLED) !== 0;
    this.#condition &= ~(HELD | STALLED);
    this.#happened("link-released", now);
    if ((this.#condition & REORDER) !== 0) this.#releaseAll(now);
    else if (stalled) this.#releaseDue(now);
  }

  #releaseDue(now: Instant): void {
    const { inFlight } = this.#carrier;
    for (let slot = this.#head; slot !== NONE && inFlight.arrival(slot) <= now; slot = inFlight.next(slot)) {
      inFlight.postpone(slot, now, this.#carrier.takeSequence());
    }
    this.#carrier.scheduleHead(now, inFlight.sequence(this.#head), this.#index);
  }

  #releaseAll(now: Instant): void {
    const { inFlight } = this.#carrier;
    let slot = this.#head;
    this.#head = this.#tail = NONE;
    while (slot !== NONE) {
      const next = inFlight.next(slot);
      inFlight.setNext(slot, this.#index);
      this.#carrier.schedulePacket(now, this.#carrier.takeSequence(), slot);
      slot = next;
    }
  }

  #happened(type: keyof typeof EVENT, now: Instant): void {
    const { trace } = this.#carrier;
    trace.mix(KIND.link, this.#index, EVENT[type], now);
    if (trace.keeping) trace.keep({ type, at: now, from: this.from.name, to: this.to.name });
  }
}

function extrasOf(spec: LinkSpec, chance: Chance, name: string): Extras | undefined {
  const loss = lossProcess(spec.loss, chance, name);
  const doubles = spec.duplication > 0;
  const damages = spec.corruption > 0;
  if (loss === undefined && spec.bandwidth === undefined && !doubles && !damages) return undefined;
  return {
    transmitter: spec.bandwidth === undefined ? undefined : new Transmitter(spec.bandwidth, spec.queueLimit),
    loss,
    corruptionProbability: spec.corruption,
    duplicationProbability: spec.duplication,
    corruption: damages ? chance.source(`${name}/corruption`) : NO_SOURCE,
    duplication: doubles ? chance.source(`${name}/duplication`) : NO_SOURCE,
    copyDelay: doubles && spec.delay.kind !== "constant" ? chance.source(`${name}/copy-delay`) : NO_SOURCE,
  };
}

/**
 * The recorder: mixes every event into the fingerprint and, when asked to, keeps it as data.
 *
 * The hot path calls the methods with integers; descriptions are asked for only when the trace is kept.
 */
import type { Instant } from "../kernel/index.js";
import type { CloseReason, ContentDescription, LossCause, TraceEvent } from "./events.js";
import { Fingerprint } from "./fingerprint.js";

/** What a packet carries: a size and, when somebody wants to read it, words. */
export interface Content {
  /** Bytes of the protocol's encoding (payload of the transport below). */
  readonly bytes: number;
  describe(): ContentDescription;
  /** What a content that only carries others (a TCP segment, a TLS record) begins to carry; absent: it is its own. */
  carried?(): readonly Content[];
}

/** Kinds that are mixed into the fingerprint. Their numbers never change. */
export const KIND = {
  packetSent: 1,
  packetLost: 2,
  packetReceived: 3,
  connectionOpened: 4,
  connectionClosed: 5,
  timerFired: 6,
  node: 7,
  link: 8,
  published: 9,
  acknowledged: 10,
  failed: 11,
  delivered: 12,
  model: 13,
} as const;

export class Trace {
  readonly fingerprint: Fingerprint = new Fingerprint();
  /** The kept events; undefined when none are kept. */
  readonly events: TraceEvent[] | undefined;
  /** Names of the nodes by canonical index. */
  readonly nodeNames: readonly string[];
  #packets = 0;

  constructor(nodeNames: readonly string[], keep: boolean) {
    this.nodeNames = nodeNames;
    this.events = keep ? [] : undefined;
  }

  /** Whether events are kept. Test this before building anything only a kept trace needs. */
  get keeping(): boolean {
    return this.events !== undefined;
  }

  /** Packets that have entered links. */
  get packets(): number {
    return this.#packets;
  }

  /**
   * A packet enters a link. Returns the packet's number in this run. `copyOf`: the number of the packet that
   * the network has doubled.
   */
  packetSent(
    from: number,
    to: number,
    bytes: number,
    content: Content,
    now: Instant,
    copyOf?: number,
  ): number {
    const packet = this.#packets++;
    this.fingerprint.mix(now, KIND.packetSent, (from << 16) ^ to, bytes);
    this.events?.push({
      type: "packet-sent",
      at: now,
      packet,
      from: this.#name(from),
      to: this.#name(to),
      bytes,
      contents: describeAll(content),
      ...(copyOf === undefined ? {} : { copyOf }),
    });
    return packet;
  }

  packetLost(to: number, packet: number, cause: LossCause, now: Instant): void {
    this.fingerprint.mix(now, KIND.packetLost, to, packet);
    this.events?.push({ type: "packet-lost", at: now, packet, cause });
  }

  packetReceived(to: number, packet: number, now: Instant): void {
    this.fingerprint.mix(now, KIND.packetReceived, to, packet);
    this.events?.push({ type: "packet-received", at: now, packet });
  }

  connectionOpened(node: number, peer: number, now: Instant): void {
    this.fingerprint.mix(now, KIND.connectionOpened, node, peer);
    this.events?.push({ type: "connection-opened", at: now, node: this.#name(node), peer: this.#name(peer) });
  }

  connectionClosed(node: number, peer: number, reason: CloseReason, now: Instant): void {
    this.fingerprint.mix(now, KIND.connectionClosed, node, peer);
    this.events?.push({
      type: "connection-closed",
      at: now,
      node: this.#name(node),
      peer: this.#name(peer),
      reason,
    });
  }

  /** A timer of a machine fired. It is kept if it has a name: leave that out where the machine has nothing to do. */
  timerFired(node: number, kind: number, name: string | undefined, now: Instant): void {
    this.fingerprint.mix(now, KIND.timerFired, node, kind);
    if (name === undefined) return;
    this.events?.push({ type: "timer-fired", at: now, node: this.#name(node), timer: name });
  }

  /** Something only a model knows: mixed by its integers, kept as the words that `text` makes. */
  note(node: number, code: number, now: Instant, text: () => string): void {
    this.fingerprint.mix(now, KIND.model, node, code);
    this.events?.push({ type: "note", at: now, node: this.#name(node), text: text() });
  }

  /** Mixes an event whose kept form, if any, the caller adds itself with `keep`. */
  mix(kind: number, node: number, identity: number, now: Instant): void {
    this.fingerprint.mix(now, kind, node, identity);
  }

  /** The same of `count` events with the identities `base` XOR `first`, `first` + 1, and so on. */
  mixAll(kind: number, node: number, base: number, first: number, count: number, now: Instant): void {
    this.fingerprint.mixAll(now, kind, node, base, first, count);
  }

  keep(event: TraceEvent): void {
    this.events?.push(event);
  }

  #name(node: number): string {
    return this.nodeNames[node] ?? `node ${node}`;
  }
}

/** What `content` consists of: itself, or what it carries, down to what carries nothing. */
export function partsOf(content: Content): readonly Content[] {
  const carried = content.carried?.();
  return carried === undefined ? [content] : carried.flatMap(partsOf);
}

/** A packet in words, then what it begins to carry. */
export function describeAll(packet: Content): readonly ContentDescription[] {
  const carried = packet.carried?.() ?? [];
  return [packet, ...carried.flatMap(partsOf)].map((content) => content.describe());
}

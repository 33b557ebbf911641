/**
 * A stream of messages and one recipient: what the recipient wants of it, what it is entitled to, and what it
 * got. Messages of a stream are numbered in the order in which they were published, so whatever holds from one
 * instant to another holds for a range of numbers:
 *
 * - *wanted* are the messages published from the application's request until it takes that back;
 * - *entitled* are those published after the subscription was confirmed. When the subscription ends, or the
 *   session is lost, before one of them was delivered, the promise for it ends too.
 *
 * Several filters of one recipient may match a topic: it is enough that one of them stands, the highest
 * quality granted counts, and as many copies may come as filters matched at once.
 */
import type { Instant } from "../kernel/index.js";
import { Bitset } from "./bitset.js";
import { countAcknowledgedDelivered } from "./outstanding.js";
import type { Stream } from "./stream.js";

/** No message has this number: where a wish or a promise would begin that does not stand. */
export const NO_MESSAGE = 0x7fffffff;

const QOS_MAX = 2;

/** The messages numbered `from` … `to` - 1. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export class Pair {
  readonly stream: Stream;
  readonly recipient: number;

  /** Message i has been delivered live. */
  delivered: Bitset | undefined;
  /** Highest number delivered so far under the promise that stands. */
  highest = -1;
  /** First message of the promise that stands. */
  entitledFrom: number = NO_MESSAGE;
  /** First message of the wish that stands. */
  wantedFrom: number = NO_MESSAGE;
  /** Metrics: messages delivered while entitled to them; while wanting them. */
  entitledDelivered = 0;
  wantedDelivered = 0;
  /** Smaller of the qualities published and granted, as promised for the messages from `qualityFrom` on. */
  quality = -1;
  /** The recipient got messages without ever having asked for them. */
  unasked = false;
  #copiesAllowed = 1;
  /** Message i has come because of a new subscription, as the topic's retained message. */
  retained: Bitset | undefined;

  qualityFrom: number = NO_MESSAGE;
  /** When the promise that stands was given. */
  entitledAt: Instant = -1;
  /** Index in the stream's list of pairs. */
  readonly place: number;
  /** Messages of promises that have ended which were acknowledged, of quality 1 or more, and delivered. */
  keptBefore = 0;
  /** Messages promised with quality 1 or more by a session that the other side forgot. */
  forgotten: Range[] | undefined;
  /** Message i is still held for this recipient, at the horizon. */
  held: Bitset | undefined;

  #wishes = 0;
  /** `#repeats[k]`: message i has been delivered more than k + 1 times, within the copies allowed. */
  #repeats: Bitset[] | undefined;
  /** How many subscriptions grant quality 0, 1 and 2. */
  readonly #grants: number[] = [0, 0, 0];
  /** Earlier parts of the promise that stands, of another quality, with that quality. */
  #earlier: (Range & { readonly quality: number })[] | undefined;

  constructor(stream: Stream, recipient: number, place: number) {
    this.stream = stream;
    this.recipient = recipient;
    this.place = place;
  }

  /** A subscription that matches the stream is asked for. */
  wish(): void {
    this.#wishes++;
    this.unasked = false;
    if (this.#wishes === 1) this.wantedFrom = this.stream.published;
    if (this.#wishes > this.#copiesAllowed) this.#copiesAllowed = this.#wishes;
  }

  /** The application takes a request back. */
  dropWish(): void {
    this.#wishes--;
    if (this.#wishes === 0) this.wantedFrom = NO_MESSAGE;
  }

  /** A subscription that matches the stream is confirmed. */
  grant(qos: number, now: Instant): void {
    this.#changeGrants(qos, 1);
    this.#adjust(now);
  }

  /** A confirmed subscription is confirmed again, with another quality. */
  regrant(before: number, after: number, now: Instant): void {
    this.#changeGrants(before, -1);
    this.#changeGrants(after, 1);
    this.#adjust(now);
  }

  /** A confirmed subscription has ended. `forgotten`: the other side had promised to keep it and did not. */
  revoke(qos: number, forgotten: boolean, now: Instant): void {
    this.#changeGrants(qos, -1);
    if (forgotten) this.#noteForgotten();
    this.#adjust(now);
  }

  /** Notes a live delivery: 1 the first, 0 one more copy of those allowed, -1 one too many. */
  deliver(index: number): number {
    this.delivered ??= new Bitset();
    if (this.delivered.add(index)) return 1;
    if (this.#copiesAllowed === 1) return -1;
    const repeats = (this.#repeats ??= []);
    for (let copy = 1; copy < this.#copiesAllowed; copy++) {
      const level = (repeats[copy - 1] ??= new Bitset());
      if (level.add(index)) return 0;
    }
    return -1;
  }

  /** Notes the first live deliveries of the messages `from` … `to` - 1. */
  deliverAll(from: number, to: number): void {
    this.delivered ??= new Bitset();
    this.delivered.addAll(from, to);
  }

  /** Whether message `index` has come, live or as the retained one. */
  has(index: number): boolean {
    return this.delivered?.has(index) === true || this.retained?.has(index) === true;
  }

  /** As `has`, for the messages 32 × `word` … 32 × `word` + 31, lowest first. */
  hasWord(word: number): number {
    return (this.delivered?.word(word) ?? 0) | (this.retained?.word(word) ?? 0);
  }

  /** Whether message `index` is still on its way to this recipient, at the horizon. */
  holds(index: number): boolean {
    return this.held?.has(index) === true || this.stream.heldForAll?.has(index) === true;
  }

  /** The promised quality of message `index`; -1 when none is promised. */
  promised(index: number): number {
    if (index < this.entitledFrom) return -1;
    if (index >= this.qualityFrom) return this.quality;
    return this.#earlier?.find(({ from, to }) => index >= from && index < to)?.quality ?? -1;
  }

  /** Whether message `index` was promised with quality 1 or more, now or by a session that was forgotten. */
  owes(index: number): boolean {
    if (this.promised(index) >= 1) return true;
    return this.forgotten?.some(({ from, to }) => index >= from && index < to) ?? false;
  }

  /** Calls `visit` for each part of the promise that stands that has quality 1 or more. */
  eachReliable(visit: (from: number, to: number) => void): void {
    for (const part of this.#earlier ?? []) if (part.quality >= 1) visit(part.from, part.to);
    if (this.quality >= 1) visit(this.qualityFrom, this.stream.published);
  }

  #changeGrants(qos: number, by: number): void {
    const quality = Math.min(qos, QOS_MAX);
    this.#grants[quality] = (this.#grants[quality] as number) + by;
  }

  #granted(): number {
    for (let qos = QOS_MAX; qos >= 0; qos--) if ((this.#grants[qos] as number) > 0) return qos;
    return -1;
  }

  #adjust(now: Instant): void {
    const quality = Math.min(this.#granted(), this.stream.qos);
    if (quality === this.quality) return;
    const next = this.stream.published;
    if (quality < 0) return this.#end();
    if (this.quality < 0) {
      this.entitledFrom = next;
      this.entitledAt = now;
    } else if (next > this.qualityFrom) {
      (this.#earlier ??= []).push({ from: this.qualityFrom, to: next, quality: this.quality });
    }
    this.quality = quality;
    this.qualityFrom = next;
    this.highest = -1;
  }

  #end(): void {
    this.eachReliable((from, to) => {
      this.keptBefore += countAcknowledgedDelivered(this, from, to);
    });
    this.entitledFrom = NO_MESSAGE;
    this.qualityFrom = NO_MESSAGE;
    this.quality = -1;
    this.#earlier = undefined;
    this.highest = -1;
  }

  #noteForgotten(): void {
    this.eachReliable((from, to) => {
      if (to > from) (this.forgotten ??= []).push({ from, to });
    });
  }
}

/** The pair of `stream` and `recipient`; made when there is none. */
export function pairWith(stream: Stream, recipient: number): Pair {
  const known = stream.pairOf(recipient);
  if (known !== undefined) return known;
  const pair = new Pair(stream, recipient, stream.pairs.length);
  stream.add(pair);
  return pair;
}

/**
 * Streams of messages as the history keeps them: numbered messages, what was acknowledged of them, and who
 * they are meant for.
 */
import type { Instant } from "../kernel/index.js";
import type { Message, MessageStream } from "../trace/index.js";
import { Bitset, countBetween } from "./bitset.js";
import type { Pair } from "./pair.js";
import { RecentMessages } from "./recent-messages.js";

/** Recipients that are found by looking at each; more are found by a map. */
const SCANNED_MAX = 8;

/** What a message was made from: a message by its place in its stream, since the message itself may be forgotten. */
export interface Origin {
  readonly stream: Stream;
  readonly index: number;
  /** The recipient as which it was read. */
  readonly reader: number;
}

const RETAIN = 1;
const FAILED = 2;
const OVERDUE = 4;

/**
 * A message that this history has given its identity. It has a constructor of its own, which is compiled into whoever
 * publishes; one that calls that of `Message` is not.
 */
export class PublishedMessage implements Message {
  readonly stream: Stream;
  readonly index: number;
  readonly publishedAt: Instant;
  readonly payloadBytes: number;
  /** When the publisher was told that it is safe. */
  acknowledgedAt: Instant | undefined = undefined;
  /** What an application made it from. */
  madeFrom: Origin | undefined = undefined;
  /** What is true of it, a bit each: a word for all is kept with every message, by logs for long. */
  #traits: number;

  constructor(stream: Stream, index: number, publishedAt: Instant, payloadBytes: number, retain: boolean) {
    this.stream = stream;
    this.index = index;
    this.publishedAt = publishedAt;
    this.payloadBytes = payloadBytes;
    this.#traits = retain ? RETAIN : 0;
  }

  get retain(): boolean {
    return (this.#traits & RETAIN) !== 0;
  }

  /** The publisher was told that it is refused or given up. */
  get failed(): boolean {
    return (this.#traits & FAILED) !== 0;
  }

  /** Noted as overdue. */
  get overdue(): boolean {
    return (this.#traits & OVERDUE) !== 0;
  }

  noteFailed(): void {
    this.#traits |= FAILED;
  }

  noteOverdue(): void {
    this.#traits |= OVERDUE;
  }
}

/** A message that is to be its topic's retained one. */
export class RetainedMessage extends PublishedMessage {
  /**
   * Places of publication and acknowledgement among everything that concerns retained messages: they tell
   * which of two came first where both happened at one instant. 0: none.
   */
  publishedOrder = 0;
  acknowledgedOrder = 0;
}

export class Stream implements MessageStream {
  readonly index: number;
  readonly publisher: number;
  readonly topic: string;
  readonly qos: number;
  /** Wills are published by somebody else, so their order among the publisher's own messages means nothing. */
  readonly ofWills: boolean;

  /** Messages published so far; the number of the next one. */
  published = 0;
  /** The first message that counts in the metrics. */
  firstCounted = 0;
  /** Acknowledged messages; absent until there is one. */
  acknowledged: Bitset | undefined;
  /** Messages that somebody still holds for whomever they are meant for. */
  heldForAll: Bitset | undefined;
  /** Messages that compaction may have taken from their log: whoever has not got them is owed nothing. */
  compacted: Bitset | undefined;
  /** Everybody who wants, or got, messages of this stream, in the order in which that became known. */
  readonly pairs: Pair[] = [];

  #recent: RecentMessages<PublishedMessage> | undefined;
  #byRecipient: Map<number, Pair> | undefined;
  /** Where the last pair was found. Recipients of one message tend to come in the same order. */
  #cursor = 0;

  constructor(index: number, publisher: number, topic: string, qos: number, ofWills: boolean) {
    this.index = index;
    this.publisher = publisher;
    this.topic = topic;
    this.qos = qos;
    this.ofWills = ofWills;
  }

  /** The latest messages, where they are kept (at quality 1 or more). */
  get recent(): RecentMessages<PublishedMessage> {
    return (this.#recent ??= new RecentMessages());
  }

  /** What `recipient` has to do with this stream; undefined when nothing. */
  pairOf(recipient: number): Pair | undefined {
    const pairs = this.pairs;
    let pair = pairs[this.#cursor];
    if (pair !== undefined && pair.recipient === recipient) return pair;
    pair = pairs[this.#cursor + 1] ?? pairs[0];
    if (pair !== undefined && pair.recipient === recipient) {
      this.#cursor = pair.place;
      return pair;
    }
    pair = this.#byRecipient === undefined ? this.#scan(recipient) : this.#byRecipient.get(recipient);
    if (pair !== undefined) this.#cursor = pair.place;
    return pair;
  }

  #scan(recipient: number): Pair | undefined {
    for (const pair of this.pairs) if (pair.recipient === recipient) return pair;
    return undefined;
  }

  /** Adds the pair of a recipient that has none. */
  add(pair: Pair): void {
    this.pairs.push(pair);
    if (this.#byRecipient !== undefined) this.#byRecipient.set(pair.recipient, pair);
    else if (this.pairs.length > SCANNED_MAX) {
      this.#byRecipient = new Map(this.pairs.map((each) => [each.recipient, each]));
    }
  }

  /** Notes that message `index` is acknowledged; false when that was known. */
  acknowledge(index: number): boolean {
    this.acknowledged ??= new Bitset();
    return this.acknowledged.add(index);
  }

  /** Notes that the messages `from` … `to` - 1 are acknowledged; false, and nothing done, when that was known of one. */
  acknowledgeAll(from: number, to: number): boolean {
    this.acknowledged ??= new Bitset();
    if (countBetween(this.acknowledged, from, to) > 0) return false;
    this.acknowledged.addAll(from, to);
    return true;
  }

  /** Notes that message `index` is still on its way to whomever it is meant for. */
  hold(index: number): void {
    this.heldForAll ??= new Bitset();
    this.heldForAll.add(index);
  }
}

/**
 * Deliveries of messages to those whom they are meant for: which come for the first time, which once more, and which
 * after a later one.
 */
import type { Instant } from "../kernel/index.js";
import type { Message, MessageRun } from "../trace/index.js";
import { AtMostOnce } from "./checks/at-most-once.js";
import { Ordered } from "./checks/ordered.js";
import { Bitset, countBetween } from "./bitset.js";
import type { HistoryEvents } from "./history-events.js";
import type { LogHistory } from "./log/log-history.js";
import { endOfInstant } from "./message-sequences.js";
import type { Overdue } from "./overdue.js";
import type { Pair } from "./pair.js";
import { RecentDeliveries } from "./recent-deliveries.js";
import type { PublishedMessage } from "./stream.js";
import type { Tally } from "./tally.js";
import type { CheckResult } from "./verdict.js";

export class FirstDeliveries {
  readonly #warmup: Instant;
  readonly #tally: Tally;
  readonly #overdue: Overdue;
  readonly #log: LogHistory;
  readonly #atMostOnce: AtMostOnce;
  readonly #ordered: Ordered;
  readonly #recent = new RecentDeliveries();
  #count = 0;
  /** Those that were not the first of their pair. */
  #followed = 0;

  /** Messages published before `warmup` do not count in the tally. */
  constructor(events: HistoryEvents, warmup: Instant, tally: Tally, overdue: Overdue, log: LogHistory) {
    this.#warmup = warmup;
    this.#tally = tally;
    this.#overdue = overdue;
    this.#log = log;
    this.#atMostOnce = new AtMostOnce(events);
    this.#ordered = new Ordered(events);
  }

  /** A message is delivered live; false when that is not the first time. */
  live(pair: Pair, message: PublishedMessage, now: Instant): boolean {
    const { index } = message;
    const copy = pair.deliver(index);
    if (copy <= 0) {
      if (copy < 0) this.#repeated(pair, message, now);
      return false;
    }
    this.#noteMade(pair, message, now);
    this.#note(pair, index, index + 1, message.publishedAt, now);
    if (index > pair.highest) {
      this.#noteInOrder(pair, index, 1);
    } else {
      this.#followed++;
      this.#ordered.overtaken(pair, message, this.#recent, now);
      if (message.publishedAt >= this.#warmup) this.#tally.outOfOrder++;
    }
    return true;
  }

  /**
   * The same of messages that follow each other in their stream, if each is delivered for the first time and after all
   * earlier ones; otherwise nothing is done.
   */
  liveAll(pair: Pair, run: MessageRun, now: Instant): boolean {
    const { messages, from, to } = run;
    const { index } = messages[from] as PublishedMessage;
    const end = index + to - from;
    if (index <= pair.highest || countBetween(pair.delivered, index, end) > 0) return false;
    pair.deliverAll(index, end);
    for (let place = from; place < to; place++)
      this.#noteMade(pair, messages[place] as PublishedMessage, now);
    for (let place = from; place < to;) {
      const until = endOfInstant(run, place);
      const { publishedAt } = messages[place] as Message;
      this.#note(pair, index + place - from, index + until - from, publishedAt, now);
      place = until;
    }
    this.#noteInOrder(pair, index, to - from);
    return true;
  }

  /** A message is delivered as its topic's retained one; false when it was delivered before. */
  retained(pair: Pair, message: PublishedMessage): boolean {
    const { index } = message;
    if (!(pair.retained ??= new Bitset()).add(index)) return false;
    if (pair.delivered?.has(index) === true) return false;
    if (message.publishedAt >= this.#warmup) count(pair, index, index + 1);
    return true;
  }

  atMostOnce(): CheckResult {
    return this.#atMostOnce.result(this.#count);
  }

  ordered(): CheckResult {
    return this.#ordered.result(this.#followed);
  }

  /** So many messages from `index` on have come, all of them later ones than had come before. */
  #noteInOrder(pair: Pair, index: number, length: number): void {
    this.#followed += pair.highest >= 0 ? length : length - 1;
    if (index > pair.highest + 1 && pair.quality >= 1) this.#overdue.passed(pair, index);
    pair.highest = index + length - 1;
  }

  #noteMade(pair: Pair, message: PublishedMessage, now: Instant): void {
    if (message.madeFrom === undefined) return;
    this.#log.madeDelivered(pair.recipient, message, message.madeFrom, now);
  }

  /** The messages `from` … `to` - 1 of the pair's stream, published at one instant, come for the first time. */
  #note(pair: Pair, from: number, to: number, publishedAt: Instant, now: Instant): void {
    this.#count += to - from;
    // Whoever breaks a promise first is shown beside an earlier delivery.
    if (this.#atMostOnce.unbroken || this.#ordered.unbroken)
      this.#recent.add(pair, from, to, publishedAt, now);
    if (publishedAt < this.#warmup) return;
    const entitled = lengthFrom(pair.entitledFrom, from, to);
    if (entitled > 0) this.#tally.latency.add(now - publishedAt, entitled);
    if (pair.retained === undefined) return count(pair, from, to);
    for (let index = from; index < to; index++) if (!pair.retained.has(index)) count(pair, index, index + 1);
  }

  #repeated(pair: Pair, message: PublishedMessage, now: Instant): void {
    const firstAt = this.#atMostOnce.unbroken ? this.#recent.find(pair, message.index)?.at : undefined;
    this.#atMostOnce.repeated(pair.recipient, message, firstAt, now);
    if (message.publishedAt >= this.#warmup) this.#tally.duplicates++;
  }
}

function count(pair: Pair, from: number, to: number): void {
  pair.entitledDelivered += lengthFrom(pair.entitledFrom, from, to);
  pair.wantedDelivered += lengthFrom(pair.wantedFrom, from, to);
}

/** How many of the messages `from` … `to` - 1 have the number `first` or a higher one. */
function lengthFrom(first: number, from: number, to: number): number {
  return first <= from ? to - from : Math.max(0, to - first);
}

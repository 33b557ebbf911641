/**
 * Deliveries of messages to those whom they are meant for: which come for the first time, which once more, and which
 * after a later one.
 */
import type { Instant } from "../kernel/index.js";
import type { MessageRun } from "../trace/index.js";
import { AtMostOnce } from "./checks/at-most-once.js";
import { Ordered } from "./checks/ordered.js";
import { Bitset, countBetween } from "./bitset.js";
import type { HistoryEvents } from "./history-events.js";
import type { LogHistory } from "./log/log-history.js";
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
    if (this.#keepsRecent()) this.#recent.add(pair, message, now);
    this.#note(pair, message, now);
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
    if (this.#keepsRecent()) this.#recent.addAll(pair, run, now);
    for (let place = from; place < to; place++) this.#note(pair, messages[place] as PublishedMessage, now);
    this.#noteInOrder(pair, index, to - from);
    return true;
  }

  /** A message is delivered as its topic's retained one; false when it was delivered before. */
  retained(pair: Pair, message: PublishedMessage): boolean {
    const { index } = message;
    if (!(pair.retained ??= new Bitset()).add(index)) return false;
    if (pair.delivered?.has(index) === true) return false;
    if (message.publishedAt >= this.#warmup) count(pair, index);
    return true;
  }

  atMostOnce(): CheckResult {
    return this.#atMostOnce.result(this.#count);
  }

  ordered(): CheckResult {
    return this.#ordered.result(this.#followed);
  }

  /** Whoever breaks a promise first is shown beside an earlier delivery. */
  #keepsRecent(): boolean {
    return this.#atMostOnce.unbroken || this.#ordered.unbroken;
  }

  /** So many messages from `index` on have come, all of them later ones than had come before. */
  #noteInOrder(pair: Pair, index: number, length: number): void {
    this.#followed += pair.highest >= 0 ? length : length - 1;
    if (index > pair.highest + 1 && pair.quality >= 1) this.#overdue.passed(pair, index);
    pair.highest = index + length - 1;
  }

  #note(pair: Pair, message: PublishedMessage, now: Instant): void {
    const { index, publishedAt } = message;
    this.#count++;
    if (message.madeFrom !== undefined)
      this.#log.madeDelivered(pair.recipient, message, message.madeFrom, now);
    if (publishedAt < this.#warmup) return;
    if (index >= pair.entitledFrom) this.#tally.latency.add(now - publishedAt);
    if (pair.retained?.has(index) !== true) count(pair, index);
  }

  #repeated(pair: Pair, message: PublishedMessage, now: Instant): void {
    const firstAt = this.#atMostOnce.unbroken ? this.#recent.find(pair, message.index)?.at : undefined;
    this.#atMostOnce.repeated(pair.recipient, message, firstAt, now);
    if (message.publishedAt >= this.#warmup) this.#tally.duplicates++;
  }
}

function count(pair: Pair, index: number): void {
  if (index >= pair.entitledFrom) pair.entitledDelivered++;
  if (index >= pair.wantedFrom) pair.wantedDelivered++;
}

/**
 * What polls returned for the first time: which records, how long after they were acknowledged, and whether any of
 * them had failed.
 */
import type { Instant } from "../../kernel/index.js";
import type { RecordRun } from "../../trace/index.js";
import { countBetween } from "../bitset.js";
import { Histogram } from "../histogram.js";
import type { PublishedMessage } from "../stream.js";
import type { AbortedReads } from "./aborted-reads.js";
import type { LogRecords } from "./log-records.js";

/** In place of the instant of an acknowledgement. */
const NOT_YET = -1;

export class FirstPolls {
  /** From acknowledgement to the first poll that returned the record; 0 where the poll came first. */
  readonly realtimeLag: Histogram = new Histogram();
  /** Acknowledged records that somebody's poll returned. */
  seen = 0;

  readonly #records: LogRecords;
  readonly #abortedReads: AbortedReads;

  constructor(records: LogRecords, abortedReads: AbortedReads) {
    this.#records = records;
    this.#abortedReads = abortedReads;
  }

  /** The producer was told that its message is safe. */
  acknowledged({ stream, index }: PublishedMessage): void {
    if (this.#records.isPolled(stream.index, index)) this.seen++;
  }

  /** The same of the messages `from` … `to` - 1 of a stream. */
  acknowledgedAll(stream: number, from: number, to: number): void {
    this.seen += countBetween(this.#records.of(stream).polled, from, to);
  }

  /** A poll has returned the message. */
  returned(consumer: number, offset: number, message: PublishedMessage, now: Instant): void {
    if (!this.#records.of(message.stream.index).polled.add(message.index)) return;
    this.#abortedReads.polled(consumer, offset, message, now);
    const { acknowledgedAt } = message;
    if (acknowledgedAt !== undefined) this.seen++;
    this.realtimeLag.add(acknowledgedAt === undefined ? 0 : now - acknowledgedAt);
  }

  /** The same of messages that follow each other in their stream. */
  returnedAll(consumer: number, { messages, from, to, offset }: RecordRun, now: Instant): void {
    const { stream, index } = messages[from] as PublishedMessage;
    const { polled, failed } = this.#records.of(stream.index);
    const end = index + to - from;
    if (failed !== undefined || countBetween(polled, index, end) > 0) {
      for (let place = from; place < to; place++) {
        this.returned(consumer, offset + place - from, messages[place] as PublishedMessage, now);
      }
      return;
    }
    polled.addAll(index, end);
    // Those of one batch were acknowledged together.
    let at: Instant = NOT_YET;
    let alike = 0;
    for (let place = from; place < to; place++) {
      const { acknowledgedAt = NOT_YET } = messages[place] as PublishedMessage;
      if (acknowledgedAt === at) {
        alike++;
        continue;
      }
      this.#add(at, alike, now);
      at = acknowledgedAt;
      alike = 1;
    }
    this.#add(at, alike, now);
  }

  /** So many messages that were acknowledged at `at`, or not yet, have been returned. */
  #add(at: Instant, count: number, now: Instant): void {
    if (count === 0) return;
    if (at !== NOT_YET) this.seen += count;
    this.realtimeLag.add(at === NOT_YET ? 0 : now - at, count);
  }
}

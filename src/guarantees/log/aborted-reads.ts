/**
 * aborted-read (G1a): a record is polled although its producer was told that it is not written, or aborted the
 * transaction that it was sent in, before or after the poll.
 */
import type { Instant } from "../../kernel/index.js";
import { Bitset } from "../bitset.js";
import type { PublishedMessage } from "../stream.js";
import type { CheckResult } from "../verdict.js";
import { Finding } from "./finding.js";
import type { LogPartition } from "./log-partition.js";
import type { LogRecords } from "./log-records.js";

export class AbortedReads {
  readonly #records: LogRecords;
  readonly #finding = new Finding("aborted-read");

  constructor(records: LogRecords) {
    this.#records = records;
  }

  failed(partition: LogPartition, message: PublishedMessage, now: Instant): void {
    const { stream, index } = message;
    const known = this.#records.of(stream.index);
    if (!(known.failed ??= new Bitset()).add(index)) return;
    this.#finding.atRisk++;
    if (!known.polled.has(index)) return;
    const { events } = this.#records;
    this.#finding.violated(() => ({
      what: `${events.message(message)} was polled, and failed.`,
      events: [
        events.published(message),
        ...this.#records.sighting(partition, stream.index, index),
        events.record("failed", stream.publisher, events.message(message), undefined, now),
      ],
    }));
  }

  /** A poll returns the message for the first time. */
  polled(consumer: number, offset: number, message: PublishedMessage, now: Instant): void {
    if (!this.#records.hasFailed(message.stream.index, message.index)) return;
    const { events } = this.#records;
    this.#finding.violated(() => ({
      what: `${events.message(message)} had failed, and was polled.`,
      events: [events.published(message), this.#records.polled(consumer, message, offset, now)],
    }));
  }

  result(): CheckResult {
    return this.#finding.result();
  }
}

/**
 * duplicate: one record stands at two offsets of its partition.
 * inconsistent-offsets: at one offset stand, or stood, two records.
 *
 * Where a record stands is told by the answer to its producer and by every poll that returns it. What was known of
 * the oldest offsets is forgotten when a partition has more runs than are kept; records told of there again are not
 * compared. A record that is at one offset only as far as anybody was told is no duplicate, however often it stands
 * in the log.
 */
import type { Instant } from "../../kernel/index.js";
import type { PublishedMessage } from "../stream.js";
import { countBetween } from "../bitset.js";
import type { CheckResult, Witness } from "../verdict.js";
import { Finding } from "./finding.js";
import {
  PLACED_AGAIN,
  PLACED_APART,
  PLACED_FORGOTTEN,
  PLACED_NEW,
  PLACED_OTHER,
  type Run,
} from "./log-order.js";
import type { LogPartition } from "./log-partition.js";
import type { LogRecords } from "./log-records.js";
import { TOLD_PRODUCER } from "./sightings.js";

export class Placements {
  readonly #records: LogRecords;
  readonly #duplicate = new Finding("duplicate");
  readonly #inconsistent = new Finding("inconsistent-offsets");

  constructor(records: LogRecords) {
    this.#records = records;
  }

  /**
   * Somebody was told where the message stands: the consumer `by`, or its producer. True when nobody had been told of
   * any place of it before.
   */
  told(
    partition: LogPartition,
    offset: number,
    message: PublishedMessage,
    by: number,
    now: Instant,
  ): boolean {
    const { stream, index } = message;
    const placement = partition.order.place(offset, stream.index, index);
    if (placement === PLACED_FORGOTTEN) return false;
    let first = false;
    if (placement === PLACED_AGAIN) this.#inconsistent.atRisk++;
    else {
      if (placement === PLACED_OTHER) this.#displace(partition, offset, message, by, now);
      first = this.#records.of(stream.index).placed.add(index);
      if (first) this.#duplicate.atRisk++;
      else if (!partition.stood(stream.index, index, offset)) {
        this.#duplicate.violated(() => this.#twice(partition, offset, message, by, now));
      }
    }
    this.#records.sightings.add(partition, { stream: stream.index, index, offset, length: 1 }, by, now);
    return first;
  }

  /**
   * The same of a whole run, where nothing can be found. `PLACED_NEW`: nobody had been told of any of its places;
   * `PLACED_AGAIN`: of all of them; `PLACED_APART`: nothing was done.
   */
  toldAll(partition: LogPartition, run: Run, by: number, now: Instant): number {
    const { stream, index, length } = run;
    const known = partition.order.known(run);
    if (known === PLACED_AGAIN) this.#inconsistent.atRisk += length;
    else {
      const { placed } = this.#records.of(stream);
      if (known !== PLACED_NEW || countBetween(placed, index, index + length) > 0) return PLACED_APART;
      partition.order.add(run);
      placed.addAll(index, index + length);
      this.#duplicate.atRisk += length;
    }
    this.#records.sightings.add(partition, run, by, now);
    return known;
  }

  results(): CheckResult[] {
    return [this.#duplicate.result(), this.#inconsistent.result()];
  }

  #displace(
    partition: LogPartition,
    offset: number,
    message: PublishedMessage,
    by: number,
    now: Instant,
  ): void {
    const other = partition.order.find(offset);
    if (other === undefined) return;
    this.#inconsistent.atRisk++;
    this.#inconsistent.violated(() => ({
      what:
        `At offset ${offset} of ${partition.name} stood ${this.#records.name(other.stream, other.index)}, ` +
        `and then ${this.#records.events.message(message)}.`,
      events: [
        ...this.#records.sighting(partition, other.stream, other.index),
        ...this.#told(message, offset, by, now),
      ],
    }));
    partition.leave({ stream: other.stream, index: other.index, offset, replaced: true });
    partition.order.replace(offset, message.stream.index, message.index);
  }

  #twice(
    partition: LogPartition,
    offset: number,
    message: PublishedMessage,
    by: number,
    now: Instant,
  ): Witness {
    const before = this.#records.sighting(partition, message.stream.index, message.index);
    return {
      what: `${this.#records.events.message(message)} stands at offset ${offset} of ${partition.name}, and at another.`,
      events: [this.#records.events.published(message), ...before, ...this.#told(message, offset, by, now)],
    };
  }

  #told(message: PublishedMessage, offset: number, by: number, now: Instant): Witness["events"] {
    return by === TOLD_PRODUCER
      ? [this.#records.stored(message, offset, now)]
      : [this.#records.polled(by, message, offset, now)];
  }
}

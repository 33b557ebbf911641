/**
 * poll-skip, nonmonotonic-poll: of two records that a consumer gets of a partition one after the other, the second
 * stands further on although there is a record in between; or it does not stand after the first. What one poll
 * returns is returned at one instant: within it these are int-poll-skip and int-nonmonotonic-poll.
 *
 * Allowed is that a position moves because the application sought it, or because the partition was assigned anew.
 * What a policy does to a position is not: a consumer that is sent on to the end has skipped what was there; in a
 * group, what nobody of the group has read.
 *
 * Whether there is a record in between is looked up later, when those who were to be told of it have been: at the
 * end, 4,096 gaps later, or when these offsets are to be forgotten. Offsets may stay empty (control records, aborted transactions, compaction).
 */
import type { Instant } from "../../kernel/index.js";
import type { PublishedMessage } from "../stream.js";
import type { CheckResult } from "../verdict.js";
import { Finding } from "./finding.js";
import type { LogPartition, Reader } from "./log-partition.js";
import type { LogRecords } from "./log-records.js";

const GAPS_MAX = 4_096;

/** Offsets `from` … `to` - 1 that a consumer did not get. */
interface Gap {
  readonly partition: LogPartition;
  readonly consumer: number;
  readonly from: number;
  readonly to: number;
  readonly within: boolean;
  readonly wasReset: boolean;
  readonly at: Instant;
}

export class Polls {
  readonly #records: LogRecords;
  readonly #skip = new Finding("poll-skip");
  readonly #skipWithin = new Finding("int-poll-skip");
  readonly #back = new Finding("nonmonotonic-poll");
  readonly #backWithin = new Finding("int-nonmonotonic-poll");
  #gaps: Gap[] = [];

  constructor(records: LogRecords) {
    this.#records = records;
  }

  /** The reader gets the message at `offset`; the reader is still where it was before. */
  polled(
    partition: LogPartition,
    reader: Reader,
    offset: number,
    message: PublishedMessage,
    now: Instant,
  ): void {
    const { next, consumer, wasReset } = reader;
    if (next < 0) return;
    const within = reader.polledAt === now;
    const back = within ? this.#backWithin : this.#back;
    const skip = within ? this.#skipWithin : this.#skip;
    back.atRisk++;
    skip.atRisk++;
    if (offset < next) {
      back.violated(() => ({
        what:
          `${this.#records.events.node(consumer)} got offset ${offset} of ${partition.name} ` +
          `where ${next} was next${within ? ", in one poll" : ""}${wasReset ? ", after a reset" : ""}.`,
        events: [...this.#before(partition, next), this.#records.polled(consumer, message, offset, now)],
      }));
    } else if (offset > next) {
      this.#note({ partition, consumer, from: next, to: offset, within, wasReset, at: now });
    }
  }

  /** The partition is about to forget what stands at the offsets below `until`. */
  judgeBelow(partition: LogPartition, until: number): void {
    this.#judgeAll((gap) => gap.partition === partition && gap.from < until);
  }

  results(): CheckResult[] {
    this.#judgeAll(() => true);
    return [this.#skip, this.#skipWithin, this.#back, this.#backWithin].map((finding) => finding.result());
  }

  /** The older half is judged when there are as many as are kept. */
  #note(gap: Gap): void {
    this.#gaps.push(gap);
    if (this.#gaps.length < 2 * GAPS_MAX) return;
    for (const old of this.#gaps.slice(0, GAPS_MAX)) this.#judge(old);
    this.#gaps = this.#gaps.slice(GAPS_MAX);
  }

  #judgeAll(isDue: (gap: Gap) => boolean): void {
    const due = this.#gaps.filter(isDue);
    if (due.length === 0) return;
    this.#gaps = this.#gaps.filter((gap) => !isDue(gap));
    for (const gap of due) this.#judge(gap);
  }

  #judge({ partition, consumer, from, to, within, wasReset, at }: Gap): void {
    let stream = -1;
    let index = -1;
    const found = partition.order.some(from, to, (run) => {
      for (let n = 0; n < run.length; n++) {
        if (!this.#records.isReal(run.stream, run.index + n)) continue;
        stream = run.stream;
        index = run.index + n;
        return true;
      }
      return false;
    });
    if (!found) return;
    const node = this.#records.events.node(consumer);
    const detail = `offset ${to}`;
    (within ? this.#skipWithin : this.#skip).violated(() => ({
      what:
        `${node} went on from offset ${from} to ${to} of ${partition.name}${wasReset ? ", by a reset" : ""}: ` +
        `${this.#records.name(stream, index)} was skipped.`,
      events: [
        ...this.#records.sighting(partition, stream, index),
        this.#records.events.record("polled", consumer, partition.name, detail, at),
      ],
    }));
  }

  #before(partition: LogPartition, next: number): ReturnType<LogRecords["sighting"]> {
    const last = partition.order.find(next - 1);
    return last === undefined ? [] : this.#records.sighting(partition, last.stream, last.index);
  }
}

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
 * end, 4,096 gaps later, or when these offsets are to be forgotten. Offsets may stay empty (control records, aborted
 * transactions), and compaction may have taken what stood there: of a record that seems to be missing then it is asked
 * again at the end, of 65,536 at most.
 */
import type { Instant } from "../../kernel/index.js";
import type { PublishedMessage } from "../stream.js";
import type { CheckResult } from "../verdict.js";
import { Finding } from "./finding.js";
import { LastOfKeys } from "./last-of-keys.js";
import type { LogPartition, Reader } from "./log-partition.js";
import type { LogRecords } from "./log-records.js";

const GAPS_MAX = 4_096;
const DOUBTS_MAX = 65_536;

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

/** A record that stood in a gap. */
interface Missing {
  readonly stream: number;
  readonly index: number;
  readonly offset: number;
}

/** A gap in which records are missing, unless compaction has taken them. */
interface Doubt {
  readonly gap: Gap;
  readonly missing: readonly Missing[];
}

export class Polls {
  readonly #records: LogRecords;
  readonly #skip = new Finding("poll-skip");
  readonly #skipWithin = new Finding("int-poll-skip");
  readonly #back = new Finding("nonmonotonic-poll");
  readonly #backWithin = new Finding("int-nonmonotonic-poll");
  #gaps: Gap[] = [];
  readonly #doubts: Doubt[] = [];
  /** Records that are in doubt. */
  #doubtful = 0;

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

  /** The reader gets `length` records from where it was, as far as that is known. */
  polledNext(reader: Reader, length: number, now: Instant): void {
    const isKnown = reader.next >= 0;
    const within = isKnown && reader.polledAt === now ? length : length - 1;
    this.#backWithin.atRisk += within;
    this.#skipWithin.atRisk += within;
    if (!isKnown || within === length) return;
    this.#back.atRisk++;
    this.#skip.atRisk++;
  }

  /** The partition is about to forget what stands at the offsets below `until`. */
  judgeBelow(partition: LogPartition, until: number): void {
    this.#judgeAll((gap) => gap.partition === partition && gap.from < until, false);
  }

  results(): CheckResult[] {
    this.#judgeAll(() => true, true);
    this.#judgeDoubts();
    return [this.#skip, this.#skipWithin, this.#back, this.#backWithin].map((finding) => finding.result());
  }

  /** The older half is judged when there are as many as are kept. */
  #note(gap: Gap): void {
    this.#gaps.push(gap);
    if (this.#gaps.length < 2 * GAPS_MAX) return;
    const older = new Set(this.#gaps.slice(0, GAPS_MAX));
    this.#judgeAll((each) => older.has(each), false);
  }

  /** `atEnd`: nothing more will be told. */
  #judgeAll(isDue: (gap: Gap) => boolean, atEnd: boolean): void {
    const due = this.#gaps.filter(isDue);
    if (due.length === 0) return;
    this.#gaps = this.#gaps.filter((gap) => !isDue(gap));
    const lasts = new Map<LogPartition, LastOfKeys>();
    for (const gap of due) {
      const { partition } = gap;
      if (!partition.isKeyed) this.#judge(gap, undefined);
      else {
        const last = lasts.get(partition) ?? new LastOfKeys(this.#records, partition);
        lasts.set(partition, last);
        if (atEnd) this.#judge(gap, last);
        else this.#doubt(gap, last);
      }
    }
  }

  #judge(gap: Gap, last: LastOfKeys | undefined): void {
    const found = this.#missing(gap, last, 1)[0];
    if (found !== undefined) this.#violated(gap, found);
  }

  /** Later ones of their keys may become known. */
  #doubt(gap: Gap, last: LastOfKeys): void {
    const missing = this.#missing(gap, last, DOUBTS_MAX - this.#doubtful);
    if (missing.length === 0) return;
    this.#doubtful += missing.length;
    this.#doubts.push({ gap, missing });
    if (this.#doubtful === DOUBTS_MAX) (gap.within ? this.#skipWithin : this.#skip).open++;
  }

  #judgeDoubts(): void {
    const lasts = new Map<LogPartition, LastOfKeys>();
    for (const { gap, missing } of this.#doubts.splice(0)) {
      const last = lasts.get(gap.partition) ?? new LastOfKeys(this.#records, gap.partition);
      lasts.set(gap.partition, last);
      const found = missing.find(({ stream, index, offset }) => !last.mayTake(stream, index, offset));
      if (found !== undefined) this.#violated(gap, found);
    }
  }

  /** Records in the gap that nobody has taken, the first `most` of them. */
  #missing({ partition, from, to }: Gap, last: LastOfKeys | undefined, most: number): Missing[] {
    const found: Missing[] = [];
    if (most === 0) return found;
    partition.order.some(from, to, (run) => {
      for (let n = 0; n < run.length; n++) {
        const [index, offset] = [run.index + n, run.offset + n];
        if (!this.#records.isReal(run.stream, index)) continue;
        if (last?.mayTake(run.stream, index, offset) === true) continue;
        if (found.push({ stream: run.stream, index, offset }) === most) return true;
      }
      return false;
    });
    return found;
  }

  #violated({ partition, consumer, from, to, within, wasReset, at }: Gap, { stream, index }: Missing): void {
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

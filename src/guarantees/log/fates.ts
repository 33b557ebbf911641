/**
 * What became of records, asked when all is over:
 *
 * - lost-write: acknowledged, at an offset that some consumer's polls have passed, and returned by nobody's;
 * - unseen: acknowledged, at an offset that somebody was to read, and returned by nobody's poll by the end;
 * - committed-ahead: at an offset below one that a group has committed, and never done with in that group.
 *
 * Jepsen's consumers begin at the beginning, so it takes everything below the highest offset polled for passed; here
 * a consumer has passed what lies between the place where it began, or was put, and the last record that it got. A
 * group is to be done with everything from where it began.
 *
 * What compaction may take is missed by nobody (see `LastOfKeys`). A record whose offset nobody was told of is not
 * looked at. Of records that were replaced, or whose runs were forgotten, 65,536 are kept a partition.
 */
import type { HistoryEnd } from "../history-end.js";
import type { CheckResult, Witness } from "../verdict.js";
import { Finding } from "./finding.js";
import type { IntervalSet } from "./interval-set.js";
import type { LastOfKeys } from "./last-of-keys.js";
import type { GroupShare, LogPartition } from "./log-partition.js";
import type { LogRecords } from "./log-records.js";

export class Fates {
  readonly #records: LogRecords;
  readonly #end: HistoryEnd;
  readonly #lost = new Finding("lost-write");
  readonly #unseen = new Finding("unseen");
  readonly #ahead = new Finding("committed-ahead");

  /** `seen`: acknowledged records that somebody's poll returned. */
  constructor(records: LogRecords, end: HistoryEnd, seen: number) {
    this.#records = records;
    this.#end = end;
    this.#lost.atRisk = seen;
    this.#unseen.atRisk = seen;
  }

  /** `last`: of the keys of a compacted partition. */
  look(partition: LogPartition, last: LastOfKeys | undefined): void {
    const begin = partition.begin();
    const passed = partition.passed();
    if (begin < Infinity) {
      const read = (stream: number, index: number, offset: number): void => {
        if (last?.mayTake(stream, index, offset) === true) return;
        this.#read(partition, passed, stream, index, offset);
      };
      partition.eachRecord(begin, Infinity, read, (run) => this.#records.allPolled(run));
    }
    for (const share of partition.groups) this.#done(partition, share, last);
    if (partition.leftOut) for (const finding of [this.#lost, this.#unseen, this.#ahead]) finding.open++;
  }

  results(): CheckResult[] {
    return [this.#lost, this.#unseen, this.#ahead].map((finding) => finding.result());
  }

  #read(partition: LogPartition, passed: IntervalSet, stream: number, index: number, offset: number): void {
    if (this.#records.isPolled(stream, index) || !this.#records.isAcknowledged(stream, index)) return;
    this.#unseen.atRisk++;
    const fate = (what: string) => (): Witness => this.#show(partition, stream, index, offset, what);
    if (this.#end.healedAt === undefined) this.#unseen.open++;
    else this.#unseen.violated(fate("was never polled"));
    if (!passed.has(offset)) return;
    this.#lost.atRisk++;
    this.#lost.violated(fate("was passed by those who read there, and polled by nobody"));
  }

  #done(partition: LogPartition, share: GroupShare, last: LastOfKeys | undefined): void {
    const { group, from, committed, committedAt } = share;
    if (from < 0 || committed <= from) return;
    partition.eachRecord(from, committed, (stream, index, offset, replaced) => {
      if (replaced || !this.#records.isReal(stream, index)) return;
      if (last?.mayTake(stream, index, offset) === true) return;
      this.#ahead.atRisk++;
      if (this.#records.stream(stream).pairOf(group)?.has(index) === true) return;
      this.#ahead.violated(() => ({
        what:
          `${this.#records.events.node(group)} committed offset ${committed} of ${partition.name} and was never ` +
          `done with ${this.#records.name(stream, index)} at offset ${offset}.`,
        events: [
          ...this.#records.story(partition, stream, index, this.#end),
          this.#records.events.record("committed", group, partition.name, `offset ${committed}`, committedAt),
          this.#records.events.ended(this.#end.at),
        ].sort((a, b) => a.at - b.at),
      }));
    });
  }

  #show(partition: LogPartition, stream: number, index: number, offset: number, what: string): Witness {
    return {
      what: `${this.#records.name(stream, index)} was acknowledged, at offset ${offset}, and ${what}.`,
      events: [
        ...this.#records.story(partition, stream, index, this.#end),
        this.#records.events.ended(this.#end.at),
      ],
    };
  }
}

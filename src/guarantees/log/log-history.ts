/**
 * The history of partitioned logs: offsets, positions, groups and transactions, as the application saw them, and the
 * checkers of what Jepsen's Kafka workload calls by these names.
 *
 * It keeps two bits a record at most, the runs of each partition (see `LogOrder`), and what is not over.
 */
import type { Instant } from "../../kernel/index.js";
import {
  type LogApplication,
  type Message,
  POSITION_RESET,
  type RecordRun,
  type Trace,
} from "../../trace/index.js";
import { Bitset } from "../bitset.js";
import type { HistoryEnd } from "../history-end.js";
import type { HistoryEvents } from "../history-events.js";
import type { Histogram } from "../histogram.js";
import type { MessageSequences } from "../message-sequences.js";
import { type Origin, PublishedMessage, type Stream } from "../stream.js";
import type { CheckResult } from "../verdict.js";
import { AbortedReads } from "./aborted-reads.js";
import { eachAlike } from "./alike-runs.js";
import { Fates } from "./fates.js";
import { FirstPolls } from "./first-polls.js";
import { type GroupLag, GroupLags } from "./group-lags.js";
import { PLACED_AGAIN, PLACED_APART } from "./log-order.js";
import { type GroupShare, LogPartition, type Reader } from "./log-partition.js";
import { LastValues, lastOfKeys } from "./last-of-keys.js";
import { LogRecords } from "./log-records.js";
import { LogTrace } from "./log-trace.js";
import { Owners } from "./owners.js";
import { Placements } from "./placements.js";
import { Polls } from "./polls.js";
import { Processed } from "./processed.js";
import { Sends } from "./sends.js";
import { TOLD_PRODUCER } from "./sightings.js";
import { Transactions } from "./transactions.js";

export class LogHistory implements LogApplication {
  /** Records that polls returned, repetitions included. */
  polls = 0;

  readonly #streams: readonly Stream[];
  readonly #sequences: MessageSequences;
  readonly #kept: LogTrace;
  readonly #records: LogRecords;
  readonly #partitions = new Map<string, LogPartition>();
  #latest: LogPartition | undefined;
  /** Of the keys of compacted partitions. */
  readonly #keyNumbers = new Map<string, number>();
  readonly #placements: Placements;
  readonly #sends: Sends;
  readonly #abortedReads: AbortedReads;
  readonly #polls: Polls;
  readonly #owners: Owners;
  readonly #transactions: Transactions;
  readonly #lags = new GroupLags();
  readonly #processed: Processed;
  readonly #firstPolls: FirstPolls;

  constructor(
    streams: readonly Stream[],
    sequences: MessageSequences,
    events: HistoryEvents,
    trace: Trace | undefined,
  ) {
    this.#streams = streams;
    this.#sequences = sequences;
    this.#kept = new LogTrace(events, trace);
    this.#records = new LogRecords(streams, events);
    this.#placements = new Placements(this.#records);
    this.#sends = new Sends(this.#records);
    this.#abortedReads = new AbortedReads(this.#records);
    this.#firstPolls = new FirstPolls(this.#records, this.#abortedReads);
    this.#polls = new Polls(this.#records);
    this.#owners = new Owners(this.#records);
    this.#transactions = new Transactions(this.#records, (name) => this.#partition(name));
    this.#processed = new Processed(this.#records);
  }

  keyed(message: Message, key: string, deletes: boolean): void {
    if (!this.#knows(message)) return;
    let number = this.#keyNumbers.get(key);
    if (number === undefined) this.#keyNumbers.set(key, (number = this.#keyNumbers.size));
    this.#records.setKey(message.stream.index, message.index, number, deletes);
    this.#partition(message.stream.topic).isKeyed = true;
  }

  stored(run: RecordRun, now: Instant): void {
    const topic = run.messages[run.from]?.stream.topic;
    if (topic === undefined) return;
    const partition = this.#partition(topic);
    eachAlike(partition, this.#sequences, run, (sequence) => this.#stored(partition, sequence, now));
  }

  polled(consumer: number, name: string, run: RecordRun, now: Instant): void {
    const partition = this.#partition(name);
    const reader = partition.reader(consumer);
    eachAlike(partition, this.#sequences, run, (sequence) => this.#polled(partition, reader, sequence, now));
  }

  positioned(consumer: number, name: string, offset: number, why: number, now: Instant): void {
    const partition = this.#partition(name);
    const reader = partition.reader(consumer);
    const share = reader.group < 0 ? undefined : partition.share(reader.group);
    partition.jump(reader, offset);
    reader.wasReset = why === POSITION_RESET;
    if (!reader.wasReset) reader.next = offset;
    else if (reader.next < 0) reader.next = share !== undefined && share.readTo >= 0 ? share.readTo : offset;
    if (share !== undefined && share.from < 0) this.#begin(partition, share, offset);
    this.#kept.offset("positioned", consumer, name, offset, now, REASONS[why]);
  }

  assigned(group: number, consumer: number, name: string, now: Instant): void {
    const partition = this.#partition(name);
    this.#owners.assigned(partition, partition.share(group), consumer, now);
    const reader = partition.reader(consumer);
    reader.group = group;
    reader.next = -1;
    reader.polledAt = -1;
    this.#kept.owner("assigned", group, consumer, name, now);
  }

  revoked(group: number, consumer: number, name: string, now: Instant): void {
    const partition = this.#partition(name);
    this.#owners.revoked(partition.share(group), consumer, now);
    this.#kept.owner("revoked", group, consumer, name, now);
  }

  committed(group: number, name: string, offset: number, now: Instant): void {
    const partition = this.#partition(name);
    const share = partition.share(group);
    if (offset > share.committed) {
      share.committed = offset;
      share.committedAt = now;
    }
    share.committedLast = offset;
    this.#lags.changed(partition, share);
    this.#kept.offset("committed", group, name, offset, now);
  }

  transactionBegun(producer: number, now: Instant): number {
    const id = this.#transactions.begun(producer, now);
    this.#kept.transaction("transaction-begun", producer, id, now);
    return id;
  }

  transactionSent(transaction: number, message: Message): void {
    if (this.#knows(message)) this.#transactions.sent(transaction, message);
  }

  transactionOffset(): void {}

  transactionEnded(transaction: number, outcome: number, now: Instant): void {
    const producer = this.#transactions.ended(transaction, outcome, now);
    if (producer !== undefined) {
      this.#kept.transaction("transaction-ended", producer, transaction, now, OUTCOMES[outcome]);
    }
  }

  derived(output: Message, input: Message, now: Instant): void {
    if (!this.#knows(output) || !this.#knows(input)) return;
    const { publisher } = output.stream;
    const { group } = this.#partition(input.stream.topic).reader(publisher);
    this.#processed.derived(output, input, group >= 0 ? group : publisher);
    this.#kept.derived(output, input, now);
  }

  /** A recipient is delivered, for the first time, what an application has made from `input`. */
  madeDelivered(recipient: number, output: PublishedMessage, input: Origin, now: Instant): void {
    this.#processed.delivered(recipient, output, input, now);
  }

  /** The producer was told that its message is safe. */
  acknowledged(message: PublishedMessage): void {
    this.#firstPolls.acknowledged(message);
  }

  /** The same of the messages `from` … `to` - 1 of a stream. */
  acknowledgedAll(stream: number, from: number, to: number): void {
    this.#firstPolls.acknowledgedAll(stream, from, to);
  }

  /** The producer was told that its message is refused or given up, or has aborted its transaction. */
  failed(message: PublishedMessage, now: Instant): void {
    const partition = this.#partitions.get(message.stream.topic);
    if (partition !== undefined) this.#abortedReads.failed(partition, message, now);
  }

  /** From acknowledgement to the first poll that returned the record; 0 where the poll came first. */
  get realtimeLag(): Histogram {
    return this.#firstPolls.realtimeLag;
  }

  /** How far each group is behind now. */
  get lags(): readonly GroupLag[] {
    return this.#lags.all;
  }

  /** The most records that a group was behind at any time, all of its partitions together. */
  get lagMax(): number {
    return this.#lags.max;
  }

  /** Nanoseconds that partitions that were owned had no owner in a group, together; whole after `conclude`. */
  get unowned(): number {
    return this.#owners.unowned;
  }

  /** Nanoseconds that groups that had owned partitions owned none at all, together; whole after `conclude`. */
  get standstill(): number {
    return this.#owners.standstill;
  }

  /** Nanoseconds that partitions had more than one owner in a group, together; whole after `conclude`. */
  get ownerOverlap(): number {
    return this.#owners.overlap;
  }

  /** How often a recipient got nothing, or more than one, of what was made from a record; whole after `conclude`. */
  get processed(): { readonly missing: number; readonly repeated: number } {
    return this.#processed;
  }

  /** Memory of what grows with the number of records. */
  get bytes(): number {
    let { bytes } = this.#records;
    for (const { order } of this.#partitions.values()) bytes += order.bytes;
    return bytes;
  }

  /** Has streams know what compaction may have taken of them, now that all is over. */
  noteCompacted(): void {
    for (const partition of this.#partitions.values()) {
      const last = lastOfKeys(this.#records, partition);
      if (last === undefined) continue;
      partition.eachRecord(0, Infinity, (stream, index, offset) => {
        if (!last.mayTake(stream, index, offset)) return;
        (this.#records.stream(stream).compacted ??= new Bitset()).add(index);
      });
    }
  }

  /** In the order of their descriptions. */
  conclude(end: HistoryEnd): CheckResult[] {
    const fates = new Fates(this.#records, end, this.#firstPolls.seen);
    const lastValues = new LastValues(this.#records, end);
    for (const partition of this.#partitions.values()) {
      const last = lastOfKeys(this.#records, partition);
      fates.look(partition, last);
      if (last !== undefined) lastValues.look(partition, last);
    }
    return [
      ...fates.results(),
      lastValues.result(),
      ...this.#placements.results(),
      this.#abortedReads.result(),
      ...this.#polls.results(),
      this.#sends.result(),
      this.#owners.result(end.at),
      ...this.#transactions.results(end),
      ...this.#processed.results(end),
    ];
  }

  /** Nothing that a record is part of is open: what a sequence of them shows can be seen at once. */
  #isQuiet(): boolean {
    return !this.#transactions.anyOpen && !this.#kept.keeping;
  }

  #stored(partition: LogPartition, sequence: RecordRun, now: Instant): void {
    const { messages, from, to, offset } = sequence;
    const first = messages[from] as Message;
    if (!this.#knows(first)) return;
    if (this.#isQuiet() && this.#toldAll(partition, first, sequence, TOLD_PRODUCER, now)) return;
    for (let place = from; place < to; place++) {
      const message = messages[place] as PublishedMessage;
      const at = offset + place - from;
      this.#told(partition, at, message, TOLD_PRODUCER, now);
      this.#transactions.stored(message, at);
      this.#kept.record("stored", message.stream.publisher, partition.name, at, message, now);
    }
  }

  #polled(partition: LogPartition, reader: Reader, sequence: RecordRun, now: Instant): void {
    const { messages, from, to, offset } = sequence;
    const first = messages[from] as Message;
    if (!this.#knows(first)) return;
    this.polls += to - from;
    const { consumer, next } = reader;
    const follows = (next < 0 || next === offset) && !partition.isKeyed && this.#isQuiet();
    if (follows && this.#toldAll(partition, first, sequence, consumer, now)) {
      this.#polls.polledNext(reader, to - from, now);
      this.#readOn(partition, reader, offset, to - from, now);
      this.#firstPolls.returnedAll(consumer, sequence, now);
      return;
    }
    for (let place = from; place < to; place++) {
      const message = messages[place] as PublishedMessage;
      const at = offset + place - from;
      this.#polls.polled(partition, reader, at, message, now);
      this.#readOn(partition, reader, at, 1, now);
      this.#noteKey(partition, reader, at, message);
      this.#told(partition, at, message, consumer, now);
      this.#firstPolls.returned(consumer, at, message, now);
      this.#transactions.polled(consumer, at, message, now);
      this.#kept.record("polled", consumer, partition.name, at, message, now);
    }
  }

  /** The reader has got `length` records. */
  #readOn(partition: LogPartition, reader: Reader, offset: number, length: number, now: Instant): void {
    if (reader.from < 0 || offset < reader.readTo) partition.jump(reader, offset);
    reader.next = offset + length;
    reader.readTo = offset + length;
    reader.polledAt = now;
    reader.wasReset = false;
    if (reader.group < 0) return;
    const share = partition.share(reader.group);
    if (share.from < 0) this.#begin(partition, share, offset);
    share.readTo = Math.max(share.readTo, offset + length);
  }

  #noteKey({ isKeyed }: LogPartition, reader: Reader, offset: number, message: PublishedMessage): void {
    if (!isKeyed) return;
    const key = this.#records.keyOf(message.stream.index, message.index);
    if (key >= 0) (reader.keys ??= new Map()).set(key, offset);
  }

  #begin(partition: LogPartition, share: GroupShare, offset: number): void {
    share.from = offset;
    this.#lags.changed(partition, share);
  }

  #told(partition: LogPartition, offset: number, message: PublishedMessage, by: number, now: Instant): void {
    this.#lags.told(partition, offset);
    if (this.#placements.told(partition, offset, message, by, now)) {
      this.#sends.placed(partition, offset, message);
    }
  }

  /** The same of a sequence, if there is nothing to be found; otherwise nothing is done. */
  #toldAll(
    partition: LogPartition,
    { stream, index }: PublishedMessage,
    sequence: RecordRun,
    by: number,
    now: Instant,
  ): boolean {
    const { from, to, offset } = sequence;
    const run = { offset, length: to - from, stream: stream.index, index };
    const told = this.#placements.toldAll(partition, run, by, now);
    if (told === PLACED_APART) return false;
    this.#lags.told(partition, offset + run.length - 1);
    if (told === PLACED_AGAIN) return true;
    this.#sends.placedAll(partition, sequence);
    return true;
  }

  #knows(message: Message): message is PublishedMessage {
    return message instanceof PublishedMessage && this.#streams[message.stream.index] === message.stream;
  }

  #partition(name: string): LogPartition {
    if (this.#latest?.name === name) return this.#latest;
    let partition = this.#partitions.get(name);
    if (partition === undefined) {
      partition = new LogPartition(name, (forgetful, until) => this.#forgetting(forgetful, until));
      this.#partitions.set(name, partition);
    }
    this.#latest = partition;
    return partition;
  }

  /** What the runs are needed for is looked at before they are forgotten; records whose story is not over stay. */
  #forgetting(partition: LogPartition, until: number): void {
    this.#polls.judgeBelow(partition, until);
    partition.order.some(0, until, ({ offset, length, stream, index }) => {
      for (let n = 0; n < length; n++) {
        this.#forgetKey(partition, stream, index + n, offset + n);
        if (this.#records.isOver(stream, index + n)) continue;
        partition.leave({ stream, index: index + n, offset: offset + n, replaced: false });
      }
      return false;
    });
  }

  #forgetKey({ forgottenKeys }: LogPartition, stream: number, index: number, offset: number): void {
    const key = this.#records.keyOf(stream, index);
    if (key < 0 || this.#records.hasFailed(stream, index)) return;
    if (offset > (forgottenKeys.get(key) ?? -1)) forgottenKeys.set(key, offset);
  }
}

const REASONS: readonly string[] = ["assigned", "sought", "reset"];
const OUTCOMES: readonly string[] = ["committed", "aborted", "unresolved"];

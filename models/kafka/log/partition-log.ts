/**
 * The log of one replica: batches in the order of their offsets, in segments of which the last one is active, the
 * offsets at which leader epochs begin [KIP-101], and what is known of producers. It is what its files are.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { LogConfig } from "../protocol/log-config.js";
import { type EpochEnd } from "../protocol/messages.js";
import { type StoredBatch, timestampAt } from "../protocol/record-batch.js";
import { LeaderEpochs } from "./leader-epochs.js";
import type { CleanedSegment, LogFiles } from "./log-files.js";
import { NO_PRODUCERS, ProducerStates } from "./producer-states.js";
import { expiredSegments } from "./retention.js";
import { Segment } from "./segment.js";
import { TransactionIndex } from "./transaction-index.js";

/** A record by its place. */
export interface RecordPlace {
  readonly offset: number;
  readonly timestamp: Instant;
  readonly leaderEpoch: number;
}

export class PartitionLog {
  readonly producers: ProducerStates = new ProducerStates();
  readonly transactions: TransactionIndex = new TransactionIndex();
  readonly #files: LogFiles;
  readonly #segments: Segment[] = [];
  readonly #epochs: LeaderEpochs;
  #config: LogConfig;
  #startOffset: number;
  #endOffset: number;
  #recoveryPoint = 0;
  #generation = 0;
  #recoveredBytes = 0;
  #isDamaged = false;

  /**
   * Of what the files hold; what is damaged and all that follows it is cut off. `startOffset`: as checkpointed.
   */
  constructor(files: LogFiles, config: LogConfig, startOffset = 0) {
    this.#files = files;
    this.#config = config;
    this.#epochs = new LeaderEpochs(files.findEpochs());
    this.#recoverFrom(files.recoveryPoint);
    if (this.#segments.length === 0) this.#begin(startOffset);
    const first = (this.#segments[0] as Segment).baseOffset;
    this.#endOffset = this.#active().endOffset;
    // What was checkpointed may be beyond what a power loss has left.
    this.#startOffset = Math.min(Math.max(first, startOffset), this.#endOffset);
    this.#recoveryPoint = Math.min(files.recoveryPoint, this.#endOffset);
    this.#epochs.endAt(this.#endOffset);
    this.#epochs.startAt(this.#startOffset);
    this.#rebuildProducers();
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** All batches. */
  get entries(): readonly StoredBatch[] {
    return this.#segments.flatMap(({ entries }) => entries);
  }

  get config(): LogConfig {
    return this.#config;
  }

  configure(config: LogConfig): void {
    this.#config = config;
  }

  /** The first offset that can be read. */
  get startOffset(): number {
    return this.#startOffset;
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** What ends at or before this offset was synced. */
  get recoveryPoint(): number {
    return this.#recoveryPoint;
  }

  /** Changes whenever segments are cut, deleted or replaced. */
  get generation(): number {
    return this.#generation;
  }

  /** What was read again, because it was not known to have been synced. */
  get recoveredBytes(): number {
    return this.#recoveredBytes;
  }

  /** A batch with a wrong checksum was found, and cut off. */
  get wasDamaged(): boolean {
    return this.#isDamaged;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get latestEpoch(): number {
    return this.#epochs.latest;
  }

  #active(): Segment {
    return this.#segments.at(-1) as Segment;
  }

  /** False when the disk is full: nothing was written. */
  append(stored: StoredBatch): boolean {
    if (this.#isFull(stored)) this.roll(stored.baseOffset);
    if (!this.#active().append(stored)) return false;
    this.#endOffset = stored.endOffset;
    this.beginEpoch(stored.leaderEpoch, stored.baseOffset);
    this.producers.appended(stored);
    this.transactions.appended(stored);
    return true;
  }

  /** Batches of `epoch` begin at `startOffset`, unless they have begun before. */
  beginEpoch(epoch: number, startOffset: number): void {
    if (this.#epochs.begin(epoch, startOffset)) this.#files.saveEpochs(this.#epochs.starts);
  }

  /** Closes the active segment and begins another one. The device is asked to sync what was closed. */
  roll(baseOffset: number = this.#endOffset): void {
    if (this.#active().entries.length === 0 && this.#active().baseOffset === baseOffset) return;
    this.#begin(baseOffset);
    const generation = this.#generation;
    this.#files.sync(() => {
      if (this.#generation === generation) this.#markSynced(baseOffset);
    });
  }

  /** Everything appended so far was waited for until it is safe. */
  synced(): void {
    this.#markSynced(this.#endOffset);
  }

  /** Drops the batches that end after `offset`. */
  truncate(offset: number): void {
    if (offset < (this.#segments[0] as Segment).baseOffset) return this.restartAt(offset);
    while (this.#segments.length > 1 && this.#active().baseOffset >= offset) this.#dropLast();
    this.#active().truncate(offset);
    const before = this.#endOffset;
    this.#endOffset = this.#active().endOffset;
    // An epoch that began without a batch may be one that the leader never had.
    this.#epochs.endAt(offset);
    if (this.#endOffset === before) return;
    this.#wasCut();
    this.#startOffset = Math.min(this.#startOffset, this.#endOffset);
    this.#rebuildProducers();
  }

  /** Forgets everything: the log begins and ends at `offset`. */
  restartAt(offset: number): void {
    while (this.#segments.length > 0) this.#dropLast();
    this.producers.restore(NO_PRODUCERS);
    this.transactions.rebuild([]);
    this.#begin(offset);
    this.#startOffset = this.#endOffset = offset;
    this.#epochs.endAt(0);
    this.#wasCut();
  }

  /** Deletes all of it. */
  discard(): void {
    while (this.#segments.length > 0) this.#dropLast();
    this.#files.saveEpochs([]);
    this.#files.noteRecoveryPoint(0);
    this.#generation++;
  }

  /** Nobody may read below `offset` any more; what is wholly below goes when old segments are deleted. */
  advanceStart(offset: number): void {
    if (offset <= this.#startOffset) return;
    this.#startOffset = offset;
    this.#epochs.startAt(offset);
    this.#files.saveEpochs(this.#epochs.starts);
  }

  /** Deletes the first segments that are too old or too many, of those that end at or before `limit`. Returns how many. */
  deleteOld(limit: number, now: Instant): number {
    const count = expiredSegments(this, limit, now);
    if (count === 0) return 0;
    // There is always an active segment: where all are to go, a new one begins first.
    if (count === this.#segments.length) this.roll();
    for (const { baseOffset } of this.#segments.splice(0, count)) {
      this.#files.remove(baseOffset, this.#config.fileDeleteDelay);
    }
    this.#generation++;
    this.advanceStart((this.#segments[0] as Segment).baseOffset);
    return count;
  }

  /** Puts a cleaned segment where others were. False: the disk is full. */
  replace(cleaned: CleanedSegment): boolean {
    const place = this.#segments.findIndex(({ baseOffset }) => baseOffset === cleaned.baseOffset);
    const { producers } = this.#segments[place] as Segment;
    const file = this.#files.replace(cleaned, this.#config.fileDeleteDelay);
    if (file === undefined) return false;
    const segment = new Segment(cleaned.baseOffset, file, producers);
    this.#segments.splice(place, cleaned.replaces.length, segment);
    this.#generation++;
    return true;
  }

  /** Has the device write what a cleaning makes; then calls `done`. */
  write(bytes: number, done: () => void): void {
    this.#files.write(bytes, done);
  }

  /** The latest epoch not above `epoch` that this log knows, and where it ends [KIP-279]. */
  endOfEpoch(epoch: number): EpochEnd {
    return this.#epochs.endOf(epoch, this.#endOffset);
  }

  /** Whole batches from the one that holds `offset`, up to `limit`, of `maxBytes` together but at least one. */
  read(offset: number, limit: number, maxBytes: number): StoredBatch[] {
    const found: StoredBatch[] = [];
    let bytes = 0;
    for (let place = this.#placeOf(offset); place < this.#segments.length; place++) {
      const segment = this.#segments[place] as Segment;
      const { entries } = segment;
      for (let at = segment.placeOf(offset); at < entries.length; at++) {
        const stored = entries[at] as StoredBatch;
        bytes += stored.bytes;
        if (stored.endOffset > limit || (found.length > 0 && bytes > maxBytes)) return found;
        found.push(stored);
      }
    }
    return found;
  }

  /** The first record from `startOffset` on, and below `limit`, that is not older than `timestamp` [KIP-79]. */
  firstSince(timestamp: Instant, limit: number): RecordPlace | undefined {
    const segment = this.#segments.find(({ largestTimestamp }) => largestTimestamp >= timestamp);
    if (segment === undefined) return undefined;
    const from = Math.max(segment.baseOffset, this.#startOffset);
    return this.#search(from, limit, (found) => found >= timestamp, true);
  }

  /** The first of the records below `limit` that have the latest timestamp [KIP-734]. */
  latest(limit: number): RecordPlace | undefined {
    let most = -1;
    return this.#search(this.#startOffset, limit, (timestamp) => {
      if (timestamp <= most) return false;
      most = timestamp;
      return true;
    });
  }

  /** The first record, or the last one, that `wanted` takes. */
  #search(
    from: number,
    limit: number,
    wanted: (timestamp: Instant) => boolean,
    first = false,
  ): RecordPlace | undefined {
    let found: RecordPlace | undefined;
    for (const { batch, baseOffset, leaderEpoch, kept } of this.read(from, limit, Infinity)) {
      for (let place = 0; place < batch.count; place++) {
        const offset = baseOffset + place;
        const timestamp = timestampAt(batch, place);
        if (offset < from || kept?.includes(place) === false || !wanted(timestamp)) continue;
        found = { offset, timestamp, leaderEpoch };
        if (first) return found;
      }
    }
    return found;
  }

  /** Place of the segment that `offset` belongs to. */
  #placeOf(offset: number): number {
    let place = this.#segments.length - 1;
    // Most readers are near the end.
    while (place > 0 && (this.#segments[place] as Segment).baseOffset > offset) place--;
    return place;
  }

  #isFull({ bytes, batch }: StoredBatch): boolean {
    const { segmentBytes, segmentTime, compacts, maxCompactionLag } = this.#config;
    const active = this.#active();
    if (active.entries.length === 0) return false;
    if (active.bytes + bytes > segmentBytes) return true;
    // A log that must be compacted in time is closed in time, too.
    const time = compacts ? Math.min(segmentTime, maxCompactionLag) : segmentTime;
    return batch.maxTimestamp - (active.firstTimestamp ?? batch.maxTimestamp) > time;
  }

  #begin(baseOffset: number): void {
    const producers = this.producers.snapshot();
    this.#files.saveProducers(baseOffset, producers);
    this.#segments.push(new Segment(baseOffset, this.#files.create(baseOffset), producers));
  }

  /** As Kafka does after a truncation, writes down at once how far the log is synced: then the device knows of it. */
  #wasCut(): void {
    this.#generation++;
    this.#recoveryPoint = Math.min(this.#recoveryPoint, this.#endOffset);
    this.#files.noteRecoveryPoint(this.#recoveryPoint);
    this.#files.saveRecoveryPoint(() => this.#files.saveEpochs(this.#epochs.starts));
  }

  #dropLast(): void {
    const segment = this.#segments.pop();
    if (segment !== undefined) this.#files.remove(segment.baseOffset, 0);
  }

  #markSynced(offset: number): void {
    for (let place = this.#segments.length - 1; place >= 0; place--) {
      const segment = this.#segments[place] as Segment;
      if (segment.baseOffset < offset) segment.file.synced();
      if (segment.baseOffset <= this.#recoveryPoint) break;
    }
    this.#recoveryPoint = Math.max(this.#recoveryPoint, offset);
    this.#files.noteRecoveryPoint(this.#recoveryPoint);
  }

  /** Segments that end at or before the recovery point are whole; the others are read batch by batch. */
  #recoverFrom(recoveryPoint: number): void {
    for (const { baseOffset, file, producers } of this.#files.findSegments()) {
      if (this.#isDamaged) {
        this.#files.remove(baseOffset, 0);
        continue;
      }
      const segment = new Segment(baseOffset, file, producers);
      const before = this.#segments.at(-1);
      if (before !== undefined && segment.entries.length === 0 && before.endOffset < baseOffset) {
        // The power failed before what was to come before it was on the device.
        this.#files.remove(baseOffset, 0);
        continue;
      }
      this.#segments.push(segment);
      if (segment.endOffset <= recoveryPoint && !file.torn) continue;
      this.#isDamaged = file.torn;
      file.truncate(segment.entries.length);
      this.#recoveredBytes += segment.bytes;
      for (const { leaderEpoch, baseOffset: offset } of segment.entries) {
        if (leaderEpoch > this.#epochs.latest) this.#epochs.begin(leaderEpoch, offset);
      }
    }
  }

  /** From the last snapshot that there is, and the batches after it. */
  #rebuildProducers(): void {
    let place = this.#segments.length - 1;
    while (place > 0 && this.#segments[place]?.producers === undefined) place--;
    this.producers.restore(this.#segments[place]?.producers ?? NO_PRODUCERS);
    for (const { entries } of this.#segments.slice(Math.max(0, place))) {
      for (const stored of entries) this.producers.appended(stored);
    }
    this.transactions.rebuild(this.entries);
  }
}

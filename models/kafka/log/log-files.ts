/** The files of one log, as the log sees them. The broker puts them on its node's disk; tests into arrays. */
import type { StoredBatch } from "../protocol/record-batch.js";
import type { EpochStart } from "./leader-epochs.js";
import type { ProducerSnapshot } from "./producer-states.js";

/** Batches in the order of their offsets. */
export interface SegmentFile {
  readonly entries: readonly StoredBatch[];
  readonly bytes: number;
  /** After a power loss: the file ends in a batch whose checksum is wrong. */
  readonly torn: boolean;
  /** False: the disk is full. */
  append(stored: StoredBatch): boolean;
  /** Keeps the first `count` batches. */
  truncate(count: number): void;
  /** All of it was waited for until it is safe. */
  synced(): void;
}

/** A segment that was there when the process started. */
export interface FoundSegment {
  readonly baseOffset: number;
  readonly file: SegmentFile;
  /** Absent: it never reached the disk. */
  readonly producers: ProducerSnapshot | undefined;
}

/** Batches that are to stand in the place of some segments. */
export interface CleanedSegment {
  readonly baseOffset: number;
  readonly batches: readonly StoredBatch[];
  /** Base offsets of the segments that it replaces, its own among them. */
  readonly replaces: readonly number[];
}

export interface LogFiles {
  /** As found: what ends at or before this offset was synced. */
  readonly recoveryPoint: number;
  /** To be written down with the next checkpoint. */
  noteRecoveryPoint(offset: number): void;
  /** Writes down what was noted, now; then calls `done`, perhaps at once. */
  saveRecoveryPoint(done: () => void): void;
  /** In the order of their offsets. */
  findSegments(): readonly FoundSegment[];
  findEpochs(): readonly EpochStart[];
  saveEpochs(starts: readonly EpochStart[]): void;
  create(baseOffset: number): SegmentFile;
  /** Keeps what is known of producers where a segment begins. */
  saveProducers(baseOffset: number, producers: ProducerSnapshot): void;
  /** Deletes a segment; its room is given back after `delay`. */
  remove(baseOffset: number, delay: number): void;
  /** Has the device sync what was written so far; then calls `done`, perhaps at once. */
  sync(done: () => void): void;
  /** Has the device write and sync so many bytes; then calls `done`, perhaps at once. */
  write(bytes: number, done: () => void): void;
  /** Puts a cleaned segment in its place, in one step; undefined: the disk is full, and nothing has changed. */
  replace(segment: CleanedSegment, delay: number): SegmentFile | undefined;
}

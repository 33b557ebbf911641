/** Files of a log in arrays, on a device that syncs when it is told to. */
import type {
  CleanedSegment,
  FoundSegment,
  LogFiles,
  SegmentFile,
} from "../../../models/kafka/log/log-files.js";
import type { EpochStart } from "../../../models/kafka/log/leader-epochs.js";
import type { ProducerSnapshot } from "../../../models/kafka/log/producer-states.js";
import type { StoredBatch } from "../../../models/kafka/protocol/record-batch.js";

export class ArrayFile implements SegmentFile {
  readonly entries: StoredBatch[] = [];
  torn = false;
  isSynced = false;

  get bytes(): number {
    return this.entries.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  append(stored: StoredBatch): boolean {
    this.entries.push(stored);
    this.isSynced = false;
    return true;
  }

  truncate(count: number): void {
    this.entries.length = Math.min(this.entries.length, count);
    this.torn = false;
  }

  synced(): void {
    this.isSynced = true;
  }
}

export class ArrayFiles implements LogFiles {
  recoveryPoint = 0;
  readonly segments: Map<number, ArrayFile> = new Map();
  readonly producers: Map<number, ProducerSnapshot> = new Map();
  epochs: readonly EpochStart[] = [];
  /** Syncs that the device has not done yet; undefined: it does them at once. */
  pending: (() => void)[] | undefined;

  noteRecoveryPoint(offset: number): void {
    this.recoveryPoint = offset;
  }

  saveRecoveryPoint(done: () => void): void {
    done();
  }

  findSegments(): readonly FoundSegment[] {
    const found = [...this.segments].map(([baseOffset, file]) => {
      return { baseOffset, file, producers: this.producers.get(baseOffset) };
    });
    return found.sort((one, other) => one.baseOffset - other.baseOffset);
  }

  findEpochs(): readonly EpochStart[] {
    return this.epochs;
  }

  saveEpochs(starts: readonly EpochStart[]): void {
    this.epochs = [...starts];
  }

  create(baseOffset: number): SegmentFile {
    const file = new ArrayFile();
    this.segments.set(baseOffset, file);
    return file;
  }

  saveProducers(baseOffset: number, producers: ProducerSnapshot): void {
    this.producers.set(baseOffset, producers);
  }

  remove(baseOffset: number): void {
    this.segments.delete(baseOffset);
    this.producers.delete(baseOffset);
  }

  sync(done: () => void): void {
    if (this.pending === undefined) done();
    else this.pending.push(done);
  }

  write(_bytes: number, done: () => void): void {
    done();
  }

  replace({ baseOffset, batches, replaces }: CleanedSegment): SegmentFile {
    for (const each of replaces) this.segments.delete(each);
    const file = this.create(baseOffset);
    for (const stored of batches) file.append(stored);
    return file;
  }
}

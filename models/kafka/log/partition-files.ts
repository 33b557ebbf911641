/** The files of one log on a broker's disk: a file a segment, snapshots of producers, the leader-epoch-checkpoint. */
import type { DiskFile } from "../../../src/host/index.js";
import type { StoredBatch } from "../protocol/record-batch.js";
import type { DeletedFiles } from "./deleted-files.js";
import { type Device, LINE_BYTES } from "./device.js";
import type { EpochStart } from "./leader-epochs.js";
import type { CleanedSegment, FoundSegment, LogFiles, SegmentFile } from "./log-files.js";
import type { ProducerSnapshot } from "./producer-states.js";

/** The log's line in the directory's recovery-point-offset-checkpoint. */
export interface RecoveryPoint {
  get(): number;
  set(offset: number): void;
  save(done: () => void): void;
}

/** Bytes of a producer in a snapshot, by the schema in `ProducerStateManager`. */
const PRODUCER_BYTES = 54;
/** Of a base offset in a name. */
const DIGITS = 20;

export class PartitionFiles implements LogFiles {
  readonly #device: Device;
  readonly #deleted: DeletedFiles;
  readonly #folder: string;
  readonly #recoveryPoint: RecoveryPoint;

  constructor(device: Device, deleted: DeletedFiles, partition: number, recoveryPoint: RecoveryPoint) {
    this.#device = device;
    this.#deleted = deleted;
    this.#folder = `partition-${partition}/`;
    this.#recoveryPoint = recoveryPoint;
  }

  get recoveryPoint(): number {
    return this.#recoveryPoint.get();
  }

  noteRecoveryPoint(offset: number): void {
    this.#recoveryPoint.set(offset);
  }

  saveRecoveryPoint(done: () => void): void {
    this.#recoveryPoint.save(done);
  }

  findSegments(): readonly FoundSegment[] {
    return this.#device.disk.names(this.#segmentName("")).map((name) => {
      const digits = name.slice(-DIGITS);
      const producers = this.#device.file<ProducerSnapshot>(this.#snapshotName(digits)).entries[0];
      return { baseOffset: Number(digits), file: this.#opened(name), producers };
    });
  }

  findEpochs(): readonly EpochStart[] {
    return this.#device.file<readonly EpochStart[]>(this.#epochsName()).entries[0] ?? [];
  }

  saveEpochs(starts: readonly EpochStart[]): void {
    this.#device.overwrite(this.#epochsName(), [...starts], starts.length * LINE_BYTES);
  }

  create(baseOffset: number): SegmentFile {
    return this.#opened(this.#segmentName(digitsOf(baseOffset)));
  }

  saveProducers(baseOffset: number, producers: ProducerSnapshot): void {
    const file = this.#device.file<ProducerSnapshot>(this.#snapshotName(digitsOf(baseOffset)));
    file.truncate(0, this.#device.now);
    file.append(producers, producers.size * PRODUCER_BYTES, this.#device.now);
  }

  remove(baseOffset: number, delay: number): void {
    const digits = digitsOf(baseOffset);
    this.#device.disk.remove(this.#snapshotName(digits));
    this.#deleted.delete(this.#segmentName(digits), delay);
  }

  sync(done: () => void): void {
    this.#device.sync(0, () => {
      for (const name of this.#device.disk.names(this.#snapshotName(""))) this.#device.file(name).synced();
      done();
    });
  }

  write(bytes: number, done: () => void): void {
    this.#device.sync(bytes, done);
  }

  replace({ baseOffset, batches, replaces }: CleanedSegment, delay: number): SegmentFile | undefined {
    const name = `${this.#folder}cleaned`;
    const file = this.#device.file<StoredBatch>(name);
    for (const stored of batches) {
      if (file.append(stored, stored.bytes, this.#device.now)) continue;
      this.#device.disk.remove(name);
      return undefined;
    }
    file.synced();
    for (const replaced of replaces) {
      const digits = digitsOf(replaced);
      // What was known of producers at the base offset stays true.
      if (replaced !== baseOffset) this.#device.disk.remove(this.#snapshotName(digits));
      this.#deleted.delete(this.#segmentName(digits), delay);
    }
    this.#device.disk.rename(name, this.#segmentName(digitsOf(baseOffset)));
    return this.create(baseOffset);
  }

  #epochsName(): string {
    return `${this.#folder}leader-epoch-checkpoint`;
  }

  #segmentName(digits: string): string {
    return `${this.#folder}log/${digits}`;
  }

  #snapshotName(digits: string): string {
    return `${this.#folder}producers/${digits}`;
  }

  #opened(name: string): SegmentFile {
    return new OpenSegment(this.#device, this.#device.file(name));
  }
}

class OpenSegment implements SegmentFile {
  readonly #device: Device;
  readonly #file: DiskFile<StoredBatch>;

  constructor(device: Device, file: DiskFile<StoredBatch>) {
    this.#device = device;
    this.#file = file;
  }

  get entries(): readonly StoredBatch[] {
    return this.#file.entries;
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  get torn(): boolean {
    return this.#file.torn;
  }

  append(stored: StoredBatch): boolean {
    return this.#file.append(stored, stored.bytes, this.#device.now);
  }

  truncate(count: number): void {
    this.#file.truncate(count, this.#device.now);
  }

  synced(): void {
    this.#file.synced();
  }
}

/** So that names are in the order of offsets. */
function digitsOf(baseOffset: number): string {
  return String(baseOffset).padStart(DIGITS, "0");
}

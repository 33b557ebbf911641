/** A broker's log directory on its node's disk: a file a segment, and checkpoints of offsets by partition. */
import type { Disk, Node } from "../../../src/host/index.js";
import type { Simulation, Timers } from "../../../src/kernel/index.js";
import { DeletedFiles } from "./deleted-files.js";
import { Device, LINE_BYTES } from "./device.js";
import type { LogFiles } from "./log-files.js";
import { PartitionFiles } from "./partition-files.js";

/** Offsets by partition, replaced as a whole: written to another file, synced, renamed (`CheckpointFile`). */
export interface OffsetCheckpoint {
  read(): ReadonlyMap<number, number>;
  write(offsets: ReadonlyMap<number, number>): void;
}

/** What a broker keeps on its disk. */
export interface LogDirectory {
  files(partition: number): LogFiles;
  checkpoint(name: string): OffsetCheckpoint;
  /** Writes down how far logs are synced. */
  checkpointRecoveryPoints(): void;
}

const RECOVERY_POINTS = "recovery-point-offset-checkpoint";

/** The directory as one process of the broker sees it. */
export class DiskLogDirectory implements LogDirectory {
  readonly #disk: Disk;
  readonly #device: Device;
  readonly #deleted: DeletedFiles;
  readonly #recoveryPoints: Map<number, number>;
  readonly #failed: () => void;

  /** `failed`: something could not be written, and nobody asked whether it was. */
  constructor(node: Node, simulation: Simulation, timers: Timers, failed: () => void) {
    this.#disk = node.disk;
    this.#device = new Device(this.#disk, simulation);
    this.#deleted = new DeletedFiles(node, simulation, timers);
    this.#recoveryPoints = new Map(this.checkpoint(RECOVERY_POINTS).read());
    this.#failed = failed;
  }

  /** The process has died. */
  close(): void {
    this.#deleted.close();
  }

  files(partition: number): LogFiles {
    const points = this.#recoveryPoints;
    return new PartitionFiles(this.#device, this.#deleted, partition, {
      get: () => points.get(partition) ?? 0,
      set: (offset) => points.set(partition, offset),
      save: (done) => this.#saveRecoveryPoints(done),
    });
  }

  checkpoint(name: string): OffsetCheckpoint {
    return {
      read: () => this.#disk.file<ReadonlyMap<number, number>>(name).entries[0] ?? new Map<number, number>(),
      write: (offsets) => this.#write(name, offsets, () => undefined),
    };
  }

  checkpointRecoveryPoints(): void {
    this.#saveRecoveryPoints(() => undefined);
  }

  #saveRecoveryPoints(done: () => void): void {
    this.#write(RECOVERY_POINTS, new Map(this.#recoveryPoints), done);
  }

  #write(name: string, offsets: ReadonlyMap<number, number>, done: () => void): void {
    const bytes = offsets.size * LINE_BYTES;
    this.#device.sync(bytes, () => {
      if (!this.#device.overwrite(name, offsets, bytes)) this.#failed();
      done();
    });
  }
}

/** A broker's disk, as its log directory uses it. */
import type { Disk, DiskFile, InputTarget } from "../../../src/host/index.js";
import type { Instant, Simulation } from "../../../src/kernel/index.js";

/** Bytes of a line of a checkpoint: a name and two or three numbers. */
export const LINE_BYTES = 32;

export class Device implements InputTarget<undefined> {
  readonly disk: Disk;
  readonly #simulation: Simulation;
  /** What is to follow what the device was asked for, in that order. */
  readonly #waiting: (() => void)[] = [];

  constructor(disk: Disk, simulation: Simulation) {
    this.disk = disk;
    this.#simulation = simulation;
  }

  get now(): Instant {
    return this.#simulation.now;
  }

  file<Entry>(name: string): DiskFile<Entry> {
    return this.disk.file(name);
  }

  /** Has the device write and sync, then calls `done`, perhaps at once. */
  sync(bytes: number, done: () => void): void {
    if (this.disk.transfer(bytes, true, this, 0, this.now)) return done();
    this.#waiting.push(done);
  }

  /**
   * The file holds this one entry from now on, whatever fails: it is written to another file, synced, and given the
   * name. False: the disk is full, and the file holds what it held.
   */
  overwrite(name: string, entry: unknown, bytes: number): boolean {
    const beside = `${name}.tmp`;
    const file = this.file<unknown>(beside);
    if (!file.append(entry, bytes, this.now)) {
      this.disk.remove(beside);
      return false;
    }
    file.synced();
    this.disk.rename(beside, name);
    return true;
  }

  input(): void {
    this.#waiting.shift()?.();
  }
}

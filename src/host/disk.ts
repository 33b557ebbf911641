/**
 * A disk: a device that serves one request after another, and files whose latest writes are only in the page
 * cache of the operating system.
 *
 * What a program has written is at once visible to it. It outlives the program's crash; it outlives a power loss
 * if it was synced, or written so long ago that the system has written it back by itself. Of the first write that
 * does not, a part may remain: a torn tail, which a reader recognises by its checksum.
 *
 * Files hold entries, objects with a size; never bytes. A program waits for the device (`transfer`) before it
 * changes the file, so what it waits for when it crashes was never written.
 */
import {
  type Chance,
  type ChanceHandle,
  type Duration,
  type Instant,
  type TimerOwner,
  type TimerSlot,
  type Timers,
  after,
} from "../kernel/index.js";
import { CachedFile, Space } from "./cached-file.js";
import type { DiskFile } from "./disk-file.js";
import type { InputTarget, Node } from "./node.js";
import type { DiskSpec } from "./spec.js";

/** What a program does with a node's disk. */
export interface Disk {
  /** The file of that name; made when there is none. */
  file<Entry>(name: string): DiskFile<Entry>;
  /** Names of the files that begin with `prefix`, in code-unit order. */
  names(prefix: string): readonly string[];
  /** Deletes a file. Takes effect on the device at once. */
  remove(name: string): void;
  /** Gives a file another name, in the place of a file that has it. Takes effect on the device at once. */
  rename(from: string, to: string): void;

  /**
   * Has the device write `bytes`, and sync if `sync`. True: that costs nothing and is done. Otherwise `target` gets
   * `code` as an input of its node when it is done, after all that was asked for before.
   */
  transfer(bytes: number, sync: boolean, target: InputTarget<undefined>, code: number, now: Instant): boolean;
}

/** A disk that costs nothing, never fills and writes back like Linux. */
const INSTANT_DISK: DiskSpec = {
  write: { kind: "constant", value: 0 },
  sync: { kind: "constant", value: 0 },
  writeback: 30_000_000_000,
  tearing: 0,
};

const BITS_PER_BYTE = 8;
const NANOSECONDS = 1e9;

interface Transfer {
  readonly bytes: number;
  readonly sync: boolean;
  readonly target: InputTarget<undefined>;
  readonly code: number;
}

export class SimulatedDisk implements Disk, TimerOwner {
  readonly #spec: DiskSpec;
  readonly #node: Node;
  readonly #timers: Timers;
  readonly #chance: Chance;
  readonly #files = new Map<string, CachedFile>();
  readonly #waiting: Transfer[] = [];
  readonly #free: boolean;
  #timer: TimerSlot | undefined;
  #busy = false;
  readonly #space: Space;
  readonly #latency: ChanceHandle;
  readonly #tear: ChanceHandle;

  constructor(spec: DiskSpec | undefined, node: Node, timers: Timers, chance: Chance) {
    this.#spec = spec ?? INSTANT_DISK;
    this.#space = new Space(this.#spec.capacity ?? Infinity);
    this.#node = node;
    this.#timers = timers;
    this.#chance = chance;
    this.#latency = chance.source(`disk/${node.name}/latency`);
    this.#tear = chance.source(`disk/${node.name}/tear`);
    const { write, sync, bandwidth } = this.#spec;
    this.#free = isNothing(write) && isNothing(sync) && bandwidth === undefined;
  }

  /** Bytes in all files. */
  get bytes(): number {
    return this.#space.used;
  }

  file<Entry>(name: string): DiskFile<Entry> {
    let file = this.#files.get(name);
    if (file === undefined) {
      file = new CachedFile(this.#spec.writeback, this.#space);
      this.#files.set(name, file);
    }
    return file as unknown as DiskFile<Entry>;
  }

  names(prefix: string): readonly string[] {
    const found = [...this.#files.keys()].filter((name) => name.startsWith(prefix));
    return found.sort((one, other) => (one < other ? -1 : 1));
  }

  remove(name: string): void {
    this.#files.get(name)?.clear();
    this.#files.delete(name);
  }

  rename(from: string, to: string): void {
    const file = this.#files.get(from);
    if (file === undefined || from === to) return;
    this.remove(to);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  transfer(
    bytes: number,
    sync: boolean,
    target: InputTarget<undefined>,
    code: number,
    now: Instant,
  ): boolean {
    if (this.#free) return true;
    this.#waiting.push({ bytes, sync, target, code });
    if (!this.#busy) this.#serve(now);
    return false;
  }

  /** The process has died: nobody waits for the device any more. */
  processCrashed(): void {
    this.#waiting.length = 0;
    this.#busy = false;
    if (this.#timer !== undefined) this.#timers.cancel(this.#timer);
  }

  /** The power fails: what was only in the page cache is gone, but for what may remain of one entry a file. */
  powerLost(now: Instant): void {
    this.processCrashed();
    for (const file of this.#files.values()) {
      if (!file.losePageCache(now)) continue;
      file.torn = this.#chance.happens(this.#tear, this.#spec.tearing);
    }
  }

  /** The device is replaced by an empty one. */
  lost(): void {
    this.processCrashed();
    for (const file of this.#files.values()) file.clear();
    this.#files.clear();
  }

  /** @internal The device has done the first of what waits. */
  timerFired(_kind: number, _id: number, now: Instant): void {
    const { target, code } = this.#waiting.shift() as Transfer;
    this.#busy = false;
    if (this.#waiting.length > 0) this.#serve(now);
    this.#node.input(target, code, undefined, now);
  }

  #serve(now: Instant): void {
    const { bytes, sync } = this.#waiting[0] as Transfer;
    this.#busy = true;
    this.#timer ??= this.#timers.create(this, 0, 0);
    this.#timers.set(this.#timer, after(now, this.#duration(bytes, sync)));
  }

  #duration(bytes: number, sync: boolean): Duration {
    const { write, sync: syncing, bandwidth } = this.#spec;
    let duration = this.#chance.duration(this.#latency, write);
    if (sync) duration += this.#chance.duration(this.#latency, syncing);
    if (bandwidth !== undefined) duration += Math.ceil((bytes * BITS_PER_BYTE * NANOSECONDS) / bandwidth);
    return duration;
  }
}

function isNothing(duration: DiskSpec["write"]): boolean {
  return duration.kind === "constant" && duration.value === 0;
}

/** Files that are deleted, and give their room back after a while: readers may be at them. */
import type { Disk, InputTarget, Node } from "../../../src/host/index.js";
import {
  type Duration,
  type Instant,
  type Simulation,
  type TimerOwner,
  type TimerSlot,
  type Timers,
  after,
} from "../../../src/kernel/index.js";

interface DeletedFile {
  readonly name: string;
  readonly due: Instant;
}

const FOLDER = "deleted/";

export class DeletedFiles implements TimerOwner, InputTarget<undefined> {
  readonly #node: Node;
  readonly #simulation: Simulation;
  readonly #timers: Timers;
  /** In the order in which they are due. */
  readonly #files: DeletedFile[] = [];
  #timer: TimerSlot | undefined;
  #count = 0;

  /** What an earlier process has deleted is gone at once. */
  constructor(node: Node, simulation: Simulation, timers: Timers) {
    this.#node = node;
    this.#simulation = simulation;
    this.#timers = timers;
    for (const name of node.disk.names(FOLDER)) node.disk.remove(name);
  }

  /** The process has died. */
  close(): void {
    if (this.#timer !== undefined) this.#timers.release(this.#timer);
    this.#timer = undefined;
  }

  delete(name: string, delay: Duration): void {
    const disk: Disk = this.#node.disk;
    if (delay === 0) return disk.remove(name);
    const deleted = `${FOLDER}${this.#count++}`;
    disk.rename(name, deleted);
    const due = after(this.#simulation.now, delay);
    const place = this.#files.findIndex((file) => file.due > due);
    this.#files.splice(place < 0 ? this.#files.length : place, 0, { name: deleted, due });
    this.#setTimer();
  }

  timerFired(_kind: number, _id: number, now: Instant): void {
    this.#node.input(this, 0, undefined, now);
  }

  input(_code: number, _content: undefined, now: Instant): void {
    while ((this.#files[0]?.due ?? Infinity) <= now) {
      this.#node.disk.remove((this.#files.shift() as DeletedFile).name);
    }
    this.#setTimer();
  }

  #setTimer(): void {
    const [next] = this.#files;
    if (next === undefined) return;
    this.#timer ??= this.#timers.create(this, 0, 0);
    this.#timers.set(this.#timer, next.due);
  }
}

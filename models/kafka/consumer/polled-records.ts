/** What a poll returned, and how far the application is with it. */
import type { Message, RecordRun } from "../../../src/trace/index.js";
import type { PolledRecord, Position } from "./position.js";

/** Records of one batch that follow each other. */
interface PolledRun extends RecordRun {
  readonly position: Position;
  /** By place in the batch; undefined: none has one. */
  readonly keys: readonly (string | undefined)[] | undefined;
}

export class PolledRecords {
  /** How many there are, done with or not. */
  count = 0;
  #runs: PolledRun[] = [];
  /** The record that comes next: its run, and its place in the batch. */
  #run = 0;
  #place = 0;

  add(position: Position, { messages, from, to, offset }: RecordRun, keys: PolledRun["keys"]): void {
    if (this.#runs.length === 0) this.#place = from;
    this.#runs.push({ position, messages, from, to, offset, keys });
    this.count += to - from;
  }

  /** All of them were gone through. */
  get isOver(): boolean {
    return this.#run >= this.#runs.length;
  }

  /** The next one, and where it stands. Only while it is not over. */
  get message(): Message {
    return this.#next().messages[this.#place] as Message;
  }

  get position(): Position {
    return this.#next().position;
  }

  get offset(): number {
    const { offset, from } = this.#next();
    return offset + this.#place - from;
  }

  get record(): PolledRecord {
    const { position, offset } = this;
    return { position, offset, key: this.#next().keys?.[this.#place] };
  }

  /** The next one is done with. Nothing happens if all were given up meanwhile. */
  advance(): void {
    if (this.isOver) return;
    this.#place++;
    if (this.#place < this.#next().to) return;
    this.#run++;
    this.#place = this.#runs[this.#run]?.from ?? 0;
  }

  /** Calls `visit` for all that follow each other in a partition, in order. */
  eachRun(visit: (position: Position, run: RecordRun) => void): void {
    for (const run of this.#runs) visit(run.position, run);
  }

  /** As `eachRun`, and all are gone through. Only while none is. */
  finish(visit: (position: Position, run: RecordRun) => void): void {
    for (; !this.isOver; this.#run++) {
      const run = this.#next();
      visit(run.position, run);
    }
  }

  /** Calls `visit` for the next one and all after it. */
  eachLeft(visit: (message: Message) => void): void {
    for (let run = this.#run; run < this.#runs.length; run++) {
      const { messages, from, to } = this.#runs[run] as PolledRun;
      for (let place = run === this.#run ? this.#place : from; place < to; place++)
        visit(messages[place] as Message);
    }
  }

  clear(): void {
    this.#runs = [];
    this.count = 0;
    this.#run = 0;
    this.#place = 0;
  }

  #next(): PolledRun {
    return this.#runs[this.#run] as PolledRun;
  }
}

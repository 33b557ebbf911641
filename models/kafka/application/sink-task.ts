/**
 * A task of a sink connector, after Connect's WorkerSinkTask: puts what each poll returns, writes it to a database, and
 * now and then flushes and commits how far it has come. Offsets are those of records that were put.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { PolledRecord } from "../consumer/position.js";
import type { Progress, Worker } from "../consumer/worker.js";
import type { KafkaError } from "../protocol/messages.js";
import type { RecordRow, Result, Statement } from "./database.js";
import type { SinkConfig } from "./sink-options.js";

/** What the task asks of its process. Nothing of it is answered before the call has returned, but for `commit`. */
export interface SinkHost {
  carryOut(
    statement: Statement,
    answered: (result: Result | undefined, now: Instant) => void,
    now: Instant,
  ): void;
  commit(
    offsets: ReadonlyMap<string, number>,
    deadline: Instant,
    done: (error: KafkaError, now: Instant) => void,
    now: Instant,
  ): void;
  goTo(partition: string, offset: number, now: Instant): void;
  resume(progress: "done" | "dropped", now: Instant): void;
  /** Has the consumer poll again at that instant. */
  wakeAt(at: Instant): void;
  /** Has `retry` called at that instant. */
  retryAt(at: Instant): void;
  /** Undefined: `found` will be called with it, as soon as it is known. */
  readable(
    message: Message,
    found: (readable: boolean, now: Instant) => void,
    now: Instant,
  ): boolean | undefined;
  /** `settled`: whether it was acknowledged. */
  sendDeadLetter(
    message: Message,
    settled: (acknowledged: boolean, now: Instant) => void,
    now: Instant,
  ): void;
  /** On whose behalf it reads. */
  readonly reader: number;
  /** The task has met an error that it does not survive. */
  fail(why: string, now: Instant): void;
}

type Then = (now: Instant) => void;

const ONCE = -Infinity;

export class SinkTask implements Worker {
  readonly counts = { skipped: 0, deadLetters: 0 };
  readonly #config: SinkConfig;
  readonly #host: SinkHost;
  readonly #flushesBeforeCommit: boolean;
  /** Of the poll that is worked on. */
  #putting: RecordRow[] = [];
  readonly #puttingTo = new Map<string, number>();
  /** Put and not written. */
  #gathered: RecordRow[] = [];
  /** By partition, the offset after the last record that was put. */
  readonly #put = new Map<string, number>();
  /** Partitions of which the database is to be asked. */
  readonly #fresh = new Set<string>();
  #flushAt: Instant = 0;
  #again: Then | undefined;
  /** For the count of missing rows: what was put and not written, by whichever process, and what was committed. */
  readonly #unwritten = new Map<string, Set<number>>();
  readonly #committed = new Map<string, number>();

  constructor(config: SinkConfig, host: SinkHost, flushesBeforeCommit: boolean) {
    this.#config = config;
    this.#host = host;
    this.#flushesBeforeCommit = flushesBeforeCommit;
  }

  get gathered(): readonly RecordRow[] {
    return this.#gathered;
  }

  /** Committed, not written, and gone with the process that had it. */
  get missing(): number {
    let missing = 0;
    for (const [partition, offsets] of this.#unwritten) {
      const committed = this.#committed.get(partition) ?? 0;
      for (const offset of offsets) if (offset < committed) missing++;
    }
    for (const { partition, offset } of this.#gathered) {
      if (offset < (this.#committed.get(partition) ?? 0)) missing--;
    }
    return missing;
  }

  start(now: Instant): void {
    this.#schedule(now);
  }

  /** As was asked for. */
  retry(now: Instant): void {
    const again = this.#again;
    this.#again = undefined;
    again?.(now);
  }

  // Worker

  assigned(partition: string): void {
    if (this.#config.insertMode === "transactional") this.#fresh.add(partition);
  }

  polling(now: Instant): boolean {
    if (this.#fresh.size > 0) {
      this.#askOffsets(now);
      return false;
    }
    if (now < this.#flushAt) return true;
    this.#schedule(now);
    if (!this.#flushesBeforeCommit || this.#gathered.length === 0) {
      this.#commit(ONCE, nothing, now);
      return true;
    }
    this.#write((at) => {
      this.#commit(ONCE, nothing, at);
      this.#host.resume("done", at);
    }, now);
    return false;
  }

  work(message: Message, { position, offset }: PolledRecord, now: Instant): Progress {
    const row: RecordRow = { partition: position.name, offset, message };
    const found = (readable: boolean, at: Instant): void => {
      const progress = this.#take(row, readable, at);
      if (progress !== "later") this.#host.resume(progress, at);
    };
    const readable = this.#host.readable(message, found, now);
    return readable === undefined ? "later" : this.#take(row, readable, now);
  }

  concluding(now: Instant): boolean {
    for (const row of this.#putting) {
      this.#gathered.push(row);
      this.#unwrittenOf(row.partition).add(row.offset);
    }
    for (const [partition, offset] of this.#puttingTo) this.#put.set(partition, offset);
    this.#putting = [];
    this.#puttingTo.clear();
    const { writeAt, batchSize } = this.#config;
    if (this.#gathered.length === 0) return true;
    if (writeAt === "flush" && this.#gathered.length < batchSize) return true;
    this.#write((at) => this.#host.resume("done", at), now);
    return false;
  }

  revoking(then: Then, now: Instant): void {
    this.#close((at) => {
      this.#put.clear();
      then(at);
    }, now);
  }

  ended(): void {
    this.#putting = [];
    this.#puttingTo.clear();
    this.#gathered = [];
    this.#put.clear();
    this.#fresh.clear();
    this.#again = undefined;
  }

  #schedule(now: Instant): void {
    this.#flushAt = after(now, this.#config.flushInterval);
    this.#host.wakeAt(this.#flushAt);
  }

  /** Where the database says that it goes on; where it says nothing, its group does. */
  #askOffsets(now: Instant): void {
    const { table } = this.#config;
    this.#carryOut(
      { ask: "offsets", table },
      ({ offsets }, at) => {
        for (const partition of this.#fresh) {
          const offset = offsets.get(partition);
          if (offset === undefined) continue;
          this.#host.goTo(partition, offset, at);
          this.#noteWritten(partition, offset);
        }
        this.#fresh.clear();
        this.#host.resume("done", at);
      },
      now,
    );
  }

  #take(row: RecordRow, readable: boolean, now: Instant): Progress {
    if (!readable) return this.#takePoison(row, now);
    this.#putting.push(row);
    this.#puttingTo.set(row.partition, row.offset + 1);
    return "dropped";
  }

  #takePoison({ message, partition, offset }: RecordRow, now: Instant): Progress {
    const { onPoison } = this.#config;
    if (onPoison === "fail") {
      // What earlier polls returned is not to be done again: the task closes before it ends.
      const why = `cannot read ${partition}@${offset}`;
      this.#putting = [];
      this.#puttingTo.clear();
      this.#close((at) => this.#host.fail(why, at), now);
      return "later";
    }
    this.#puttingTo.set(partition, offset + 1);
    if (onPoison === "skip") {
      this.counts.skipped++;
      return "dropped";
    }
    this.#host.sendDeadLetter(
      message,
      (acknowledged, at) => {
        if (!acknowledged) return this.#host.fail(`cannot send ${partition}@${offset} on`, at);
        this.counts.deadLetters++;
        this.#host.resume("done", at);
      },
      now,
    );
    return "later";
  }

  /** Writes what was put, commits it, and only then goes on. */
  #close(then: Then, now: Instant): void {
    const deadline = after(now, this.#config.apiTimeout);
    const commit = (at: Instant): void => this.#commit(deadline, then, at);
    if (this.#gathered.length === 0 || !this.#flushesBeforeCommit) commit(now);
    else this.#write(commit, now);
  }

  #commit(deadline: Instant, then: Then, now: Instant): void {
    if (this.#put.size === 0) return then(now);
    const offsets = new Map(this.#put);
    this.#host.commit(
      offsets,
      deadline,
      (error, at) => {
        if (error === "NONE") {
          for (const [partition, offset] of offsets) {
            this.#committed.set(partition, Math.max(offset, this.#committed.get(partition) ?? 0));
          }
        }
        then(at);
      },
      now,
    );
  }

  /** Everything that was gathered, a batch after the other. */
  #write(then: Then, now: Instant): void {
    const { table, insertMode: mode, batchSize } = this.#config;
    const rows = this.#gathered.slice(0, batchSize);
    this.#carryOut(
      { ask: "write", table, mode, reader: this.#host.reader, rows },
      (_result, at) => {
        this.#gathered = this.#gathered.slice(rows.length);
        for (const { partition, offset } of rows) this.#unwrittenOf(partition).delete(offset);
        if (this.#gathered.length > 0) this.#write(then, at);
        else then(at);
      },
      now,
    );
  }

  /** Again until it is answered: it may have been carried out before. */
  #carryOut(statement: Statement, answered: (result: Result, now: Instant) => void, now: Instant): void {
    this.#host.carryOut(
      statement,
      (result, at) => {
        if (result !== undefined) return answered(result, at);
        this.#again = (later) => this.#carryOut(statement, answered, later);
        this.#host.retryAt(after(at, this.#config.writeRetryBackoff));
      },
      now,
    );
  }

  /** Everything before `offset` is in the database, also what nobody was told of. */
  #noteWritten(partition: string, offset: number): void {
    const unwritten = this.#unwrittenOf(partition);
    for (const each of unwritten) if (each < offset) unwritten.delete(each);
  }

  #unwrittenOf(partition: string): Set<number> {
    let offsets = this.#unwritten.get(partition);
    if (offsets === undefined) this.#unwritten.set(partition, (offsets = new Set()));
    return offsets;
  }
}

function nothing(): void {}

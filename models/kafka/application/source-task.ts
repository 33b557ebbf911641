/**
 * The task of a source connector, after Connect's WorkerSourceTask and ExactlyOnceWorkerSourceTask [KIP-618]: it reads
 * where it was, reads on in its table, sends a record of each row, and stores how far all records were acknowledged now
 * and then; or it sends each batch with the offset in one transaction.
 */
import { type Instant, after } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { Result } from "./database.js";
import type { SourceConfig } from "./source-options.js";

/** What the task asks of its process. Nothing of it is answered before the call has returned. */
export interface SourceHost {
  read(
    after: number,
    most: number,
    answered: (result: Result | undefined, now: Instant) => void,
    now: Instant,
  ): void;
  /** `settled`: whether it was acknowledged; in a transaction its end tells. */
  sendRow(row: Message, settled: (acknowledged: boolean, now: Instant) => void, now: Instant): void;
  sendOffset(row: number, settled: (acknowledged: boolean, now: Instant) => void, now: Instant): void;
  readonly mayBegin: boolean;
  begin(now: Instant): void;
  commit(now: Instant): void;
  /** Has `poll` called at that instant. */
  pollAt(at: Instant): void;
  /** Has `flush` called at that instant. */
  flushAt(at: Instant): void;
  /** A record of the row was acknowledged. */
  rowAcknowledged(row: Message): void;
  /** The task has met an error that it does not survive. */
  fail(why: string, now: Instant): void;
}

interface Batch {
  readonly rows: readonly Message[];
  readonly first: number;
}

export class SourceTask {
  /** Rows, by their number less one, as this task or one before it has read them. */
  readonly rows: (Message | undefined)[] = [];
  rowsRead = 0;
  /** Stored, as far as it knows: everything up to this row counts as sent. */
  stored = 0;
  readonly #config: SourceConfig;
  readonly #host: SourceHost;
  readonly #storesAcknowledged: boolean;
  #running = false;
  /** The last row that it has sent … */
  #sent = 0;
  /** … the last one up to which all were acknowledged, and those beyond that were. */
  #acknowledged = 0;
  readonly #ahead = new Set<number>();
  #storing = false;
  /** In a transaction, or waiting for one. */
  #batch: Batch | undefined;
  #drained: ((now: Instant) => void) | undefined;

  constructor(config: SourceConfig, host: SourceHost, storesAcknowledged: boolean) {
    this.#config = config;
    this.#host = host;
    this.#storesAcknowledged = storesAcknowledged;
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** All offsets that were stored have been read. */
  begin(stored: number, now: Instant): void {
    this.#running = true;
    this.stored = stored;
    this.#sent = stored;
    this.#acknowledged = stored;
    if (!this.#config.exactlyOnce) this.#host.flushAt(after(now, this.#config.flushInterval));
    this.poll(now);
  }

  /** The process has died, or the task has failed. */
  end(): void {
    this.#running = false;
    this.#ahead.clear();
    this.#storing = false;
    this.#batch = undefined;
  }

  poll(now: Instant): void {
    if (!this.#running) return;
    this.#host.read(this.#sent, this.#config.batchMaxRows, (result, at) => this.#found(result, at), now);
  }

  /** Stores how far it has come, unless it is still at that or has not come any further. */
  flush(now: Instant): void {
    if (!this.#running) return;
    this.#host.flushAt(after(now, this.#config.flushInterval));
    this.#store(now);
  }

  /** To be called when transactions may begin, and when one has ended well. */
  ready(now: Instant): void {
    if (this.#batch !== undefined && this.#host.mayBegin) this.#transact(this.#batch, now);
  }

  transactionOver(committed: boolean, now: Instant): void {
    const batch = this.#batch;
    this.#batch = undefined;
    if (batch === undefined || !this.#running) return;
    if (!committed) return this.#host.fail("its transaction was not committed", now);
    batch.rows.forEach((row) => this.#host.rowAcknowledged(row));
    this.stored = this.#sent;
    this.#goOn(batch, now);
  }

  /** Ends in good order: `drained` once everything that was sent is acknowledged and stored. */
  drain(drained: (now: Instant) => void, now: Instant): void {
    this.#drained = drained;
    this.#checkDrained(now);
  }

  #found(result: Result | undefined, now: Instant): void {
    if (!this.#running || this.#drained !== undefined) return;
    const { pollInterval, exactlyOnce } = this.#config;
    if (result === undefined || result.rows.length === 0) return this.#host.pollAt(after(now, pollInterval));
    const { rows, first } = result;
    this.rowsRead += rows.length;
    rows.forEach((row, place) => (this.rows[first + place - 1] = row));
    this.#sent = first + rows.length - 1;
    if (exactlyOnce) {
      this.#batch = { rows, first };
      return this.ready(now);
    }
    rows.forEach((row, place) => {
      this.#host.sendRow(row, (acknowledged, at) => this.#settled(row, first + place, acknowledged, at), now);
    });
    this.#goOn({ rows, first }, now);
  }

  /** There may be more; otherwise it looks again a little later. */
  #goOn({ rows }: Batch, now: Instant): void {
    if (this.#drained !== undefined) return this.#checkDrained(now);
    const { batchMaxRows, pollInterval } = this.#config;
    if (rows.length < batchMaxRows) this.#host.pollAt(after(now, pollInterval));
    else this.poll(now);
  }

  #transact({ rows }: Batch, now: Instant): void {
    this.#host.begin(now);
    for (const row of rows) this.#host.sendRow(row, ignored, now);
    this.#host.sendOffset(this.#sent, ignored, now);
    this.#host.commit(now);
  }

  #settled(row: Message, number: number, acknowledged: boolean, now: Instant): void {
    if (acknowledged) this.#host.rowAcknowledged(row);
    if (!this.#running) return;
    if (!acknowledged) return this.#host.fail(`cannot send row ${number}`, now);
    this.#ahead.add(number);
    while (this.#ahead.delete(this.#acknowledged + 1)) this.#acknowledged++;
    this.#checkDrained(now);
  }

  #store(now: Instant): void {
    const row = this.#storesAcknowledged ? this.#acknowledged : this.#sent;
    if (this.#storing || row === this.stored) return;
    this.#storing = true;
    this.#host.sendOffset(
      row,
      (acknowledged, at) => {
        this.#storing = false;
        if (acknowledged) this.stored = row;
        this.#checkDrained(at);
      },
      now,
    );
  }

  #checkDrained(now: Instant): void {
    const drained = this.#drained;
    if (drained === undefined) return;
    const { exactlyOnce } = this.#config;
    const open = exactlyOnce ? this.#batch !== undefined : this.#acknowledged < this.#sent || this.#storing;
    if (this.#running && open) return;
    if (this.#running && !exactlyOnce && this.stored < this.#acknowledged) return this.#store(now);
    this.#drained = undefined;
    drained(now);
  }
}

function ignored(): void {}

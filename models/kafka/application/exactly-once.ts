/**
 * A processor whose output and whose positions are one transaction (StreamThread, exactly_once_v2): it begins one with
 * the first record, and commits when the interval is over or partitions are to be given up. After an abort it goes back
 * to what its group has committed; a consumer does not by itself (KAFKA-17582).
 */
import { type Duration, type Instant, after } from "../../../src/kernel/index.js";
import type { Application, Message } from "../../../src/trace/index.js";
import type { PolledRecord } from "../consumer/position.js";
import type { Progress as WorkProgress, Worker } from "../consumer/worker.js";
import type { ConsumedOffsets } from "../producer/consumed-offsets.js";
import type { TransactionOutcome } from "../producer/producer-transactions.js";
import { type OpenTransaction, TransactionBook } from "../producer/transaction-book.js";
import type { TransactionDriver } from "../producer/transactor.js";
import { type ProcessorCounts, type ProcessorHost, Progress } from "./processing.js";

export interface ExactlyOnceConfig {
  readonly commitInterval: Duration;
  /** Goes back after an abort. */
  readonly rewinds: boolean;
  readonly node: number;
  /** The group, as a recipient. */
  readonly recipient: number;
  /** Members of its group give themselves their ids [KIP-848]. */
  readonly selfNamed: boolean;
}

/** The producer, as far as transactions go. */
export interface TransactingHost extends ProcessorHost {
  readonly isReady: boolean;
  readonly isBroken: boolean;
  begin(): void;
  sendOffsets(consumed: ConsumedOffsets, now: Instant): void;
  commit(now: Instant): void;
  abort(now: Instant): void;
}

export class ExactlyOnce implements Worker {
  /** Of the producer's transactions. */
  readonly driver: TransactionDriver;
  readonly #book: TransactionBook;
  readonly #config: ExactlyOnceConfig;
  readonly #host: TransactingHost;
  readonly #progress = new Progress();
  /** It is being committed or aborted. */
  #ending = false;
  /** Partitions were lost of which it has records: others may have them by now. */
  #lost = false;
  /** A record that waits for the producer. */
  #waiting: { readonly message: Message; readonly record: PolledRecord } | undefined;
  #resumes = false;
  #then: ((now: Instant) => void) | undefined;

  constructor(application: Application, config: ExactlyOnceConfig, host: TransactingHost) {
    this.#book = new TransactionBook(application, config.node);
    this.#config = config;
    this.#host = host;
    this.driver = {
      ended: this.#book.ended,
      ready: (now) => this.#ready(now),
      broken: (now) => this.#host.abort(now),
      transactionEnded: (outcome, now) => this.#over(outcome, now),
      crashed: (now) => this.#abandon(now),
    };
  }

  get counts(): ProcessorCounts {
    return { commits: this.#book.ended.committed, uncommitted: this.#progress.records };
  }

  // Worker

  polling(now: Instant): boolean {
    if (this.#book.open !== undefined && !this.#ending) {
      const due = after(this.#progress.since ?? now, this.#config.commitInterval);
      if (this.#lost || this.#host.isBroken) this.#abort(now);
      else if (now >= due) this.#commit(now);
    }
    if (!this.#ending) return true;
    this.#resumes = true;
    return false;
  }

  work(message: Message, record: PolledRecord, now: Instant): WorkProgress {
    if (this.#book.open === undefined && !this.#host.isReady) {
      this.#waiting = { message, record };
      return "later";
    }
    this.#process(message, record, now);
    return "done";
  }

  revoking(then: (now: Instant) => void, now: Instant): void {
    if (this.#book.open === undefined) return then(now);
    this.#then = then;
    if (this.#ending) return;
    if (this.#lost || this.#host.isBroken) this.#abort(now);
    else this.#commit(now);
  }

  revoked(partition: string): void {
    if (this.#progress.has(partition)) this.#lost = true;
  }

  /** What is open is left to its coordinator. */
  ended(): void {
    this.#waiting = undefined;
    this.#resumes = false;
    this.#then = undefined;
  }

  #process(message: Message, record: PolledRecord, now: Instant): void {
    const current = this.#book.open ?? this.#begin(now);
    const accepted = (output: Message): void => {
      if (this.#book.open === current) this.#book.sent(output);
    };
    this.#host.make(message, record.key, accepted, () => undefined, now);
    this.#progress.done(record, now);
  }

  #begin(now: Instant): OpenTransaction {
    const current = this.#book.begin(now);
    this.#host.begin();
    this.#host.wakeAt(after(now, this.#config.commitInterval));
    return current;
  }

  #ready(now: Instant): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#process(waiting.message, waiting.record, now);
    this.#host.resume(now);
  }

  #commit(now: Instant): void {
    const current = this.#book.open;
    this.#ending = true;
    this.#host.flush((at) => {
      if (this.#book.open === current && current !== undefined) this.#sendOffsets(current, at);
    }, now);
  }

  #sendOffsets(current: OpenTransaction, now: Instant): void {
    const { identity } = this.#host;
    // A member no more, or records that are in no log: nothing of this may count.
    if (identity === undefined || this.#lost || this.#host.isBroken) return this.#host.abort(now);
    const { recipient, selfNamed } = this.#config;
    const offsets = this.#progress.places;
    for (const { name, offset } of offsets) this.#book.offset(recipient, name, offset);
    const sent = (accepted: boolean, at: Instant): void => {
      if (this.#book.open !== current) return;
      if (accepted && !this.#lost) this.#host.commit(at);
      else this.#host.abort(at);
    };
    this.#host.sendOffsets({ identity, selfNamed, offsets, sent }, now);
  }

  #abort(now: Instant): void {
    this.#ending = true;
    this.#host.abort(now);
  }

  #over(outcome: TransactionOutcome, now: Instant): void {
    if (this.#book.open === undefined) return;
    this.#ending = false;
    this.#lost = false;
    this.#book.end(outcome, now);
    if (outcome === "committed") this.#host.committed(this.#progress.places, now);
    this.#progress.clear();
    if (outcome !== "committed" && this.#config.rewinds) this.#host.rewind(now);
    this.#goOn(now);
  }

  #goOn(now: Instant): void {
    const [then, resumes] = [this.#then, this.#resumes];
    this.#then = undefined;
    this.#resumes = false;
    then?.(now);
    if (resumes) this.#host.resume(now);
  }

  /** The process has died. */
  #abandon(now: Instant): void {
    this.#ending = false;
    this.#lost = false;
    this.#progress.clear();
    this.#book.end("unresolved", now);
  }
}

/**
 * What transactions show:
 *
 * - precommitted-read: a program polls a record of its own transaction that is still open;
 * - torn-transaction: of a transaction's records some were polled, and others were not although those who read there
 *   have passed them, or, where nobody was told where they stand, by the end;
 * - int-send-skip: between two records of a transaction in a partition stands one of another stream. Allowed.
 *
 * A transaction is kept until all of its records were polled, at most 4,096 of them: the oldest is judged then by
 * what is known.
 */
import type { Instant } from "../../kernel/index.js";
import { TRANSACTION_ABORTED, TRANSACTION_COMMITTED } from "../../trace/index.js";
import { countBetween } from "../bitset.js";
import type { HistoryEnd } from "../history-end.js";
import type { PublishedMessage } from "../stream.js";
import type { CheckResult } from "../verdict.js";
import { Cycles } from "./cycles.js";
import { Finding } from "./finding.js";
import { lastOfKeys } from "./last-of-keys.js";
import type { LogPartition } from "./log-partition.js";
import type { LogRecords } from "./log-records.js";
import { Transaction, type TransactionPart } from "./transaction.js";

const UNSETTLED_MAX = 4_096;

export class Transactions {
  readonly #records: LogRecords;
  readonly #partition: (name: string) => LogPartition;
  readonly #cycles: Cycles;
  readonly #precommitted = new Finding("precommitted-read");
  readonly #torn = new Finding("torn-transaction");
  readonly #sendSkip = new Finding("int-send-skip");
  #begun = 0;
  /** By number; a producer has one at a time. */
  readonly #open = new Map<number, Transaction>();
  #unsettled: Transaction[] = [];
  #limit = 64;

  constructor(records: LogRecords, partition: (name: string) => LogPartition) {
    this.#records = records;
    this.#partition = partition;
    this.#cycles = new Cycles(records);
  }

  /** Some transaction has begun and not ended. */
  get anyOpen(): boolean {
    return this.#open.size > 0;
  }

  begun(producer: number, now: Instant): number {
    const id = this.#begun++;
    this.#open.set(id, new Transaction(id, producer, now));
    return id;
  }

  sent(id: number, message: PublishedMessage): void {
    this.#open.get(id)?.send(message);
  }

  stored(message: PublishedMessage, offset: number): void {
    for (const transaction of this.#open.values()) {
      if (transaction.producer === message.stream.publisher) transaction.stored(message, offset);
    }
  }

  polled(consumer: number, offset: number, message: PublishedMessage, now: Instant): void {
    for (const own of this.#open.values()) {
      if (own.producer !== consumer) continue;
      this.#precommitted.atRisk++;
      if (own.sent(message)) {
        const { events } = this.#records;
        this.#precommitted.violated(() => ({
          what: `${events.node(consumer)} polled ${events.message(message)}, of its transaction ${own.id}, which was open.`,
          events: [
            events.record("transaction-begun", consumer, `transaction ${own.id}`, undefined, own.begunAt),
            events.published(message),
            this.#records.polled(consumer, message, offset, now),
          ],
        }));
      }
      for (const other of this.#open.values()) if (other !== own && other.sent(message)) own.read.add(other);
      for (const other of this.#cycles.ended) if (other.sent(message)) own.read.add(other);
    }
  }

  /** Returns the producer; undefined when there is no such transaction, or it has ended. */
  ended(id: number, outcome: number, now: Instant): number | undefined {
    const transaction = this.#open.get(id);
    if (transaction === undefined) return undefined;
    this.#open.delete(id);
    transaction.outcome = outcome;
    transaction.endedAt = now;
    if (outcome === TRANSACTION_COMMITTED) {
      this.#lookForSkips(transaction);
      this.#cycles.committed(transaction);
    }
    if (transaction.parts.length > 0) {
      this.#unsettled.push(transaction);
      if (this.#unsettled.length >= this.#limit) this.#sweep();
    }
    return transaction.producer;
  }

  results(end: HistoryEnd): CheckResult[] {
    for (const transaction of [...this.#unsettled, ...this.#open.values()]) this.#judge(transaction, end);
    return [
      this.#precommitted.result(),
      this.#torn.result(),
      this.#sendSkip.result(),
      ...this.#cycles.results(),
    ];
  }

  /** Lets go of those whose records were all polled, and of the oldest beyond the number kept. */
  #sweep(): void {
    const kept = this.#unsettled.filter((transaction) => {
      const whole = this.#polledOf(transaction) === sizeOf(transaction);
      if (whole) this.#torn.atRisk++;
      return !whole;
    });
    while (kept.length > UNSETTLED_MAX) this.#judge(kept.shift() as Transaction, undefined);
    this.#unsettled = kept;
    this.#limit = Math.max(64, 2 * kept.length);
  }

  #judge(transaction: Transaction, end: HistoryEnd | undefined): void {
    const polled = this.#polledOf(transaction);
    if (polled === 0) return;
    this.#torn.atRisk++;
    if (polled === sizeOf(transaction)) return;
    const missing = this.#missing(transaction, end);
    if (missing === undefined) {
      this.#torn.open++;
      return;
    }
    const { id, producer, begunAt, endedAt, outcome } = transaction;
    const { events } = this.#records;
    const fate =
      outcome === TRANSACTION_COMMITTED
        ? "committed"
        : outcome === TRANSACTION_ABORTED
          ? "aborted"
          : "no outcome";
    this.#torn.violated(() => ({
      what:
        `Of transaction ${id} of ${events.node(producer)} (${fate}) ${polled} of ${sizeOf(transaction)} records ` +
        `were polled; ${this.#records.name(missing.stream, missing.index)} was not.`,
      events: [
        events.record("transaction-begun", producer, `transaction ${id}`, undefined, begunAt),
        ...(endedAt < 0
          ? []
          : [events.record("transaction-ended", producer, `transaction ${id}`, fate, endedAt)]),
        ...(end === undefined ? [] : [events.ended(end.at)]),
      ],
    }));
  }

  /** A record that nobody polled although somebody ought to have; undefined: that cannot be said. */
  #missing(
    transaction: Transaction,
    end: HistoryEnd | undefined,
  ): { readonly stream: number; readonly index: number } | undefined {
    for (const { stream, partition, first, last, low, high } of transaction.parts) {
      for (let index = first; index <= last; index++) {
        if (this.#records.isPolled(stream, index)) continue;
        let offset = -1;
        if (low >= 0) {
          this.#partition(partition).order.some(low, high + 1, (run) => {
            const isHere = run.stream === stream && index >= run.index && index < run.index + run.length;
            if (isHere) offset = run.offset + (index - run.index);
            return isHere;
          });
        }
        if (offset >= 0) {
          const place = this.#partition(partition);
          const taken = lastOfKeys(this.#records, place)?.mayTake(stream, index, offset) === true;
          if (!taken && place.passed().has(offset)) return { stream, index };
        } else if (end?.healedAt !== undefined) return { stream, index };
      }
    }
    return undefined;
  }

  #polledOf({ parts }: Transaction): number {
    return parts.reduce((sum, { stream, first, last }) => {
      return sum + countBetween(this.#records.of(stream).polled, first, last + 1);
    }, 0);
  }

  #lookForSkips(transaction: Transaction): void {
    for (const { stream, partition, first, last, low, high } of transaction.parts) {
      if (last === first || low < 0) continue;
      this.#sendSkip.atRisk++;
      const { order } = this.#partition(partition);
      let between: { readonly stream: number; readonly index: number } | undefined;
      order.some(low, high + 1, (run) => {
        if (run.stream !== stream) between = run;
        return between !== undefined;
      });
      const found = between;
      if (found === undefined) continue;
      const { events } = this.#records;
      this.#sendSkip.violated(() => ({
        what: `${this.#records.name(found.stream, found.index)} stands between records of transaction ${transaction.id}.`,
        events: [
          events.record(
            "transaction-ended",
            transaction.producer,
            `transaction ${transaction.id}`,
            "committed",
            transaction.endedAt,
          ),
        ],
      }));
    }
  }
}

function sizeOf({ parts }: Transaction): number {
  return parts.reduce((sum: number, { first, last }: TransactionPart) => sum + last - first + 1, 0);
}

/** The transactions of an application that drives its producer itself: one at a time, and what becomes of its records. */
import type { Instant } from "../../../src/kernel/index.js";
import type { Application, Message } from "../../../src/trace/index.js";
import type { TransactionOutcome } from "../producer/producer-transactions.js";
import { TransactionBook } from "../producer/transaction-book.js";
import type { TransactionDriver, TransactionalProducer } from "../producer/transactor.js";
import type { KafkaError } from "../protocol/messages.js";

/** Who works in them. */
export interface TransactionsUser {
  /** A transaction may begin. */
  ready(now: Instant): void;
  /** Nothing of it is open any more. */
  transactionOver(outcome: TransactionOutcome, now: Instant): void;
  fenced(error: KafkaError, now: Instant): void;
}

export class TaskTransactions implements TransactionDriver {
  readonly #book: TransactionBook;
  readonly #producer: TransactionalProducer;
  readonly #user: TransactionsUser;

  constructor(
    application: Application,
    node: number,
    producer: TransactionalProducer,
    user: TransactionsUser,
  ) {
    this.#book = new TransactionBook(application, node);
    this.#producer = producer;
    this.#user = user;
  }

  get ended(): Readonly<Record<TransactionOutcome, number>> {
    return this.#book.ended;
  }

  get isReady(): boolean {
    return this.#producer.isReady && this.#book.open === undefined;
  }

  begin(now: Instant): void {
    this.#book.begin(now);
    this.#producer.begin();
  }

  /** The producer has taken a record of the open transaction. */
  accepted(message: Message): void {
    this.#book.sent(message);
  }

  /** Once its records are written. */
  commit(now: Instant): void {
    if (this.#producer.isBroken) this.#producer.abort(now);
    else this.#producer.commit(now);
  }

  // TransactionDriver

  ready(now: Instant): void {
    this.#user.ready(now);
  }

  broken(now: Instant): void {
    this.#producer.abort(now);
  }

  transactionEnded(outcome: TransactionOutcome, now: Instant): void {
    if (this.#book.open === undefined) return;
    this.#book.end(outcome, now);
    this.#user.transactionOver(outcome, now);
  }

  fenced(error: KafkaError, now: Instant): void {
    this.#user.fenced(error, now);
  }

  crashed(now: Instant): void {
    this.#book.end("unresolved", now);
  }
}

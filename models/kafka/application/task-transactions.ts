/** The transactions of an application that drives its producer itself: one at a time, and what becomes of its records. */
import type { Instant } from "../../../src/kernel/index.js";
import {
  type Application,
  type Message,
  TRANSACTION_ABORTED,
  TRANSACTION_COMMITTED,
  TRANSACTION_UNRESOLVED,
} from "../../../src/trace/index.js";
import type { TransactionOutcome } from "../producer/producer-transactions.js";
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

const OUTCOMES: Readonly<Record<TransactionOutcome, number>> = {
  committed: TRANSACTION_COMMITTED,
  aborted: TRANSACTION_ABORTED,
  unresolved: TRANSACTION_UNRESOLVED,
};

export class TaskTransactions implements TransactionDriver {
  readonly ended: Record<TransactionOutcome, number> = { committed: 0, aborted: 0, unresolved: 0 };
  readonly #application: Application;
  readonly #node: number;
  readonly #producer: TransactionalProducer;
  readonly #user: TransactionsUser;
  #open: { readonly number: number; readonly messages: Message[] } | undefined;

  constructor(
    application: Application,
    node: number,
    producer: TransactionalProducer,
    user: TransactionsUser,
  ) {
    this.#application = application;
    this.#node = node;
    this.#producer = producer;
    this.#user = user;
  }

  get isReady(): boolean {
    return this.#producer.isReady && this.#open === undefined;
  }

  begin(now: Instant): void {
    this.#open = { number: this.#application.log.transactionBegun(this.#node, now), messages: [] };
    this.#producer.begin();
  }

  /** The producer has taken a record of the open transaction. */
  accepted(message: Message): void {
    if (this.#open === undefined) return;
    this.#application.log.transactionSent(this.#open.number, message);
    this.#open.messages.push(message);
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
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.ended[outcome]++;
    for (const message of open.messages) {
      if (outcome === "committed") this.#application.acknowledged(message, now);
      else if (outcome === "aborted") this.#application.failed(message, now);
    }
    this.#application.log.transactionEnded(open.number, OUTCOMES[outcome], now);
    this.#user.transactionOver(outcome, now);
  }

  fenced(error: KafkaError, now: Instant): void {
    this.#user.fenced(error, now);
  }

  crashed(now: Instant): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    this.ended.unresolved++;
    this.#application.log.transactionEnded(open.number, TRANSACTION_UNRESOLVED, now);
  }
}

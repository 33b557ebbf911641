/**
 * What the history is told of one producer's transactions: that one begins, which records and positions are in it, and
 * how it ended. Its records are acknowledged, or have failed, with it.
 */
import type { Instant } from "../../../src/kernel/index.js";
import {
  type Application,
  type Message,
  TRANSACTION_ABORTED,
  TRANSACTION_COMMITTED,
  TRANSACTION_UNRESOLVED,
} from "../../../src/trace/index.js";
import type { TransactionOutcome } from "./producer-transactions.js";

export interface OpenTransaction {
  /** In the run. */
  readonly number: number;
  /** What the producer has taken. */
  readonly messages: readonly Message[];
}

const OUTCOMES: Readonly<Record<TransactionOutcome, number>> = {
  committed: TRANSACTION_COMMITTED,
  aborted: TRANSACTION_ABORTED,
  unresolved: TRANSACTION_UNRESOLVED,
};

export class TransactionBook {
  /** By outcome. */
  readonly ended: Record<TransactionOutcome, number> = { committed: 0, aborted: 0, unresolved: 0 };
  readonly #application: Application;
  readonly #node: number;
  #open: { readonly number: number; readonly messages: Message[] } | undefined;

  constructor(application: Application, node: number) {
    this.#application = application;
    this.#node = node;
  }

  get open(): OpenTransaction | undefined {
    return this.#open;
  }

  begin(now: Instant): OpenTransaction {
    const number = this.#application.log.transactionBegun(this.#node, now);
    return (this.#open = { number, messages: [] });
  }

  /** The producer has taken a record of the open transaction. */
  sent(message: Message): void {
    if (this.#open === undefined) return;
    this.#application.log.transactionSent(this.#open.number, message);
    this.#open.messages.push(message);
  }

  /** `group`: as a recipient. */
  offset(group: number, partition: string, offset: number): void {
    if (this.#open === undefined) return;
    this.#application.log.transactionOffset(this.#open.number, group, partition, offset);
  }

  /** `unresolved`: also when the process dies. Nothing happens where none is open. */
  end(outcome: TransactionOutcome, now: Instant): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.ended[outcome]++;
    for (const message of open.messages) {
      if (outcome === "committed") this.#application.acknowledged(message, now);
      else if (outcome === "aborted") this.#application.failed(message, now);
    }
    this.#application.log.transactionEnded(open.number, OUTCOMES[outcome], now);
  }
}

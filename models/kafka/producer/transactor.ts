/**
 * An application that works in transactions: begins one, sends its records, lets some time pass, commits or aborts;
 * then the next one that it was asked for. When records were given up it aborts. A record counts as acknowledged, or
 * failed, when its transaction has ended.
 */
import type { Duration, Instant } from "../../../src/kernel/index.js";
import type { OptionValues } from "../../../src/model/index.js";
import type { Application, Message } from "../../../src/trace/index.js";
import type { KafkaError } from "../protocol/messages.js";
import type { TransactionOutcome } from "./producer-transactions.js";
import type { SendRequest } from "./producer-sink.js";
import { type OpenTransaction, TransactionBook } from "./transaction-book.js";

/** What the application is asked to do, again and again. */
export interface TransactionPlan {
  readonly topics: readonly string[];
  readonly records: number;
  readonly valueBytes: number;
  readonly keys: number;
  readonly lasting: Duration;
  /** Each so-manieth transaction is aborted; 0: none. */
  readonly abortEvery: number;
}

export function transactionPlan(options: OptionValues): TransactionPlan {
  return {
    topics: options["topics"] as readonly string[],
    records: options["records"] as number,
    valueBytes: options["value"] as number,
    keys: options["keys"] as number,
    lasting: options["lasting"] as number,
    abortEvery: options["abortEvery"] as number,
  };
}

/** The producer that it works with. */
export interface TransactionalProducer {
  readonly isReady: boolean;
  readonly isBroken: boolean;
  readonly isEnding: boolean;
  begin(): void;
  send(request: SendRequest, key: string | undefined, now: Instant): void;
  commit(now: Instant): void;
  abort(now: Instant): void;
}

interface Wish {
  readonly plan: TransactionPlan;
  readonly aborts: boolean;
  finished(now: Instant): void;
}

interface Current {
  readonly wish: Wish;
  readonly transaction: OpenTransaction;
}

/** Who begins and ends a producer's transactions, and is told what becomes of them. */
export interface TransactionDriver {
  /** By outcome. */
  readonly ended: Readonly<Record<TransactionOutcome, number>>;
  /** A transaction may begin. */
  ready(now: Instant): void;
  /** Records were given up while the transaction was to be committed: it is to be aborted. */
  broken(now: Instant): void;
  transactionEnded(outcome: TransactionOutcome, now: Instant): void;
  /** The producer is of no use any more, unless its program replaces it. An open transaction has ended before. */
  fenced?(error: KafkaError, now: Instant): void;
  /** The process has died: nobody will tell how an open transaction ends. */
  crashed(now: Instant): void;
}

export class Transactor implements TransactionDriver {
  readonly #book: TransactionBook;
  readonly #producer: TransactionalProducer;
  readonly #setTimer: (at: Instant) => void;
  readonly #wishes: Wish[] = [];
  #current: Current | undefined;
  #asked = 0;
  #keys = 0;
  #closing = false;

  /** `setTimer` has `timedOut` called. */
  constructor(
    application: Application,
    node: number,
    producer: TransactionalProducer,
    setTimer: (at: Instant) => void,
  ) {
    this.#book = new TransactionBook(application, node);
    this.#producer = producer;
    this.#setTimer = setTimer;
  }

  get ended(): Readonly<Record<TransactionOutcome, number>> {
    return this.#book.ended;
  }

  /** One more transaction, after those that were asked for before. */
  transact(plan: TransactionPlan, finished: (now: Instant) => void, now: Instant): void {
    const aborts = plan.abortEvery > 0 && ++this.#asked % plan.abortEvery === 0;
    this.#wishes.push({ plan, aborts, finished });
    this.ready(now);
  }

  /** A transaction may begin. */
  ready(now: Instant): void {
    if (this.#closing || this.#current !== undefined || !this.#producer.isReady) return;
    const wish = this.#wishes.shift();
    if (wish === undefined) return;
    const current: Current = { wish, transaction: this.#book.begin(now) };
    this.#current = current;
    this.#producer.begin();
    const { plan } = wish;
    const requests = plan.topics.map((topic): SendRequest => {
      const accepted = (message: Message, at: Instant): void => this.#accepted(current, message, at);
      return { topic, valueBytes: plan.valueBytes, tombstone: false, finished: ignored, accepted };
    });
    for (let n = 0; n < plan.records; n++) {
      const key = plan.keys === 0 ? undefined : `key-${this.#keys++ % plan.keys}`;
      this.#producer.send(requests[n % requests.length] as SendRequest, key, now);
    }
    if (plan.records === 0) this.#setTimer(now + plan.lasting);
  }

  /** The work is done. */
  timedOut(now: Instant): void {
    if (this.#closing || this.#current === undefined) return;
    if (this.#current.wish.aborts || this.#producer.isBroken) this.#producer.abort(now);
    else this.#producer.commit(now);
  }

  /** Records were given up while the transaction was to be committed. */
  broken(now: Instant): void {
    this.#producer.abort(now);
  }

  transactionEnded(outcome: TransactionOutcome, now: Instant): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    this.#book.end(outcome, now);
    current.wish.finished(now);
  }

  /** The application is to end: what it has not asked to commit is aborted (Sender.run). */
  close(now: Instant): void {
    this.#closing = true;
    this.#wishes.length = 0;
    if (this.#current !== undefined && !this.#producer.isEnding) this.#producer.abort(now);
  }

  /** The process has died: nobody will tell how its transaction ends. */
  crashed(now: Instant): void {
    this.#wishes.length = 0;
    this.#closing = false;
    this.#current = undefined;
    this.#book.end("unresolved", now);
  }

  #accepted(current: Current, message: Message, now: Instant): void {
    if (this.#current !== current) return;
    this.#book.sent(message);
    const { plan } = current.wish;
    if (current.transaction.messages.length === plan.records) this.#setTimer(now + plan.lasting);
  }
}

function ignored(): void {}

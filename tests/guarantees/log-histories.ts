/** Histories of logs for tests: two producers, two consumers, a group, one partition unless another is named. */
import {
  DELIVERY_LIVE,
  type Message,
  POSITION_ASSIGNED,
  type RecordRun,
  TRANSACTION_COMMITTED,
} from "../../src/trace/index.js";
import { type CheckResult, type Conclusion, History } from "../../src/guarantees/index.js";
import { MILLISECOND } from "../../src/kernel/index.js";
import { named } from "./histories.js";

export const ANNA = 0;
export const BEN = 1;
export const CARL = 2;
export const DORA = 3;
const NAMES: readonly string[] = ["anna", "ben", "carl", "dora"];

/** Records that follow each other, the first of them at `offset`. */
export function runOf(offset: number, ...messages: readonly Message[]): RecordRun {
  return { messages, from: 0, to: messages.length, offset };
}

/** A history of logs, told in milliseconds: each call happens one later than the one before. */
export class LogTelling {
  readonly history: History;
  readonly group: number;
  now = 0;

  constructor(healed = true) {
    this.history = new History(NAMES, (filter, topic) => filter === topic, { logs: true });
    this.group = this.history.recipient("readers");
    if (healed) this.history.faultsHealed(0);
  }

  /** The instant of the next event. */
  get at(): number {
    return ++this.now * MILLISECOND;
  }

  send(producer = ANNA, partition = "p"): Message {
    return this.history.publish(producer, partition, 1, 10, false, this.at);
  }

  stored(message: Message, offset: number): void {
    this.history.log.stored(runOf(offset, message), this.at);
    this.history.acknowledged(message, this.now * MILLISECOND);
  }

  /** Sends and is told that it stands at `offset`. */
  write(offset: number, producer = ANNA, partition = "p"): Message {
    const message = this.send(producer, partition);
    this.stored(message, offset);
    return message;
  }

  /** Writes to a partition that is compacted; without a value: deletes the key. */
  put(offset: number, key: string, deletes = false, partition = "p"): Message {
    const message = this.send(ANNA, partition);
    this.history.log.keyed(message, key, deletes);
    this.stored(message, offset);
    return message;
  }

  failed(message: Message): void {
    this.history.failed(message, this.at);
  }

  /** One poll that returns all of these, from `offset` on. */
  poll(consumer: number, offset: number, ...messages: readonly Message[]): void {
    const partition = messages[0]?.stream.topic;
    if (partition !== undefined)
      this.history.log.polled(consumer, partition, runOf(offset, ...messages), this.at);
  }

  position(consumer: number, offset: number, why: number = POSITION_ASSIGNED, partition = "p"): void {
    this.history.log.positioned(consumer, partition, offset, why, this.at);
  }

  assign(consumer: number, partition = "p"): void {
    this.history.log.assigned(this.group, consumer, partition, this.at);
  }

  revoke(consumer: number, partition = "p"): void {
    this.history.log.revoked(this.group, consumer, partition, this.at);
  }

  /** The group is done with the record. */
  process(message: Message): void {
    this.history.delivered(this.group, message, DELIVERY_LIVE, this.at);
  }

  commit(offset: number, partition = "p"): void {
    this.history.log.committed(this.group, partition, offset, this.at);
  }

  begin(producer = ANNA): number {
    return this.history.log.transactionBegun(producer, this.at);
  }

  /** Sends within the transaction; stored, not acknowledged yet. */
  sendIn(transaction: number, offset: number, producer = ANNA, partition = "p"): Message {
    const message = this.send(producer, partition);
    this.history.log.transactionSent(transaction, message);
    if (offset >= 0) this.history.log.stored(runOf(offset, message), this.at);
    return message;
  }

  end(transaction: number, outcome: number = TRANSACTION_COMMITTED, messages: readonly Message[] = []): void {
    for (const message of messages) {
      if (outcome === TRANSACTION_COMMITTED) this.history.acknowledged(message, this.at);
      else this.history.failed(message, this.at);
    }
    this.history.log.transactionEnded(transaction, outcome, this.at);
  }

  /** The recipient is promised everything that is published to the partition from now on. */
  subscribe(recipient: number, partition = "p"): void {
    this.history.subscribing(recipient, partition, 1, this.at);
    this.history.subscribed(recipient, partition, 1, this.at);
  }

  /** The application on `node` makes a record from another one; it is stored and acknowledged unless told otherwise. */
  make(input: Message, offset: number, node = DORA, acknowledged = true, partition = "q"): Message {
    const output = this.send(node, partition);
    this.history.log.derived(output, input, this.at);
    if (acknowledged) this.stored(output, offset);
    return output;
  }

  deliver(recipient: number, message: Message): void {
    this.history.delivered(recipient, message, DELIVERY_LIVE, this.at);
  }

  conclude(): Conclusion {
    return this.history.conclude(this.at);
  }

  check(name: string): CheckResult {
    return named(this.conclude(), name);
  }
}

/** A check in short: verdict, times at risk, violations. */
export function short({ verdict, atRisk, violations }: CheckResult): readonly (string | number)[] {
  return [verdict, atRisk, violations];
}

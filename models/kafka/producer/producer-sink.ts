/** What a producer asks of its host, and what it is given to send. */
import type { Instant } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { ParticipantSink } from "../participant.js";
import type { KafkaError } from "../protocol/messages.js";
import type { ProducerBatch } from "./producer-batch.js";
import type { TransactionOutcome } from "./producer-transactions.js";

/** Who sends records, and what they have in common. One object for all of them. */
export interface SendRequest {
  readonly topic: string;
  readonly valueBytes: number;
  /** Values are null: in a compacted topic, their keys are no more. */
  readonly tombstone: boolean;
  /** The outcome of so many of its records, one unless that is said, is known, or never will be. */
  finished(now: Instant, records?: number): void;
  /** The outcome of one of its records, before it is finished; with acks=0 there is none. */
  readonly settled?: (message: Message, outcome: BatchOutcome, now: Instant) => void;
  /** Within a transaction, or of an application that remembers: one of its records counts as published. Its outcome is the transaction's. */
  readonly accepted?: (message: Message, now: Instant) => void;
}

/** How a batch ended. `failed`: it was not written, for certain; `unresolved`: nobody will ever tell. */
export type BatchOutcome = "acknowledged" | "failed" | "unresolved";

export interface ProducerSink extends ParticipantSink {
  /** The record has got its partition, such as `orders-0`: it counts as published. */
  accept(request: SendRequest, partition: string, now: Instant): Message;
  /** The same of so many records without a key, one after the other, of a request that need not hear of each. */
  acceptAll(request: SendRequest, partition: string, records: number, now: Instant): readonly Message[];
  /** It goes to a compacted partition: later records with the key take its place, and it takes that of earlier ones. */
  keyed(message: Message, key: string, deletes: boolean): void;
  /** The record was refused before it had a batch. */
  refused(message: Message, request: SendRequest, now: Instant): void;
  /** The outcome of all records of a batch; `baseOffset` of its first, where that was told. */
  ended(batch: ProducerBatch, outcome: BatchOutcome, baseOffset: number, now: Instant): void;
  /** With acks=0 the producer is done with a batch that it has sent. */
  sent(batch: ProducerBatch, now: Instant): void;
  /** So many records go out for the first time: that takes time before the next thing is done. */
  encoded(records: number): void;
  /** Any of so many partitions. */
  choosePartition(count: number): number;
  retried(partition: number, records: number): void;
  split(partition: number, parts: number): void;
  epochBumped(epoch: number): void;
  transactionsReady(now: Instant): void;
  transactionBroken(now: Instant): void;
  transactionEnded(outcome: TransactionOutcome, now: Instant): void;
  /** The producer is of no use any more. */
  fenced(error: KafkaError, now: Instant): void;
  /** The application's own timer. */
  workDone(now: Instant): void;
}

/** Timers by kind, after those of connections. */
export const PRODUCER_TIMER = {
  metadata: 2,
  send: 3,
  transaction: 4,
  coordinator: 5,
  work: 6,
  close: 7,
  groupCoordinator: 8,
} as const;
export const PRODUCER_TIMER_NAMES = [
  "metadata",
  "send",
  "transaction",
  "coordinator",
  "work",
  "close",
  "group coordinator",
] as const;

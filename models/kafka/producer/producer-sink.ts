/** What a producer asks of its host, and what it is given to send. */
import type { Instant } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { ParticipantSink } from "../participant.js";

/** A wish to send, before its partition is known. */
export interface SendRequest {
  readonly topic: string;
  /** ASCII; undefined: none. */
  readonly key: string | undefined;
  readonly valueBytes: number;
  /** Its value is null: in a compacted topic, the key is no more. */
  readonly tombstone: boolean;
  /** The outcome is known, or never will be. */
  finished(now: Instant): void;
}

/** A record that `send` has taken. */
export interface ProducerRecord {
  readonly message: Message;
  readonly request: SendRequest;
}

export interface ProducerSink extends ParticipantSink {
  /** The record has got its partition: it counts as published. */
  accept(request: SendRequest, partition: number, now: Instant): Message;
  acknowledged(record: ProducerRecord, now: Instant): void;
  /** It was not written, for certain. */
  failed(record: ProducerRecord, now: Instant): void;
  /** Nobody will ever tell whether it was written. */
  unresolved(record: ProducerRecord, now: Instant): void;
  /** Any of so many partitions. */
  choosePartition(count: number): number;
  retried(partition: number, records: number): void;
  epochBumped(epoch: number): void;
}

/** Timers by kind, after those of connections. */
export const PRODUCER_TIMER = { metadata: 2, send: 3 } as const;
export const PRODUCER_TIMER_NAMES = ["metadata", "send"] as const;

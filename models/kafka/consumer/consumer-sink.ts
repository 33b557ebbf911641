/** What a consumer asks of its host. */
import type { Duration, Instant } from "../../../src/kernel/index.js";
import type { Message, MessageRun, RecordRun } from "../../../src/trace/index.js";
import type { ParticipantSink } from "../participant.js";
import type { KafkaError } from "../protocol/messages.js";
import type { PolledRecord } from "./position.js";
import type { Progress } from "./worker.js";

/** Partitions go by name, such as `orders-0`. */
export interface ConsumerSink extends ParticipantSink {
  /** How long the application works on the next record. */
  processingTime(): Duration;
  /** Nobody works on the records, and each takes no time. */
  readonly worksAtOnce: boolean;
  /** Somebody works on the records; otherwise they are done with when their time is over. */
  readonly hasWorker: boolean;
  /** What the worker says to each, if there is one. */
  polling(now: Instant): boolean;
  work(message: Message, record: PolledRecord, now: Instant): Progress;
  concluding(now: Instant): boolean;
  revoking(then: (now: Instant) => void, now: Instant): void;
  polled(partition: string, run: RecordRun, now: Instant): void;
  /** The application is done with it, or with all of them. */
  delivered(message: Message, now: Instant): void;
  deliveredAll(run: MessageRun, now: Instant): void;
  /** The partition exists; its group, if there is one, wants what is written to it. */
  known(topic: string, index: number, now: Instant): void;
  /** It goes on at `offset`; `why` is a `POSITION_` constant. */
  positioned(topic: string, index: number, offset: number, why: number, now: Instant): void;
  /** The position in every partition of the topic is known, for the first time. */
  ready(topic: string, now: Instant): void;
  assigned(partition: string, now: Instant): void;
  revoked(partition: string, now: Instant): void;
  committed(partition: string, offset: number, now: Instant): void;
  commitFailed(error: KafkaError, now: Instant): void;
  /** A position was out of range, or of records that the log no longer has; it is now `to`, -1 while not known. */
  reset(partition: number, from: number, to: number): void;
  /** The application has met an error that it does not survive. */
  ended(why: string, now: Instant): void;
}

/** Timers by kind, after those of connections. */
export const CONSUMER_TIMER = {
  metadata: 2,
  retry: 3,
  coordinator: 4,
  heartbeat: 5,
  pollTimeout: 6,
  autoCommit: 7,
  processing: 8,
  worker: 9,
  rejoin: 10,
  commitRetry: 11,
} as const;
export const CONSUMER_TIMER_NAMES = [
  "metadata",
  "retry",
  "coordinator",
  "heartbeat",
  "poll timeout",
  "auto-commit",
  "processing",
  "worker",
  "rejoin",
  "commit retry",
] as const;

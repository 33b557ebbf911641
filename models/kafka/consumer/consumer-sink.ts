/** What a consumer asks of its host. */
import type { Instant } from "../../../src/kernel/index.js";
import type { Message } from "../../../src/trace/index.js";
import type { ParticipantSink } from "../participant.js";

export interface ConsumerSink extends ParticipantSink {
  /** The record at that offset is handed to the application. */
  delivered(message: Message, offset: number, now: Instant): void;
  /** The next record of the partition, such as `orders-0`, is at `offset` or after it; `why`: a `POSITION_` constant. */
  begins(partition: string, offset: number, why: number, now: Instant): void;
  /** The position in every partition of the topic is known. */
  positioned(topic: string, now: Instant): void;
  /** A position was out of range, or of records that the log no longer has; it is now `to`. */
  reset(partition: number, from: number, to: number): void;
}

/** Timers by kind, after those of connections. */
export const CONSUMER_TIMER = { metadata: 2, retry: 3 } as const;
export const CONSUMER_TIMER_NAMES = ["metadata", "retry"] as const;

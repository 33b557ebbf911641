/** What one group asks of its coordinator. */
import type { Instant } from "../../../src/kernel/index.js";
import type { BrokerConfig } from "../broker/broker-config.js";
import type { Written } from "../broker/durable-appends.js";
import type { Response } from "../protocol/frames.js";
import type { KafkaError } from "../protocol/messages.js";
import type { StateRecord } from "../protocol/record-batch.js";

export interface GroupHost {
  readonly config: BrokerConfig;
  /** Answers the request that the connection waits for. */
  answer(connection: number, response: Response, now: Instant): void;
  /** Writes what must not be forgotten about the group; `written` is told when it is committed, or is not. */
  write(group: string, records: readonly StateRecord[], written: Written, now: Instant): void;
  /** Partitions of a topic by index; empty while nobody knows them. */
  partitionsOf(topic: string): readonly number[];
  /** A timer of the group, or of one of its members; set again it moves. */
  setTimer(timer: number, at: Instant): void;
  cancelTimer(timer: number): void;
  /** A number for a timer that `fired` is told of. */
  newTimer(fired: (now: Instant) => void): number;
  dropTimer(timer: number): void;
  /** A new generation, or epoch, of a group. */
  rebalanced(group: string, generation: number, members: number, now: Instant): void;
}

/** What a client is told when a coordinator could not write. */
export function errorOfWrite(error: KafkaError): KafkaError {
  switch (error) {
    case "NONE":
      return "NONE";
    case "NOT_LEADER_OR_FOLLOWER":
    case "KAFKA_STORAGE_ERROR":
      return "NOT_COORDINATOR";
    default:
      return "COORDINATOR_NOT_AVAILABLE";
  }
}

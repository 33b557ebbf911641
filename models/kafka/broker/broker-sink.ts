/** What a broker asks of its host. */
import type { ParticipantSink } from "../participant.js";
import type { Response } from "../protocol/frames.js";
import type { StoredBatch } from "../protocol/record-batch.js";

export interface BrokerSink extends ParticipantSink {
  /** On a connection that a client or another broker has opened. */
  respond(connection: number, response: Response): void;
  disconnect(connection: number): void;

  /** Has the disk write. True: done. Otherwise `transferred` follows with `id`. */
  transfer(bytes: number, sync: boolean, id: number): boolean;
  /** Puts a batch into the log's file; with `sync`, it was waited for until it is safe. False: the disk is full. */
  store(partition: number, stored: StoredBatch, sync: boolean): boolean;
  /** Keeps the first `count` batches of the log's file. */
  cut(partition: number, count: number): void;
  /** What is in the log's file, damaged ends left out. */
  recover(partition: number): readonly StoredBatch[];

  leaderElected(partition: number, leaderEpoch: number): void;
  truncated(partition: number, records: number, offset: number): void;
  isrProposed(partition: number, isr: readonly number[]): void;
  /** A group has a new generation, or epoch, of so many members. */
  rebalanced(group: string, generation: number, members: number): void;
}

/** Timers by kind, after those of connections. */
export const BROKER_TIMER = {
  heartbeat: 2,
  isrCheck: 3,
  fetchWait: 4,
  produceWait: 5,
  fetchBackoff: 6,
  retryIsr: 7,
  durableWait: 8,
  group: 9,
  offsetExpiry: 10,
} as const;

export const BROKER_TIMER_NAMES = [
  "heartbeat",
  "ISR check",
  "fetch wait",
  "produce wait",
  "fetch back-off",
  "ISR retry",
  "durable wait",
  "group",
  "offset expiry",
] as const;

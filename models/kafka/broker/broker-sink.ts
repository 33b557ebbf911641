/** What a broker asks of its host. */
import type { Instant } from "../../../src/kernel/index.js";
import type { LogDirectory } from "../log/log-directory.js";
import type { ParticipantSink } from "../participant.js";
import type { Response } from "../protocol/frames.js";

export interface BrokerSink extends ParticipantSink {
  /** On a connection that a client or another broker has opened. */
  respond(connection: number, response: Response): void;
  disconnect(connection: number): void;

  /** Has the disk write. True: done. Otherwise `transferred` follows with `id`. */
  transfer(bytes: number, sync: boolean, id: number): boolean;
  /** What is on the disk. To be asked for once a process. */
  openDirectory(): LogDirectory;
  /** What the node's wall clock says, as an instant. */
  clock(): Instant;
  /** The disk took no more. The broker has no other: its process ends (`LogDirFailureHandler`). */
  diskFailed(): void;
  /** A log was opened: so many bytes were read again, and the end was damaged. */
  recovered(bytes: number, damaged: boolean): void;
  /** Old segments were deleted; the log now starts at that offset. */
  deleted(partition: number, segments: number, startOffset: number): void;
  /** Compaction has taken so many records out. */
  cleaned(partition: number, records: number): void;
  /** Logs have forgotten so many producers. */
  producersExpired(count: number): void;

  /** That this process has ended in good order is put on record. */
  endCleanly(brokerEpoch: number): void;
  /** The broker epoch in which the last process ended in good order, taken off the record; -1: it did not. */
  endedInEpoch(): number;

  leaderElected(partition: number, leaderEpoch: number): void;
  truncated(partition: number, records: number, offset: number): void;
  /** A follower begins to copy behind records that it has otherwise than its leader. */
  diverged(partition: number, follower: number, records: number): void;
  isrProposed(partition: number, isr: readonly number[]): void;
  /** A group has committed a lower offset than before. */
  commitLowered(group: string, partition: number, from: number, to: number): void;
  /** A group has a new generation, or epoch, of so many members. */
  rebalanced(group: string, generation: number, members: number): void;
  transactionEnded(transactionalId: string, committed: boolean, timedOut: boolean): void;
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
  retention: 9,
  watermarkCheckpoint: 10,
  offsetCheckpoint: 11,
  producerExpiry: 12,
  cleaner: 13,
  seekController: 14,
  group: 15,
  offsetExpiry: 16,
  verification: 17,
  transactionScan: 18,
  markerRetry: 19,
} as const;

export const BROKER_TIMER_NAMES = [
  "heartbeat",
  "ISR check",
  "fetch wait",
  "produce wait",
  "fetch back-off",
  "ISR retry",
  "durable wait",
  "retention",
  "watermark checkpoint",
  "offset checkpoint",
  "producer expiry",
  "cleaner",
  "controller search",
  "group",
  "offset expiry",
  "transaction verification",
  "transaction scan",
  "marker retry",
] as const;

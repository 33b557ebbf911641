/** What a coordinator remembers of a transactional id, and how one state follows on another [KIP-98] [KIP-890]. */
import type { Duration, Instant } from "../../../src/kernel/index.js";

export type TransactionStatus =
  "empty" | "ongoing" | "prepare-commit" | "prepare-abort" | "complete-commit" | "complete-abort";

/** Never changed: a step makes a new one, which counts once it is in the log. */
export interface TransactionState {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  /** What the producer's id was before its epochs were used up, and what it is to be after this transaction; or -1. */
  readonly previousProducerId: number;
  readonly nextProducerId: number;
  /** The epoch before, if its owner itself asked for this one; -1: it is fenced. */
  readonly lastProducerEpoch: number;
  readonly timeout: Duration;
  readonly status: TransactionStatus;
  /** With records of the transaction, in the order in which they were added. */
  readonly partitions: readonly number[];
  readonly startedAt: Instant;
  readonly updatedAt: Instant;
}

export const NO_PRODUCER_EPOCH = -1;

/** The largest that a transaction may have; the one above is left for fencing. */
export const EPOCH_MAX = 32_766;

/** Whether a producer's next epoch is the first one of another producer id. */
export function isExhausted({ producerEpoch }: TransactionState): boolean {
  return producerEpoch >= EPOCH_MAX;
}

export function isEnding({ status }: TransactionState): boolean {
  return status === "prepare-commit" || status === "prepare-abort";
}

export function newState(
  transactionalId: string,
  producerId: number,
  timeout: Duration,
  now: Instant,
): TransactionState {
  return {
    transactionalId,
    producerId,
    producerEpoch: NO_PRODUCER_EPOCH,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    previousProducerId: -1,
    nextProducerId: -1,
    timeout,
    status: "empty",
    partitions: [],
    startedAt: now,
    updatedAt: now,
  };
}

/** A producer has introduced itself: `bumped` is what it is from now on. */
export function initialised(
  state: TransactionState,
  bumped: Pick<TransactionState, "producerId" | "producerEpoch" | "lastProducerEpoch">,
  timeout: Duration,
  now: Instant,
): TransactionState {
  return { ...state, ...bumped, timeout, status: "empty", partitions: [], updatedAt: now };
}

export function withPartitions(
  state: TransactionState,
  partitions: readonly number[],
  now: Instant,
): TransactionState {
  const more = partitions.filter((partition) => !state.partitions.includes(partition));
  const startedAt = state.status === "ongoing" ? state.startedAt : now;
  return {
    ...state,
    status: "ongoing",
    partitions: [...(state.status === "ongoing" ? state.partitions : []), ...more],
    startedAt,
    updatedAt: now,
  };
}

/** The decision; with `bump`, under the epoch that the producer has in its next transaction. */
export function prepared(
  state: TransactionState,
  committed: boolean,
  bump: boolean,
  nextProducerId: number,
  now: Instant,
): TransactionState {
  const { producerEpoch } = state;
  const epochs = bump ? { producerEpoch: producerEpoch + 1, lastProducerEpoch: producerEpoch } : undefined;
  const status = committed ? "prepare-commit" : "prepare-abort";
  return { ...state, ...epochs, nextProducerId, status, updatedAt: now };
}

/** Who the producer is in its next transaction. */
export function nextIdentity(
  state: TransactionState,
): Pick<TransactionState, "producerId" | "producerEpoch"> {
  const { nextProducerId } = state;
  return nextProducerId < 0 ? state : { producerId: nextProducerId, producerEpoch: 0 };
}

/** All markers are written. */
export function completed(state: TransactionState, now: Instant): TransactionState {
  const status = state.status === "prepare-commit" ? "complete-commit" : "complete-abort";
  const ended: TransactionState = { ...state, status, partitions: [], updatedAt: now };
  if (state.nextProducerId < 0) return ended;
  const last = { previousProducerId: state.producerId, lastProducerEpoch: NO_PRODUCER_EPOCH };
  return { ...ended, ...last, ...nextIdentity(state), nextProducerId: -1 };
}

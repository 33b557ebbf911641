/**
 * What the application sees of a partitioned log, beyond messages and deliveries: offsets, positions, groups and
 * transactions. Models of logs call this; `guarantees` implements it.
 *
 * Partitions go by the topic under which their messages are published, such as `orders-0`. Consumers are nodes. A
 * group is a recipient of its own (`Application.recipient`): its members get messages on its behalf. A message counts as
 * delivered when the application is done with it, and as acknowledged, within a transaction, when that is committed.
 */
import type { Instant } from "../kernel/index.js";
import type { Message, MessageRun } from "./message.js";

/** Why a consumer's position is where it is, other than by reading on. */
export const POSITION_ASSIGNED = 0;
/** The application asked for it. */
export const POSITION_SOUGHT = 1;
/** What stood there is gone, or nothing was ever committed: the policy decided. */
export const POSITION_RESET = 2;

/** How a transaction ended, as far as its producer was told. */
export const TRANSACTION_COMMITTED = 0;
export const TRANSACTION_ABORTED = 1;
/** The producer never learned it, or died before it asked. */
export const TRANSACTION_UNRESOLVED = 2;

/** Records that follow each other in a partition: `messages[from]` … `messages[to - 1]`, the first of them at `offset`. */
export interface RecordRun extends MessageRun {
  readonly offset: number;
}

export interface LogApplication {
  /**
   * The message goes to a partition that is compacted: of the records with one `key` only the last stays, and nothing
   * of it in the end if that `deletes`. Comes before anybody is told where it stands; other partitions have no keys.
   */
  keyed(message: Message, key: string, deletes: boolean): void;

  /** The producer was told at which offsets its messages stand. Comes before `acknowledged`. */
  stored(run: RecordRun, now: Instant): void;

  /** A consumer's poll returned these records to the application. */
  polled(consumer: number, partition: string, run: RecordRun, now: Instant): void;

  /** The next record that the consumer asks for is at `offset` or after it; `why` is a `POSITION_` constant. */
  positioned(consumer: number, partition: string, offset: number, why: number, now: Instant): void;

  /** The partition is the consumer's, on behalf of `group`, from now on. */
  assigned(group: number, consumer: number, partition: string, now: Instant): void;

  /** As far as the consumer knows, the partition is not its own any more: given up, lost, or its process died. */
  revoked(group: number, consumer: number, partition: string, now: Instant): void;

  /** The group was told that `offset` is committed: records below count as done. */
  committed(group: number, partition: string, offset: number, now: Instant): void;

  /** A producer begins a transaction. Numbers it, from 0 in the run. */
  transactionBegun(producer: number, now: Instant): number;

  /** The message is sent within the transaction. */
  transactionSent(transaction: number, message: Message): void;

  /** The transaction's consumer is to go on at `offset` if it is committed. */
  transactionOffset(transaction: number, group: number, partition: string, offset: number): void;

  /**
   * The application has made `output` from `input`, which a poll returned to it, and nothing else from that unless it
   * does so again: the first attempt may have failed. Comes after `output` is published.
   */
  derived(output: Message, input: Message, now: Instant): void;

  /** `outcome` is a `TRANSACTION_` constant. */
  transactionEnded(transaction: number, outcome: number, now: Instant): void;
}

/**
 * Sizes of what is said about producers' identities and transactions, from the layouts of Kafka 4.1 in the versions
 * that its clients and brokers use: InitProducerId 5, AddPartitionsToTxn 3 by clients and 5 by brokers,
 * AddOffsetsToTxn 4, TxnOffsetCommit 5, EndTxn 5, WriteTxnMarkers 1.
 */
import { CONSUMER_MEMBER_ID, memberIdBytes, nullable } from "./group-sizes.js";
import { topicsByName } from "./topic-sizes.js";
import type { TransactionOwner, TransactionRequests, TransactionResponses } from "./transaction-messages.js";
import {
  BATCH_HEADER_BYTES,
  ONE,
  type SizesOf,
  compactBytes,
  compactLengthBytes,
  recordBytes,
} from "./wire-size.js";

const PRODUCER = 8 + 2;

const ownerBytes = ({ transactionalId }: TransactionOwner): number =>
  compactBytes(transactionalId.length) + PRODUCER;

/** A topic's partitions in the requests that name no more of them than their numbers. */
const plain = (count: number): number => topicsByName(count, 4);

export const TRANSACTION_REQUEST_SIZES: SizesOf<TransactionRequests> = {
  InitProducerId: ({ transactionalId }) =>
    (transactionalId === undefined ? ONE : compactBytes(transactionalId.length)) + 4 + PRODUCER + ONE,
  AddPartitionsToTxn: (body) =>
    body.by === "client"
      ? ownerBytes(body) + plain(body.partitions.length) + ONE
      : compactLengthBytes(1) + ownerBytes(body) + 1 + plain(body.partitions.length) + ONE + ONE,
  AddOffsetsToTxn: (body) => ownerBytes(body) + compactBytes(body.group.length) + ONE,
  TxnOffsetCommit: (body) =>
    compactBytes(body.transactionalId.length) +
    compactBytes(body.group.length) +
    PRODUCER +
    4 +
    (body.selfNamed ? CONSUMER_MEMBER_ID : compactBytes(memberIdBytes(body.memberId))) +
    nullable(body.instanceId) +
    topicsByName(body.offsets.length, 4 + 8 + 4 + ONE + ONE) +
    ONE,
  EndTxn: (body) => ownerBytes(body) + 1 + ONE,
  WriteTxnMarkers: ({ markers }) => {
    let bytes = compactLengthBytes(markers.length) + ONE;
    for (const { partitions } of markers) bytes += PRODUCER + 1 + plain(partitions.length) + 4 + ONE;
    return bytes;
  },
};

const RESULT = 4 + 2 + ONE;

export const TRANSACTION_RESPONSE_SIZES: SizesOf<TransactionResponses> = {
  InitProducerId: () => 4 + 2 + PRODUCER + ONE,
  AddPartitionsToTxn: ({ partitions }) => 4 + topicsByName(partitions.length, RESULT) + ONE,
  AddOffsetsToTxn: () => 4 + 2 + ONE,
  TxnOffsetCommit: ({ results }) => 4 + topicsByName(results.length, RESULT) + ONE,
  EndTxn: () => 4 + 2 + PRODUCER + ONE,
  WriteTxnMarkers: ({ markers }) => {
    let bytes = compactLengthBytes(markers.length) + ONE;
    for (const { results } of markers) bytes += 8 + topicsByName(results.length, RESULT) + ONE;
    return bytes;
  },
};

/** A marker's batch: a key of version and kind, a value of version and coordinator epoch. */
export const MARKER_BATCH_BYTES: number = BATCH_HEADER_BYTES + recordBytes(0, 0, 2 + 2, 2 + 4);

/** A batch with one record of a coordinator's: TransactionLogKey 0 and TransactionLogValue 1. */
export function transactionRecordBytes(transactionalId: string, partitions: number): number {
  const key = 2 + 2 + transactionalId.length;
  const listed = partitions === 0 ? ONE : plain(partitions);
  // The tagged field is the client's transaction version.
  const value = 2 + 8 + 2 + 4 + 1 + listed + 8 + 8 + ONE + (1 + 1 + 2);
  return BATCH_HEADER_BYTES + recordBytes(0, 0, key, value);
}

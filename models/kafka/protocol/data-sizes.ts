/**
 * Sizes of what clients and followers say to leaders, from the layouts in
 * `clients/src/main/resources/common/message/*.json` of Kafka 4.1, in the versions that its clients and brokers use
 * with each other: Produce 13, Fetch 17, ListOffsets 10, Metadata 13, OffsetForLeaderEpoch 4.
 */
import type {
  DataRequests,
  DataResponses,
  EpochQuery,
  Fetch,
  FetchResult,
  OffsetQuery,
  Produce,
} from "./data-messages.js";
import { HOST_BYTES, topicsById, topicsByName } from "./topic-sizes.js";
import {
  ONE,
  type SizesOf,
  UUID,
  compactBytes,
  compactLengthBytes,
  int32ArrayBytes,
  nullableBytes,
} from "./wire-size.js";

/** A replica in a Fetch: tag, size, replica id and epoch, no further fields. */
const REPLICA_STATE = 1 + 1 + 4 + 8 + ONE;
/** Partition, leader epoch, offset, epoch of the last batch, log start offset, bytes at most. */
const FETCH_PARTITION = 4 + 4 + 8 + 4 + 8 + 4 + ONE;
/** Index, error, base offset, append time, log start offset, no record errors, no message. */
const PRODUCE_RESULT = 4 + 2 + 8 + 8 + 8 + ONE + ONE + ONE;
/** Tag, size, epoch, end offset, no further fields. */
const DIVERGING_EPOCH = 1 + 1 + 4 + 8 + ONE;
/** Producer id and first offset. */
const ABORTED = 8 + 8 + ONE;
const CLUSTER_ID_BYTES = 22;

/** A Fetch that says something of so many partitions, of a consumer or of a replica. */
export function fetchBytes(partitions: number, rack: string, byReplica: boolean): number {
  // Wait, bytes at least and at most, isolation, session and its epoch.
  const head = 4 + 4 + 4 + 1 + 4 + 4;
  const said = topicsById(partitions, partitions * FETCH_PARTITION);
  return head + said + ONE + compactBytes(rack.length) + ONE + (byReplica ? REPLICA_STATE : 0);
}

export const DATA_REQUEST_SIZES: SizesOf<DataRequests> = {
  Produce: ({ batches, transactionalId }: Produce) => {
    const id = transactionalId === undefined ? ONE : compactBytes(transactionalId.length);
    let bytes = id + 2 + 4 + compactLengthBytes(1) + UUID + compactLengthBytes(batches.length) + ONE + ONE;
    for (const { batch } of batches) bytes += 4 + compactBytes(batch.bytes) + ONE;
    return bytes;
  },
  Fetch: ({ replica, changed, rack = "" }: Fetch) => fetchBytes(changed, rack, replica >= 0),
  ListOffsets: ({ queries }: { readonly queries: readonly OffsetQuery[] }) =>
    4 + 1 + topicsByName(queries.length, 4 + 4 + 8 + ONE) + 4 + ONE,
  Metadata: ({ topics }) =>
    compactLengthBytes(topics.length) +
    topics.reduce((sum, { length }) => sum + UUID + compactBytes(length) + ONE, 0) +
    1 +
    1 +
    ONE,
  OffsetForLeaderEpoch: ({ queries }: { readonly queries: readonly EpochQuery[] }) =>
    4 + topicsByName(queries.length, 4 + 4 + 4 + ONE) + ONE,
};

export const DATA_RESPONSE_SIZES: SizesOf<DataResponses> = {
  Produce: ({ results }) => topicsById(results.length, results.length * PRODUCE_RESULT) + 4 + ONE,
  Fetch: ({ results }) => {
    const told = results.reduce((sum, result) => sum + fetchResultBytes(result), 0);
    return 4 + 2 + 4 + topicsById(results.length, told) + ONE;
  },
  ListOffsets: ({ results }) => 4 + topicsByName(results.length, 4 + 2 + 8 + 8 + 4 + ONE) + ONE,
  Metadata: (state) => metadataBytes(state),
  OffsetForLeaderEpoch: ({ results }) => 4 + topicsByName(results.length, 2 + 4 + 4 + 8 + ONE) + ONE,
};

function fetchResultBytes({ divergingEpoch, batches, aborted }: FetchResult): number {
  let records = 0;
  for (const stored of batches) records += stored.bytes;
  return (
    4 +
    2 +
    8 +
    8 +
    8 +
    (aborted === undefined ? ONE : compactLengthBytes(aborted.length) + aborted.length * ABORTED) +
    4 +
    compactBytes(records) +
    ONE +
    (divergingEpoch === undefined ? 0 : DIVERGING_EPOCH)
  );
}

function metadataBytes({ brokers, partitions, unauthorized }: DataResponses["Metadata"]): number {
  let bytes = 4 + compactLengthBytes(brokers.length) + compactBytes(CLUSTER_ID_BYTES) + 4;
  for (const { rack } of brokers) bytes += 4 + compactBytes(HOST_BYTES) + 4 + nullableBytes(rack) + ONE;
  const names = [...new Set(partitions.map(({ topic }) => topic))];
  bytes += compactLengthBytes(names.length + unauthorized.length);
  for (const name of unauthorized) {
    bytes += 2 + compactBytes(name.length) + UUID + 1 + compactLengthBytes(0) + 4 + ONE;
  }
  for (const name of names) {
    const own = partitions.filter(({ topic }) => topic === name);
    bytes += 2 + compactBytes(name.length) + UUID + 1 + compactLengthBytes(own.length) + 4 + ONE;
    for (const { replicas, isr } of own) {
      bytes += 2 + 4 + 4 + 4 + int32ArrayBytes(replicas.length) + int32ArrayBytes(isr.length) + ONE + ONE;
    }
  }
  return bytes + 2 + ONE;
}

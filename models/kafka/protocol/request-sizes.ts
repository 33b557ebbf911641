/**
 * Sizes of requests, from the layouts in `clients/src/main/resources/common/message/*.json` of Kafka 4.1, in the
 * versions that its clients and brokers use with each other: Produce 13, Fetch 17, ListOffsets 10, Metadata 13,
 * InitProducerId 5, OffsetForLeaderEpoch 4, BrokerRegistration 4, BrokerHeartbeat 1, AlterPartition 3.
 */
import type { Api, EpochQuery, Fetch, IsrChange, OffsetQuery, Produce, Requests } from "./messages.js";
import { ONE, UUID, compactBytes, compactLengthBytes, requestHeaderBytes } from "./wire-size.js";

type Sizes = { readonly [Name in Api]: (body: Requests[Name]) => number };

/** The topic of a query by name; names are short, their length is taken as this many bytes. */
export const TOPIC_NAME_BYTES = 6;
/** `localhost`, or a short name with a domain. */
export const HOST_BYTES = 9;

/** A replica in a Fetch: tag, size, replica id and epoch, no further fields. */
const REPLICA_STATE = 1 + 1 + 4 + 8 + ONE;
/** Partition, leader epoch, offset, epoch of the last batch, log start offset, bytes at most. */
const FETCH_PARTITION = 4 + 4 + 8 + 4 + 8 + 4 + ONE;

const SIZES: Sizes = {
  Produce: ({ batches }: Produce) => {
    let bytes = ONE + 2 + 4 + compactLengthBytes(1) + UUID + compactLengthBytes(batches.length) + ONE + ONE;
    for (const { batch } of batches) bytes += 4 + compactBytes(batch.bytes) + ONE;
    return bytes;
  },
  Fetch: ({ replica, changed }: Fetch) =>
    4 +
    4 +
    4 +
    1 +
    4 +
    4 +
    topicsById(changed, FETCH_PARTITION) +
    ONE +
    ONE +
    ONE +
    (replica < 0 ? 0 : REPLICA_STATE),
  ListOffsets: ({ queries }: { readonly queries: readonly OffsetQuery[] }) =>
    4 + 1 + topicsByName(queries.length, 4 + 4 + 8 + ONE) + 4 + ONE,
  Metadata: ({ topics }) =>
    compactLengthBytes(topics.length) +
    topics.reduce((sum, { length }) => sum + UUID + compactBytes(length) + ONE, 0) +
    1 +
    1 +
    ONE,
  InitProducerId: () => ONE + 4 + 8 + 2 + ONE,
  OffsetForLeaderEpoch: ({ queries }: { readonly queries: readonly EpochQuery[] }) =>
    4 + topicsByName(queries.length, 4 + 4 + 4 + ONE) + ONE,
  BrokerRegistration: () =>
    4 +
    compactBytes(22) +
    UUID +
    compactLengthBytes(1) +
    (compactBytes(9) + compactBytes(HOST_BYTES) + 2 + 2 + ONE) +
    compactLengthBytes(0) +
    ONE +
    1 +
    compactLengthBytes(1) +
    UUID +
    8 +
    ONE,
  BrokerHeartbeat: () => 4 + 8 + 8 + 1 + 1 + ONE,
  AlterPartition: ({ changes }: { readonly changes: readonly IsrChange[] }) => {
    let bytes = 4 + 8 + compactLengthBytes(1) + UUID + compactLengthBytes(changes.length) + ONE + ONE;
    for (const { isr } of changes) {
      bytes += 4 + 4 + compactLengthBytes(isr.length) + isr.length * (4 + 8 + ONE) + 1 + 4 + ONE;
    }
    return bytes;
  },
  MetadataLogFetch: () =>
    4 + 4 + 4 + 1 + 4 + 4 + topicsById(1, FETCH_PARTITION) + ONE + ONE + ONE + REPLICA_STATE,
};

/** One topic with so many partitions, or none when there are none (KIP-227: nothing has changed). */
function topicsById(partitions: number, each: number): number {
  if (partitions === 0) return compactLengthBytes(0);
  return compactLengthBytes(1) + UUID + compactLengthBytes(partitions) + partitions * each + ONE;
}

function topicsByName(partitions: number, each: number): number {
  return (
    compactLengthBytes(1) +
    compactBytes(TOPIC_NAME_BYTES) +
    compactLengthBytes(partitions) +
    partitions * each +
    ONE
  );
}

export function requestBytes<Name extends Api>(
  api: Name,
  body: Requests[Name],
  clientIdBytes: number,
): number {
  return requestHeaderBytes(clientIdBytes) + (SIZES as Sizes)[api](body);
}

/** Sizes of responses, from the same layouts and versions as those of requests. */
import type { Api, ClusterState, FetchResult, PartitionState, Responses } from "./messages.js";
import { HOST_BYTES, TOPIC_NAME_BYTES } from "./request-sizes.js";
import {
  BATCH_HEADER_BYTES,
  ONE,
  RESPONSE_HEADER_BYTES,
  UUID,
  compactBytes,
  compactLengthBytes,
  int32ArrayBytes,
} from "./wire-size.js";

type Sizes = { readonly [Name in Api]: (body: Responses[Name]) => number };

/** Index, error, base offset, append time, log start offset, no record errors, no message. */
const PRODUCE_RESULT = 4 + 2 + 8 + 8 + 8 + ONE + ONE + ONE;
/** Tag, size, epoch, end offset, no further fields. */
const DIVERGING_EPOCH = 1 + 1 + 4 + 8 + ONE;
const CLUSTER_ID_BYTES = 22;

const SIZES: Sizes = {
  Produce: ({ results }) => topicsById(results.length, results.length * PRODUCE_RESULT) + 4 + ONE,
  Fetch: ({ results }) => {
    const told = results.reduce((sum, result) => sum + fetchResultBytes(result), 0);
    return 4 + 2 + 4 + topicsById(results.length, told) + ONE;
  },
  ListOffsets: ({ results }) => 4 + topicsByName(results.length, 4 + 2 + 8 + 8 + 4 + ONE) + ONE,
  Metadata: (state) => metadataBytes(state),
  InitProducerId: () => 4 + 2 + 8 + 2 + ONE,
  OffsetForLeaderEpoch: ({ results }) => 4 + topicsByName(results.length, 2 + 4 + 4 + 8 + ONE) + ONE,
  BrokerRegistration: () => 4 + 2 + 8 + ONE,
  BrokerHeartbeat: () => 4 + 2 + 1 + 1 + 1 + ONE,
  AlterPartition: ({ results }) => {
    const told = results.reduce(
      (sum, { state }) => sum + 4 + 2 + 4 + 4 + int32ArrayBytes(state.isr.length) + 1 + 4 + ONE,
      0,
    );
    return 4 + 2 + topicsById(results.length, told) + ONE;
  },
  MetadataLogFetch: ({ partitions }) => {
    const records = partitions.reduce((sum, state) => sum + partitionRecordBytes(state), 0);
    const batch = partitions.length === 0 ? 0 : BATCH_HEADER_BYTES + records;
    const told = 4 + 2 + 8 + 8 + 8 + ONE + 4 + compactBytes(batch) + ONE;
    return 4 + 2 + 4 + topicsById(1, told) + ONE;
  },
};

function fetchResultBytes({ divergingEpoch, batches }: FetchResult): number {
  let records = 0;
  for (const { batch } of batches) records += batch.bytes;
  return (
    4 +
    2 +
    8 +
    8 +
    8 +
    ONE +
    4 +
    compactBytes(records) +
    ONE +
    (divergingEpoch === undefined ? 0 : DIVERGING_EPOCH)
  );
}

function metadataBytes({ brokers, partitions }: ClusterState): number {
  let bytes = 4 + compactLengthBytes(brokers.length) + compactBytes(CLUSTER_ID_BYTES) + 4;
  bytes += brokers.length * (4 + compactBytes(HOST_BYTES) + 4 + ONE + ONE);
  const names = [...new Set(partitions.map(({ topic }) => topic))];
  bytes += compactLengthBytes(names.length);
  for (const name of names) {
    const own = partitions.filter(({ topic }) => topic === name);
    bytes += 2 + compactBytes(name.length) + UUID + 1 + compactLengthBytes(own.length) + 4 + ONE;
    for (const { replicas, isr } of own) {
      bytes += 2 + 4 + 4 + 4 + int32ArrayBytes(replicas.length) + int32ArrayBytes(isr.length) + ONE + ONE;
    }
  }
  return bytes + 2 + ONE;
}

/** A PartitionRecord in the metadata log, with the frame of its record. */
function partitionRecordBytes({ replicas, isr }: PartitionState): number {
  const lists = int32ArrayBytes(replicas.length) + int32ArrayBytes(isr.length) + ONE + ONE;
  const directories = compactLengthBytes(replicas.length) + replicas.length * UUID;
  const frame = 2 + 1 + 1 + 1 + 1 + 2 + 1;
  return frame + 3 + 4 + UUID + lists + 4 + 4 + 4 + directories + ONE;
}

function topicsById(partitions: number, bytes: number): number {
  if (partitions === 0) return compactLengthBytes(0);
  return compactLengthBytes(1) + UUID + compactLengthBytes(partitions) + bytes + ONE;
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

export function responseBytes<Name extends Api>(api: Name, body: Responses[Name]): number {
  return RESPONSE_HEADER_BYTES + (SIZES as Sizes)[api](body);
}

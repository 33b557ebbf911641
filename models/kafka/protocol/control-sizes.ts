/**
 * Sizes of what brokers and the controller say to each other, from the layouts of Kafka 4.1: BrokerRegistration 4,
 * BrokerHeartbeat 1, AlterPartition 3, CreateTopics 7, AlterPartitionReassignments 1, ElectLeaders 2,
 * AllocateProducerIds 0, and Fetch 17 of the metadata log; among controllers Vote 2, BeginQuorumEpoch 1 and Fetch 17.
 */
import type { ControlRequests, ControlResponses, IsrChange } from "./control-messages.js";
import type { AccessRules } from "../access/access-rules.js";
import { fetchBytes } from "./data-sizes.js";
import type { PartitionState } from "./partition-state.js";
import { HOST_BYTES, topicsById } from "./topic-sizes.js";
import {
  BATCH_HEADER_BYTES,
  ONE,
  type SizesOf,
  UUID,
  compactBytes,
  compactLengthBytes,
  int32ArrayBytes,
  nullableBytes,
} from "./wire-size.js";

const CLUSTER_ID_BYTES = 22;
/** `__cluster_metadata` */
const METADATA_TOPIC_BYTES = 18;
/** `CONTROLLER` */
const LISTENER_NAME_BYTES = 10;

export const CONTROL_REQUEST_SIZES: SizesOf<ControlRequests> = {
  BrokerRegistration: ({ rack }) =>
    4 +
    compactBytes(CLUSTER_ID_BYTES) +
    UUID +
    compactLengthBytes(1) +
    (compactBytes(9) + compactBytes(HOST_BYTES) + 2 + 2 + ONE) +
    compactLengthBytes(0) +
    nullableBytes(rack) +
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
  AllocateProducerIds: () => 4 + 8 + ONE,
  MetadataLogFetch: () => fetchBytes(1, "", true),
  AlterPartitionReassignments: ({ topic, replicas }) =>
    4 +
    1 +
    compactLengthBytes(1) +
    compactBytes(topic.length) +
    compactLengthBytes(1) +
    (4 + int32ArrayBytes(replicas.length) + ONE) +
    ONE +
    ONE,
  ElectLeaders: ({ topic }) =>
    1 + compactLengthBytes(1) + compactBytes(topic.length) + int32ArrayBytes(1) + ONE + 4 + ONE,
  Vote: () =>
    compactBytes(CLUSTER_ID_BYTES) + 4 + quorumTopic(4 + 4 + 4 + UUID + UUID + 4 + 8 + 1 + ONE) + ONE,
  BeginQuorumEpoch: () =>
    compactBytes(CLUSTER_ID_BYTES) +
    4 +
    quorumTopic(4 + UUID + 4 + 4 + ONE) +
    compactLengthBytes(1) +
    (compactBytes(LISTENER_NAME_BYTES) + compactBytes(HOST_BYTES) + 2 + ONE) +
    ONE,
  QuorumFetch: () => fetchBytes(1, "", true),
  CreateTopics: ({ topic }) =>
    compactLengthBytes(1) + (compactBytes(topic.length) + 4 + 2 + ONE + ONE + ONE) + 4 + 1 + ONE,
};

export const CONTROL_RESPONSE_SIZES: SizesOf<ControlResponses> = {
  BrokerRegistration: () => 4 + 2 + 8 + ONE,
  BrokerHeartbeat: () => 4 + 2 + 1 + 1 + 1 + ONE,
  AlterPartition: ({ results }) => {
    const told = results.reduce(
      (sum, { state }) => sum + 4 + 2 + 4 + 4 + int32ArrayBytes(state.isr.length) + 1 + 4 + ONE,
      0,
    );
    return 4 + 2 + topicsById(results.length, told) + ONE;
  },
  AllocateProducerIds: () => 4 + 2 + 8 + 4 + ONE,
  MetadataLogFetch: ({ partitions, access }) => metadataFetchBytes(partitions, accessBytes(access)),
  AlterPartitionReassignments: ({ topic }) =>
    4 +
    1 +
    2 +
    ONE +
    compactLengthBytes(1) +
    compactBytes(topic.length) +
    compactLengthBytes(1) +
    (4 + 2 + ONE + ONE) +
    ONE +
    ONE,
  ElectLeaders: ({ topic }) =>
    4 +
    2 +
    compactLengthBytes(1) +
    compactBytes(topic.length) +
    compactLengthBytes(1) +
    (4 + 2 + ONE + ONE) +
    ONE +
    ONE,
  Vote: () => 2 + quorumTopic(4 + 2 + 4 + 4 + 1 + ONE) + ONE,
  BeginQuorumEpoch: () => 2 + quorumTopic(4 + 2 + 4 + 4 + ONE) + ONE,
  QuorumFetch: ({ entry, known }) => {
    const news = entry?.decided.versioned.filter(({ version }) => version > known) ?? [];
    return metadataFetchBytes(news.map(({ state }) => state));
  },
  CreateTopics: ({ topic }) =>
    4 + compactLengthBytes(1) + (compactBytes(topic.length) + UUID + 2 + ONE + 4 + 2 + ONE + ONE) + ONE,
};

/** Length, attributes, two deltas, no key, length of the value, no headers; its frame version, type and version. */
const RECORD_FRAME = 2 + 1 + 1 + 1 + 1 + 2 + 1;

/** An AccessControlEntryRecord for each entry; users are left out. */
function accessBytes(access: AccessRules | undefined): number {
  let bytes = 0;
  for (const { principal, name } of access?.acls ?? []) {
    const kinds = 4 * 1;
    const anyHost = compactBytes(1);
    const user = compactBytes("User:".length + principal.length);
    bytes += RECORD_FRAME + 3 + UUID + kinds + compactBytes(name.length) + user + anyHost + ONE;
  }
  return bytes;
}

/** A response to a fetch from the metadata log that brings these partitions' records. */
function metadataFetchBytes(partitions: readonly PartitionState[], others = 0): number {
  const records = partitions.reduce((sum, state) => sum + partitionRecordBytes(state), others);
  const batch = records === 0 ? 0 : BATCH_HEADER_BYTES + records;
  const told = 4 + 2 + 8 + 8 + 8 + ONE + 4 + compactBytes(batch) + ONE;
  return 4 + 2 + 4 + topicsById(1, told) + ONE;
}

/** Of the partition of the metadata log. */
function quorumTopic(partition: number): number {
  return compactLengthBytes(1) + compactBytes(METADATA_TOPIC_BYTES) + compactLengthBytes(1) + partition + ONE;
}

/** A PartitionRecord in the metadata log, with the frame of its record. */
function partitionRecordBytes({ replicas, isr }: PartitionState): number {
  const lists = int32ArrayBytes(replicas.length) + int32ArrayBytes(isr.length) + ONE + ONE;
  const directories = compactLengthBytes(replicas.length) + replicas.length * UUID;
  return RECORD_FRAME + 3 + 4 + UUID + lists + 4 + 4 + 4 + directories + ONE;
}

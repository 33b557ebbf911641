/**
 * Requests and responses: what they say. Partitions go by the number that the controller gave them, which stands
 * for a topic id and an index; brokers by the index of their node.
 */
import type { Duration } from "../../../src/kernel/index.js";
import type { RecordBatch, StoredBatch } from "./record-batch.js";

/** Errors by the names that the protocol gives them. */
export type KafkaError =
  | "NONE"
  | "FENCED_LEADER_EPOCH"
  | "INVALID_PRODUCER_EPOCH"
  | "INVALID_UPDATE_VERSION"
  | "INELIGIBLE_REPLICA"
  | "KAFKA_STORAGE_ERROR"
  | "DUPLICATE_BROKER_REGISTRATION"
  | "NOT_ENOUGH_REPLICAS"
  | "NOT_ENOUGH_REPLICAS_AFTER_APPEND"
  | "NOT_LEADER_OR_FOLLOWER"
  | "OFFSET_NOT_AVAILABLE"
  | "OFFSET_OUT_OF_RANGE"
  | "OUT_OF_ORDER_SEQUENCE_NUMBER"
  | "REQUEST_TIMED_OUT"
  | "STALE_BROKER_EPOCH"
  | "UNKNOWN_LEADER_EPOCH";

export const ACKS_ALL = -1;
export const NO_LEADER = -1;
/** The replica id of a consumer. */
export const CONSUMER = -1;
export const NO_EPOCH = -1;

/** What the controller has decided about a partition. Never changed: a decision makes a new one. */
export interface PartitionState {
  readonly partition: number;
  readonly topic: string;
  readonly index: number;
  readonly leader: number;
  readonly leaderEpoch: number;
  /** Rises with every decision. */
  readonly partitionEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  /** Eligible leader replicas, and the last leader when nobody was left [KIP-966]. */
  readonly elr: readonly number[];
  readonly lastKnownLeader: number;
  readonly minInsyncReplicas: number;
}

export interface BrokerAddress {
  readonly id: number;
  readonly host: string;
  readonly fenced: boolean;
}

export interface Produce {
  readonly acks: number;
  readonly timeout: Duration;
  readonly batches: readonly { readonly partition: number; readonly batch: RecordBatch }[];
}

export interface ProduceResult {
  readonly partition: number;
  readonly error: KafkaError;
  readonly baseOffset: number;
}

export interface FetchPartition {
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly offset: number;
  /** Epoch of the last batch that the follower has; consumers say nothing. */
  readonly lastFetchedEpoch: number;
  /** The fetch session knows this, not the wire [KIP-227]: the high watermark that was told last. */
  readonly knownHighWatermark: number;
}

export interface Fetch {
  readonly replica: number;
  readonly maxWait: Duration;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
  /** All that is wanted; on the wire stand those that have changed since the last fetch of the session [KIP-227]. */
  readonly partitions: readonly FetchPartition[];
  readonly changed: number;
}

/** Where an epoch ends in the leader's log. */
export interface EpochEnd {
  readonly epoch: number;
  readonly endOffset: number;
}

/** Of a partition about which there is something new to say. */
export interface FetchResult {
  readonly partition: number;
  readonly error: KafkaError;
  readonly highWatermark: number;
  readonly divergingEpoch: EpochEnd | undefined;
  readonly batches: readonly StoredBatch[];
}

export interface OffsetQuery {
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly position: "earliest" | "latest";
}

export interface OffsetResult {
  readonly partition: number;
  readonly error: KafkaError;
  readonly offset: number;
  readonly leaderEpoch: number;
}

export interface EpochQuery {
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly leaderEpoch: number;
}

export interface EpochResult extends EpochEnd {
  readonly partition: number;
  readonly error: KafkaError;
}

export interface ClusterState {
  readonly brokers: readonly BrokerAddress[];
  readonly partitions: readonly PartitionState[];
}

export interface IsrChange {
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
}

export interface IsrResult {
  readonly partition: number;
  readonly error: KafkaError;
  /** As it is now. */
  readonly state: PartitionState;
}

/** Requests by name, with their bodies. */
export interface Requests {
  readonly Produce: Produce;
  readonly Fetch: Fetch;
  readonly ListOffsets: { readonly queries: readonly OffsetQuery[] };
  readonly Metadata: { readonly topics: readonly string[] };
  readonly InitProducerId: Record<string, never>;
  readonly OffsetForLeaderEpoch: { readonly queries: readonly EpochQuery[] };
  readonly BrokerRegistration: { readonly broker: number; readonly host: string };
  readonly BrokerHeartbeat: {
    readonly broker: number;
    readonly brokerEpoch: number;
    readonly metadataVersion: number;
  };
  readonly AlterPartition: {
    readonly broker: number;
    readonly brokerEpoch: number;
    readonly changes: readonly IsrChange[];
  };
  /** A fetch from the metadata log of the controller. */
  readonly MetadataLogFetch: { readonly broker: number; readonly metadataVersion: number };
}

/** Responses by the name of the request that they answer. */
export interface Responses {
  readonly Produce: { readonly results: readonly ProduceResult[] };
  readonly Fetch: { readonly results: readonly FetchResult[] };
  readonly ListOffsets: { readonly results: readonly OffsetResult[] };
  readonly Metadata: ClusterState;
  readonly InitProducerId: { readonly producerId: number };
  readonly OffsetForLeaderEpoch: { readonly results: readonly EpochResult[] };
  readonly BrokerRegistration: { readonly error: KafkaError; readonly brokerEpoch: number };
  readonly BrokerHeartbeat: { readonly error: KafkaError };
  readonly AlterPartition: { readonly error: KafkaError; readonly results: readonly IsrResult[] };
  readonly MetadataLogFetch: ClusterState & { readonly metadataVersion: number };
}

export type Api = keyof Requests;

/** What clients and followers ask of the leaders of partitions. */
import type { Duration, Instant } from "../../../src/kernel/index.js";
import type { KafkaError } from "./errors.js";
import type { ClusterState } from "./partition-state.js";
import type { RecordBatch, StoredBatch } from "./record-batch.js";

export const ACKS_ALL = -1;
/** The replica id of a consumer. */
export const CONSUMER = -1;

export interface Produce {
  readonly acks: number;
  readonly timeout: Duration;
  /** Of a transactional producer. */
  readonly transactionalId?: string | undefined;
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
  /** … and to a follower, where the leader's log starts. */
  readonly knownLogStartOffset?: number;
  /** Where the follower's own log starts; consumers say nothing. */
  readonly logStartOffset?: number;
  /** Not on the wire either: what the follower has, for the simulation to compare with. */
  readonly held?: HeldLog;
}

/** A log to look into. */
export interface HeldLog {
  readonly endOffset: number;
  /** Whole batches from the one that holds `offset`, up to `limit`, of `maxBytes` together but at least one. */
  read(offset: number, limit: number, maxBytes: number): readonly StoredBatch[];
}

export interface Fetch {
  readonly replica: number;
  /** The follower's broker epoch [KIP-903]. */
  readonly replicaEpoch?: number;
  readonly maxWait: Duration;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
  /** All that is wanted; on the wire stand those that have changed since the last fetch of the session [KIP-227]. */
  readonly partitions: readonly FetchPartition[];
  readonly changed: number;
  /** Where a consumer is [KIP-392]. */
  readonly rack?: string | undefined;
  /** Not on the wire: the recipient on whose behalf a consumer reads. */
  readonly reader?: number;
  /** Of a consumer at isolation.level=read_committed: up to the last stable offset, with what was aborted. */
  readonly readCommitted?: boolean;
}

/** A transaction that was aborted in a partition: the producer's batches from `firstOffset` up to its marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
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
  readonly logStartOffset: number;
  readonly divergingEpoch: EpochEnd | undefined;
  readonly batches: readonly StoredBatch[];
  /** The broker that a consumer is to read from instead [KIP-392]. */
  readonly preferredReadReplica?: number | undefined;
  /** Transactions that were aborted within what was read, for who reads committed records only. */
  readonly aborted?: readonly AbortedTransaction[];
}

/**
 * What a query asks for: where the log starts, where a consumer's reading ends, the first of the records with the
 * latest timestamp [KIP-734], or, an instant, the first record that is not older [KIP-79].
 */
export type OffsetPosition = "earliest" | "latest" | "max-timestamp" | Instant;

export interface OffsetQuery {
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly position: OffsetPosition;
}

export interface OffsetResult {
  readonly partition: number;
  readonly error: KafkaError;
  /** -1: there is no such record. */
  readonly offset: number;
  /** Of that record; -1 where none was asked for. */
  readonly timestamp: Instant;
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

export interface DataRequests {
  readonly Produce: Produce;
  readonly Fetch: Fetch;
  readonly ListOffsets: { readonly queries: readonly OffsetQuery[]; readonly readCommitted?: boolean };
  readonly Metadata: { readonly topics: readonly string[] };
  readonly OffsetForLeaderEpoch: { readonly queries: readonly EpochQuery[] };
}

export interface DataResponses {
  readonly Produce: { readonly results: readonly ProduceResult[] };
  readonly Fetch: { readonly results: readonly FetchResult[] };
  readonly ListOffsets: { readonly results: readonly OffsetResult[] };
  readonly Metadata: ClusterState & {
    /** Topics that were asked for and that the client may not know about. */
    readonly unauthorized: readonly string[];
  };
  readonly OffsetForLeaderEpoch: { readonly results: readonly EpochResult[] };
}

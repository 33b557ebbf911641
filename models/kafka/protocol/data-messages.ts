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
  /** What a consumer wants to see of transactions; absent: everything. */
  readonly isolation?: IsolationLevel;
  /** Not on the wire: the recipient on whose behalf a consumer reads. */
  readonly reader?: number;
}

export type IsolationLevel = "read_uncommitted" | "read_committed";

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
  /** An instant: the first record that was made then or later. */
  readonly position: "earliest" | "latest" | Instant;
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

export interface DataRequests {
  readonly Produce: Produce;
  readonly Fetch: Fetch;
  readonly ListOffsets: { readonly queries: readonly OffsetQuery[] };
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

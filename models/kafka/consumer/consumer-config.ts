/** What a consumer is set up with. Durations are nanoseconds, sizes bytes. */
import type { Distribution, Duration, Instant } from "../../../src/kernel/index.js";
import type { ConnectionConfig } from "../connections.js";
import type { AssignorName } from "../group/assignors.js";
import type { MetadataConfig } from "../metadata.js";
import type { KafkaRules } from "../rules.js";

/** A place in a log: its ends, an offset, or the first record that was made at an instant or later. */
export type Place =
  | { readonly to: "beginning" | "end" }
  | { readonly to: "offset"; readonly offset: number }
  | { readonly to: "time"; readonly time: Instant };

/** How the application reads and works, whatever it reads. */
export interface ApplicationConfig {
  readonly maxPollRecords: number;
  /** How long it works on one record. */
  readonly processing: Distribution;
  /** Records that wait for a thread of their own; 0: the polling thread works on them. */
  readonly handOff: number;
  readonly commit: "auto" | "sync" | "async" | "none";
  readonly commitAt: "before" | "after";
  readonly commitEach: "poll" | "record";
}

export interface GroupConfig {
  readonly id: string;
  readonly protocol: "classic" | "consumer";
  readonly instanceId: string | undefined;
  /** By preference; of the classic protocol. */
  readonly assignors: readonly AssignorName[];
  /** Of the coordinator; undefined: the one that it prefers. */
  readonly remoteAssignor: string | undefined;
  readonly sessionTimeout: Duration;
  readonly heartbeatInterval: Duration;
}

export interface ConsumerConfig extends MetadataConfig {
  /** Undefined: all partitions of its topics are assigned to it, and nothing is committed. */
  readonly group: GroupConfig | undefined;
  readonly application: ApplicationConfig;
  readonly maxPollInterval: Duration;
  readonly autoCommitInterval: Duration;
  /** How long a synchronous commit is tried. */
  readonly apiTimeout: Duration;
  readonly startFrom: Place | undefined;
  /** Where it is; undefined: it does not say. */
  readonly rack: string | undefined;
  /** isolation.level=read_committed. */
  readonly readCommitted: boolean;
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxWait: Duration;
  readonly maxPartitionFetchBytes: number;
  readonly autoOffsetReset: "earliest" | "latest" | "none";
  /** Of a record that it is sent. */
  readonly recordCost: Duration;
  readonly connection: ConnectionConfig;
  readonly rules: KafkaRules;
}

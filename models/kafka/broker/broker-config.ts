/** What a broker is set up with. Durations are nanoseconds, sizes bytes. */
import type { Duration } from "../../../src/kernel/index.js";
import type { ConnectionConfig } from "../connections.js";
import type { KafkaRules } from "../rules.js";

export interface BrokerConfig {
  readonly id: number;
  readonly host: string;
  readonly controller: string;
  readonly heartbeatInterval: Duration;
  readonly sessionTimeout: Duration;
  readonly replicaLagTimeMax: Duration;
  readonly replicaFetchWaitMax: Duration;
  readonly replicaFetchBackoff: Duration;
  readonly replicaFetchMaxBytes: number;
  readonly replicaFetchResponseMaxBytes: number;
  /** Records of a partition after which a write is synced; `unlimited`: left to the operating system. */
  readonly flushRecords: number;
  /** A larger batch is refused. */
  readonly maxMessageBytes: number;
  readonly groupInitialRebalanceDelay: Duration;
  readonly consumerGroupHeartbeatInterval: Duration;
  readonly consumerGroupSessionTimeout: Duration;
  readonly offsetsRetention: Duration;
  readonly offsetsRetentionCheckInterval: Duration;
  readonly offsetCommitTimeout: Duration;
  readonly connection: ConnectionConfig;
  readonly rules: KafkaRules;
}

/** What a broker is set up with. Durations are nanoseconds, sizes bytes. */
import type { Duration } from "../../../src/kernel/index.js";
import type { ConnectionConfig } from "../connections.js";
import type { BrokerCosts } from "../costs.js";
import type { KafkaRules } from "../rules.js";
import type { ReplicaSelector } from "./replica-selection.js";
import type { TruncationMode } from "./truncation.js";

export interface BrokerConfig {
  readonly id: number;
  readonly host: string;
  readonly rack: string | undefined;
  /** How a leader chooses from whom a consumer reads. */
  readonly replicaSelector: ReplicaSelector;
  /** All controllers; the active one is found among them. */
  readonly controllers: readonly string[];
  readonly quorumFetchTimeout: Duration;
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
  /** Before retention and checkpoints of offsets begin. */
  readonly initialTaskDelay: Duration;
  readonly retentionCheckInterval: Duration;
  readonly cleanerBackoff: Duration;
  readonly watermarkCheckpointInterval: Duration;
  readonly offsetCheckpointInterval: Duration;
  readonly producerExpiration: Duration;
  readonly producerExpirationCheckInterval: Duration;
  /** How what to cut off a log is found out. */
  readonly truncation: TruncationMode;
  readonly groupInitialRebalanceDelay: Duration;
  readonly consumerGroupHeartbeatInterval: Duration;
  readonly consumerGroupSessionTimeout: Duration;
  readonly offsetsRetention: Duration;
  readonly offsetsRetentionCheckInterval: Duration;
  readonly offsetCommitTimeout: Duration;
  readonly transactionVersion: number;
  readonly transactionVerification: boolean;
  readonly transactionMaxTimeout: Duration;
  readonly transactionAbortInterval: Duration;
  readonly transactionalIdExpiration: Duration;
  readonly costs: BrokerCosts;
  readonly connection: ConnectionConfig;
  readonly rules: KafkaRules;
}

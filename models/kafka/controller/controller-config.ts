/** What a controller is set up with. Durations are nanoseconds. */
import type { Duration } from "../../../src/kernel/index.js";
import type { AccessRules } from "../access/access-rules.js";
import type { LogConfig } from "../protocol/log-config.js";
import type { ConnectionConfig } from "../connections.js";
import type { KafkaRules } from "../rules.js";

export interface TopicConfig {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  readonly uncleanLeaderElection: boolean;
  readonly log: LogConfig;
}

/** Of a topic that is made when somebody first needs it. */
export interface InternalTopicConfig {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

export interface ControllerConfig {
  /** The brokers by node index, in the order in which replicas are placed on them. */
  readonly brokers: readonly number[];
  readonly topics: readonly TopicConfig[];
  readonly groupState: InternalTopicConfig;
  readonly transactionState: InternalTopicConfig;
  readonly sessionTimeout: Duration;
  /** How long a decision takes to be committed by the quorum that the controller stands for. */
  readonly commitLatency: Duration;
  /** How long a fetch from the metadata log waits for news. */
  readonly fetchWaitMax: Duration;
  readonly eligibleLeaderReplicas: boolean;
  readonly access: AccessRules;
  readonly autoLeaderRebalance: boolean;
  readonly leaderImbalanceCheckInterval: Duration;
  readonly id: number;
  readonly host: string;
  /** The controllers of the quorum, this one included; one alone stands for a whole quorum. */
  readonly voters: readonly { readonly id: number; readonly host: string }[];
  readonly quorum: { readonly electionTimeout: Duration; readonly fetchTimeout: Duration };
  /** … to the other voters. */
  readonly connection: ConnectionConfig;
  readonly rules: KafkaRules;
}

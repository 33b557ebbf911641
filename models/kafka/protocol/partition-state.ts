/** What the controller has decided about the cluster, as it is told to brokers and clients. */
import type { LogConfig } from "./log-config.js";

export const NO_LEADER = -1;
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
  /** Of its topic. */
  readonly log: LogConfig;
}

export interface BrokerAddress {
  readonly id: number;
  readonly host: string;
  readonly fenced: boolean;
  /** It is about to end in good order. */
  readonly stopping?: boolean;
  /** Of its registration. */
  readonly epoch?: number;
  readonly rack?: string | undefined;
}

export interface ClusterState {
  readonly brokers: readonly BrokerAddress[];
  readonly partitions: readonly PartitionState[];
}

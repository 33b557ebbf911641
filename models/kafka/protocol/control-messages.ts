/** What brokers and the controller say to each other. */
import type { AccessRules } from "../access/access-rules.js";
import type { KafkaError } from "./errors.js";
import type { ClusterState, PartitionState } from "./partition-state.js";

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

export interface ControlRequests {
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
  /** Forwarded by a broker that was asked for a coordinator of a kind that nobody has needed before. */
  readonly CreateTopics: { readonly topic: string };
  /** A fetch from the metadata log of the controller. */
  readonly MetadataLogFetch: { readonly broker: number; readonly metadataVersion: number };
}

export interface ControlResponses {
  readonly BrokerRegistration: { readonly error: KafkaError; readonly brokerEpoch: number };
  readonly BrokerHeartbeat: { readonly error: KafkaError };
  readonly AlterPartition: { readonly error: KafkaError; readonly results: readonly IsrResult[] };
  readonly CreateTopics: { readonly topic: string; readonly error: KafkaError };
  readonly MetadataLogFetch: ClusterState & {
    readonly metadataVersion: number;
    /** Told to a broker that knows nothing yet. */
    readonly access: AccessRules | undefined;
  };
}

/** What brokers and the controller say to each other. */
import type { AccessRules } from "../access/access-rules.js";
import type { KafkaError } from "./errors.js";
import type { ClusterState, PartitionState } from "./partition-state.js";

export interface IsrChange {
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
  /** By place, in which registration a replica caught up; -1 or absent: not known [KIP-903]. */
  readonly brokerEpochs?: readonly number[];
}

export interface IsrResult {
  readonly partition: number;
  readonly error: KafkaError;
  /** As it is now. */
  readonly state: PartitionState;
}

export interface ControlRequests {
  readonly BrokerRegistration: {
    readonly broker: number;
    readonly host: string;
    readonly rack: string | undefined;
    /** Of the last process, if that ended in good order; otherwise -1 [KIP-966]. */
    readonly previousBrokerEpoch: number;
  };
  readonly BrokerHeartbeat: {
    readonly broker: number;
    readonly brokerEpoch: number;
    readonly metadataVersion: number;
    readonly wantsShutDown: boolean;
  };
  readonly AlterPartition: {
    readonly broker: number;
    readonly brokerEpoch: number;
    readonly changes: readonly IsrChange[];
  };
  /** Forwarded by a broker that was asked for a coordinator of a kind that nobody has needed before. */
  readonly CreateTopics: { readonly topic: string };
  /** Forwarded by a broker, as the next one. */
  readonly AlterPartitionReassignments: {
    readonly topic: string;
    readonly index: number;
    readonly replicas: readonly number[];
  };
  readonly ElectLeaders: { readonly topic: string; readonly unclean: boolean };
  /** For the producers that a broker is asked to name. */
  readonly AllocateProducerIds: { readonly broker: number; readonly brokerEpoch: number };
  /** A fetch from the metadata log of the controller. */
  readonly MetadataLogFetch: { readonly broker: number; readonly metadataVersion: number };
  /** Between controllers [KIP-595] [KIP-996]. */
  readonly Vote: {
    readonly candidate: number;
    readonly epoch: number;
    readonly lastEpoch: number;
    readonly lastVersion: number;
    readonly preVote: boolean;
  };
  readonly BeginQuorumEpoch: { readonly epoch: number; readonly leader: number };
  readonly QuorumFetch: {
    readonly voter: number;
    readonly epoch: number;
    readonly lastEpoch: number;
    readonly lastVersion: number;
  };
}

/** What was decided up to a version of the metadata, and by the active controller of which epoch. */
export interface QuorumEntry<Decided> {
  readonly epoch: number;
  readonly decided: Decided;
}

/** A decision in a log of controllers, as far as its size goes. */
export interface SizedDecisions {
  readonly versioned: readonly { readonly version: number; readonly state: PartitionState }[];
}

export interface ControlResponses {
  readonly BrokerRegistration: { readonly error: KafkaError; readonly brokerEpoch: number };
  readonly BrokerHeartbeat: { readonly error: KafkaError; readonly shouldShutDown: boolean };
  readonly AlterPartition: { readonly error: KafkaError; readonly results: readonly IsrResult[] };
  readonly CreateTopics: { readonly topic: string; readonly error: KafkaError };
  readonly AlterPartitionReassignments: { readonly topic: string; readonly error: KafkaError };
  readonly ElectLeaders: { readonly topic: string; readonly error: KafkaError };
  readonly AllocateProducerIds: {
    readonly error: KafkaError;
    readonly producerIdStart: number;
    readonly producerIdLen: number;
  };
  readonly MetadataLogFetch: ClusterState & {
    readonly error: KafkaError;
    readonly metadataVersion: number;
    /** Told to a broker that knows nothing yet. */
    readonly access: AccessRules | undefined;
  };
  readonly Vote: {
    readonly error: KafkaError;
    readonly epoch: number;
    readonly leader: number;
    readonly granted: boolean;
  };
  readonly BeginQuorumEpoch: { readonly error: KafkaError; readonly epoch: number };
  readonly QuorumFetch: {
    readonly error: KafkaError;
    readonly epoch: number;
    /** Undefined: nothing is new. */
    readonly entry: QuorumEntry<SizedDecisions> | undefined;
    /** Version that the voter had: later decisions are on the wire. */
    readonly known: number;
  };
}

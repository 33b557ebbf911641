/** What clients ask of coordinators, and of the broker that knows who they are. */
import type { Duration } from "../../../src/kernel/index.js";
import type { KafkaError } from "./errors.js";

/** Coordinators keep their state in the partitions of an internal topic; a key's partition decides who coordinates it. */
export type CoordinatorKind = "group" | "transaction";

/** No offset was committed. */
export const NO_OFFSET = -1;
/** Of a member without a generation, or a client that is no member. */
export const NO_GENERATION = -1;
/** Member epochs with a meaning of their own [KIP-848]. */
export const JOINING_EPOCH = 0;
export const LEAVING_EPOCH = -1;
/** A static member leaves for a while. */
export const STATIC_LEAVING_EPOCH = -2;

/** Who somebody is in a group. `generation`: the epoch of a member of a consumer group [KIP-848]. */
export interface MemberIdentity {
  readonly group: string;
  readonly memberId: string;
  readonly generation: number;
  readonly instanceId: string | undefined;
}

/** What a member tells its group's leader: what it wants, what it owns, and since when [KIP-429]. */
export interface Subscription {
  readonly topics: readonly string[];
  readonly owned: readonly number[];
  readonly generation: number;
}

/** A subscription under the name of an assignor that its member knows. */
export interface JoinProtocol {
  readonly name: string;
  readonly subscription: Subscription;
}

export interface GroupMember {
  readonly memberId: string;
  readonly instanceId: string | undefined;
  readonly subscription: Subscription;
}

export interface MemberAssignment {
  readonly memberId: string;
  readonly partitions: readonly number[];
}

export interface OffsetAndEpoch {
  readonly partition: number;
  /** The next record that is to be read. */
  readonly offset: number;
  /** Leader epoch of the last record that was read; -1: not known. */
  readonly leaderEpoch: number;
}

export interface JoinGroup extends Omit<MemberIdentity, "generation"> {
  /** In the header, on the wire. */
  readonly clientId: string;
  readonly sessionTimeout: Duration;
  readonly rebalanceTimeout: Duration;
  readonly protocols: readonly JoinProtocol[];
}

export interface ConsumerGroupHeartbeat {
  readonly group: string;
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly instanceId: string | undefined;
  /** These are said when a member joins, and when they have changed. */
  readonly rebalanceTimeout: Duration | undefined;
  readonly topics: readonly string[] | undefined;
  readonly assignor: string | undefined;
  readonly owned: readonly number[] | undefined;
}

export interface GroupRequests {
  readonly FindCoordinator: { readonly kind: CoordinatorKind; readonly key: string };
  readonly JoinGroup: JoinGroup;
  readonly SyncGroup: MemberIdentity & {
    readonly protocol: string;
    /** Of the leader; empty of everybody else. */
    readonly assignments: readonly MemberAssignment[];
  };
  readonly Heartbeat: MemberIdentity;
  readonly LeaveGroup: Omit<MemberIdentity, "generation">;
  readonly OffsetCommit: MemberIdentity & {
    /** Topics go by their ids, as members of consumer groups write them. */
    readonly byId: boolean;
    readonly offsets: readonly OffsetAndEpoch[];
  };
  readonly OffsetFetch: Omit<MemberIdentity, "instanceId"> & {
    readonly byId: boolean;
    readonly partitions: readonly number[];
    /** Do not answer with what a transaction may still change [KIP-447]. */
    readonly requireStable: boolean;
  };
  readonly ConsumerGroupHeartbeat: ConsumerGroupHeartbeat;
}

export interface GroupResponses {
  /** `broker`: its id; -1 with an error. */
  readonly FindCoordinator: {
    readonly error: KafkaError;
    readonly key: string;
    readonly broker: number;
    readonly host: string;
  };
  readonly JoinGroup: {
    readonly error: KafkaError;
    readonly generation: number;
    readonly protocol: string;
    readonly leader: string;
    readonly memberId: string;
    /** The leader comes back to a stable group: it is told who is there, and decides nothing. */
    readonly skipAssignment: boolean;
    /** For the leader alone. */
    readonly members: readonly GroupMember[];
  };
  readonly SyncGroup: {
    readonly error: KafkaError;
    readonly protocol: string;
    readonly partitions: readonly number[];
  };
  readonly Heartbeat: { readonly error: KafkaError };
  readonly LeaveGroup: { readonly error: KafkaError; readonly memberId: string };
  readonly OffsetCommit: {
    readonly byId: boolean;
    readonly results: readonly { readonly partition: number; readonly error: KafkaError }[];
  };
  readonly OffsetFetch: {
    readonly group: string;
    readonly byId: boolean;
    readonly error: KafkaError;
    readonly results: readonly (OffsetAndEpoch & { readonly error: KafkaError })[];
  };
  readonly ConsumerGroupHeartbeat: {
    readonly error: KafkaError;
    readonly memberId: string;
    readonly memberEpoch: number;
    readonly heartbeatInterval: Duration;
    /** Undefined: as it was. */
    readonly assignment: readonly number[] | undefined;
  };
}

/**
 * Sizes of what is said about coordinators and groups, from the layouts of Kafka 4.1, in the versions that its clients
 * use: FindCoordinator 6, JoinGroup 9, SyncGroup 5, Heartbeat 4, LeaveGroup 5, OffsetCommit and OffsetFetch 9 (by topic
 * name) or 10 (by topic id), ConsumerGroupHeartbeat 1; and of what stands within them, ConsumerProtocolSubscription 3
 * and ConsumerProtocolAssignment 3.
 */
import type {
  GroupRequests,
  GroupResponses,
  JoinProtocol,
  MemberIdentity,
  Subscription,
} from "./group-messages.js";
import { TOPIC_NAME_BYTES } from "./topic-sizes.js";
import { ONE, type SizesOf, UUID, compactBytes, compactLengthBytes, int32ArrayBytes } from "./wire-size.js";

const CONSUMER_PROTOCOL_TYPE = compactBytes("consumer".length);
/** Partition, offset, leader epoch, empty metadata. */
const COMMITTED_PARTITION = 4 + 8 + 4 + compactBytes(0) + ONE;
/** Partition, offset, leader epoch, empty metadata, error. */
const FETCHED_PARTITION = 4 + 8 + 4 + compactBytes(0) + 2 + ONE;
/** The reason that a client gives for joining or leaving [KIP-800]: its text is of about this length. */
const REASON_BYTES = 40;

/** Its member's id ends, on the wire, in a UUID of 36 characters; here, in the instant at which it was given. */
export function memberIdBytes(memberId: string): number {
  if (memberId === "") return 0;
  return memberId.lastIndexOf("@") + 1 + 36;
}

/** Members of consumer groups make their ids themselves: 16 bytes in base 64. */
export const CONSUMER_MEMBER_ID: number = compactBytes(22);

/** Strings and arrays within the embedded protocols have lengths of two and four bytes. */
function subscriptionBytes({ topics, owned }: Subscription, assignor: string): number {
  const wanted = 4 + topics.reduce((sum, { length }) => sum + 2 + length, 0);
  const held = 4 + (owned.length === 0 ? 0 : 2 + TOPIC_NAME_BYTES + 4 + 4 * owned.length);
  return 2 + wanted + 4 + userDataBytes(owned.length, assignor) + held + 4 + 2;
}

/** Sticky assignors remember in it what was theirs, and since which generation. */
function userDataBytes(owned: number, assignor: string): number {
  if (assignor === "cooperative-sticky") return 4;
  if (assignor !== "sticky" || owned === 0) return 0;
  return 4 + 2 + TOPIC_NAME_BYTES + 4 + 4 * owned + 4;
}

function assignmentBytes(partitions: number): number {
  return 2 + 4 + (partitions === 0 ? 0 : 2 + TOPIC_NAME_BYTES + 4 + 4 * partitions) + 4;
}

function protocolBytes({ name, subscription }: JoinProtocol): number {
  return compactBytes(name.length) + compactBytes(subscriptionBytes(subscription, name)) + ONE;
}

export function nullable(text: string | undefined): number {
  return text === undefined ? ONE : compactBytes(text.length);
}

function identityBytes({ group, memberId, instanceId }: Omit<MemberIdentity, "generation">): number {
  return compactBytes(group.length) + compactBytes(memberIdBytes(memberId)) + nullable(instanceId);
}

/** One topic, by name or id, with so many partitions of `each` bytes. */
function topicBytes(byId: boolean, partitions: number, each: number): number {
  if (partitions === 0) return compactLengthBytes(0);
  const topic = byId ? UUID : compactBytes(TOPIC_NAME_BYTES);
  return compactLengthBytes(1) + topic + compactLengthBytes(partitions) + partitions * each + ONE;
}

/** One topic by id with the partitions' indices. */
function indicesById(partitions: number): number {
  return (
    compactLengthBytes(partitions === 0 ? 0 : 1) +
    (partitions === 0 ? 0 : UUID + int32ArrayBytes(partitions) + ONE)
  );
}

export const GROUP_REQUEST_SIZES: SizesOf<GroupRequests> = {
  FindCoordinator: ({ key }) => 1 + compactLengthBytes(1) + compactBytes(key.length) + ONE,
  JoinGroup: (join) => {
    let bytes = identityBytes(join) + 4 + 4 + CONSUMER_PROTOCOL_TYPE;
    bytes += compactLengthBytes(join.protocols.length);
    for (const protocol of join.protocols) bytes += protocolBytes(protocol);
    return bytes + compactBytes(join.memberId === "" ? 0 : REASON_BYTES) + ONE;
  },
  SyncGroup: (sync) => {
    let bytes = identityBytes(sync) + 4 + CONSUMER_PROTOCOL_TYPE + compactBytes(sync.protocol.length);
    bytes += compactLengthBytes(sync.assignments.length);
    for (const { memberId, partitions } of sync.assignments) {
      bytes += compactBytes(memberIdBytes(memberId)) + compactBytes(assignmentBytes(partitions.length)) + ONE;
    }
    return bytes + ONE;
  },
  Heartbeat: (member) => identityBytes(member) + 4 + ONE,
  LeaveGroup: (member) =>
    identityBytes(member) + compactLengthBytes(1) + compactBytes(REASON_BYTES) + ONE + ONE,
  OffsetCommit: (commit) => {
    const member = commit.byId
      ? compactBytes(commit.group.length) + CONSUMER_MEMBER_ID + nullable(commit.instanceId)
      : identityBytes(commit);
    return member + 4 + topicBytes(commit.byId, commit.offsets.length, COMMITTED_PARTITION) + ONE;
  },
  OffsetFetch: ({ group, byId, partitions }) => {
    // Members of classic groups do not say who they are.
    const member = byId ? CONSUMER_MEMBER_ID : ONE;
    const wanted = topicBytes(byId, partitions.length, 4);
    return compactLengthBytes(1) + compactBytes(group.length) + member + 4 + wanted + ONE + 1 + ONE;
  },
  ConsumerGroupHeartbeat: ({ group, instanceId, topics, assignor, owned }) => {
    let bytes = compactBytes(group.length) + CONSUMER_MEMBER_ID + 4 + nullable(instanceId) + ONE + 4;
    bytes += topics === undefined ? ONE : compactLengthBytes(topics.length);
    for (const { length } of topics ?? []) bytes += compactBytes(length);
    bytes += ONE + nullable(assignor);
    return bytes + (owned === undefined ? ONE : indicesById(owned.length)) + ONE;
  },
};

export const GROUP_RESPONSE_SIZES: SizesOf<GroupResponses> = {
  FindCoordinator: ({ key, host }) =>
    4 +
    compactLengthBytes(1) +
    (compactBytes(key.length) + 4 + compactBytes(host.length) + 4 + 2 + ONE + ONE) +
    ONE,
  JoinGroup: ({ protocol, leader, memberId, members }) => {
    const chosen = protocol === "" ? ONE + ONE : CONSUMER_PROTOCOL_TYPE + compactBytes(protocol.length);
    const ids = compactBytes(memberIdBytes(leader)) + 1 + compactBytes(memberIdBytes(memberId));
    let bytes = 4 + 2 + 4 + chosen + ids + compactLengthBytes(members.length);
    for (const member of members) {
      const metadata = compactBytes(subscriptionBytes(member.subscription, protocol));
      bytes += compactBytes(memberIdBytes(member.memberId)) + nullable(member.instanceId) + metadata + ONE;
    }
    return bytes + ONE;
  },
  SyncGroup: ({ error, protocol, partitions }) => {
    if (error !== "NONE") return 4 + 2 + ONE + ONE + compactBytes(0) + ONE;
    const assignment = compactBytes(assignmentBytes(partitions.length));
    return 4 + 2 + CONSUMER_PROTOCOL_TYPE + compactBytes(protocol.length) + assignment + ONE;
  },
  Heartbeat: () => 4 + 2 + ONE,
  LeaveGroup: ({ memberId }) =>
    4 + 2 + compactLengthBytes(1) + (compactBytes(memberIdBytes(memberId)) + ONE + 2 + ONE) + ONE,
  OffsetCommit: ({ byId, results }) => 4 + topicBytes(byId, results.length, 4 + 2 + ONE) + ONE,
  OffsetFetch: ({ group, byId, results }) => {
    const told = topicBytes(byId, results.length, FETCHED_PARTITION);
    return 4 + compactLengthBytes(1) + compactBytes(group.length) + told + 2 + ONE + ONE;
  },
  ConsumerGroupHeartbeat: ({ memberId, assignment }) => {
    const id = memberId === "" ? ONE : CONSUMER_MEMBER_ID;
    // A struct that may be null has a byte before it that says so.
    const told = assignment === undefined ? 1 : 1 + indicesById(assignment.length) + ONE;
    return 4 + 2 + ONE + id + 4 + 4 + told + ONE;
  },
};

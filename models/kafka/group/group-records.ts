/**
 * What coordinators keep in `__consumer_offsets`: keys, values, and how many bytes they take there. A group's records
 * are all in the partition that its name belongs to.
 */
import type { Instant } from "../../../src/kernel/index.js";
import type { StateRecord } from "../protocol/record-batch.js";
import { BATCH_HEADER_BYTES, recordBytes } from "../protocol/wire-size.js";

export interface StoredOffset {
  readonly group: string;
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly committedAt: Instant;
}

/** Of the classic protocol. */
export interface StoredGroup {
  readonly kind: "classic";
  readonly group: string;
  readonly generation: number;
  readonly protocol: string;
  readonly leader: string;
  /** When its last member left; undefined while it has some. */
  readonly emptySince: Instant | undefined;
  readonly members: readonly object[];
}

/** Of KIP-848: the group without its members. */
export interface StoredConsumerGroup {
  readonly kind: "consumer";
  readonly group: string;
  readonly epoch: number;
  readonly emptySince: Instant | undefined;
  readonly target: readonly (readonly [memberId: string, partitions: readonly number[]])[];
}

export interface StoredConsumerMember {
  readonly kind: "member";
  readonly group: string;
  readonly member: object;
}

export type StoredState = StoredOffset | StoredGroup | StoredConsumerGroup | StoredConsumerMember;

export const OFFSET_KEY = "offset";
export const GROUP_KEY = "group";
export const MEMBER_KEY = "member";

export function offsetKey(group: string, partition: number): string {
  return `${OFFSET_KEY} ${partition} ${group}`;
}

export function groupKey(group: string): string {
  return `${GROUP_KEY} ${group}`;
}

export function memberKey(group: string, memberId: string): string {
  return `${MEMBER_KEY} ${memberId} ${group}`;
}

/** Version, group, topic, partition. */
const KEY_BYTES = 2 + 2 + 2 + 6 + 4;
/** OffsetCommitValue 4: version, offset, leader epoch, metadata, timestamp, topic id. */
const OFFSET_VALUE_BYTES = 2 + 8 + 4 + 2 + 8 + 16;
/** Of a group's or a member's record, without its partitions: versions, epochs, ids, timeouts, client and host names. */
const STATE_VALUE_BYTES = 120;

/** Of a batch with these records. Offsets are exact but for topics' names; state of groups is near enough. */
export function stateBytes(records: readonly StateRecord[]): number {
  let bytes = BATCH_HEADER_BYTES;
  records.forEach(({ key, value }, place) => {
    const name = key.length - key.lastIndexOf(" ") - 1;
    const own = key.startsWith(OFFSET_KEY) ? OFFSET_VALUE_BYTES : STATE_VALUE_BYTES;
    bytes += recordBytes(0, place, KEY_BYTES + name, value === undefined ? -1 : own);
  });
  return bytes;
}

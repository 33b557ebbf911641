/** Where two logs of one partition part. */
import { type EpochEnd, type HeldLog, NO_EPOCH } from "../protocol/messages.js";
import type { PartitionLog } from "./partition-log.js";

/** What to cut, and whether the leader has to be asked once more, when its log parts from this one at `end`. */
export function meetingPoint(log: PartitionLog, end: EpochEnd): { offset: number; complete: boolean } {
  const own = log.endOfEpoch(end.epoch);
  const known = own.epoch === NO_EPOCH ? log.endOffset : own.endOffset;
  // Where the two know different epochs, the follower goes back to the older one and asks again [KIP-279].
  const complete = own.epoch === end.epoch || own.epoch === NO_EPOCH;
  const offset = complete ? Math.min(end.endOffset, known) : known;
  return { offset: Math.max(0, Math.min(offset, log.endOffset)), complete };
}

/**
 * Records before `offset` that a follower has otherwise than its leader, from the last on which the two agree:
 * none, unless truncation went wrong. Only the simulation can see this.
 */
export function divergingRecords(leader: HeldLog, follower: HeldLog, offset: number): number {
  let records = 0;
  let end = Math.min(offset, leader.endOffset);
  while (end > 0) {
    const [one] = leader.read(end - 1, Infinity, 1);
    const [other] = follower.read(end - 1, Infinity, 1);
    if (one === undefined || other === undefined) break;
    // Compaction or retention has taken it from one of them: they may have agreed.
    if (one.baseOffset >= end || other.baseOffset >= end) break;
    if (one.batch === other.batch && one.baseOffset === other.baseOffset) break;
    const begin = Math.max(one.baseOffset, other.baseOffset);
    records += end - begin;
    end = begin;
  }
  return records;
}

/** What ListOffsets is answered with. */
import type { RecordPlace } from "../log/partition-log.js";
import { NO_EPOCH, type OffsetPosition } from "../protocol/messages.js";
import type { Replica } from "./replica.js";

/** Where a position is in the leader's log, for a consumer: what it may not read is not there. */
export function placeOf(position: OffsetPosition, replica: Replica, readCommitted: boolean): RecordPlace {
  const { log, state } = replica;
  const { leaderEpoch } = state;
  const end = replica.readableTo(false, readCommitted);
  const nowhere = { offset: -1, timestamp: -1, leaderEpoch: NO_EPOCH };
  if (position === "earliest") return { offset: log.startOffset, timestamp: -1, leaderEpoch };
  if (position === "latest") return { offset: end, timestamp: -1, leaderEpoch };
  if (position === "max-timestamp") return log.latest(end) ?? nowhere;
  return log.firstSince(position, end) ?? nowhere;
}

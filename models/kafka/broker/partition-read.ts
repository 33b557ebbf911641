/** What a fetch gets of one partition that its sender may read here. */
import type { Fetch, FetchPartition, FetchResult } from "../protocol/messages.js";
import { fetchResult } from "./fetch-session.js";
import type { Replica } from "./replica.js";

/** `room`: bytes that are left in the response. */
export function readPartition(
  replica: Replica,
  { partition, offset, lastFetchedEpoch }: FetchPartition,
  fetch: Fetch,
  room: number,
): FetchResult {
  const isFollower = fetch.replica >= 0;
  const { highWatermark, log } = replica;
  const { startOffset } = log;
  // Below the start, whatever the epochs say.
  if (offset < startOffset) return fetchResult(partition, "OFFSET_OUT_OF_RANGE", highWatermark, startOffset);
  const parts = isFollower ? replica.divergence(offset, lastFetchedEpoch) : undefined;
  if (parts !== undefined) return fetchResult(partition, "NONE", highWatermark, startOffset, [], parts);
  if (offset > log.endOffset) {
    // A follower goes on where the leader's log ends; only ways of truncation before KIP-320 bring it here.
    const end = isFollower ? log.endOffset : highWatermark;
    return fetchResult(partition, "OFFSET_OUT_OF_RANGE", end, startOffset);
  }
  const most = Math.min(room, fetch.maxPartitionBytes);
  const readCommitted = fetch.readCommitted === true;
  const batches = most > 0 ? log.read(offset, replica.readableTo(isFollower, readCommitted), most) : [];
  const result = fetchResult(partition, "NONE", highWatermark, startOffset, batches);
  const last = batches.at(-1);
  if (!readCommitted || last === undefined) return result;
  return { ...result, aborted: log.transactions.abortedBetween(offset, last.endOffset) };
}

/** Nothing to read: `preferred` has it, and is nearer [KIP-392]. */
export function redirection(
  { highWatermark, log }: Replica,
  partition: number,
  preferred: number,
): FetchResult {
  const nothing = fetchResult(partition, "NONE", highWatermark, log.startOffset);
  return { ...nothing, preferredReadReplica: preferred };
}

/**
 * How a follower finds out what to cut off its log when it begins to follow in a new epoch: the ways of Kafka's
 * history. Only the last is today's; the others are there to show what was wrong with them.
 *
 *     - high-watermark: down to its own high watermark, which is one fetch behind the leader's (before 0.11)
 *     - kip-101: to where the leader says that the epoch of its last batch ends, or the next later one begins (0.11)
 *     - kip-279: the leader says which epoch it means, and where that is another one, it is asked again (2.0)
 *     - kip-320: as before, and both name the leader's epoch, so that a leader of another epoch is not heard (2.1);
 *       a fetch says where the follower stands, and is answered with where the logs part [KIP-595]
 */
import type { Instant } from "../../../src/kernel/index.js";
import { type EpochQuery, type EpochResult, type FetchPartition, NO_EPOCH } from "../protocol/messages.js";
import type { Replica } from "./replica.js";

export const TRUNCATION_MODES = ["high-watermark", "kip-101", "kip-279", "kip-320"] as const;
export type TruncationMode = (typeof TRUNCATION_MODES)[number];

/** Whether the leader is asked where epochs end before anything is fetched from it. */
export function asksForEpochs(mode: TruncationMode): boolean {
  return mode === "kip-101" || mode === "kip-279";
}

/** What a follower asks for next. */
export function wantedOf({ replica, leaderStart }: Followed, mode: TruncationMode): FetchPartition {
  const { state, log, highWatermark } = replica;
  const fenced = mode === "kip-320";
  return {
    partition: state.partition,
    currentLeaderEpoch: fenced ? state.leaderEpoch : NO_EPOCH,
    offset: log.endOffset,
    lastFetchedEpoch: fenced ? log.latestEpoch : NO_EPOCH,
    knownHighWatermark: highWatermark,
    knownLogStartOffset: leaderStart,
    logStartOffset: log.startOffset,
    held: log,
  };
}

/** What a follower asks of epochs, unless its log is empty. */
export function queryOf({ state, log }: Replica): EpochQuery | undefined {
  if (log.latestEpoch === NO_EPOCH) return undefined;
  return { partition: state.partition, currentLeaderEpoch: NO_EPOCH, leaderEpoch: log.latestEpoch };
}

/** Cuts as the leader's answer says. False: it has to be asked again [KIP-279]. */
export function truncateBy(
  { epoch, endOffset }: EpochResult,
  replica: Replica,
  mode: TruncationMode,
): boolean {
  if (endOffset === NO_EPOCH) replica.truncate(replica.highWatermark);
  else if (mode === "kip-279") return replica.reconcile({ epoch, endOffset });
  else replica.truncate(Math.min(endOffset, replica.log.endOffset));
  return true;
}

/** A follower's partition at its fetcher. */
export interface Followed {
  readonly replica: Replica;
  /** Not asked for before this instant. */
  notBefore: Instant;
  /** As asked for last. */
  asked: FetchPartition | undefined;
  /** Where the leader's log starts, as it said last. */
  leaderStart: number;
  /** What to cut is still to be found out. */
  parts: boolean;
}

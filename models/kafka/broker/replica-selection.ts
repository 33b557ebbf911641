/** From which replica a leader has a consumer read [KIP-392]. */
import type { BrokerAddress } from "../protocol/messages.js";
import type { Follower, Replica } from "./replica.js";

export const REPLICA_SELECTORS = ["leader", "rack-aware"] as const;
export type ReplicaSelector = (typeof REPLICA_SELECTORS)[number];

/**
 * The in-sync follower in the consumer's rack that has most of the log, the offset included; undefined: the leader
 * itself, because it is in that rack, nobody is, or nobody knows where the consumer is (RackAwareReplicaSelector).
 */
export function sameRack(
  leader: Replica,
  offset: number,
  rack: string | undefined,
  own: { readonly rack: string | undefined },
  brokers: readonly BrokerAddress[],
): number | undefined {
  if (rack === undefined || rack === "" || own.rack === rack) return undefined;
  let best: { readonly id: number; readonly follower: Follower } | undefined;
  leader.eachInSync((id, follower) => {
    // Worst case, a follower out of sync lags more and more, and its readers with it: so it is none of those.
    if (follower.endOffset < offset || follower.startOffset > offset) return;
    const isThere = brokers.some((each) => each.id === id && !each.fenced && each.rack === rack);
    if (isThere && (best === undefined || isAhead(id, follower, best))) best = { id, follower };
  });
  return best?.id;
}

/** By where it ends, then by when it had caught up, then by number (ReplicaView.comparator). */
function isAhead(
  id: number,
  { endOffset, caughtUpAt }: Follower,
  best: { readonly id: number; readonly follower: Follower },
): boolean {
  if (endOffset !== best.follower.endOffset) return endOffset > best.follower.endOffset;
  if (caughtUpAt !== best.follower.caughtUpAt) return caughtUpAt > best.follower.caughtUpAt;
  return id > best.id;
}

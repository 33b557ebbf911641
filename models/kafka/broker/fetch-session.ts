/** What is said of a partition in the answer to a fetch, and whether a fetch session has to say it [KIP-227]. */
import type { Fetch, FetchPartition, FetchResult, KafkaError } from "../protocol/messages.js";

/** Made in one piece: there is one for every look at a partition. */
export function fetchResult(
  partition: number,
  error: KafkaError,
  highWatermark: number,
  logStartOffset: number,
  batches: FetchResult["batches"] = [],
  divergingEpoch: FetchResult["divergingEpoch"] = undefined,
): FetchResult {
  return { partition, error, highWatermark, logStartOffset, divergingEpoch, batches };
}

/** Whether there is more to say of a partition than where its log starts and how far it is committed. */
export function brings({ error, batches, divergingEpoch, preferredReadReplica }: FetchResult): boolean {
  if (error !== "NONE" || batches.length > 0) return true;
  return divergingEpoch !== undefined || preferredReadReplica !== undefined;
}

/** Whether a fetch session has something to say about a partition [KIP-227]. */
export function hasNews(
  result: FetchResult,
  { knownHighWatermark, knownLogStartOffset }: FetchPartition,
): boolean {
  const { highWatermark, logStartOffset } = result;
  if (brings(result)) return true;
  if (knownLogStartOffset !== undefined && knownLogStartOffset !== logStartOffset) return true;
  return highWatermark !== knownHighWatermark;
}

/** Whether a fetch does not wait for more. */
export function isEnough(results: readonly FetchResult[], { minBytes }: Fetch): boolean {
  let bytes = 0;
  for (const { error, divergingEpoch, preferredReadReplica, batches } of results) {
    if (error !== "NONE" || divergingEpoch !== undefined || preferredReadReplica !== undefined) return true;
    for (const stored of batches) bytes += stored.bytes;
  }
  return bytes >= minBytes;
}

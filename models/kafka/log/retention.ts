/** Which segments of a log are too old, or too many. */
import { type Instant, NEVER } from "../../../src/kernel/index.js";
import type { LogConfig } from "../protocol/log-config.js";
import type { Segment } from "./segment.js";

/** What retention asks of a log. */
export interface Retained {
  readonly segments: readonly Segment[];
  readonly startOffset: number;
  readonly endOffset: number;
  readonly bytes: number;
  readonly config: LogConfig;
}

/**
 * How many segments from the first on are to go: those wholly below the log start offset, and where the policy says
 * `delete` those over the limits of size and time. None that has records at or above `limit`, which is the high
 * watermark. The active one too, if nothing is written to it any more: only an empty one never goes.
 */
export function expiredSegments(log: Retained, limit: number, now: Instant): number {
  const { segments, config } = log;
  let excess = log.bytes - config.retentionBytes;
  let count = 0;
  for (; count < segments.length; count++) {
    const segment = segments[count] as Segment;
    const next = segments[count + 1];
    if ((next?.baseOffset ?? log.endOffset) > limit) break;
    if (next === undefined && segment.entries.length === 0) break;
    const isBelow = next !== undefined && next.baseOffset <= log.startOffset;
    const isSurplus = excess - segment.bytes >= 0;
    if (!isBelow && !(config.deletes && (isSurplus || isOld(segment, config, now)))) break;
    excess -= segment.bytes;
  }
  return count;
}

function isOld({ largestTimestamp }: Segment, { retentionTime }: LogConfig, now: Instant): boolean {
  return retentionTime < NEVER && now - largestTimestamp > retentionTime;
}

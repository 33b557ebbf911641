/** A topic's options for its logs, as data. */
import { NEVER } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues } from "../../../src/model/index.js";
import { DEFAULT_LOG_CONFIG, type LogConfig } from "../protocol/log-config.js";

export const LOG_OPTIONS: readonly OptionDescription[] = [
  {
    name: "cleanupPolicy",
    kind: "choice",
    choices: ["delete", "compact", "compact,delete"],
    default: "delete",
    summary: "Old segments are deleted, or records taken out whose key has a later one, or both.",
    source: "cleanup.policy",
  },
  {
    name: "segmentBytes",
    kind: "size",
    min: 14,
    default: DEFAULT_LOG_CONFIG.segmentBytes,
    summary: "A segment that would grow beyond this is closed …",
    source: "segment.bytes",
  },
  {
    name: "segmentTime",
    kind: "duration",
    min: 1,
    default: DEFAULT_LOG_CONFIG.segmentTime,
    summary: "… and one whose first record is older than a new one by more than this.",
    source: "segment.ms",
  },
  {
    name: "retentionTime",
    kind: "duration",
    min: 0,
    never: true,
    default: DEFAULT_LOG_CONFIG.retentionTime,
    summary: "Segments whose latest record is older are deleted.",
    source: "retention.ms",
  },
  {
    name: "retentionBytes",
    kind: "size",
    min: 0,
    optional: true,
    summary:
      "First segments are deleted while the rest has at least so many bytes; absent: whatever the size.",
    source: "retention.bytes, -1",
  },
  {
    name: "fileDeleteDelay",
    kind: "duration",
    min: 0,
    default: DEFAULT_LOG_CONFIG.fileDeleteDelay,
    summary: "The files of a segment are deleted this long after the segment.",
    source: "file.delete.delay.ms",
  },
  {
    name: "minCleanableDirtyRatio",
    kind: "probability",
    default: DEFAULT_LOG_CONFIG.minCleanableDirtyRatio,
    summary: "A log is compacted when a larger share of its closed segments is new.",
    source: "min.cleanable.dirty.ratio",
  },
  {
    name: "minCompactionLag",
    kind: "duration",
    min: 0,
    default: DEFAULT_LOG_CONFIG.minCompactionLag,
    summary: "Younger records are not compacted.",
    source: "min.compaction.lag.ms",
  },
  {
    name: "maxCompactionLag",
    kind: "duration",
    min: 1,
    never: true,
    default: NEVER,
    summary: "A log with older records that are new to compaction is compacted, whatever their share.",
    source: "max.compaction.lag.ms",
  },
  {
    name: "deleteRetention",
    kind: "duration",
    min: 0,
    default: DEFAULT_LOG_CONFIG.deleteRetention,
    summary: "How long a tombstone stays once it was compacted.",
    source: "delete.retention.ms",
  },
];

export function logConfig(options: OptionValues): LogConfig {
  const policy = options["cleanupPolicy"] as string;
  return {
    segmentBytes: options["segmentBytes"] as number,
    segmentTime: options["segmentTime"] as number,
    deletes: policy !== "compact",
    compacts: policy !== "delete",
    retentionTime: options["retentionTime"] as number,
    retentionBytes: (options["retentionBytes"] as number | undefined) ?? Infinity,
    fileDeleteDelay: options["fileDeleteDelay"] as number,
    minCleanableDirtyRatio: options["minCleanableDirtyRatio"] as number,
    minCompactionLag: options["minCompactionLag"] as number,
    maxCompactionLag: options["maxCompactionLag"] as number,
    deleteRetention: options["deleteRetention"] as number,
  };
}

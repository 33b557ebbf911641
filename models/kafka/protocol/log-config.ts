/** How the logs of a topic are kept: what its brokers are told with its partitions. */
import { type Duration, NEVER, SECOND } from "../../../src/kernel/index.js";

/** Durations are nanoseconds, sizes bytes. */
export interface LogConfig {
  /** A segment that would grow beyond this is closed … */
  readonly segmentBytes: number;
  /** … and so is one whose first record is older than a new one by more than this. */
  readonly segmentTime: Duration;
  /** Old segments are deleted. */
  readonly deletes: boolean;
  /** Records whose key has a later one are taken out. */
  readonly compacts: boolean;
  /** `NEVER`: age is no reason to delete. */
  readonly retentionTime: Duration;
  /** `Infinity`: size is no reason to delete. */
  readonly retentionBytes: number;
  /** A deleted file gives its room back after this. */
  readonly fileDeleteDelay: Duration;
  /** A log is compacted when more than this share of its closed segments is new. */
  readonly minCleanableDirtyRatio: number;
  /** Younger records are not compacted. */
  readonly minCompactionLag: Duration;
  /** Older records are compacted, whatever the share. */
  readonly maxCompactionLag: Duration;
  /** How long a tombstone stays once it was compacted. */
  readonly deleteRetention: Duration;
}

const DAY = 86_400 * SECOND;

/** The defaults of `LogConfig` in Kafka 4.1, under the names of a topic's configuration. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentTime: 7 * DAY,
  deletes: true,
  compacts: false,
  retentionTime: 7 * DAY,
  retentionBytes: Infinity,
  fileDeleteDelay: 60 * SECOND,
  minCleanableDirtyRatio: 0.5,
  minCompactionLag: 0,
  maxCompactionLag: NEVER,
  deleteRetention: DAY,
};

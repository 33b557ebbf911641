/** The broker's options for its storage, as data. */
import { SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues } from "../../../src/model/index.js";
import type { BrokerConfig } from "./broker-config.js";

const MINUTE = 60 * SECOND;
const DAY = 1_440 * MINUTE;

export const STORAGE_OPTIONS: readonly OptionDescription[] = [
  {
    name: "initialTaskDelay",
    kind: "duration",
    min: 0,
    default: 30 * SECOND,
    summary: "A broker that starts waits so long before it looks for old segments and checkpoints offsets.",
    source: "log.initial.task.delay.ms",
  },
  {
    name: "retentionCheckInterval",
    kind: "duration",
    min: 1,
    default: 5 * MINUTE,
    summary: "Time between two looks for old segments.",
    source: "log.retention.check.interval.ms",
  },
  {
    name: "cleanerBackoff",
    kind: "duration",
    min: 1,
    default: 15 * SECOND,
    summary: "Time between two looks for logs to compact; there, old segments of such logs are deleted, too.",
    source: "log.cleaner.backoff.ms",
  },
  {
    name: "watermarkCheckpointInterval",
    kind: "duration",
    min: 1,
    default: 5 * SECOND,
    summary: "High watermarks are written down so often; a broker that starts again begins with them.",
    source: "replica.high.watermark.checkpoint.interval.ms",
  },
  {
    name: "offsetCheckpointInterval",
    kind: "duration",
    min: 1,
    default: MINUTE,
    summary: "Log start offsets, and how far logs are synced, are written down so often.",
    source: "log.flush.offset.checkpoint.interval.ms and .start.offset.checkpoint.interval.ms",
  },
  {
    name: "producerExpiration",
    kind: "duration",
    min: 1,
    default: DAY,
    summary:
      "A producer that has written nothing for so long is forgotten: its repetitions are not recognised.",
    source: "producer.id.expiration.ms",
  },
  {
    name: "producerExpirationCheckInterval",
    kind: "duration",
    min: 1,
    default: 10 * MINUTE,
    summary: "Time between two looks for producers to forget.",
    source: "producer.id.expiration.check.interval.ms",
  },
];

type StorageConfig = Pick<
  BrokerConfig,
  | "initialTaskDelay"
  | "retentionCheckInterval"
  | "cleanerBackoff"
  | "watermarkCheckpointInterval"
  | "offsetCheckpointInterval"
  | "producerExpiration"
  | "producerExpirationCheckInterval"
>;

export function storageConfig(options: OptionValues): StorageConfig {
  return {
    initialTaskDelay: options["initialTaskDelay"] as number,
    retentionCheckInterval: options["retentionCheckInterval"] as number,
    cleanerBackoff: options["cleanerBackoff"] as number,
    watermarkCheckpointInterval: options["watermarkCheckpointInterval"] as number,
    offsetCheckpointInterval: options["offsetCheckpointInterval"] as number,
    producerExpiration: options["producerExpiration"] as number,
    producerExpirationCheckInterval: options["producerExpirationCheckInterval"] as number,
  };
}

/** The consumer's options, metrics and gauges, as data. */
import { MICROSECOND, MILLISECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues, Place, RoleDescription } from "../../../src/model/index.js";
import { recordCostOption } from "../costs.js";
import { BOOTSTRAP, CLIENT_OPTIONS, TOPICS, bootstrapOf, clientConnectionConfig } from "../shared-options.js";
import type { ConsumerConfig } from "./consumer-config.js";

const OPTIONS: readonly OptionDescription[] = [
  BOOTSTRAP,
  { ...TOPICS, summary: "Topics all of whose partitions the consumer is assigned." },
  {
    name: "autoOffsetReset",
    kind: "choice",
    choices: ["latest", "earliest"],
    default: "latest",
    summary: "Where it begins, and goes on when its position is out of range.",
    source: "auto.offset.reset",
  },
  {
    name: "fetchMinBytes",
    kind: "size",
    min: 1,
    default: 1,
    summary: "A fetch waits until so much can be read …",
    source: "fetch.min.bytes",
  },
  {
    name: "fetchMaxWait",
    kind: "duration",
    min: 0,
    default: 500 * MILLISECOND,
    summary: "… but not longer than this.",
    source: "fetch.max.wait.ms",
  },
  {
    name: "fetchMaxBytes",
    kind: "size",
    min: 1,
    default: 52_428_800,
    summary: "Most that one fetch brings; one batch may be larger.",
    source: "fetch.max.bytes",
  },
  {
    name: "maxPartitionFetchBytes",
    kind: "size",
    min: 1,
    default: 1_048_576,
    summary: "Most that one fetch brings of one partition; one batch may be larger.",
    source: "max.partition.fetch.bytes",
  },
  recordCostOption(
    "What a record costs the consumer's thread.",
    MICROSECOND,
    "940,521 records a second (LinkedIn 2014): see Cost",
  ),
  ...CLIENT_OPTIONS,
];

export const CONSUMER_ROLE: RoleDescription = {
  name: "consumer",
  summary: "A consumer without a group: assigned all partitions of its topics.",
  options: OPTIONS,
  activities: [],
  metrics: [
    {
      name: "kafka_positions_reset",
      unit: "",
      over: "sum",
      summary: "Times that a position was moved because its records were gone.",
    },
    { name: "kafka_records_consumed", unit: "", over: "sum", summary: "Records handed to applications." },
    {
      name: "kafka_keys_held",
      unit: "",
      over: "sum",
      summary: "Keys that have a value in a table of the last record of each key, as a consumer has read it.",
    },
  ],
  gauges: [
    {
      name: "kafka_lag",
      unit: "",
      over: "sum",
      summary: "Records below the high watermark, as last told, that were not read.",
    },
  ],
};

export function consumerConfig(options: OptionValues, place: Place): ConsumerConfig {
  return {
    clientId: place.node.name,
    bootstrap: bootstrapOf(options, place),
    topics: options["topics"] as readonly string[],
    metadataMaxAge: options["metadataMaxAge"] as number,
    retryBackoff: options["retryBackoff"] as number,
    fetchMinBytes: options["fetchMinBytes"] as number,
    fetchMaxBytes: options["fetchMaxBytes"] as number,
    fetchMaxWait: options["fetchMaxWait"] as number,
    maxPartitionFetchBytes: options["maxPartitionFetchBytes"] as number,
    autoOffsetReset: options["autoOffsetReset"] as ConsumerConfig["autoOffsetReset"],
    recordCost: options["recordCost"] as number,
    connection: clientConnectionConfig(options, place),
  };
}

/** The consumer's options, activities, metrics and gauges, as data. */
import { type Distribution, MICROSECOND, MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type {
  OptionDescription,
  OptionValues,
  Place as NodePlace,
  RoleDescription,
} from "../../../src/model/index.js";
import { recordCostOption } from "../costs.js";
import { BOOTSTRAP, CLIENT_OPTIONS, TOPICS, bootstrapOf, clientConnectionConfig } from "../shared-options.js";
import type { KafkaRules } from "../rules.js";
import { APPLICATION_OPTIONS, applicationConfig } from "./application-options.js";
import type { ConsumerConfig, Place } from "./consumer-config.js";
import { GROUP_OPTIONS, groupConfig } from "./group-options.js";

const PLACE_FIELDS: readonly OptionDescription[] = [
  {
    name: "to",
    kind: "choice",
    choices: ["beginning", "end", "offset", "time"],
    summary: "An end of the log, an offset, or the first record that was made at a time or later.",
  },
  { name: "offset", kind: "count", min: 0, default: 0, summary: "With `to: offset`, which one." },
  {
    name: "time",
    kind: "duration",
    min: 0,
    default: 0,
    summary: "With `to: time`, which one, counted from the beginning of the run.",
  },
];

const OPTIONS: readonly OptionDescription[] = [
  BOOTSTRAP,
  { ...TOPICS, summary: "Topics that it reads: with a group its share of them, otherwise all partitions." },
  ...GROUP_OPTIONS,
  ...APPLICATION_OPTIONS,
  {
    name: "autoOffsetReset",
    kind: "choice",
    choices: ["latest", "earliest", "none"],
    default: "latest",
    summary:
      "Where it begins when nothing was committed, and goes on when its position is out of range; with none it ends.",
    source: "auto.offset.reset",
  },
  {
    name: "startFrom",
    kind: "record",
    optional: true,
    fields: PLACE_FIELDS,
    summary: "Where it goes to in every partition that it is assigned, whatever was committed.",
  },
  {
    name: "isolation",
    kind: "choice",
    choices: ["read_uncommitted", "read_committed"],
    default: "read_uncommitted",
    summary: "Whether records of open and aborted transactions are read.",
    source: "isolation.level",
  },
  {
    name: "clientRack",
    kind: "text",
    optional: true,
    summary: "Where it is: leaders that select replicas by rack have it read from one there.",
    source: "client.rack",
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
  {
    name: "apiTimeout",
    kind: "duration",
    min: 1,
    default: 60 * SECOND,
    summary: "How long a synchronous commit is tried.",
    source: "default.api.timeout.ms",
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
  summary:
    "A consumer and its application: a member of a group, or on its own with all partitions of its topics.",
  options: OPTIONS,
  activities: [
    {
      name: "seek",
      summary: "Goes on elsewhere, in all partitions that it owns.",
      options: [
        {
          name: "topic",
          kind: "text",
          optional: true,
          summary: "Only in those of this topic.",
        },
        ...PLACE_FIELDS,
      ],
    },
  ],
  metrics: [
    {
      name: "kafka_positions_reset",
      unit: "",
      over: "sum",
      summary: "Times that a position was moved because its records were gone.",
    },
    {
      name: "kafka_records_consumed",
      unit: "",
      over: "sum",
      summary: "Records that applications were done with, repetitions included.",
    },
    {
      name: "kafka_records_from_followers",
      unit: "",
      over: "sum",
      summary: "Records that consumers fetched from another replica than the leader.",
    },
    {
      name: "kafka_keys_held",
      unit: "",
      over: "sum",
      summary: "Keys that have a value in a table of the last record of each key, as a consumer has read it.",
    },
    { name: "kafka_commits", unit: "", over: "sum", summary: "Commits of offsets that went well." },
    { name: "kafka_commits_failed", unit: "", over: "sum", summary: "Commits of offsets that did not." },
    {
      name: "kafka_records_uncommitted",
      unit: "",
      over: "sum",
      summary:
        "Records that applications were done with when they lost the partition, and that were not known to be " +
        "committed: whoever has it next does them again.",
    },
    {
      name: "kafka_generations_lowered",
      unit: "",
      over: "sum",
      summary: "Times that a member was in an older generation, or epoch, of its group than before.",
    },
    {
      name: "kafka_rebalance_pause_ms",
      unit: "ms",
      over: "sum",
      summary: "Time that members were without any partition, having had some before.",
    },
    {
      name: "kafka_consumers_ended",
      unit: "",
      over: "sum",
      summary: "Applications that met an error which they did not survive.",
    },
  ],
  gauges: [
    {
      name: "kafka_lag",
      unit: "",
      over: "sum",
      summary: "Records below the high watermark, as last told, that were not polled.",
    },
    {
      name: "kafka_partitions_owned",
      unit: "",
      over: "sum",
      summary: "Partitions that consumers take to be their own; in a group, zombies included.",
    },
  ],
};

export function consumerConfig(options: OptionValues, place: NodePlace, rules: KafkaRules): ConsumerConfig {
  const startFrom = options["startFrom"] as OptionValues | undefined;
  return {
    clientId: place.node.name,
    bootstrap: bootstrapOf(options, place),
    topics: options["topics"] as readonly string[],
    metadataMaxAge: options["metadataMaxAge"] as number,
    retryBackoff: options["retryBackoff"] as number,
    group: groupConfig(options, place),
    application: applicationConfig(options, options["processing"] as unknown as Distribution),
    maxPollInterval: options["maxPollInterval"] as number,
    autoCommitInterval: options["autoCommitInterval"] as number,
    apiTimeout: options["apiTimeout"] as number,
    startFrom: startFrom === undefined ? undefined : placeOf(startFrom),
    fetchMinBytes: options["fetchMinBytes"] as number,
    fetchMaxBytes: options["fetchMaxBytes"] as number,
    fetchMaxWait: options["fetchMaxWait"] as number,
    maxPartitionFetchBytes: options["maxPartitionFetchBytes"] as number,
    autoOffsetReset: options["autoOffsetReset"] as ConsumerConfig["autoOffsetReset"],
    rack: options["clientRack"] as string | undefined,
    readCommitted: options["isolation"] === "read_committed",
    recordCost: options["recordCost"] as number,
    connection: clientConnectionConfig(options, place),
    rules,
  };
}

/** Of the options of `startFrom` and of the activity `seek`. */
export function placeOf(options: OptionValues): Place {
  const to = options["to"] as Place["to"];
  switch (to) {
    case "offset":
      return { to, offset: options["offset"] as number };
    case "time":
      return { to, time: options["time"] as number };
    default:
      return { to };
  }
}

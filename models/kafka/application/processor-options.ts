/** A processor's options and metrics, after Kafka Streams, as data. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type {
  MetricDescription,
  OptionDescription,
  OptionValue,
  OptionValues,
  RoleDescription,
} from "../../../src/model/index.js";
import { BOOTSTRAP, TOPICS, TOPIC_NAME } from "../shared-options.js";
import {
  CLIENT_PAIR_GAUGES,
  CLIENT_PAIR_METRICS,
  type ClientPairOptions,
  consumerOptions,
  producerOptions,
} from "./client-pair.js";

export interface ProcessorConfig {
  readonly output: string;
  readonly exactlyOnce: boolean;
  readonly commitInterval: number;
  readonly rewinds: boolean;
  /** How long it tries to commit without a transaction. */
  readonly apiTimeout: number;
}

const DECIDED_OF_CONSUMER: readonly string[] = [
  "bootstrap",
  "topics",
  "group",
  "handOff",
  "commit",
  "commitAt",
  "commitEach",
  "autoCommitInterval",
  "startFrom",
  "isolation",
];
const DECIDED_OF_PRODUCER: readonly string[] = ["bootstrap", "topics", "transactionalId", "whenFenced"];

const EXACTLY_ONCE = "exactly-once";

const OPTIONS: readonly OptionDescription[] = [
  BOOTSTRAP,
  {
    name: "group",
    kind: "text",
    pattern: "^[A-Za-z0-9._-]{1,249}$",
    patternHelp: "a group's id: letters, digits, . _ -",
    summary: "The group that it is a member of, and with it all processors that share the work.",
    source: "application.id",
  },
  { ...TOPICS, summary: "Topics that it reads." },
  {
    name: "output",
    kind: "text",
    ...TOPIC_NAME,
    summary: "The topic that gets one record for each that it reads, with its key and as long.",
  },
  {
    name: "guarantee",
    kind: "choice",
    choices: [EXACTLY_ONCE, "at-least-once"],
    default: "at-least-once",
    summary:
      "What it writes and how far it has read are one transaction; or it writes first, and commits then.",
    source: "processing.guarantee, exactly_once_v2 and at_least_once",
  },
  {
    name: "commitInterval",
    kind: "duration",
    min: 1,
    optional: true,
    summary:
      "From the first record that is not committed until it commits. By default 100 ms, with at-least-once 30 s.",
    source: "commit.interval.ms",
  },
  {
    name: "transactionalId",
    kind: "text",
    pattern: "^[A-Za-z0-9._-]{1,249}$",
    patternHelp: "a name: letters, digits, . _ -",
    optional: true,
    summary: "Of its producer with exactly-once. By default the group's and the node's names.",
    source: "transactional.id: application, process and thread",
  },
  {
    name: "afterAbort",
    kind: "choice",
    choices: ["rewind", "go-on"],
    default: "rewind",
    summary:
      "After a transaction was aborted it goes back to what its group has committed; or reads on, as a consumer does by itself.",
    source: "TaskManager.handleCorruption; KAFKA-17582 about go-on",
  },
  consumerOptions(DECIDED_OF_CONSUMER, {
    autoOffsetReset: { default: "earliest", source: "StreamsConfig: auto.offset.reset" },
    maxPollRecords: { default: 1_000, source: "StreamsConfig: max.poll.records" },
  }),
  producerOptions(DECIDED_OF_PRODUCER, {
    linger: { default: 100 * MILLISECOND, source: "StreamsConfig: linger.ms" },
    transactionTimeout: { default: 10 * SECOND, source: "StreamsConfig: transaction.timeout.ms" },
  }),
];

const METRICS: readonly MetricDescription[] = [
  {
    name: "kafka_records_made",
    unit: "",
    over: "sum",
    summary: "Records that processors have made from others, all attempts together.",
  },
  {
    name: "kafka_processor_commits",
    unit: "",
    over: "sum",
    summary: "Times that processors have committed how far they had come, in transactions or without.",
  },
  {
    name: "kafka_rewinds",
    unit: "",
    over: "sum",
    summary: "Times that processors went back to what their group had committed.",
  },
];

export const PROCESSOR: RoleDescription = {
  name: "processor",
  summary: "A process that makes one record from each that it reads: a thread of Kafka Streams, a copy job.",
  options: OPTIONS,
  activities: [],
  metrics: [...CLIENT_PAIR_METRICS, ...METRICS],
  gauges: [
    ...CLIENT_PAIR_GAUGES,
    {
      name: "kafka_records_to_commit",
      unit: "",
      over: "sum",
      summary: "Records that processors are done with and have not committed.",
    },
  ],
};

export function processorConfig(options: OptionValues): ProcessorConfig {
  const exactlyOnce = options["guarantee"] === EXACTLY_ONCE;
  const byDefault = exactlyOnce ? 100 * MILLISECOND : 30 * SECOND;
  const { apiTimeout } = options["consumer"] as OptionValues;
  return {
    output: options["output"] as string,
    exactlyOnce,
    commitInterval: (options["commitInterval"] as number | undefined) ?? byDefault,
    rewinds: options["afterAbort"] === "rewind",
    apiTimeout: apiTimeout as number,
  };
}

/** Of both clients, complete. */
export function processorClients(options: OptionValues, node: string): ClientPairOptions {
  const { bootstrap, topics, group, output, guarantee, transactionalId } = options as Record<
    string,
    OptionValue
  >;
  const exactlyOnce = guarantee === EXACTLY_ONCE;
  const own = { transactionalId: transactionalId ?? `${String(group)}-${node}` };
  return {
    consumer: {
      ...(options["consumer"] as OptionValues),
      bootstrap: bootstrap as OptionValue,
      topics: topics as OptionValue,
      group: group as OptionValue,
      handOff: 0,
      commit: "none",
      commitAt: "after",
      commitEach: "poll",
      autoCommitInterval: SECOND,
      isolation: exactlyOnce ? "read_committed" : "read_uncommitted",
    },
    producer: {
      ...(options["producer"] as OptionValues),
      bootstrap: bootstrap as OptionValue,
      topics: [output as OptionValue],
      whenFenced: "replace",
      ...(exactlyOnce ? own : {}),
    },
  };
}

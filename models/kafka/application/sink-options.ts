/** The options and metrics of a sink connector's task, as data. */
import { NEVER, SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues, RoleDescription } from "../../../src/model/index.js";
import { REGISTRY_NODE, schemaOf, schemaOption } from "../schemas/schema-registry-program.js";
import type { Schema } from "../schemas/schema.js";
import { BOOTSTRAP, TOPICS, TOPIC_NAME } from "../shared-options.js";
import {
  CLIENT_PAIR_GAUGES,
  CLIENT_PAIR_METRICS,
  type ClientPairOptions,
  consumerOptions,
  producerOptions,
} from "./client-pair.js";
import { CONNECTOR_NAME, CONNECT_PRODUCER, OFFSET_FLUSH_INTERVAL, RESTART_AFTER } from "./connect-options.js";
import { TABLE_NAME } from "./database-program.js";
import type { InsertMode } from "./database.js";

const SINK_OPTIONS: readonly OptionDescription[] = [
  BOOTSTRAP,
  { ...TOPICS, summary: "Topics that it reads." },
  { ...CONNECTOR_NAME, summary: "The connector; its tasks are the group `connect-<name>`." },
  { name: "database", kind: "node", role: "kafka.database", summary: "Where it writes." },
  { name: "table", kind: "text", ...TABLE_NAME, default: "records", summary: "The table that it writes to." },
  {
    name: "insertMode",
    kind: "choice",
    choices: ["append", "upsert", "transactional"],
    default: "append",
    summary:
      "What makes a row of a record: an insert, an upsert by topic, partition and offset, or a transaction that also writes the offset, where the task goes on then.",
    source: "insert.mode=insert (JDBC)",
  },
  {
    name: "writeAt",
    kind: "choice",
    choices: ["put", "flush"],
    default: "put",
    summary: "Whether a poll's records are written at once, or gathered until `batchSize` or a flush.",
    source: "JdbcSinkTask.put; connectors that write files write at flush",
  },
  {
    name: "batchSize",
    kind: "count",
    min: 1,
    default: 3_000,
    summary: "Rows that are written at a time.",
    source: "batch.size (JDBC)",
  },
  OFFSET_FLUSH_INTERVAL,
  {
    name: "onPoison",
    kind: "choice",
    choices: ["fail", "skip", "dead-letter"],
    default: "fail",
    summary: "What becomes of a record that the task cannot read.",
    source: "errors.tolerance=none",
  },
  {
    name: "deadLetterTopic",
    kind: "text",
    ...TOPIC_NAME,
    default: "dead-letters",
    summary: "With `onPoison: dead-letter`, where such records go.",
    source: "errors.deadletterqueue.topic.name has no default",
  },
  REGISTRY_NODE,
  schemaOption(
    "readerSchema",
    "What it reads values as that were written with a schema: one that this cannot read is poison. Without, it takes them as they are.",
  ),
  RESTART_AFTER,
  {
    name: "writeTimeout",
    kind: "duration",
    min: 1,
    default: 30 * SECOND,
    summary: "A statement that is not answered after this ends the connection to the database …",
    source: "assumed, as request.timeout.ms",
  },
  {
    name: "writeRetryBackoff",
    kind: "duration",
    min: 1,
    default: 3 * SECOND,
    summary: "… and is carried out again after this, whether or not it was the first time.",
    source: "retry.backoff.ms (JDBC)",
  },
  consumerOptions(
    ["bootstrap", "topics", "group", "commit", "commitAt", "commitEach", "autoCommitInterval", "handOff"],
    { autoOffsetReset: { default: "earliest", source: "Worker.baseConsumerConfigs" } },
  ),
  producerOptions(
    ["bootstrap", "topics", "transactionalId", "transactionTimeout", "whenFenced"],
    CONNECT_PRODUCER,
  ),
];

export const SINK: RoleDescription = {
  name: "sink",
  summary: "A task of a sink connector: writes the records that its group reads to a database.",
  options: SINK_OPTIONS,
  activities: [],
  metrics: [
    ...CLIENT_PAIR_METRICS,
    {
      name: "kafka_rows_missing",
      unit: "",
      over: "sum",
      summary:
        "Records below committed offsets that tasks had taken and their processes died with, unwritten.",
    },
    {
      name: "kafka_records_skipped",
      unit: "",
      over: "sum",
      summary: "Records that could not be read and were left.",
    },
    {
      name: "kafka_dead_letters",
      unit: "",
      over: "sum",
      summary: "Records that could not be read and were sent to a dead-letter topic.",
    },
    { name: "kafka_tasks_failed", unit: "", over: "sum", summary: "Times that a task has failed." },
  ],
  gauges: [
    ...CLIENT_PAIR_GAUGES,
    {
      name: "kafka_rows_gathered",
      unit: "",
      over: "sum",
      summary: "Records that tasks have and have not written.",
    },
  ],
};

export interface SinkConfig {
  readonly group: string;
  readonly database: string;
  readonly table: string;
  readonly insertMode: InsertMode;
  readonly writeAt: "put" | "flush";
  readonly batchSize: number;
  readonly flushInterval: number;
  readonly onPoison: "fail" | "skip" | "dead-letter";
  readonly deadLetterTopic: string;
  readonly schemaRegistry: string | undefined;
  readonly readerSchema: Schema | undefined;
  /** `NEVER`: not at all. */
  readonly restartAfter: number;
  readonly writeTimeout: number;
  readonly writeRetryBackoff: number;
  readonly apiTimeout: number;
}

export function sinkConfig(options: OptionValues): SinkConfig {
  const consumer = options["consumer"] as OptionValues;
  return {
    group: `connect-${options["name"] as string}`,
    database: options["database"] as string,
    table: options["table"] as string,
    insertMode: options["insertMode"] as InsertMode,
    writeAt: options["writeAt"] as SinkConfig["writeAt"],
    batchSize: options["batchSize"] as number,
    flushInterval: options["offsetFlushInterval"] as number,
    onPoison: options["onPoison"] as SinkConfig["onPoison"],
    deadLetterTopic: options["deadLetterTopic"] as string,
    schemaRegistry: options["schemaRegistry"] as string | undefined,
    readerSchema: schemaOf(options["readerSchema"]),
    restartAfter: (options["restartAfter"] as number | undefined) ?? NEVER,
    writeTimeout: options["writeTimeout"] as number,
    writeRetryBackoff: options["writeRetryBackoff"] as number,
    apiTimeout: consumer["apiTimeout"] as number,
  };
}

/** The task commits by itself, when it has flushed. */
export function sinkClients(options: OptionValues): ClientPairOptions {
  const { bootstrap, topics } = options as { bootstrap: OptionValues[string]; topics: OptionValues[string] };
  const { group, deadLetterTopic } = sinkConfig(options);
  const consumer = options["consumer"] as OptionValues;
  const producer = options["producer"] as OptionValues;
  const commits = {
    commit: "none",
    commitAt: "after",
    commitEach: "poll",
    autoCommitInterval: 1,
    handOff: 0,
  };
  const deadLetters = options["onPoison"] === "dead-letter" ? [deadLetterTopic] : [];
  return {
    consumer: { ...consumer, ...commits, bootstrap, topics, group },
    producer: { ...producer, bootstrap, topics: deadLetters, transactionTimeout: SECOND, whenFenced: "stop" },
  };
}

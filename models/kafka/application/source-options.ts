/** The options and metrics of a source connector's task, as data. */
import { NEVER, SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues, RoleDescription } from "../../../src/model/index.js";
import { BOOTSTRAP, TOPIC_NAME } from "../shared-options.js";
import {
  CLIENT_PAIR_GAUGES,
  CLIENT_PAIR_METRICS,
  type ClientPairOptions,
  consumerOptions,
  producerOptions,
} from "./client-pair.js";
import { CONNECTOR_NAME, CONNECT_PRODUCER, OFFSET_FLUSH_INTERVAL, RESTART_AFTER } from "./connect-options.js";
import { TABLE_NAME } from "./database-program.js";

const SOURCE_OPTIONS: readonly OptionDescription[] = [
  BOOTSTRAP,
  {
    ...CONNECTOR_NAME,
    summary: "The connector, of one task. Who runs under the same name goes on where it was.",
  },
  { name: "database", kind: "node", role: "kafka.database", summary: "Where it reads." },
  { name: "table", kind: "text", ...TABLE_NAME, default: "rows", summary: "The table whose rows it reads." },
  { name: "topic", kind: "text", ...TOPIC_NAME, summary: "Where it sends a record of each row to." },
  {
    name: "pollInterval",
    kind: "duration",
    min: 1,
    default: 5 * SECOND,
    summary: "When there was nothing more to read, it asks again after this.",
    source: "poll.interval.ms (JDBC)",
  },
  {
    name: "batchMaxRows",
    kind: "count",
    min: 1,
    default: 100,
    summary: "Rows that it reads at a time.",
    source: "batch.max.rows (JDBC)",
  },
  {
    name: "exactlyOnce",
    kind: "boolean",
    default: false,
    summary: "Whether each batch goes out in a transaction with the offset, which also fences an older task.",
    source: "exactly.once.source.support=disabled; transaction.boundary=poll",
  },
  {
    name: "offsetStorageTopic",
    kind: "text",
    ...TOPIC_NAME,
    default: "connect-offsets",
    summary: "The compacted topic in which it keeps how far it has come.",
    source: "offset.storage.topic in connect-distributed.properties",
  },
  OFFSET_FLUSH_INTERVAL,
  {
    name: "readTimeout",
    kind: "duration",
    min: 1,
    default: 30 * SECOND,
    summary: "A query that is not answered after this ends the connection to the database.",
    source: "assumed, as request.timeout.ms",
  },
  RESTART_AFTER,
  consumerOptions([
    "bootstrap",
    "topics",
    "group",
    "commit",
    "autoOffsetReset",
    "startFrom",
    "isolation",
    "handOff",
    "processing",
  ]),
  producerOptions(["bootstrap", "topics", "transactionalId", "whenFenced"], {
    ...CONNECT_PRODUCER,
    idempotence: {
      default: "default",
      source: "off without, and on with exactlyOnce (Worker.baseProducerConfigs)",
    },
  }),
];

export const SOURCE: RoleDescription = {
  name: "source",
  summary: "The task of a source connector: sends a record of each row that it finds in a table.",
  options: SOURCE_OPTIONS,
  activities: [],
  metrics: [
    ...CLIENT_PAIR_METRICS,
    {
      name: "kafka_rows_read",
      unit: "",
      over: "sum",
      summary: "Rows that tasks have read, repetitions included.",
    },
    {
      name: "kafka_rows_sent_again",
      unit: "",
      over: "sum",
      summary: "Acknowledged records of rows of which one was acknowledged before.",
    },
    {
      name: "kafka_rows_passed_over",
      unit: "",
      over: "sum",
      summary: "Rows below a stored offset of which no record was ever acknowledged.",
    },
    { name: "kafka_tasks_failed", unit: "", over: "sum", summary: "Times that a task has failed." },
  ],
  gauges: CLIENT_PAIR_GAUGES,
};

export interface SourceConfig {
  readonly name: string;
  readonly database: string;
  readonly table: string;
  readonly topic: string;
  readonly pollInterval: number;
  readonly batchMaxRows: number;
  readonly exactlyOnce: boolean;
  readonly offsetTopic: string;
  readonly flushInterval: number;
  readonly readTimeout: number;
  /** `NEVER`: not at all. */
  readonly restartAfter: number;
}

export function sourceConfig(options: OptionValues): SourceConfig {
  return {
    name: options["name"] as string,
    database: options["database"] as string,
    table: options["table"] as string,
    topic: options["topic"] as string,
    pollInterval: options["pollInterval"] as number,
    batchMaxRows: options["batchMaxRows"] as number,
    exactlyOnce: options["exactlyOnce"] === true,
    offsetTopic: options["offsetStorageTopic"] as string,
    flushInterval: options["offsetFlushInterval"] as number,
    readTimeout: options["readTimeout"] as number,
    restartAfter: (options["restartAfter"] as number | undefined) ?? NEVER,
  };
}

/** Of the worker cluster, in connect-distributed.properties. */
const GROUP_ID = "connect-cluster";

/** One consumer for the stored offsets, and one producer for the records and the offsets. */
export function sourceClients(options: OptionValues): ClientPairOptions {
  const { name, topic, offsetTopic, exactlyOnce } = sourceConfig(options);
  const bootstrap = options["bootstrap"] as OptionValues[string];
  const consumer = options["consumer"] as OptionValues;
  const producer = options["producer"] as OptionValues;
  const given = producer["idempotence"];
  return {
    consumer: {
      ...consumer,
      bootstrap,
      topics: [offsetTopic],
      commit: "none",
      autoOffsetReset: "earliest",
      isolation: exactlyOnce ? "read_committed" : "read_uncommitted",
      handOff: 0,
      processing: { kind: "constant", value: 0 },
    },
    producer: {
      ...producer,
      bootstrap,
      topics: [topic, offsetTopic],
      idempotence: exactlyOnce ? "on" : given === "default" || given === undefined ? "off" : given,
      whenFenced: "stop",
      ...(exactlyOnce ? { transactionalId: `${GROUP_ID}-${name}-0` } : {}),
    },
  };
}

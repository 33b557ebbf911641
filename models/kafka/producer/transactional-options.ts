/** A producer's options and its activity about transactions, as data. */
import { SECOND } from "../../../src/kernel/index.js";
import type { ActivityDescription, MetricDescription, OptionDescription } from "../../../src/model/index.js";
import { TOPIC_NAME } from "../shared-options.js";

export const TRANSACTIONAL_OPTIONS: readonly OptionDescription[] = [
  {
    name: "transactionalId",
    kind: "text",
    pattern: "^[A-Za-z0-9._-]{1,249}$",
    patternHelp: "a name: letters, digits, . _ -",
    optional: true,
    summary:
      "Name under which the producer works in transactions; who comes later under the same name fences it.",
    source: "transactional.id",
  },
  {
    name: "transactionTimeout",
    kind: "duration",
    min: 1,
    default: 60 * SECOND,
    summary: "The coordinator aborts a transaction that lasts longer.",
    source: "transaction.timeout.ms",
  },
  {
    name: "whenFenced",
    kind: "choice",
    choices: ["stop", "replace"],
    default: "stop",
    summary:
      "What the application does once its producer is fenced: stops, or makes another one of the same name.",
    source: "KafkaProducer: close the producer and exit",
  },
];

export const TRANSACT: ActivityDescription = {
  name: "transact",
  summary: "Sends records in a transaction, one transaction at a time; aborts it when records were given up.",
  options: [
    {
      name: "topics",
      kind: "list",
      of: { name: "topic", kind: "text", ...TOPIC_NAME, summary: "A topic, one of the producer's." },
      summary: "The topics that get its records in turn.",
    },
    { name: "records", kind: "count", min: 0, default: 10, summary: "Records of a transaction." },
    { name: "value", kind: "size", min: 0, max: 1_048_000, default: 100, summary: "Bytes of a value." },
    {
      name: "keys",
      kind: "count",
      min: 0,
      default: 0,
      summary: "Records carry so many different keys in turn; 0: none.",
    },
    {
      name: "lasting",
      kind: "duration",
      min: 0,
      default: 0,
      summary: "Time between the last send and the wish to commit.",
    },
    {
      name: "abortEvery",
      kind: "count",
      min: 0,
      default: 0,
      summary: "Every so-manieth transaction is aborted; 0: none.",
    },
  ],
};

export const TRANSACTIONAL_METRICS: readonly MetricDescription[] = [
  {
    name: "kafka_transactions_committed",
    unit: "",
    over: "sum",
    summary: "Transactions told to be committed.",
  },
  { name: "kafka_transactions_aborted", unit: "", over: "sum", summary: "Transactions told to be aborted." },
  {
    name: "kafka_transactions_unresolved",
    unit: "",
    over: "sum",
    summary: "Transactions whose producer was never told how they ended.",
  },
  { name: "kafka_producers_fenced", unit: "", over: "sum", summary: "Times that a producer was fenced." },
];

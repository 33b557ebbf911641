/** The producer's options, activity, metrics and gauges, as data. */
import { MILLISECOND, NEVER, SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues, Place, RoleDescription } from "../../../src/model/index.js";
import { ACKS_ALL } from "../protocol/messages.js";
import { recordCostOption } from "../costs.js";
import type { KafkaRules } from "../rules.js";
import { REGISTRY_NODE } from "../schemas/schema-registry-program.js";
import { BOOTSTRAP, CLIENT_OPTIONS, TOPICS, bootstrapOf, clientConnectionConfig } from "../shared-options.js";
import type { ProducerConfig } from "./producer-config.js";
import { SEND } from "./sending.js";
import { TRANSACT, TRANSACTIONAL_METRICS, TRANSACTIONAL_OPTIONS } from "./transactional-options.js";
import { deliveryTimeoutOf, isIdempotent, producerRefusals } from "./producer-refusals.js";

const OPTIONS: readonly OptionDescription[] = [
  BOOTSTRAP,
  TOPICS,
  {
    name: "acks",
    kind: "choice",
    choices: [0, 1, "all"],
    default: "all",
    summary: "What an acknowledgement waits for: nothing, the leader's log, all in-sync replicas.",
    source: "acks",
  },
  {
    name: "idempotence",
    kind: "choice",
    choices: ["default", "on", "off"],
    default: "default",
    summary:
      "Repetitions are recognised; by default only if acks is all and there are retries, and nobody is told otherwise.",
    source: "enable.idempotence, set explicitly or not",
  },
  {
    name: "batchSize",
    kind: "size",
    min: 0,
    default: 16_384,
    summary: "A batch that has so many bytes is sent at once.",
    source: "batch.size",
  },
  {
    name: "linger",
    kind: "duration",
    min: 0,
    default: 5 * MILLISECOND,
    summary: "How long a batch waits for more records; one for the same broker that is ready takes it along.",
    source: "linger.ms, 5 since 4.0",
  },
  {
    name: "maxInFlight",
    kind: "count",
    min: 1,
    default: 5,
    summary: "Requests on one connection without an answer.",
    source: "max.in.flight.requests.per.connection",
  },
  {
    name: "maxRequestSize",
    kind: "size",
    min: 1,
    default: 1_048_576,
    summary: "Most that one request carries; one batch may be larger.",
    source: "max.request.size",
  },
  {
    name: "deliveryTimeout",
    kind: "duration",
    min: 1,
    default: 120 * SECOND,
    summary: "A record whose outcome is not known after this is given up.",
    source: "delivery.timeout.ms",
  },
  {
    name: "retries",
    kind: "count",
    min: 0,
    max: 2_147_483_647,
    default: 2_147_483_647,
    summary: "How often a batch is sent again.",
    source: "retries",
  },
  {
    name: "bufferMemory",
    kind: "size",
    min: 1,
    default: 33_554_432,
    summary: "Batches take up this much together; a batch its batchSize, however little is in it.",
    source: "buffer.memory",
  },
  {
    name: "maxBlock",
    kind: "duration",
    min: 0,
    default: 60 * SECOND,
    summary: "How long a send waits for memory, or for the partitions to be known, before it fails.",
    source: "max.block.ms",
  },
  {
    name: "closeTimeout",
    kind: "duration",
    min: 0,
    never: true,
    default: NEVER,
    summary: "When it is asked to end: how long it waits for the outcomes of all that it was given.",
    source: "KafkaProducer.close(), or close(Duration)",
  },
  {
    name: "compression",
    kind: "number",
    min: 0.01,
    max: 1,
    default: 1,
    summary: "Size of a batch's records after compression, of what it was before.",
    source: "compression.type none",
  },
  {
    name: "retryBackoffMax",
    kind: "duration",
    min: 1,
    default: SECOND,
    summary: "The wait before a batch is sent again doubles up to this.",
    source: "retry.backoff.max.ms",
  },
  {
    name: "partitioner",
    kind: "choice",
    choices: ["default", "round-robin"],
    default: "default",
    summary: "By the key's hash, without a key to one partition at a time; or to each in turn.",
    source: "partitioner.class",
  },
  {
    name: "adaptivePartitioning",
    kind: "boolean",
    default: true,
    summary: "Without a key, partitions for which fewer batches wait are likelier.",
    source: "partitioner.adaptive.partitioning.enable",
  },
  {
    name: "ignoreKeys",
    kind: "boolean",
    default: false,
    summary: "Keys do not decide about partitions.",
    source: "partitioner.ignore.keys",
  },
  ...TRANSACTIONAL_OPTIONS,
  REGISTRY_NODE,
  recordCostOption(
    "What a record costs the producer's thread, all that is in a batch at once when it goes out.",
    1_200,
    "821,557 records a second (LinkedIn 2014): see Cost",
  ),
  ...CLIENT_OPTIONS,
];

export const PRODUCER: RoleDescription = {
  name: "producer",
  summary: "A producer: batches records, sends them to the leaders, retries.",
  options: OPTIONS,
  activities: [SEND, TRANSACT],
  metrics: [
    { name: "kafka_batches_acknowledged", unit: "", over: "sum", summary: "Batches acknowledged." },
    { name: "kafka_records_retried", unit: "", over: "sum", summary: "Records put back to be sent again." },
    {
      name: "kafka_records_unresolved",
      unit: "",
      over: "sum",
      summary: "Records given up although they may be in the log.",
    },
    {
      name: "kafka_sends_refused",
      unit: "",
      over: "sum",
      summary: "Sends that failed before they had a batch: too large, or maxBlock was over.",
    },
    {
      name: "kafka_batches_split",
      unit: "",
      over: "sum",
      summary: "Batches divided because they were larger than the broker takes.",
    },
    {
      name: "kafka_producer_epochs",
      unit: "",
      over: "sum",
      summary: "Times that a producer had to begin a new epoch.",
    },
    {
      name: "kafka_idempotent_producers",
      unit: "",
      over: "sum",
      summary: "Producers whose repetitions are recognised, as things are set.",
    },
    ...TRANSACTIONAL_METRICS,
  ],
  gauges: [
    { name: "kafka_requests_in_flight", unit: "", over: "sum", summary: "Requests without an answer." },
    { name: "kafka_buffer_bytes", unit: "B", over: "sum", summary: "Memory that batches take up." },
    {
      name: "kafka_blocked_sends",
      unit: "",
      over: "sum",
      summary: "Sends that wait for memory or metadata.",
    },
  ],
};

export function producerConfig(options: OptionValues, place: Place, rules: KafkaRules): ProducerConfig {
  const [refusal] = producerRefusals(options);
  if (refusal !== undefined) {
    throw new Error(`${refusal.option} has ${refusal.found}, expected ${refusal.expected}`);
  }
  const acks = options["acks"] === "all" ? ACKS_ALL : (options["acks"] as number);
  return {
    clientId: place.node.name,
    bootstrap: bootstrapOf(options, place),
    topics: options["topics"] as readonly string[],
    metadataMaxAge: options["metadataMaxAge"] as number,
    retryBackoff: options["retryBackoff"] as number,
    acks,
    batchSize: options["batchSize"] as number,
    linger: options["linger"] as number,
    maxInFlight: options["maxInFlight"] as number,
    maxRequestSize: options["maxRequestSize"] as number,
    requestTimeout: options["requestTimeout"] as number,
    deliveryTimeout: deliveryTimeoutOf(options),
    retries: options["retries"] as number,
    retryBackoffMax: options["retryBackoffMax"] as number,
    maxBlock: options["maxBlock"] as number,
    closeTimeout: options["closeTimeout"] as number,
    bufferMemory: options["bufferMemory"] as number,
    compression: options["compression"] as number,
    idempotent: isIdempotent(options),
    transactionalId: options["transactionalId"] as string | undefined,
    transactionTimeout: options["transactionTimeout"] as number,
    whenFenced: options["whenFenced"] as ProducerConfig["whenFenced"],
    partitioner: options["partitioner"] as ProducerConfig["partitioner"],
    adaptivePartitioning: options["adaptivePartitioning"] as boolean,
    ignoreKeys: options["ignoreKeys"] as boolean,
    schemaRegistry: options["schemaRegistry"] as string | undefined,
    recordCost: options["recordCost"] as number,
    connection: clientConnectionConfig(options, place),
    rules,
  };
}

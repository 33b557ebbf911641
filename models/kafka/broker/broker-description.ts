/** The broker's options, metrics and gauges, as data. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues, Place, RoleDescription } from "../../../src/model/index.js";
import { BROKER_COST_OPTIONS, brokerCosts } from "../costs.js";
import type { KafkaRules } from "../rules.js";
import { RECONNECT_OPTIONS, TOPIC_NAME, connectionConfig } from "../shared-options.js";
import { TRANSACTION_OPTIONS, transactionConfig } from "../transaction/transaction-options.js";
import type { BrokerConfig } from "./broker-config.js";
import { REPLICA_SELECTORS, type ReplicaSelector } from "./replica-selection.js";
import { STORAGE_OPTIONS, storageConfig } from "./storage-options.js";
import { TRUNCATION_MODES, type TruncationMode } from "./truncation.js";
import { COORDINATOR_OPTIONS, coordinatorConfig } from "./coordinator-options.js";

const OPTIONS: readonly OptionDescription[] = [
  {
    name: "controller",
    kind: "node",
    role: "kafka.controller",
    summary: "The controller; of several, the one that is asked first.",
  },
  {
    name: "controllers",
    kind: "list",
    default: [],
    of: { name: "controller", kind: "node", role: "kafka.controller", summary: "A controller." },
    summary: "All controllers of the quorum, where there are several.",
    source: "controller.quorum.voters",
  },
  {
    name: "quorumFetchTimeout",
    kind: "duration",
    min: 1,
    default: 2 * SECOND,
    summary: "Of several controllers another one is asked when a fetch from the metadata log takes longer.",
    source: "controller.quorum.fetch.timeout.ms",
  },
  {
    name: "heartbeatInterval",
    kind: "duration",
    min: 1,
    default: 2 * SECOND,
    summary: "Time between two heartbeats to the controller.",
    source: "broker.heartbeat.interval.ms",
  },
  {
    name: "sessionTimeout",
    kind: "duration",
    min: 1,
    default: 9 * SECOND,
    summary: "A heartbeat that is not answered after this ends its connection.",
    source: "broker.session.timeout.ms",
  },
  {
    name: "replicaLagTimeMax",
    kind: "duration",
    min: 1,
    default: 30 * SECOND,
    summary: "A follower that has not caught up for so long leaves the in-sync replicas.",
    source: "replica.lag.time.max.ms",
  },
  {
    name: "replicaFetchWaitMax",
    kind: "duration",
    min: 0,
    default: 500 * MILLISECOND,
    summary: "How long a follower's fetch waits for records.",
    source: "replica.fetch.wait.max.ms",
  },
  {
    name: "replicaFetchBackoff",
    kind: "duration",
    min: 1,
    default: SECOND,
    summary: "A follower leaves a partition alone for so long after an error.",
    source: "replica.fetch.backoff.ms",
  },
  {
    name: "replicaFetchMaxBytes",
    kind: "size",
    min: 1,
    default: 1_048_576,
    summary: "Most that a follower fetches of one partition at a time; one batch may be larger.",
    source: "replica.fetch.max.bytes",
  },
  {
    name: "replicaFetchResponseMaxBytes",
    kind: "size",
    min: 1,
    default: 10_485_760,
    summary: "Most that a follower fetches at a time.",
    source: "replica.fetch.response.max.bytes",
  },
  {
    name: "flushRecords",
    kind: "count",
    min: 1,
    unlimited: true,
    default: Number.MAX_SAFE_INTEGER,
    summary: "A log is synced once so many records were not, before they are acknowledged.",
    source: "log.flush.interval.messages",
  },
  ...STORAGE_OPTIONS,
  {
    name: "maxMessageBytes",
    kind: "size",
    min: 0,
    default: 1_048_588,
    summary: "A producer's batch that is larger is refused.",
    source: "message.max.bytes",
  },
  {
    name: "truncation",
    kind: "choice",
    choices: [...TRUNCATION_MODES],
    default: "kip-320",
    summary:
      "How a follower finds out what to cut off its log: today's way, or one of history's, for study of what was wrong.",
    source: "the way of Kafka 2.1 and later, in a fetch itself since 2.7 (KIP-595)",
  },
  {
    name: "rack",
    kind: "text",
    optional: true,
    summary: "Where the broker is: whoever is there too may read from it.",
    source: "broker.rack",
  },
  {
    name: "replicaSelector",
    kind: "choice",
    choices: [...REPLICA_SELECTORS],
    default: "leader",
    summary: "From whom a consumer reads: the leader, or, rack-aware, an in-sync replica in its own rack.",
    source: "replica.selector.class",
  },
  {
    name: "requestTimeout",
    kind: "duration",
    min: 1,
    default: 30 * SECOND,
    summary: "A request to a leader or the controller that is not answered after this ends its connection.",
    source: "replica.socket.timeout.ms",
  },
  ...COORDINATOR_OPTIONS,
  ...TRANSACTION_OPTIONS,
  ...BROKER_COST_OPTIONS,
  ...RECONNECT_OPTIONS,
];

export const BROKER: RoleDescription = {
  name: "broker",
  summary: "A broker: leads partitions, follows others.",
  options: OPTIONS,
  activities: [
    {
      name: "reassign",
      summary: "Gives a partition other replicas, as an administrator does.",
      options: [
        { name: "topic", kind: "text", ...TOPIC_NAME, summary: "The topic." },
        {
          name: "partition",
          kind: "count",
          min: 0,
          default: 0,
          summary: "The partition of the topic.",
        },
        {
          name: "replicas",
          kind: "list",
          of: { name: "broker", kind: "node", role: "kafka.broker", summary: "A broker." },
          summary: "The brokers that are to have it, the one that is to lead first.",
        },
      ],
    },
    {
      name: "elect",
      summary: "Has leaders of a topic's partitions elected, as an administrator does.",
      options: [
        { name: "topic", kind: "text", ...TOPIC_NAME, summary: "The topic." },
        {
          name: "type",
          kind: "choice",
          choices: ["preferred", "unclean"],
          default: "preferred",
          summary: "Of first replicas where they are in sync, or of anybody where nobody leads.",
          source: "kafka-leader-election.sh --election-type",
        },
      ],
    },
  ],
  metrics: [
    {
      name: "kafka_truncated_records",
      unit: "",
      over: "sum",
      summary: "Records that followers cut off because their leader did not have them.",
    },
    {
      name: "kafka_diverging_records",
      unit: "",
      over: "sum",
      summary: "Records that followers had otherwise than their leader when they began to copy from it.",
    },
    { name: "kafka_leader_elections", unit: "", over: "sum", summary: "Times that a broker began to lead." },
    {
      name: "kafka_isr_changes",
      unit: "",
      over: "sum",
      summary: "Changes of the in-sync replicas that leaders asked for.",
    },
    {
      name: "kafka_torn_tails",
      unit: "",
      over: "sum",
      summary: "Logs found with a damaged end after a power loss.",
    },
    {
      name: "kafka_recovered_bytes",
      unit: "B",
      over: "sum",
      summary:
        "Bytes of logs that brokers read again when they started, because they were not known to be synced.",
    },
    {
      name: "kafka_segments_deleted",
      unit: "",
      over: "sum",
      summary: "Segments that retention has deleted, of each replica.",
    },
    {
      name: "kafka_records_compacted",
      unit: "",
      over: "sum",
      summary: "Records that compaction has taken out, of each replica.",
    },
    {
      name: "kafka_producers_expired",
      unit: "",
      over: "sum",
      summary: "Times that a replica forgot a producer that had written nothing for too long.",
    },
    {
      name: "kafka_disk_failures",
      unit: "",
      over: "sum",
      summary: "Times that a broker halted because its disk took no more.",
    },
    {
      name: "kafka_rebalances",
      unit: "",
      over: "sum",
      summary: "Generations, or epochs, that groups began.",
    },
    {
      name: "kafka_commits_lowered",
      unit: "",
      over: "sum",
      summary: "Offsets that groups committed below those committed before: where an application went back.",
    },
    {
      name: "kafka_transactions_fenced",
      unit: "",
      over: "sum",
      summary: "Transactions that coordinators aborted against their producer.",
    },
  ],
  gauges: [
    { name: "kafka_partitions_led", unit: "", over: "sum", summary: "Partitions that the broker leads." },
    {
      name: "kafka_uncommitted_records",
      unit: "",
      over: "sum",
      summary: "Records above the high watermark of the partitions that the broker leads.",
    },
    { name: "kafka_log_bytes", unit: "B", over: "sum", summary: "Bytes of the logs on the broker's disk." },
  ],
};

/** Those that are to be asked, in turn. */
function controllersOf(first: string, all: readonly string[]): readonly string[] {
  return [first, ...all.filter((other) => other !== first)];
}

export function brokerConfig(options: OptionValues, place: Place, rules: KafkaRules): BrokerConfig {
  return {
    id: place.node.index,
    host: place.node.name,
    controllers: controllersOf(options["controller"] as string, options["controllers"] as readonly string[]),
    quorumFetchTimeout: options["quorumFetchTimeout"] as number,
    heartbeatInterval: options["heartbeatInterval"] as number,
    sessionTimeout: options["sessionTimeout"] as number,
    replicaLagTimeMax: options["replicaLagTimeMax"] as number,
    replicaFetchWaitMax: options["replicaFetchWaitMax"] as number,
    replicaFetchBackoff: options["replicaFetchBackoff"] as number,
    replicaFetchMaxBytes: options["replicaFetchMaxBytes"] as number,
    replicaFetchResponseMaxBytes: options["replicaFetchResponseMaxBytes"] as number,
    flushRecords: options["flushRecords"] as number,
    maxMessageBytes: options["maxMessageBytes"] as number,
    ...storageConfig(options),
    truncation: options["truncation"] as TruncationMode,
    rack: options["rack"] as string | undefined,
    replicaSelector: options["replicaSelector"] as ReplicaSelector,
    ...coordinatorConfig(options),
    ...transactionConfig(options),
    costs: brokerCosts(options),
    connection: connectionConfig(options, place),
    rules,
  };
}

/** The broker's options, metrics and gauges, as data. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues, Place, RoleDescription } from "../../../src/model/index.js";
import type { KafkaRules } from "../rules.js";
import { RECONNECT_OPTIONS, connectionConfig } from "../shared-options.js";
import type { BrokerConfig } from "./broker-config.js";
import { COORDINATOR_OPTIONS, coordinatorConfig } from "./coordinator-options.js";

const OPTIONS: readonly OptionDescription[] = [
  { name: "controller", kind: "node", role: "kafka.controller", summary: "The controller." },
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
  {
    name: "maxMessageBytes",
    kind: "size",
    min: 0,
    default: 1_048_588,
    summary: "A producer's batch that is larger is refused.",
    source: "message.max.bytes",
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
  ...RECONNECT_OPTIONS,
];

export const BROKER: RoleDescription = {
  name: "broker",
  summary: "A broker: leads partitions, follows others.",
  options: OPTIONS,
  activities: [],
  metrics: [
    {
      name: "kafka_truncated_records",
      unit: "",
      over: "sum",
      summary: "Records that followers cut off because their leader did not have them.",
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
      name: "kafka_rebalances",
      unit: "",
      over: "sum",
      summary: "Generations, or epochs, that groups began.",
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
  ],
};

export function brokerConfig(options: OptionValues, place: Place, rules: KafkaRules): BrokerConfig {
  return {
    id: place.node.index,
    host: place.node.name,
    controller: options["controller"] as string,
    heartbeatInterval: options["heartbeatInterval"] as number,
    sessionTimeout: options["sessionTimeout"] as number,
    replicaLagTimeMax: options["replicaLagTimeMax"] as number,
    replicaFetchWaitMax: options["replicaFetchWaitMax"] as number,
    replicaFetchBackoff: options["replicaFetchBackoff"] as number,
    replicaFetchMaxBytes: options["replicaFetchMaxBytes"] as number,
    replicaFetchResponseMaxBytes: options["replicaFetchResponseMaxBytes"] as number,
    flushRecords: options["flushRecords"] as number,
    maxMessageBytes: options["maxMessageBytes"] as number,
    ...coordinatorConfig(options),
    connection: connectionConfig(options, place),
    rules,
  };
}

/** The controller's options, metrics and gauges, as data. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { OptionDescription, OptionValues, Place, RoleDescription } from "../../../src/model/index.js";
import { ACCESS, accessOf } from "../access/access-options.js";
import type { KafkaRules } from "../rules.js";
import { RECONNECT_OPTIONS, TOPIC_NAME, connectionConfig } from "../shared-options.js";
import { LOG_OPTIONS, logConfig } from "./log-options.js";
import type { ControllerConfig, InternalTopicConfig, TopicConfig } from "./controller-config.js";

const TOPIC: readonly OptionDescription[] = [
  { name: "name", kind: "text", ...TOPIC_NAME, summary: "Its name." },
  {
    name: "partitions",
    kind: "count",
    min: 1,
    max: 10_000,
    default: 1,
    summary: "Into how many partitions it is divided.",
    source: "num.partitions",
  },
  {
    name: "replicationFactor",
    kind: "count",
    min: 1,
    max: 100,
    default: 3,
    summary: "How many brokers have a replica of each partition.",
    source: "the usual choice; default.replication.factor is 1",
  },
  {
    name: "minInsyncReplicas",
    kind: "count",
    min: 1,
    max: 100,
    default: 1,
    summary: "acks=all is refused while fewer replicas are in sync.",
    source: "min.insync.replicas",
  },
  {
    name: "uncleanLeaderElection",
    kind: "boolean",
    default: false,
    summary: "A replica that is not in sync may lead when no other can.",
    source: "unclean.leader.election.enable",
  },
  ...LOG_OPTIONS,
];

function internalTopic(partitions: number, minInsyncReplicas: number): readonly OptionDescription[] {
  return [
    {
      name: "partitions",
      kind: "count",
      min: 1,
      max: 10_000,
      default: partitions,
      summary: "Into how many partitions it is divided.",
    },
    {
      name: "replicationFactor",
      kind: "count",
      min: 1,
      default: 3,
      summary: "How many brokers have a replica of each partition; not more than there are.",
    },
    {
      name: "minInsyncReplicas",
      kind: "count",
      min: 1,
      default: minInsyncReplicas,
      summary: "Fewer replicas in sync take no writes.",
    },
  ];
}

const OPTIONS: readonly OptionDescription[] = [
  {
    name: "brokers",
    kind: "list",
    of: { name: "broker", kind: "node", role: "kafka.broker", summary: "A broker." },
    summary: "The brokers of the cluster, in the order in which replicas are placed on them.",
  },
  {
    name: "topics",
    kind: "list",
    of: { name: "topic", kind: "record", fields: TOPIC, summary: "A topic." },
    summary: "Topics, made as soon as all brokers are in service.",
  },
  {
    name: "sessionTimeout",
    kind: "duration",
    min: 1,
    default: 9 * SECOND,
    summary: "A broker that is not heard of for so long is fenced.",
    source: "broker.session.timeout.ms",
  },
  {
    name: "commitLatency",
    kind: "duration",
    min: 0,
    default: 0,
    summary: "How long a decision takes to be committed where one controller stands for a quorum.",
    source: "with voters, the time until a majority has it",
  },
  {
    name: "voters",
    kind: "list",
    default: [],
    of: { name: "voter", kind: "node", role: "kafka.controller", summary: "A controller." },
    summary: "All controllers of the quorum, the same list for each of them; none: this one alone.",
    source: "controller.quorum.voters",
  },
  {
    name: "quorumElectionTimeout",
    kind: "duration",
    min: 1,
    default: SECOND,
    summary: "A voter without a leader tries to become one after so long, or up to twice that.",
    source: "controller.quorum.election.timeout.ms",
  },
  {
    name: "quorumFetchTimeout",
    kind: "duration",
    min: 1,
    default: 2 * SECOND,
    summary: "A voter that hears nothing of the active controller for so long takes it for dead.",
    source: "controller.quorum.fetch.timeout.ms",
  },
  {
    name: "quorumRequestTimeout",
    kind: "duration",
    min: 1,
    default: 2 * SECOND,
    summary: "A request to a voter that is not answered after this ends its connection.",
    source: "controller.quorum.request.timeout.ms",
  },
  {
    name: "autoLeaderRebalance",
    kind: "boolean",
    default: true,
    summary: "Leadership is given back to the first of a partition's replicas.",
    source: "auto.leader.rebalance.enable",
  },
  {
    name: "leaderImbalanceCheckInterval",
    kind: "duration",
    min: 1,
    default: 300 * SECOND,
    summary: "How often it is looked whether there is leadership to give back.",
    source: "leader.imbalance.check.interval.seconds",
  },
  {
    name: "fetchWaitMax",
    kind: "duration",
    min: 1,
    default: 500 * MILLISECOND,
    summary: "How long a broker's fetch from the metadata log waits for news.",
    source: "KafkaRaftClient, MAX_FETCH_WAIT_MS",
  },
  {
    name: "groupState",
    kind: "record",
    default: { partitions: 50, replicationFactor: 3, minInsyncReplicas: 1 },
    summary: "The topic in which groups' coordinators keep their state; made when a group is first used.",
    source: "offsets.topic.num.partitions, offsets.topic.replication.factor",
    fields: internalTopic(50, 1),
  },
  {
    name: "transactionState",
    kind: "record",
    default: { partitions: 50, replicationFactor: 3, minInsyncReplicas: 2 },
    summary: "The topic in which transactions' coordinators keep their state; made when one is first used.",
    source: "transaction.state.log.num.partitions, .replication.factor, .min.isr",
    fields: internalTopic(50, 2),
  },
  {
    name: "eligibleLeaderReplicas",
    kind: "boolean",
    default: true,
    summary: "Replicas that left the in-sync replicas while those were too few may lead.",
    source: "KIP-966, eligible.leader.replicas.version 1 on new clusters since 4.1",
  },
  ACCESS,
  ...RECONNECT_OPTIONS,
];

export const CONTROLLER: RoleDescription = {
  name: "controller",
  summary: "A controller, alone or in a quorum: the active one knows who is alive and decides who leads.",
  options: OPTIONS,
  activities: [],
  metrics: [
    {
      name: "kafka_brokers_fenced",
      unit: "",
      over: "sum",
      summary: "Times that a broker was taken out of service.",
    },
    {
      name: "kafka_leaderless",
      unit: "",
      over: "sum",
      summary: "Times that a partition had nobody to lead it.",
    },
    {
      name: "kafka_controller_terms",
      unit: "",
      over: "sum",
      summary: "Times that a controller of a quorum became the active one.",
    },
  ],
  gauges: [
    { name: "kafka_offline_partitions", unit: "", over: "sum", summary: "Partitions without a leader." },
    {
      name: "kafka_active_controllers",
      unit: "",
      over: "sum",
      summary: "Controllers that take themselves for the active one.",
    },
  ],
};

export function controllerConfig(options: OptionValues, place: Place, rules: KafkaRules): ControllerConfig {
  return {
    brokers: (options["brokers"] as readonly string[]).map((name) => place.nodeNamed(name).index),
    topics: (options["topics"] as readonly OptionValues[]).map(topicConfig),
    groupState: options["groupState"] as unknown as InternalTopicConfig,
    transactionState: options["transactionState"] as unknown as InternalTopicConfig,
    sessionTimeout: options["sessionTimeout"] as number,
    commitLatency: options["commitLatency"] as number,
    fetchWaitMax: options["fetchWaitMax"] as number,
    eligibleLeaderReplicas: options["eligibleLeaderReplicas"] === true,
    access: accessOf(options["access"]),
    autoLeaderRebalance: options["autoLeaderRebalance"] === true,
    leaderImbalanceCheckInterval: options["leaderImbalanceCheckInterval"] as number,
    id: place.node.index,
    host: place.node.name,
    voters: (options["voters"] as readonly string[]).map((host) => ({
      id: place.nodeNamed(host).index,
      host,
    })),
    quorum: {
      electionTimeout: options["quorumElectionTimeout"] as number,
      fetchTimeout: options["quorumFetchTimeout"] as number,
    },
    connection: connectionConfig(
      { ...options, requestTimeout: options["quorumRequestTimeout"] as number },
      place,
    ),
    rules,
  };
}

function topicConfig(options: OptionValues): TopicConfig {
  return {
    name: options["name"] as string,
    partitions: options["partitions"] as number,
    replicationFactor: options["replicationFactor"] as number,
    minInsyncReplicas: options["minInsyncReplicas"] as number,
    uncleanLeaderElection: options["uncleanLeaderElection"] === true,
    log: logConfig(options),
  };
}

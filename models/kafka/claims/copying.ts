/** Clusters in which records are copied from one topic to another: a producer, copiers that share the work, a reader. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { OptionValues } from "../../../src/model/index.js";
import { type ClientSpec, type ClusterSpec, TOPIC } from "./cluster.js";

export const COPIES = "copies";
export const COPIERS: readonly string[] = ["copier-1", "copier-2"];

/** What a copy job is like; the rest is as in every cluster. */
export interface CopySpec extends Omit<ClusterSpec, "topic" | "consumer"> {
  /** Of all copiers; `clients` beside what is short in any case. */
  readonly copier?: OptionValues;
  readonly consumerOfCopier?: OptionValues;
  readonly producerOfCopier?: OptionValues;
  readonly copiers?: readonly string[];
  readonly partitions?: number;
  /** Of both topics and of what coordinators keep. */
  readonly replicas?: number;
  /** Of who reads the copies. */
  readonly isolation?: "read_committed" | "read_uncommitted";
}

/** Timeouts a fraction of Kafka's, internal topics small. */
export function copyCluster(spec: CopySpec): ClusterSpec {
  const { copier, consumerOfCopier, producerOfCopier, copiers = COPIERS, ...rest } = spec;
  const { partitions = 4, replicas = 3, isolation = "read_committed", ...cluster } = rest;
  const replicated = { replicationFactor: replicas, minInsyncReplicas: Math.min(2, replicas) };
  const internal = { partitions: 4, ...replicated };
  const topics = [TOPIC, COPIES].map((name) => ({ name, partitions, ...replicated }));
  const options = {
    group: "copiers",
    output: COPIES,
    ...copier,
    consumer: {
      requestTimeout: 3 * SECOND,
      sessionTimeout: 4 * SECOND,
      heartbeatInterval: SECOND,
      ...consumerOfCopier,
    },
    producer: {
      requestTimeout: 3 * SECOND,
      transactionTimeout: 4 * SECOND,
      linger: 20 * MILLISECOND,
      ...producerOfCopier,
    },
  };
  const copying: ClientSpec = { role: "processor", options };
  const reader: ClientSpec = {
    role: "consumer",
    options: {
      topics: [COPIES],
      isolation,
      requestTimeout: 3 * SECOND,
      autoOffsetReset: "earliest",
    },
  };
  return {
    send: { keys: 20 },
    ...cluster,
    controller: { topics, groupState: internal, transactionState: internal, ...cluster.controller },
    broker: { transactionAbortInterval: SECOND, groupInitialRebalanceDelay: SECOND, ...cluster.broker },
    clients: {
      consumer: reader,
      ...Object.fromEntries(copiers.map((name) => [name, copying])),
      ...cluster.clients,
    },
  };
}

/** Clusters with a group: its members are `consumer`, `consumer2` and so on, and share six partitions. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { OptionValues } from "../../../src/model/index.js";
import type { FaultSpec } from "../../../src/network/index.js";
import type { Draw } from "../../../src/claims/index.js";
import type { Pace } from "../../../src/scenario/index.js";
import type { ClientSpec, ClusterSpec } from "./cluster.js";
import { crashOf, inTurn, type Outage, stopOf } from "./random-faults.js";

/** How a group may come to its assignment. */
export const EAGER: OptionValues = { assignors: ["range"] };
export const COOPERATIVE: OptionValues = { assignors: ["cooperative-sticky"] };
export const CONSUMER: OptionValues = { groupProtocol: "consumer" };
export const PROTOCOLS: readonly OptionValues[] = [EAGER, COOPERATIVE, CONSUMER];

/**
 * Timeouts are a fraction of Kafka's, so that a short run sees much. As there, a session is longer than it takes to
 * replace a broker: what a coordinator writes waits for that, and with it what members hear of it.
 */
const MEMBER: OptionValues = {
  group: "workers",
  requestTimeout: 3 * SECOND,
  sessionTimeout: 6 * SECOND,
  heartbeatInterval: SECOND / 2,
  maxPollInterval: 10 * SECOND,
  autoCommitInterval: SECOND,
  autoOffsetReset: "earliest",
  maxPollRecords: 20,
  processing: { kind: "exponential", mean: 20 * MILLISECOND, min: 0 },
};

/** More than the members can do at once: they fall behind, and catch up. */
export const BUSY: Pace = { kind: "poisson", start: 4 * SECOND, every: 5 * MILLISECOND, count: 1_500 };

export function namesOf(size: number): readonly string[] {
  return Array.from({ length: size }, (_, n) => (n === 0 ? "consumer" : `consumer${n + 1}`));
}

export const MEMBERS: readonly string[] = namesOf(3);

/** A group of so many members, each with these options. */
export function groupCluster(size: number, options: OptionValues, more: ClusterSpec = {}): ClusterSpec {
  const members = namesOf(size).map((name): [string, ClientSpec] => {
    return [name, { role: "consumer", options: { ...MEMBER, ...options } }];
  });
  return {
    pace: BUSY,
    ...more,
    controller: { groupState: GROUP_STATE, ...more.controller },
    broker: {
      groupInitialRebalanceDelay: SECOND,
      consumerGroupSessionTimeout: 6 * SECOND,
      consumerGroupHeartbeatInterval: SECOND / 2,
      ...more.broker,
    },
    topic: { partitions: 6, minInsyncReplicas: 2, ...more.topic },
    send: { keys: 60, ...more.send },
    clients: { ...Object.fromEntries(members), ...more.clients },
  };
}

/** What committed offsets are kept in. */
export const GROUP_STATE: OptionValues = { partitions: 3, replicationFactor: 3, minInsyncReplicas: 1 };

/** One after the other is away for a while; nobody is a zombie: dead processes do not work on. */
export function comeAndGo(draw: Draw, others: readonly Outage[] = []): FaultSpec[] {
  const outages = [...MEMBERS.map(crashOf), ...MEMBERS.map(stopOf), ...others];
  return inTurn(draw, outages, [500, 9_000], [200, 3_000]);
}

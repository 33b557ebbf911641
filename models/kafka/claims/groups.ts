/** K26 to K29: who owns a partition, and what becomes of it when members come and go. */
import { SECOND } from "../../../src/kernel/index.js";
import type { Claim, Draw } from "../../../src/claims/index.js";
import type { FaultSpec } from "../../../src/network/index.js";
import type { RunResult } from "../../../src/scenario/index.js";
import { BROKERS, type ClusterSpec } from "./cluster.js";
import {
  comeAndGo,
  CONSUMER,
  EAGER,
  GROUP_STATE,
  groupCluster,
  MEMBERS,
  PROTOCOLS,
} from "./group-cluster.js";
import { anyTime, crashOf, inTurn, pauseOf, powerLossOf, stopOf } from "./random-faults.js";
import { claim, happened, metric } from "./row.js";

const brokersCrash = (draw: Draw): FaultSpec[] =>
  inTurn(draw, BROKERS.map(crashOf), [500, 4_000], [3_000, 7_000]);

/** Members hear of nothing for longer than their sessions. */
const zombies = (draw: Draw): FaultSpec[] =>
  inTurn(draw, MEMBERS.map(pauseOf), [7_000, 10_000], [1_000, 3_000]);

/** Commits that follow close upon each other, so that a zombie is about to make one. */
const committing = { commit: "sync", commitEach: "record" };

const loweredCommits = (result: RunResult): string | undefined => {
  const lowered = metric(result, "kafka_commits_lowered");
  return lowered > 0 ? `${lowered} offsets were committed below those committed before.` : undefined;
};

const repeatedBeyond = (result: RunResult): string | undefined => {
  const repeated = metric(result, "duplicates");
  const uncommitted = metric(result, "kafka_records_uncommitted");
  if (repeated <= uncommitted) return undefined;
  return `${repeated} records were done again, and ${uncommitted} of those that were done were not committed.`;
};

/** Restarts of members, one after the other, each over within `most` milliseconds. */
const restarts = (draw: Draw, least: number, most: number): FaultSpec[] =>
  inTurn(draw, [...MEMBERS.map(crashOf), ...MEMBERS.map(stopOf)], [least, most], [500, 2_000]);

const fixed = { ...EAGER, staticMember: true };

/** Members that were there together began one generation. */
const rebalancedAgain = (result: RunResult): string | undefined => {
  const begun = metric(result, "kafka_rebalances");
  return begun > 1 ? `The group began ${begun} generations.` : undefined;
};

/** Two heartbeats: if only one is there, it may have to wait for what those who come back are told to give up. */
const STANDSTILL_MAX_MS = 1_000;

const stoodStillOrSetBack = (result: RunResult): string | undefined => {
  const still = metric(result, "group_standstill_ms");
  const lowered = metric(result, "kafka_generations_lowered");
  if (lowered > 0) return `${lowered} times a member was in an older epoch than before.`;
  return still > STANDSTILL_MAX_MS
    ? `For ${Math.round(still)} ms nobody in the group had a partition.`
    : undefined;
};

/** The one replica of what groups have committed is on a broker that loses its power. */
const forgetfulCoordinator = (draw: Draw): ClusterSpec => ({
  controller: { groupState: { ...GROUP_STATE, replicationFactor: 1 } },
  faults: BROKERS.map((broker, turn) =>
    powerLossOf(broker)((9 + 6 * turn) * SECOND + draw.milliseconds(0, 2_000), 2 * SECOND),
  ),
});

export const GROUP_CLAIMS: readonly Claim[] = [
  claim({
    id: "K26",
    sentence: "A partition has one owner at a time in a group; what a zombie commits is refused.",
    source: "Kafka ConsumerConfig.java, session.timeout.ms; KIP-848, NoDoubleClientAssignment",
    property: { checks: ["single-owner"], breach: loweredCommits, atRisk: happened("kafka_rebalances", 2) },
    holds: {
      under: "members stop, crash and come back, brokers crash; nobody lives on without hearing of the group",
      cluster: (draw) => {
        const options = { ...draw.oneOf(PROTOCOLS), ...committing };
        return groupCluster(3, options, { faults: [...comeAndGo(draw), ...brokersCrash(draw)] });
      },
    },
    breaks: {
      under: "members are paused for longer than their sessions, and work on: two owners for a while",
      cluster: (draw) => {
        const options = { ...draw.oneOf(PROTOCOLS), ...committing };
        return groupCluster(3, options, { faults: zombies(draw) });
      },
    },
    twin: {
      broken: { fencesCommits: false },
      test: {
        under: "members are paused for longer than their sessions, and commit what they did",
        property: { checks: [], breach: loweredCommits, atRisk: happened("owner_overlap_ms") },
        cluster: (draw) => {
          const options = { ...draw.oneOf(PROTOCOLS), ...committing };
          return groupCluster(3, options, { faults: zombies(draw) });
        },
      },
    },
  }),
  claim({
    id: "K27",
    sentence:
      "After a rebalance a partition goes on from the last committed offset: done again is at most what was not " +
      "committed.",
    source: "Kafka KafkaConsumer.java, offsets and consumer position; tests/kafkatest, consumer_test.py",
    property: {
      checks: ["at-least-once"],
      breach: repeatedBeyond,
      atRisk: (result) => metric(result, "duplicates") > 0 && metric(result, "kafka_rebalances") > 1,
    },
    holds: {
      under: "any protocol, any way of committing; members stop, crash and pause, brokers crash",
      cluster: (draw) => {
        const options = { ...draw.oneOf(PROTOCOLS), commit: draw.oneOf(["auto", "sync", "async"]) };
        const faults = [...comeAndGo(draw), ...brokersCrash(draw), ...anyTime(draw, { pauses: MEMBERS })];
        return groupCluster(3, options, { faults });
      },
    },
    breaks: {
      under: "__consumer_offsets with one replica, on brokers that lose their power",
      cluster: (draw) => {
        const options = { ...draw.oneOf(PROTOCOLS), commit: draw.oneOf(["auto", "sync", "async"]) };
        return groupCluster(3, options, forgetfulCoordinator(draw));
      },
    },
    twin: { broken: { loadsGroups: false } },
  }),
  claim({
    id: "K28",
    sentence: "A static member that is back within its session causes no rebalance.",
    source: "KIP-345; Kafka tests/kafkatest, consumer_test.py",
    property: { checks: [], breach: rebalancedAgain, atRisk: happened("reconnects") },
    holds: {
      under: "group.instance.id, session.timeout.ms=6000; members stop and crash, and are back within 4 s",
      cluster: (draw) => groupCluster(3, fixed, { faults: restarts(draw, 500, 4_000) }),
    },
    breaks: {
      under: "group.instance.id, session.timeout.ms=6000; they are away for longer",
      cluster: (draw) => groupCluster(3, fixed, { faults: restarts(draw, 7_000, 9_000) }),
    },
    twin: { broken: { keepsPlaces: false } },
  }),
  claim({
    id: "K29",
    sentence:
      "A group of KIP-848 comes to its assignment step by step: epochs rise, and there is no moment at which " +
      "everybody stops.",
    source: "KIP-848; Vanlightly/kafka-tlaplus, consumer_group_protocol_kip_848",
    property: {
      checks: ["at-least-once", "single-owner"],
      breach: stoodStillOrSetBack,
      atRisk: happened("kafka_rebalances", 4),
    },
    holds: {
      under: "group.protocol=consumer; members stop, crash and come back, brokers crash",
      cluster: (draw) => groupCluster(3, CONSUMER, { faults: [...comeAndGo(draw), ...brokersCrash(draw)] }),
    },
    breaks: {
      under: "group.protocol=classic with an eager assignor: everybody gives up everything; the same",
      cluster: (draw) => groupCluster(3, EAGER, { faults: [...comeAndGo(draw), ...brokersCrash(draw)] }),
    },
    twin: { broken: { loadsGroups: false } },
  }),
];

/** K3 to K6, K15, K17 to K20: what replicas promise together. */
import { SECOND } from "../../../src/kernel/index.js";
import type { Claim, Draw } from "../../../src/claims/index.js";
import type { FaultSpec } from "../../../src/network/index.js";
import {
  anyTime,
  BETWEEN_BROKERS,
  crashOf,
  cutBetween,
  inTurn,
  leaderDiesAlone,
  pauseOf,
  powerLossOf,
  withAllBrokers,
} from "./random-faults.js";
import { BROKERS, type ClusterSpec } from "./cluster.js";
import { claim, happened, KEPT, metric } from "./row.js";

/** Anything but lost power. */
const storm = (draw: Draw): FaultSpec[] =>
  anyTime(draw, {
    crashes: BROKERS,
    pauses: BROKERS,
    cuts: [...BETWEEN_BROKERS, ...withAllBrokers("controller")],
    resets: withAllBrokers("producer"),
  });

const safe: ClusterSpec = { topic: { minInsyncReplicas: 2 }, readsAfterwards: true };

/** Followers cannot reach the leader for so long that they leave the in-sync replicas. */
const aloneFrom = (at: number, seconds: number): FaultSpec[] => [
  cutBetween("b1", "b2")(at, seconds * SECOND),
  cutBetween("b1", "b3")(at, seconds * SECOND),
];

/** The leader is left alone, loses its power, and comes back. */
const lastOneLosesPower = (draw: Draw, disk = false): FaultSpec[] => {
  const at = draw.milliseconds(5_000, 7_000);
  const crash = powerLossOf("b1")(at + draw.milliseconds(7_000, 9_000), 3 * SECOND);
  return [...aloneFrom(at, 12), disk ? ({ ...crash, disk: true } as FaultSpec) : crash];
};

/** Two are fenced, so that the last one stands alone, and loses its power. */
const lastStanding = (draw: Draw): FaultSpec[] => {
  const at = draw.milliseconds(6_000, 8_000);
  const fenced = draw.milliseconds(12_000, 14_000);
  return [
    cutBetween("b2", "controller")(at, fenced),
    cutBetween("b3", "controller")(at, fenced),
    powerLossOf("b1")(at + draw.milliseconds(7_000, 10_000), draw.milliseconds(5_000, 8_000)),
  ];
};

const rackLosesPower = (draw: Draw): FaultSpec[] => {
  const at = draw.milliseconds(8_000, 20_000);
  return BROKERS.map((broker) => powerLossOf(broker)(at, 5 * SECOND));
};

/** A follower was away, and needs some time for what it has missed: in that time the leader crashes. */
const cameBackLate = (draw: Draw): ClusterSpec => {
  const at = draw.milliseconds(5_000, 6_000);
  const lasting = draw.milliseconds(6_000, 8_000);
  return {
    ...safe,
    broker: { replicaFetchMaxBytes: 1 },
    pace: { kind: "poisson", start: 4 * SECOND, every: 3_000_000, count: 4_000 },
    faults: [
      crashOf("b2")(at, lasting),
      crashOf("b1")(at + lasting + draw.milliseconds(500, 2_500), 10 * SECOND),
    ],
  };
};

/** The leader and the producer can see each other, and nobody else. */
const isolatedWithProducer = (draw: Draw): FaultSpec[] => {
  const at = draw.milliseconds(5_000, 8_000);
  const lasting = draw.milliseconds(8_000, 14_000);
  return [
    ...["b2", "b3", "controller"].map((other) => cutBetween("b1", other)(at, lasting)),
    ...["b2", "b3"].map((other) => cutBetween("producer", other)(at, lasting)),
  ];
};

const kept = { checks: KEPT };

export const REPLICATION_CLAIMS: readonly Claim[] = [
  claim({
    id: "K3",
    sentence: "With acks=all an acknowledged record is not lost while one in-sync replica lives.",
    source: "Kafka ProducerConfig.java, acks; docs/design, replication",
    property: { ...kept, atRisk: happened("kafka_leader_elections", 2) },
    holds: {
      under: "acks=all, min.insync.replicas=1; processes crash, pause and are cut off, page caches stay",
      cluster: (draw) => ({ ...safe, topic: { minInsyncReplicas: 1 }, faults: storm(draw) }),
    },
    breaks: {
      under: "min.insync.replicas=1, the in-sync replicas shrunk to the leader, which loses its page cache",
      cluster: (draw) => ({ ...safe, topic: { minInsyncReplicas: 1 }, faults: lastOneLosesPower(draw) }),
    },
    twin: { broken: { acknowledgesAllAt: "append" } },
  }),
  claim({
    id: "K4",
    sentence:
      "With acks=all and min.insync.replicas=m an acknowledged record is on m replicas: m - 1 may lose what they had.",
    source: "Kafka docs/design, availability and durability; KIP-966",
    property: { ...kept, atRisk: happened("kafka_leader_elections", 2) },
    holds: {
      under: "m=2 of three; one broker after the other crashes, loses power or is paused",
      cluster: (draw) => ({
        ...safe,
        faults: inTurn(
          draw,
          [...BROKERS.map(powerLossOf), ...BROKERS.map(crashOf), ...BROKERS.map(pauseOf)],
          [500, 6_000],
          [2_000, 4_000],
        ),
      }),
    },
    breaks: {
      under: "m=2 of three; all lose their page caches at once",
      cluster: (draw) => ({ ...safe, faults: rackLosesPower(draw) }),
    },
    twin: {
      broken: { heedsMinInsync: false },
      test: {
        under: "m=2; the leader is left alone, loses its power and comes back",
        cluster: (draw) => ({ ...safe, faults: lastOneLosesPower(draw) }),
      },
    },
  }),
  claim({
    id: "K5",
    sentence: "Consumers get committed records only: what one has read stays where it was.",
    source: "Kafka docs/design, replication; KIP-966, ConsistentRead",
    property: {
      checks: ["inconsistent-offsets", "nonmonotonic-poll", "duplicate", "poll-skip"],
      atRisk: happened("kafka_leader_elections", 2),
    },
    holds: {
      under: "acks=all, min.insync.replicas=2; crashes, pauses, cuts, resets",
      cluster: (draw) => ({ topic: { minInsyncReplicas: 2 }, faults: storm(draw) }),
    },
    breaks: {
      under: "unclean elections; the leader dies after the others have left the in-sync replicas",
      cluster: (draw) => {
        const at = draw.milliseconds(5_000, 7_000);
        return {
          topic: { uncleanLeaderElection: true },
          faults: [...aloneFrom(at, 12), crashOf("b1")(at + draw.milliseconds(6_000, 9_000), 8 * SECOND)],
        };
      },
    },
    twin: { broken: { consumersReadTo: "log-end" } },
  }),
  claim({
    id: "K6",
    sentence: "f + 1 replicas tolerate f failures without losing committed records.",
    source: "Kafka docs/design, replication",
    property: { ...kept, atRisk: happened("kafka_leader_elections", 2) },
    holds: {
      under: "three replicas, acks=all, min.insync.replicas=2; two of three may be down at once",
      cluster: (draw) => ({
        ...safe,
        faults: [
          ...inTurn(draw, ["b1", "b2"].map(crashOf), [1_000, 6_000], [500, 3_000]),
          ...inTurn(draw, [crashOf("b3")], [1_000, 6_000], [500, 3_000]),
        ],
      }),
    },
    breaks: {
      under: "the last replica standing loses its disk, eligible leader replicas off",
      cluster: (draw) => ({
        ...safe,
        controller: { eligibleLeaderReplicas: false },
        faults: lastStanding(draw).map((fault) =>
          fault.verb === "crash" ? { ...fault, disk: true } : fault,
        ),
      }),
    },
    twin: {
      broken: { waitsForAllInSync: false },
      test: {
        under: "the leader cannot reach its followers, and crashes",
        cluster: (draw) => ({ ...safe, faults: leaderDiesAlone(draw, crashOf("b1")) }),
      },
    },
  }),
  claim({
    id: "K15",
    sentence:
      "A follower that lags for replica.lag.time.max.ms leaves the in-sync replicas, so that writes go on, and " +
      "returns when it has caught up.",
    source: "Kafka ReplicationConfigs.java, replica.lag.time.max.ms",
    property: {
      checks: KEPT,
      breach: (result) => {
        const worst = metric(result, "ack_latency_max_ms");
        return worst > 7_000 ? `An acknowledgement took ${Math.round(worst)} ms.` : undefined;
      },
      atRisk: happened("kafka_isr_changes", 2),
    },
    holds: {
      under: "replica.lag.time.max.ms=3000, min.insync.replicas=2; one follower after the other is cut off",
      cluster: (draw) => ({
        ...safe,
        faults: inTurn(
          draw,
          ["b2", "b3"].map((other) => cutBetween("b1", other)),
          [6_000, 9_000],
          [500, 3_000],
        ),
      }),
    },
    breaks: {
      under: "replica.lag.time.max.ms=30000; the same",
      cluster: (draw) => ({
        ...safe,
        broker: { replicaLagTimeMax: 30 * SECOND },
        faults: inTurn(
          draw,
          ["b2", "b3"].map((other) => cutBetween("b1", other)),
          [8_000, 10_000],
          [500, 3_000],
        ),
      }),
    },
    twin: {
      broken: { joinsCaughtUp: false },
      test: {
        under: "a follower comes back and copies slowly what it missed; the leader crashes",
        cluster: cameBackLate,
        property: kept,
      },
    },
  }),
  claim({
    id: "K17",
    sentence:
      "Without unclean elections a partition waits for a replica that has everything: nothing is lost.",
    source: "Kafka docs/design, unclean leader election; TopicConfig.java",
    property: {
      checks: [...KEPT, "inconsistent-offsets", "nonmonotonic-poll"],
      atRisk: happened("kafka_leaderless"),
    },
    holds: {
      under: "unclean.leader.election.enable=false; the leader dies after the others have left",
      cluster: (draw) => {
        const at = draw.milliseconds(5_000, 7_000);
        return {
          faults: [...aloneFrom(at, 20), crashOf("b1")(at + draw.milliseconds(6_000, 9_000), 8 * SECOND)],
        };
      },
    },
    breaks: {
      under: "unclean.leader.election.enable=true; the same",
      cluster: (draw) => {
        const at = draw.milliseconds(5_000, 7_000);
        return {
          topic: { uncleanLeaderElection: true },
          faults: [...aloneFrom(at, 20), crashOf("b1")(at + draw.milliseconds(6_000, 9_000), 8 * SECOND)],
        };
      },
    },
    twin: { broken: { electsInSync: false } },
  }),
  claim({
    id: "K18",
    sentence:
      "With eligible leader replicas nothing is lost when the last replica standing loses what it had.",
    source: "KIP-966",
    property: { ...kept, atRisk: happened("kafka_brokers_fenced", 2) },
    holds: {
      under: "eligible leader replicas, min.insync.replicas=2; two are fenced, the last one loses its power",
      cluster: (draw) => ({ ...safe, faults: lastStanding(draw) }),
    },
    breaks: {
      under: "eligible leader replicas off; the same",
      cluster: (draw) => ({
        ...safe,
        controller: { eligibleLeaderReplicas: false },
        faults: lastStanding(draw),
      }),
    },
    twin: { broken: { electsInSync: false } },
  }),
  claim({
    id: "K19",
    sentence: "Records are acknowledged before they are synced: replicas make them durable, not disks.",
    source: "Kafka docs/design, flush; Vanlightly/kafka-tlaplus, kip-966/description/5",
    property: { ...kept, atRisk: happened("kafka_leader_elections", 2) },
    holds: {
      under: "nothing is synced, acks=all, min.insync.replicas=2; one broker after the other loses power",
      cluster: (draw) => ({
        ...safe,
        faults: inTurn(draw, BROKERS.map(powerLossOf), [1_000, 5_000], [3_000, 6_000]),
      }),
    },
    breaks: {
      under: "nothing is synced; all lose power at once",
      cluster: (draw) => ({ ...safe, faults: rackLosesPower(draw) }),
    },
    twin: {
      broken: { acknowledgesAllAt: "append" },
      test: {
        under: "the leader cannot reach its followers, and loses power",
        cluster: (draw) => ({ ...safe, faults: leaderDiesAlone(draw, powerLossOf("b1")) }),
      },
    },
  }),
  claim({
    id: "K20",
    sentence:
      "A leader cut off with its clients acknowledges nothing that will be gone: with acks=all writes wait or fail.",
    source: "Kafka docs/design, availability",
    property: { ...kept, atRisk: happened("kafka_leader_elections", 2) },
    holds: {
      under: "acks=all; the leader and the producer are cut off from all others",
      cluster: (draw) => ({ ...safe, faults: isolatedWithProducer(draw) }),
    },
    breaks: {
      under: "acks=1; the same",
      cluster: (draw) => ({ ...safe, producer: { acks: 1 }, faults: isolatedWithProducer(draw) }),
    },
    twin: { broken: { waitsForAllInSync: false, heedsMinInsync: false } },
  }),
];

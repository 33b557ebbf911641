/** K1, K2, K7 to K10: what a producer is promised. */
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
  withAllBrokers,
} from "./random-faults.js";
import { BROKERS, type ClientSpec, type ClusterSpec, TOPIC } from "./cluster.js";
import { claim, happened, KEPT, metric } from "./row.js";

/** Connections of the producer break now and then, and leaders change. */
const interrupted = (draw: Draw): FaultSpec[] =>
  anyTime(draw, { crashes: BROKERS, resets: withAllBrokers("producer") });

/** A reset a few times a second: acknowledgements get lost. */
const oftenReset: readonly FaultSpec[] = BROKERS.map((broker) => ({
  verb: "reset",
  between: ["producer", broker],
  when: { kind: "random", meanEvery: SECOND / 4, from: 4 * SECOND, until: 12 * SECOND },
}));

const busy: ClusterSpec = {
  pace: { kind: "poisson", start: 4 * SECOND, every: 4_000_000, count: 2_000 },
  faults: oftenReset,
};

/** Every fifth record is larger than a broker takes that is told to take 600 bytes. */
const ofSmallAndLarge: ClientSpec = {
  role: "producer",
  options: { acks: 1, batchSize: 300, linger: 0, requestTimeout: 3 * SECOND },
  activities: [
    {
      activity: "send",
      options: { topic: TOPIC, value: 100 },
      pace: { kind: "poisson", start: 4 * SECOND, every: 50_000_000, count: 400 },
    },
    {
      activity: "send",
      options: { topic: TOPIC, value: 1_000 },
      pace: { kind: "poisson", start: 4 * SECOND, every: 200_000_000, count: 100 },
    },
  ],
};

/** Requests get lost as well as answers. */
const cutAndReset = (draw: Draw): FaultSpec[] => {
  const cuts = BROKERS.map((broker) => cutBetween("producer", broker));
  return [...oftenReset, ...inTurn(draw, cuts, [500, 3_000], [200, 1_000])];
};

/** A leader that is paused still owes answers when another one leads, and the producer learns of that early. */
const pausedLeader = (draw: Draw): ClusterSpec => ({
  faults: [
    {
      verb: "pause",
      node: "b1",
      when: { kind: "at", at: draw.milliseconds(5_500, 7_000) },
      lasting: 8 * SECOND,
    },
  ],
  producer: { requestTimeout: 12 * SECOND, metadataMaxAge: SECOND / 2 },
  pace: { kind: "poisson", start: 4 * SECOND, every: 5_000_000, count: 1_500 },
});

/** Only followers suffer: the leader lives, and keeps its session. */
const sufferingFollowers = (draw: Draw): FaultSpec[] => [
  ...anyTime(draw, { crashes: ["b2", "b3"], pauses: ["b2", "b3"], cuts: BETWEEN_BROKERS }),
  cutBetween("b1", "b2")(6 * SECOND, 10 * SECOND),
];

const ONCE = { checks: ["duplicate", "at-most-once"], atRisk: happened("kafka_records_retried") };
const IN_ORDER = { checks: ["ordered", "nonmonotonic-send"], atRisk: happened("kafka_records_retried") };

export const PRODUCER_CLAIMS: readonly Claim[] = [
  claim({
    id: "K1",
    sentence: "With acks=0 nothing is promised: no record is acknowledged, and none is sent again.",
    source: "Kafka ProducerConfig.java, acks",
    property: {
      checks: [],
      breach: (result) => {
        const acknowledged = metric(result, "acknowledged");
        const retried = metric(result, "kafka_records_retried");
        if (acknowledged > 0) return `${acknowledged} records were acknowledged.`;
        return retried > 0 ? `${retried} records were sent again.` : undefined;
      },
      atRisk: (result) => metric(result, "delivered") < metric(result, "published"),
    },
    holds: {
      under: "acks=0; brokers crash, the producer's connections are reset: records are lost",
      cluster: (draw) => ({ ...busy, producer: { acks: 0 }, faults: [...oftenReset, ...interrupted(draw)] }),
    },
    breaks: {
      under: "acks=1; the same",
      cluster: (draw) => ({ ...busy, producer: { acks: 1 }, faults: [...oftenReset, ...interrupted(draw)] }),
    },
    twin: { broken: { acknowledgesUnanswered: true } },
  }),
  claim({
    id: "K2",
    sentence: "With acks=1 an acknowledged record is in the leader's log: it is kept while the leader lives.",
    source: "Kafka ProducerConfig.java, acks; Vanlightly/kafka-tlaplus, kip-966/description/7",
    property: { checks: KEPT, atRisk: happened("acknowledged") },
    holds: {
      under:
        "acks=1; followers crash, pause and are cut off, records too large are refused, the leader lives",
      cluster: (draw) => ({
        // One partition, so that one broker leads.
        topic: { partitions: 1 },
        clients: { producer: ofSmallAndLarge },
        broker: { maxMessageBytes: 600 },
        faults: sufferingFollowers(draw),
        readsAfterwards: true,
      }),
    },
    breaks: {
      under: "acks=1; the leader dies before followers have fetched, min.insync.replicas=2 or not",
      cluster: (draw) => ({
        producer: { acks: 1 },
        topic: { minInsyncReplicas: 2 },
        faults: leaderDiesAlone(draw, crashOf("b1")),
        readsAfterwards: true,
      }),
    },
    twin: { broken: { refusesUnstored: false } },
  }),
  claim({
    id: "K7",
    sentence: "An idempotent producer writes each record once, however often it sends it again.",
    source: "Kafka ProducerConfig.java, enable.idempotence; KIP-98",
    property: ONCE,
    holds: {
      under: "defaults; the producer's connections are reset several times a second, brokers crash",
      cluster: (draw) => ({ ...busy, faults: [...oftenReset, ...anyTime(draw, { crashes: BROKERS })] }),
    },
    breaks: {
      under: "acks=1, which switches idempotence off without a word; the same resets",
      cluster: () => ({ ...busy, producer: { acks: 1 } }),
    },
    twin: { broken: { recognisesRepeats: false } },
  }),
  claim({
    id: "K8",
    sentence: "Without idempotence records keep their order with one request in flight, and not with more.",
    source: "Kafka ProducerConfig.java, max.in.flight.requests.per.connection",
    property: IN_ORDER,
    holds: {
      under: "idempotence off, one request in flight; the producer's connections are cut and reset",
      cluster: (draw) => ({
        ...busy,
        producer: { idempotence: "off", maxInFlight: 1, requestTimeout: SECOND },
        faults: cutAndReset(draw),
      }),
    },
    breaks: {
      under: "idempotence off, five requests in flight; the same",
      cluster: (draw) => ({
        ...busy,
        producer: { idempotence: "off", requestTimeout: SECOND },
        faults: cutAndReset(draw),
      }),
    },
    twin: { broken: { repeatsFirst: false } },
  }),
  claim({
    id: "K9",
    sentence: "By default a producer sends a record again until it is acknowledged.",
    source: "Kafka ProducerConfig.java, retries, delivery.timeout.ms",
    property: {
      checks: KEPT,
      breach: (result) => {
        const [unresolved, failed] = [metric(result, "kafka_records_unresolved"), metric(result, "failed")];
        if (unresolved + failed === 0) return undefined;
        return `${unresolved} records have no outcome, ${failed} failed.`;
      },
      atRisk: happened("kafka_records_retried"),
    },
    holds: {
      under: "acks=all, min.insync.replicas=2, delivery.timeout.ms=120000; brokers crash, resets, cuts",
      cluster: (draw) => ({
        topic: { minInsyncReplicas: 2 },
        faults: [...interrupted(draw), ...anyTime(draw, { cuts: withAllBrokers("producer") })],
      }),
    },
    breaks: {
      under: "delivery.timeout.ms=6000; the producer is cut off from all brokers for longer",
      cluster: (draw) => {
        const at = draw.milliseconds(5_000, 10_000);
        return {
          producer: { deliveryTimeout: 6 * SECOND },
          faults: BROKERS.map((broker) => cutBetween("producer", broker)(at, 15 * SECOND)),
        };
      },
    },
    twin: { broken: { retries: false } },
  }),
  claim({
    id: "K10",
    sentence: "Records of one idempotent producer to one partition stand in the order of sending.",
    source: "Kafka docs, design, ordering; KIP-98",
    property: IN_ORDER,
    holds: {
      under: "defaults, five requests in flight; a leader is paused while another one takes over, resets",
      cluster: (draw) => {
        const spec = pausedLeader(draw);
        return {
          ...spec,
          faults: [...(spec.faults ?? []), ...anyTime(draw, { resets: withAllBrokers("producer") })],
        };
      },
    },
    breaks: {
      under: "idempotence off; the producer's connections are cut and reset",
      cluster: (draw) => ({ ...busy, producer: { idempotence: "off" }, faults: cutAndReset(draw) }),
    },
    twin: {
      broken: { refusesGaps: false },
      test: { under: "a leader is paused while another one takes over", cluster: pausedLeader },
    },
  }),
];

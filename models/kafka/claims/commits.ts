/** K24, K25, K30: what a group has committed, and what that is worth. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { Claim, Draw } from "../../../src/claims/index.js";
import type { FaultSpec } from "../../../src/network/index.js";
import { BROKERS, type ClientSpec, type ClusterSpec, TOPIC } from "./cluster.js";
import { comeAndGo, groupCluster, MEMBERS, namesOf, PROTOCOLS } from "./group-cluster.js";
import { anyTime, crashOf, inTurn } from "./random-faults.js";
import { claim, happened } from "./row.js";

/** Members die at work, and so do brokers, the group's coordinator among them. */
const deaths = (draw: Draw): FaultSpec[] => [
  ...inTurn(draw, MEMBERS.map(crashOf), [500, 8_000], [500, 2_500]),
  ...inTurn(draw, BROKERS.map(crashOf), [500, 4_000], [2_000, 6_000]),
];

/** … or do not hear of anything for a while. */
const hard = (draw: Draw): FaultSpec[] => [...comeAndGo(draw), ...anyTime(draw, { pauses: MEMBERS })];

const atLeastOnce = { checks: ["at-least-once", "committed-ahead"], atRisk: happened("duplicates") };

/** Records until 8 s, none for a while, and records again from `second` on. */
const withSilence = (second: number): ClientSpec => ({
  role: "producer",
  options: { requestTimeout: 3 * SECOND, linger: 0 },
  activities: [4 * SECOND, second].map((start) => ({
    activity: "send",
    options: { topic: TOPIC, value: 100, keys: 60 },
    pace: { kind: "poisson", start, every: 20 * MILLISECOND, count: 300 },
  })),
});

/** A group that commits only when it has done something, away as a whole from `at` on. */
const away = (draw: Draw, at: number, lasting: number, second: number): ClusterSpec =>
  groupCluster(
    2,
    {
      ...draw.oneOf(PROTOCOLS),
      commit: "sync",
      autoOffsetReset: "latest",
      processing: { kind: "constant", value: 0 },
    },
    {
      broker: { offsetsRetention: 7 * SECOND, offsetsRetentionCheckInterval: SECOND },
      clients: { producer: withSilence(second) },
      faults: namesOf(2).map((node) => crashOf(node)(at, lasting)),
    },
  );

export const COMMIT_CLAIMS: readonly Claim[] = [
  claim({
    id: "K24",
    sentence:
      "Offsets committed after the work mean at least once; committed before, that what was begun is lost in a crash.",
    source: "Kafka docs/design, message delivery semantics",
    property: atLeastOnce,
    holds: {
      under: "commitSync after each record or each poll; members and brokers crash",
      cluster: (draw) => {
        const commitEach = draw.oneOf(["poll", "record"]);
        const options = { ...draw.oneOf(PROTOCOLS), commit: "sync", commitEach };
        return groupCluster(3, options, { faults: deaths(draw) });
      },
    },
    breaks: {
      under: "commitSync before the work; the same",
      cluster: (draw) => {
        const commitEach = draw.oneOf(["poll", "record"]);
        const options = { ...draw.oneOf(PROTOCOLS), commit: "sync", commitAt: "before", commitEach };
        return groupCluster(3, options, { faults: deaths(draw) });
      },
    },
    twin: {
      broken: { commitsConsumed: false },
      test: {
        under: "commitSync after each poll; members and brokers crash",
        cluster: (draw) => {
          const options = { ...draw.oneOf(PROTOCOLS), commit: "sync" };
          return groupCluster(3, options, { faults: deaths(draw) });
        },
      },
    },
  }),
  claim({
    id: "K25",
    sentence:
      "Automatic commits lose nothing as long as all that a poll returned is done before the next one; otherwise " +
      "they run ahead of the work.",
    source: "Kafka KafkaConsumer.java, automatic offset committing",
    property: atLeastOnce,
    holds: {
      under: "enable.auto.commit; the polling thread does the work; members stop, crash and pause",
      cluster: (draw) =>
        groupCluster(3, { ...draw.oneOf(PROTOCOLS), commit: "auto" }, { faults: hard(draw) }),
    },
    breaks: {
      under: "enable.auto.commit; another thread does the work; the same",
      cluster: (draw) => {
        const options = { ...draw.oneOf(PROTOCOLS), commit: "auto", handOff: 1_000 };
        return groupCluster(3, options, { faults: hard(draw) });
      },
    },
    twin: { broken: { commitsConsumed: false } },
  }),
  claim({
    id: "K30",
    sentence:
      "What a group has committed is kept while it has members, and offsets.retention.minutes after that.",
    source: "Kafka GroupCoordinatorConfig.java, offsets.retention.minutes; KIP-211",
    property: { checks: ["at-least-once"], atRisk: happened("kafka_rebalances", 2) },
    holds: {
      under: "offsets kept for 7 s; nothing to commit for 8 s, then all members are gone for a moment",
      cluster: (draw) => {
        const at = draw.milliseconds(18_000, 19_000);
        return away(draw, at, draw.milliseconds(2_500, 9_000), 20 * SECOND);
      },
    },
    breaks: {
      under: "offsets kept for 7 s; all members are gone for longer",
      cluster: (draw) => {
        const at = draw.milliseconds(11_000, 12_000);
        return away(draw, at, draw.milliseconds(16_000, 17_500), 20 * SECOND);
      },
    },
    twin: { broken: { keepsOffsetsInUse: false } },
  }),
];

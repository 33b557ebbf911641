/** K21 to K23: what retention, compaction and open transactions leave to those who read. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { OptionValues } from "../../../src/model/index.js";
import type { Claim, Draw } from "../../../src/claims/index.js";
import type { FaultSpec } from "../../../src/network/index.js";
import { cutBetween, inTurn, withAllBrokers } from "./random-faults.js";
import { BROKERS, type ClientSpec, type ClusterSpec, TOPIC } from "./cluster.js";
import { claim, happened, metric } from "./row.js";

/** The consumer reaches nobody. */
const away = (at: number, lasting: number): FaultSpec[] =>
  BROKERS.map((broker) => cutBetween("consumer", broker)(at, lasting));

/** Of a record with its batch some 170 bytes, 25 a second: 40 kB are nine seconds. */
const retaining = (retentionBytes: number): ClusterSpec => ({
  topic: { minInsyncReplicas: 2, segmentBytes: 2_000, retentionBytes },
  broker: { initialTaskDelay: SECOND, retentionCheckInterval: 300 * MILLISECOND },
  consumer: { autoOffsetReset: "latest" },
  send: { value: 100, keys: 0 },
  producer: { linger: 0 },
});

/** Twenty keys get values; most are deleted; a few others go on being written, so that segments are closed. */
const deletingKeys: ClientSpec = {
  role: "producer",
  options: { linger: 0, requestTimeout: 3 * SECOND },
  activities: [
    sending({ keys: 20 }, 4, 40, 200),
    sending({ keys: 20, tombstones: true }, 14, 10, 20),
    sending({ keys: 3 }, 15, 100, 250),
  ],
};

function sending(options: OptionValues, start: number, everyMs: number, count: number) {
  return {
    activity: "send",
    options: { topic: TOPIC, ...options },
    pace: { kind: "poisson", start: start * SECOND, every: everyMs * MILLISECOND, count },
  } as const;
}

/** Segments are closed and compacted within a few seconds; the consumer is away from before the deletions on. */
const compacting = (draw: Draw, awayMs: readonly [number, number], deleteRetention: number): ClusterSpec => ({
  topic: {
    minInsyncReplicas: 2,
    cleanupPolicy: "compact",
    segmentTime: SECOND,
    minCleanableDirtyRatio: 0.01,
    deleteRetention,
  },
  broker: { initialTaskDelay: SECOND, cleanerBackoff: 500 * MILLISECOND },
  clients: { producer: deletingKeys },
  faults: away(draw.milliseconds(13_000, 13_800), draw.milliseconds(...awayMs)),
});

/** One producer hangs in a transaction; another one commits and aborts small ones in the same partitions. */
const openTransaction = (draw: Draw, transactionTimeout: number): ClusterSpec => ({
  controller: { sessionTimeout: 3 * SECOND, transactionState: { partitions: 5 } },
  topic: { minInsyncReplicas: 2 },
  clients: {
    stuck: transacting(
      { transactionalId: "stuck", transactionTimeout },
      { records: 4, lasting: 80 * SECOND },
      { kind: "fixed", start: draw.milliseconds(6_000, 9_000), every: SECOND, count: 1 },
    ),
    producer: transacting(
      { transactionalId: "shop" },
      { records: 3, abortEvery: 4, lasting: 20 * MILLISECOND },
      { kind: "poisson", start: 5 * SECOND, every: 100 * MILLISECOND, count: 150 },
    ),
  },
  consumer: { isolation: "read_committed" },
});

function transacting(
  options: OptionValues,
  transact: OptionValues,
  pace: NonNullable<ClientSpec["activities"]>[number]["pace"],
): ClientSpec {
  const activity = { activity: "transact", options: { topics: [TOPIC], ...transact }, pace };
  return { role: "producer", options: { requestTimeout: 3 * SECOND, ...options }, activities: [activity] };
}

/** The search for transactions that last too long is made each ten seconds. */
const WAIT_MAX = 17_000;

export const READER_CLAIMS: readonly Claim[] = [
  claim({
    id: "K21",
    sentence: "Retention deletes whatever was read or not; who lags less than is kept misses nothing.",
    source: "Kafka LogConfig.java, retention.ms, retention.bytes; ConsumerConfig.java, auto.offset.reset",
    property: { checks: ["poll-skip", "unseen"], atRisk: happened("kafka_segments_deleted", 3) },
    holds: {
      under: "nine seconds are kept; the consumer is cut off for up to 1.5 s at a time",
      cluster: (draw) => {
        const cuts = withAllBrokers("consumer").map(([from, to]) => cutBetween(from, to));
        return { ...retaining(40_000), faults: inTurn(draw, cuts, [200, 1_500], [1_000, 4_000]) };
      },
    },
    breaks: {
      under: "nine seconds are kept; the consumer is cut off for twelve, auto.offset.reset=latest",
      cluster: (draw) => ({
        ...retaining(40_000),
        faults: away(draw.milliseconds(5_000, 7_000), 12 * SECOND),
      }),
    },
    twin: {
      broken: { retainsUncommitted: false },
      test: {
        under: "acks=1; two seconds are kept, and followers are cut off from the leader",
        cluster: (draw) => {
          const at = draw.milliseconds(6_000, 12_000);
          const alone = ["b2", "b3"].map((other) => cutBetween("b1", other)(at, 2.8 * SECOND));
          return { ...retaining(8_000), producer: { linger: 0, acks: 1 }, faults: alone };
        },
      },
    },
  }),
  claim({
    id: "K22",
    sentence:
      "Compaction keeps the last record of each key where it was: who lags less than delete.retention.ms ends up " +
      "with every key as it is.",
    source: "Kafka docs/design, log compaction; KIP-534",
    property: {
      checks: ["last-value", "lost-write", "poll-skip", "nonmonotonic-poll", "inconsistent-offsets"],
      atRisk: happened("kafka_records_compacted", 20),
    },
    holds: {
      under: "delete.retention.ms=20000; keys are deleted while the consumer is away for up to 10 s",
      cluster: (draw) => compacting(draw, [6_000, 10_000], 20 * SECOND),
    },
    breaks: {
      under: "delete.retention.ms=3000; the consumer is away for 16 s or more",
      cluster: (draw) => compacting(draw, [16_000, 20_000], 3 * SECOND),
    },
    twin: { broken: { keepsTombstones: false } },
  }),
  claim({
    id: "K23",
    sentence:
      "At read_committed one reads up to the last stable offset: nothing that is aborted, and nothing behind an " +
      "open transaction, which its timeout ends.",
    source: "Kafka ConsumerConfig.java, isolation.level; TransactionStateManagerConfig",
    property: {
      checks: ["aborted-read", "torn-transaction"],
      breach: (result) => {
        const worst = metric(result, "realtime_lag_max_ms");
        return worst > WAIT_MAX ? `A committed record was read after ${Math.round(worst)} ms.` : undefined;
      },
      atRisk: happened("kafka_transactions_fenced"),
    },
    holds: {
      under: "transaction.timeout.ms=5000; a producer hangs in a transaction",
      cluster: (draw) => openTransaction(draw, 5 * SECOND),
    },
    breaks: {
      under: "transaction.timeout.ms=25000; the same",
      cluster: (draw) => openTransaction(draw, 25 * SECOND),
    },
    twin: { broken: { heedsLastStable: false } },
  }),
];

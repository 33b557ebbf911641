/** K11 to K14: what transactions promise, and to whom. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { Claim, Draw } from "../../../src/claims/index.js";
import type { OptionValues } from "../../../src/model/index.js";
import type { FaultSpec } from "../../../src/network/index.js";
import { BROKERS, type ClientSpec, type ClusterSpec, FAULTS_FROM, TOPIC } from "./cluster.js";
import { COPIERS, type CopySpec, copyCluster } from "./copying.js";
import { anyTime, BETWEEN_BROKERS, cutBetween, withAllBrokers } from "./random-faults.js";
import { claim, happened, metric } from "./row.js";

const WHOLE: readonly string[] = ["aborted-read", "torn-transaction", "processed-once"];

/** A copy job in transactions, with whatever may happen to copiers and brokers. */
const copying =
  (more: Partial<CopySpec> = {}) =>
  (draw: Draw): ClusterSpec =>
    copyCluster({
      copier: { guarantee: "exactly-once" },
      faults: anyTime(draw, {
        crashes: [...BROKERS, ...COPIERS],
        pauses: [...BROKERS, ...COPIERS],
        cuts: [...BETWEEN_BROKERS, ...COPIERS.flatMap(withAllBrokers)],
        resets: COPIERS.flatMap(withAllBrokers),
      }),
      ...more,
    });

/** Ten transactions a second, of which every other one is aborted. */
function transacting(options: OptionValues, transact: OptionValues = {}): ClientSpec {
  return {
    role: "producer",
    options: { requestTimeout: SECOND, linger: 0, whenFenced: "replace", ...options },
    activities: [
      {
        activity: "transact",
        options: { topics: [TOPIC], records: 4, lasting: 80 * MILLISECOND, abortEvery: 2, ...transact },
        pace: { kind: "fixed", start: 4 * SECOND, every: 100 * MILLISECOND, count: 200 },
      },
    ],
  };
}

/** Who is asked to end a transaction is cut off from who asks, who connects again and asks once more: one end is late. */
const lateEnds =
  (version: number) =>
  (draw: Draw): ClusterSpec => ({
    controller: { transactionState: { partitions: 1, replicationFactor: 3, minInsyncReplicas: 2 } },
    topic: { partitions: 4 },
    broker: { transactionVersion: version },
    consumer: { isolation: "read_committed" },
    clients: { producer: transacting({ transactionalId: "transfers" }) },
    faults: [6, 14].map((at): FaultSpec => {
      return cutBetween("producer", "b1")(at * SECOND + draw.milliseconds(0, 1_000), 3.5 * SECOND);
    }),
  });

/** Two producers with transactions in the same partitions, open at the same time. */
const interleaved =
  (isolation: string) =>
  (draw: Draw): ClusterSpec => ({
    topic: { partitions: 2 },
    consumer: { isolation },
    clients: {
      producer: transacting({ transactionalId: "debits" }),
      other: transacting({ transactionalId: "credits" }, { abortEvery: 3 }),
    },
    faults: anyTime(draw, { crashes: BROKERS, resets: withAllBrokers("producer") }),
  });

/** A copier stands still for longer than its transaction may last, and not for so long that others get its work. */
const standstill =
  (afterAbort: string) =>
  (draw: Draw): ClusterSpec =>
    copyCluster({
      copier: { guarantee: "exactly-once", commitInterval: SECOND, afterAbort },
      copiers: ["copier-1"],
      consumerOfCopier: { sessionTimeout: 30 * SECOND },
      producerOfCopier: { transactionTimeout: 3 * SECOND },
      faults: [6, 16].map((seconds): FaultSpec => ({
        verb: "pause",
        node: "copier-1",
        when: { kind: "at", at: seconds * SECOND + draw.milliseconds(0, 2_000) },
        lasting: 7 * SECOND,
      })),
    });

/** A copier that dies again and again, and is back in its place at once: now and then between its offsets and its commit. */
const dying = (): ClusterSpec =>
  copyCluster({
    copier: { guarantee: "exactly-once", commitInterval: 20 * MILLISECOND },
    copiers: ["copier-1"],
    consumerOfCopier: { staticMember: true },
    producerOfCopier: { linger: 0 },
    faults: [
      {
        verb: "crash",
        node: "copier-1",
        power: false,
        when: { kind: "random", meanEvery: SECOND / 2, from: FAULTS_FROM, until: 24 * SECOND },
        lasting: 50 * MILLISECOND,
      },
    ],
  });

const ABORTED = happened("kafka_transactions_aborted");

export const TRANSACTION_CLAIMS: readonly Claim[] = [
  claim({
    id: "K11",
    sentence:
      "Of a transaction, who reads committed records sees all or nothing, and the offsets in it count with it: " +
      "what is consumed, transformed and produced is processed once.",
    source: "Kafka docs/design.html 4.6; ConsumerConfig.java, isolation.level",
    property: { checks: WHOLE, atRisk: ABORTED },
    holds: {
      under: "isolation.level=read_committed; copiers and brokers crash, stand still, are cut off",
      cluster: copying(),
    },
    breaks: {
      under: "isolation.level=read_uncommitted, the default; the same",
      cluster: copying({ isolation: "read_uncommitted" }),
    },
    twin: { broken: { leavesOutAborted: false } },
  }),
  claim({
    id: "K12",
    sentence: "A request to end a transaction that comes late does nothing to a later one.",
    source: "KIP-890; K. Kingsbury to the Kafka users list, November 2024",
    property: {
      checks: ["aborted-read", "torn-transaction", "exactly-once"],
      atRisk: (result) => metric(result, "reconnects") > 0 && ABORTED(result),
    },
    holds: {
      under: "transaction.version=2; requests to commit and to abort are late",
      cluster: lateEnds(2),
    },
    breaks: { under: "transaction.version=1; the same", cluster: lateEnds(1) },
    twin: { broken: { fencesProducers: false } },
  }),
  claim({
    id: "K13",
    sentence:
      "Transactions do not isolate writes: open ones interleave (G0). Nobody reads of aborted ones (G1a), or in a circle (G1c).",
    source: "Jepsen, tests/kafka.clj, allowed-error-types; Kafka docs/design.html 4.6",
    property: {
      checks: ["aborted-read", "G1c", "torn-transaction"],
      // Records of two transactions stand in each other's midst.
      atRisk: ({ checks }) => checks.some(({ check, violations }) => check === "G0" && violations > 0),
    },
    holds: {
      under: "isolation.level=read_committed; two producers, brokers crash",
      cluster: interleaved("read_committed"),
    },
    breaks: {
      under: "isolation.level=read_uncommitted; the same",
      cluster: interleaved("read_uncommitted"),
    },
    twin: { broken: { heedsLastStable: false } },
  }),
  claim({
    id: "K14",
    sentence:
      "After an abort, what was consumed in the transaction is consumed again: its group's offsets stay.",
    source: "KafkaProducer.java, sendOffsetsToTransaction; KAFKA-17582",
    property: { checks: ["processed-at-least-once"], atRisk: ABORTED },
    holds: {
      under: "the application goes back to the committed offsets after an abort",
      cluster: standstill("rewind"),
    },
    breaks: {
      under: "it polls on, from the consumer's own position; the same",
      cluster: standstill("go-on"),
    },
    twin: {
      broken: { dropsAbortedOffsets: false },
      test: { under: "a copier dies again and again", cluster: dying },
    },
  }),
];

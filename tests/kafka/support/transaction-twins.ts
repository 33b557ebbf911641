/** Situations in which one rule of transactions decides, and the models in which it is broken. */
import { MILLISECOND, SECOND } from "../../../src/kernel/index.js";
import type { FaultSpec } from "../../../src/network/index.js";
import type { KafkaRules } from "../../../models/kafka/index.js";
import { type TransactionSpec, paced } from "./transactions.js";

const at = (seconds: number): FaultSpec["when"] => ({ kind: "at", at: Math.round(seconds * SECOND) });

/** Transactions of 80 ms, one after the other; every other one is aborted. */
const busy: TransactionSpec = {
  transact: { abortEvery: 2, lasting: 80 * MILLISECOND },
  producer: { whenFenced: "replace", requestTimeout: SECOND },
  pace: paced(4, 100, 120),
  horizon: 30,
};

/** Nothing goes wrong. */
export const quiet: TransactionSpec = { ...busy, pace: paced(4, 100, 20), horizon: 15 };

/**
 * The producer is cut off from the coordinator while a transaction is open: its wish to end it is lost. After its
 * timeout it opens another connection, and asks again there; the first request is still with its operating system,
 * which sends it again six seconds after the first time, on the old connection.
 */
export function lateEnd(seed: number, version: number): TransactionSpec {
  const when = at(6 + 0.0337 * seed);
  return {
    ...busy,
    broker: { transactionVersion: version },
    faults: [{ verb: "cut", from: "producer", to: "b1", bothWays: true, when, lasting: 3.5 * SECOND }],
  };
}

/**
 * A coordinator's request to write markers is lost so often that the coordinator is fenced, and another one has
 * written the markers, long before it comes. The producer keeps its epoch.
 */
export function lateMarker(seed: number): TransactionSpec {
  const first = 20 + seed;
  const drops = [0, 1, 2, 3, 4, 5].map((n) => ({ name: "WriteTxnMarkers", nth: first + n }));
  return {
    ...busy,
    controller: { sessionTimeout: 2 * SECOND },
    broker: {
      transactionVersion: 1,
      transactionVerification: false,
      sessionTimeout: 2 * SECOND,
      heartbeatInterval: SECOND / 2,
      replicaLagTimeMax: 2 * SECOND,
    },
    loss: { from: "b1", to: "b2", loss: { kind: "scripted", drops } },
    faults: [
      {
        verb: "cut",
        from: "b1",
        to: "controller",
        bothWays: true,
        when: at(5.6 + 0.1 * seed),
        lasting: 3 * SECOND,
      },
    ],
    horizon: 60,
  };
}

/** The coordinator's machine dies when one of two leaders has its marker; the other one's is lost with it. */
export function halfMarked(seed: number): TransactionSpec {
  const first = 21 + 2 * seed;
  const drops = [0, 1, 2, 3, 4].map((n) => ({ name: "WriteTxnMarkers", nth: first + n }));
  return {
    ...busy,
    producer: { ...busy.producer, transactionTimeout: 3 * SECOND },
    controller: { sessionTimeout: 2 * SECOND },
    broker: { sessionTimeout: 2 * SECOND, heartbeatInterval: SECOND / 2, transactionAbortInterval: SECOND },
    loss: { from: "b1", to: "b2", loss: { kind: "scripted", drops } },
    faults: [{ verb: "crash", node: "b1", power: true, when: at(6.3 + 0.2 * seed), lasting: 30 * SECOND }],
    horizon: 60,
  };
}

export interface TransactionTwin {
  readonly broken: Partial<KafkaRules>;
  readonly caughtBy: string;
  where(seed: number): TransactionSpec;
}

export const TRANSACTION_TWINS: readonly TransactionTwin[] = [
  { broken: { heedsLastStable: false }, caughtBy: "aborted read", where: () => quiet },
  { broken: { leavesOutAborted: false }, caughtBy: "aborted read", where: () => quiet },
  { broken: { marksAllPartitions: false }, caughtBy: "torn", where: () => quiet },
  { broken: { fencesProducers: false }, caughtBy: "torn", where: (seed) => lateEnd(seed, 2) },
  { broken: { fencesCoordinators: false }, caughtBy: "torn", where: lateMarker },
  { broken: { preparesFirst: false }, caughtBy: "torn", where: halfMarked },
];

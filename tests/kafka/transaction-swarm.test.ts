/**
 * Transactions under random crashes, cuts, pauses and resets: whoever reads committed records sees each transaction
 * whole or not at all, each one ends, and the invariants hold whenever they are looked at.
 */
import { describe, expect, it } from "vitest";
import { runTransactionSwarm } from "./support/transaction-swarm.js";

const SEEDS = [0, 1, 2, 3];

describe.each([1, 2])("transactions of version %s under random faults", (transactionVersion) => {
  it("are seen whole or not at all, and end; no invariant is broken", () => {
    const outcomes = SEEDS.map((seed) => runTransactionSwarm(seed, {}, { broker: { transactionVersion } }));
    expect(outcomes.map(({ ledger }) => ledger.anomalies())).toEqual(SEEDS.map(() => ({})));
    expect(outcomes.map(({ invariants }) => [...invariants.broken.keys()])).toEqual(SEEDS.map(() => []));
    // They were put to the test: coordinators changed and fenced, producers crashed, outcomes stayed unknown.
    const total = (metric: string): number =>
      outcomes.reduce((sum, { result }) => sum + (result.metrics[metric] ?? 0), 0);
    expect(total("kafka_leader_elections")).toBeGreaterThan(6 * SEEDS.length);
    expect(total("kafka_transactions_committed")).toBeGreaterThan(250);
    expect(total("kafka_transactions_aborted")).toBeGreaterThan(60);
    expect(total("kafka_transactions_unresolved")).toBeGreaterThan(0);
    expect(total("kafka_transactions_fenced")).toBeGreaterThan(0);
  });
});

describe("broken transactions under random faults", () => {
  it("that are read past the last stable offset show what is aborted", () => {
    const { ledger } = runTransactionSwarm(0, { heedsLastStable: false });
    expect(ledger.anomalies()).not.toEqual({});
  });
});

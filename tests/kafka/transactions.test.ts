/** What transactions promise, each in a small cluster in which that is put to the test. */
import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { FaultSpec } from "../../src/network/index.js";
import { type Ledger, type TransactionSpec, paced, runTransactions } from "./support/transactions.js";
import { TRANSACTION_TWINS, lateEnd } from "./support/transaction-twins.js";

const at = (seconds: number): FaultSpec["when"] => ({ kind: "at", at: seconds * SECOND });

describe("a producer that works in transactions (K11)", () => {
  it.each([1, 2])(
    "commits and aborts; who reads committed records sees the former whole (version %s)",
    (version) => {
      const { ledger, result } = runTransactions({
        broker: { transactionVersion: version },
        transact: { abortEvery: 4, lasting: 50 * MILLISECOND },
      });
      expect(ledger.anomalies()).toEqual({});
      expect([ledger.ended(0).length, ledger.ended(1).length]).toEqual([75, 25]);
      expect(ledger.ended(0).every((each) => ledger.seen(each) === 4)).toBe(true);
      // At the default isolation level everybody sees what was aborted.
      expect(ledger.ended(1).every((each) => ledger.seen(each, "all") === 4)).toBe(true);
      expect(result.metrics["acknowledged"]).toBe(300);
      expect(result.metrics["failed"]).toBe(100);
    },
  );

  it("gets a new epoch with every transaction, in version 2 only [KIP-890]", () => {
    const epochs = (version: number): number =>
      markersOf(runTransactions({ broker: { transactionVersion: version }, pace: paced(4, 100, 10) }).ledger)
        .size;
    expect([epochs(1), epochs(2)]).toEqual([1, 10]);
  });

  it("works without a record, and waits for its turn", () => {
    const { ledger } = runTransactions({ transact: { records: 0 }, pace: paced(4, 1, 20) });
    expect([ledger.anomalies(), ledger.ended(0).length]).toEqual([{}, 20]);
  });

  it.each([1, 2])(
    "follows at once on the one before, whose markers are still to come (version %s)",
    (version) => {
      const { ledger } = runTransactions({
        broker: { transactionVersion: version },
        pace: paced(4, 1, 40),
        horizon: 20,
      });
      expect([ledger.anomalies(), ledger.ended(0).length]).toEqual([{}, 40]);
    },
  );

  it("is fenced by a later one of its name, which aborts what it had begun", () => {
    const { ledger, result } = runTransactions({
      transact: { lasting: 400 * MILLISECOND },
      pace: paced(4, 500, 20),
      // The other one takes over once it has started again.
      other: {},
      otherPace: paced(8.2, 500, 10),
      faults: [{ verb: "crash", node: "other", power: false, when: at(1), lasting: 7 * SECOND }],
    });
    expect(ledger.anomalies()).toEqual({});
    expect(result.metrics["kafka_producers_fenced"]).toBe(1);
    expect(ledger.ended(0).length).toBeGreaterThan(15);
    expect(ledger.ended(1).length).toBe(1);
  });

  it("goes on with its successor after a crash; what was open is seen by nobody", () => {
    const { ledger } = runTransactions({
      transact: { lasting: 80 * MILLISECOND },
      faults: [{ verb: "crash", node: "producer", power: false, when: at(6.05), lasting: 2 * SECOND }],
    });
    expect(ledger.anomalies()).toEqual({});
    expect(ledger.ended(2).map((each) => ledger.seen(each))).toEqual([0]);
    expect(ledger.transactions.at(-1)?.outcome).toBe(0);
  });

  it("is told the outcome by the next coordinator when the first one's machine is lost", () => {
    const { ledger, result } = runTransactions({
      controller: { sessionTimeout: 2 * SECOND },
      broker: { sessionTimeout: 2 * SECOND, heartbeatInterval: SECOND / 2 },
      producer: { requestTimeout: SECOND },
      faults: [{ verb: "crash", node: "b1", power: true, when: at(6), lasting: 20 * SECOND }],
    });
    expect(ledger.anomalies()).toEqual({});
    expect(ledger.ended(0).length).toBe(100);
    expect(result.metrics["kafka_leader_elections"]).toBeGreaterThan(5);
  });
});

describe("a producer that is asked to end", () => {
  const stopped = (lasting: number): Ledger =>
    runTransactions({
      transact: { lasting: lasting * MILLISECOND },
      pace: paced(4, 1_000, 3),
      faults: [{ verb: "stop", node: "producer", limit: 30 * SECOND, when: at(6.5), lasting: 60 * SECOND }],
    }).ledger;

  it("aborts the transaction that it has not asked to commit", () => {
    const ledger = stopped(900);
    expect([ledger.anomalies(), ledger.ended(0).length, ledger.ended(1).length]).toEqual([{}, 2, 1]);
    expect(ledger.transactions.every(({ outcome }) => outcome !== undefined)).toBe(true);
  });

  it("has nothing to abort between two of them", () => {
    const ledger = stopped(100);
    expect([ledger.anomalies(), ledger.ended(0).length, ledger.ended(1).length]).toEqual([{}, 3, 0]);
  });
});

describe("a transaction that lasts (K23)", () => {
  /** One producer leaves a transaction open; another one commits small ones all the while. */
  const lasting = (transactionTimeout: number): TransactionSpec => ({
    producer: { transactionTimeout },
    transact: { lasting: 40 * SECOND, records: 2 },
    pace: paced(4, 100, 1),
    other: { transactionalId: "others", transactionTimeout: 60 * SECOND },
    otherPace: paced(5, 100, 1),
    horizon: 90,
  });

  it("holds back everything behind it, until its coordinator aborts it", () => {
    const { ledger, result } = runTransactions(lasting(12 * SECOND));
    const [slow, quick] = ledger.transactions;
    // Found out of time by the search each ten seconds.
    expect(result.metrics["kafka_transactions_fenced"]).toBe(1);
    expect(ledger.anomalies()).toEqual({});
    expect(slow?.outcome).toBe(1);
    expect(quick?.outcome).toBe(0);
    const seenAt = ledger.seenAt.get(quick?.messages[0] as never) ?? Infinity;
    expect(seenAt).toBeGreaterThan(45 * SECOND);
  });
});

describe("a request that comes late (K12)", () => {
  const anomalies = (seed: number, version: number): string[] =>
    Object.keys(runTransactions(lateEnd(seed, version), {}, `twin ${seed}`).ledger.anomalies());

  it("ends a later transaction of the same producer without a new epoch, and none with it [KIP-890]", () => {
    let seed = 0;
    while (seed < 200 && !anomalies(seed, 1).includes("aborted read")) seed++;
    expect(seed).toBeLessThan(200);
    expect(anomalies(seed, 2)).toEqual([]);
  });

  /** Records for b2 are given up and their transaction is aborted, before they come after all. */
  const lateRecords = (verification: boolean): Ledger =>
    runTransactions({
      broker: { transactionVersion: 1, transactionVerification: verification },
      producer: { requestTimeout: SECOND, deliveryTimeout: 2 * SECOND },
      pace: paced(6.001, 1, 1),
      other: { transactionalId: "others" },
      otherPace: paced(20, 1_000, 3),
      faults: [
        { verb: "cut", from: "producer", to: "b2", bothWays: true, when: at(6), lasting: 3.5 * SECOND },
      ],
      horizon: 90,
    }).ledger;

  it("begins a transaction that nobody will ever end, unless the coordinator is asked whether it exists", () => {
    expect(lateRecords(true).anomalies()).toEqual({});
    expect(lateRecords(false).anomalies()).toEqual({ torn: 3 });
  });
});

describe("a model that breaks a rule of transactions is caught, where the model as specified is not", () => {
  it.each(TRANSACTION_TWINS)("$broken by $caughtBy", { timeout: 120_000 }, ({ broken, caughtBy, where }) => {
    const found = (seed: number, rules: typeof broken): string[] =>
      Object.keys(runTransactions(where(seed), rules, `twin ${seed}`).ledger.anomalies());
    let seed = 0;
    while (seed < 200 && !found(seed, broken).includes(caughtBy)) seed++;
    expect(seed).toBeLessThan(200);
    expect(found(seed, {})).toEqual([]);
  });
});

/** Epochs of the markers in all logs. */
function markersOf({ assembly }: Ledger): Set<number> {
  const epochs = new Set<number>();
  for (const { spec, program } of assembly.residents) {
    if (spec.role !== "kafka.broker") continue;
    const held = program.snapshot() as readonly {
      readonly log: readonly {
        readonly batch: {
          readonly producerEpoch: number;
          readonly control: { readonly kind: string } | undefined;
        };
      }[];
    }[];
    for (const { batch } of held.flatMap(({ log }) => log)) {
      if (batch.control?.kind === "marker") epochs.add(batch.producerEpoch);
    }
  }
  return epochs;
}

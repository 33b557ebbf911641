/** Consumed offsets as part of transactions: they count when those are committed, wherever that is remembered. */
import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { FaultSpec } from "../../src/network/index.js";
import type { KafkaRules } from "../../models/kafka/index.js";
import { CommittedOffsets } from "../../models/kafka/group/committed-offsets.js";
import { SPECIFIED } from "../../models/kafka/rules.js";
import { type TransactionSpec, paced, runTransactions } from "./support/transactions.js";
import { committedOffset, withOffsetSenders } from "./support/offset-sender.js";

/** Forty transactions, of which every fourth is aborted, the last one too. */
const some: TransactionSpec = {
  model: withOffsetSenders,
  transact: { abortEvery: 4 },
  pace: paced(4, 100, 40),
  horizon: 40,
};
const LAST_COMMITTED = 39;

const at = (seconds: number): FaultSpec["when"] => ({ kind: "at", at: seconds * SECOND });

function committedBy(spec: TransactionSpec, broken: Partial<KafkaRules> = {}): number | undefined {
  return committedOffset(runTransactions(spec, broken).ledger.assembly);
}

describe("offsets in a transaction (K11)", () => {
  it.each([1, 2])("count when it is committed, and only then (version %s)", (version) => {
    const { ledger } = runTransactions({ ...some, broker: { transactionVersion: version } });
    expect(ledger.anomalies()).toEqual({});
    expect(ledger.ended(0).length).toBe(30);
    expect(committedOffset(ledger.assembly)).toBe(LAST_COMMITTED);
  });

  it("need no records beside them", () => {
    expect(committedBy({ ...some, transact: { abortEvery: 4, records: 0 } })).toBe(LAST_COMMITTED);
  });

  it.each([1, 2])(
    "are known to the coordinator that takes over, those of open ones too (version %s)",
    (v) => {
      const { ledger, result } = runTransactions({
        ...some,
        broker: { transactionVersion: v, sessionTimeout: 2 * SECOND, heartbeatInterval: SECOND / 2 },
        controller: { sessionTimeout: 2 * SECOND },
        producer: { requestTimeout: SECOND },
        transact: { abortEvery: 4, lasting: 80 * MILLISECOND },
        faults: ["b1", "b2", "b3"].map((node, n) => {
          return { verb: "crash", node, power: true, when: at(5 + 12 * n), lasting: 6 * SECOND };
        }),
        horizon: 90,
      });
      expect(result.metrics["kafka_leader_elections"]).toBeGreaterThan(5);
      expect(ledger.anomalies()).toEqual({});
      expect(committedOffset(ledger.assembly)).toBe(LAST_COMMITTED);
    },
  );

  it("count although aborted where that rule is broken", () => {
    expect(committedBy(some, { dropsAbortedOffsets: false })).toBe(40);
  });

  it("are those of the fenced producer no more once another one has its name", () => {
    const { ledger, result } = runTransactions({
      ...some,
      transact: { lasting: 400 * MILLISECOND },
      pace: paced(4, 500, 20),
      other: {},
      otherPace: paced(8.2, 500, 10),
      faults: [{ verb: "crash", node: "other", power: false, when: at(1), lasting: 7 * SECOND }],
    });
    expect(result.metrics["kafka_producers_fenced"]).toBe(1);
    expect(committedOffset(ledger.assembly)).toBe(10);
  });
});

describe("the offsets of a group", () => {
  const stored = (offset: number) => {
    return { group: "copiers", partition: 3, offset, leaderEpoch: 0, committedAt: 0 };
  };

  it("are unstable while a transaction may change them [KIP-447]", () => {
    const offsets = new CommittedOffsets("copiers", SPECIFIED);
    const records = offsets.records([stored(5)], 0);
    const unstable = (): boolean[] => [offsets.isUnstable(3), offsets.isUnstable(4)];
    offsets.committed(stored(2));
    expect(unstable()).toEqual([false, false]);
    offsets.arriving(records, 1);
    expect(unstable()).toEqual([true, false]);
    offsets.pending(7, stored(5));
    offsets.arriving(records, -1);
    expect(unstable()).toEqual([true, false]);
    expect(offsets.expired(-Infinity, 10)).toEqual([]);
    offsets.transactionEnded(8, true);
    expect(offsets.of(3).offset).toBe(2);
    offsets.transactionEnded(7, true);
    expect(unstable()).toEqual([false, false]);
    expect(offsets.of(3).offset).toBe(5);
  });

  it("are told all the same where that rule is broken", () => {
    const offsets = new CommittedOffsets("copiers", { ...SPECIFIED, awaitsStableOffsets: false });
    offsets.pending(7, stored(5));
    expect(offsets.isUnstable(3)).toBe(false);
  });
});

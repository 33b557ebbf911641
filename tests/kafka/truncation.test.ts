/** How followers find out what to cut, by the ways of Kafka's history, in the scenarios that showed what was wrong with each. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import { divergingRecords } from "../../models/kafka/log/log-parting.js";
import type { HeldLog } from "../../models/kafka/protocol/messages.js";
import { RecordBatch, StoredBatch } from "../../models/kafka/protocol/record-batch.js";
import { type ClusterSpec, type Command, crash, cut, paced, run, stop } from "./support/clusters.js";

const metric = (result: RunResult, name: string): number => result.metrics[name] ?? 0;
const MODES = ["high-watermark", "kip-101", "kip-279", "kip-320"] as const;
const LATER = MODES.slice(1);

/** Nobody reads before all is over. */
const unread = ["b1", "b2", "b3"].map((broker) => cut(broker, "consumer", 2.9, 77));

function under(truncation: string, faults: ClusterSpec["faults"]): RunResult {
  return run({
    controller: { sessionTimeout: 3 * SECOND },
    broker: { truncation, heartbeatInterval: SECOND, sessionTimeout: 3 * SECOND },
    disk: {
      write: { kind: "constant", value: 0 },
      sync: { kind: "constant", value: 0 },
      writeback: 5 * SECOND,
      tearing: 0,
    },
    producer: { requestTimeout: 3 * SECOND },
    faults: [...unread, ...(faults ?? [])],
    pace: paced(5, 40, 1_000),
    drain: 60,
  });
}

describe("a follower that is elected before it could fetch from a leader that died (KIP-101, scenario 1)", () => {
  const faults = [cut("b2", "b3", 9.9, 40), crash("b1", 10, 40), crash("b2", 13.3, 40)];

  it("has lost what was committed, where it cut down to its high watermark", () => {
    expect(metric(under("high-watermark", faults), "acknowledged_lost")).toBeGreaterThan(0);
  });

  it.each(LATER)("has it all with %s", (mode) => {
    const result = under(mode, faults);
    expect([metric(result, "acknowledged_lost"), metric(result, "acknowledged")]).toEqual([0, 1_000]);
  });
});

describe("a follower that was away while its leader lost records and went on (KIP-101, scenario 2)", () => {
  const faults = [
    stop("b3", 4, 70),
    cut("b1", "b2", 17, 25),
    cut("b2", "controller", 17, 25),
    cut("b2", "producer", 17, 25),
    crash("b1", 18, 2, true),
  ];

  it("keeps what the leader does not have, where its high watermark is above it", () => {
    expect(metric(under("high-watermark", faults), "kafka_diverging_records")).toBeGreaterThan(50);
  });

  it.each(LATER)("cuts it off with %s", (mode) => {
    const result = under(mode, faults);
    expect(metric(result, "kafka_diverging_records")).toBe(0);
    expect(metric(result, "kafka_truncated_records")).toBeGreaterThan(50);
  });
});

/** Leaders take records that nobody else gets: with acks=1, while those in sync cannot reach each other for a while. */
function fastElections(truncation: string, { faults = [], ...more }: ClusterSpec): RunResult {
  return run({
    broker: { truncation },
    producer: { acks: 1, requestTimeout: 3 * SECOND },
    faults: [...unread, ...faults],
    pace: paced(5, 20, 1_500),
    drain: 60,
    ...more,
  });
}

const preferred = (at: number): readonly Command[] => [
  { broker: "b2", activity: "elect", options: { topic: "orders" }, at },
];
const MISSED = ["kafka_diverging_records", "kafka_truncated_records"] as const;

describe("a leader's records, and those of the one that led for a second after it (KIP-279)", () => {
  // b2 leads while b1 is away, and has records of its own when b1, in sync, is given leadership back and has others,
  // also of its own. Then b1 dies, and b2 leads in the epoch after that of b1, of which it has nothing.
  const between = [cut("b1", "b2", 20, 14), cut("b1", "b3", 20, 14), cut("b2", "b3", 20, 14)];
  const faults = [crash("b1", 5.5, 6), ...between, crash("b1", 21.8, 16)];
  const spec = { faults, commands: preferred(20.6), controller: { sessionTimeout: 3 * SECOND } };

  it("stay both, where a follower cuts to the beginning of the next epoch that its leader has", () => {
    expect(metric(fastElections("kip-101", spec), "kafka_diverging_records")).toBeGreaterThan(20);
  });

  it.each(["kip-279", "kip-320"])("stay not both with %s", (mode) => {
    const result = fastElections(mode, spec);
    expect(MISSED.map((name) => metric(result, name) > 20)).toEqual([false, true]);
  });
});

describe("a follower that has not heard of two elections (KIP-320)", () => {
  // b1 and b3 have records that b2 has not. b2 leads while b1 stops and starts again, and then b1 once more: b3, cut off
  // from the controller, goes on where it was, as if nothing had happened.
  const faults = [cut("b3", "controller", 19.9, 7), cut("b1", "b2", 20, 1), stop("b1", 20.5, 1)];
  const spec = { faults, commands: preferred(24) };

  it.each(["kip-101", "kip-279"])("keeps with %s what its leader has otherwise", (mode) => {
    expect(metric(fastElections(mode, spec), "kafka_diverging_records")).toBeGreaterThan(20);
  });

  it("is not heard before it knows the leader's epoch with kip-320, and cuts then", () => {
    const result = fastElections("kip-320", spec);
    expect(MISSED.map((name) => metric(result, name) > 20)).toEqual([false, true]);
  });
});

describe("records on which two logs do not agree", () => {
  const batch = (): RecordBatch =>
    new RecordBatch([], 100, undefined, {
      control: {
        kind: "state",
        records: [
          { key: "a", value: {} },
          { key: "b", value: {} },
        ],
      },
    });
  /** Batches of two records each, one after the other. */
  const logOf = (batches: readonly RecordBatch[]): HeldLog => {
    const stored = batches.map((each, place) => new StoredBatch(each, 2 * place, 0));
    const read = (offset: number): readonly StoredBatch[] =>
      stored.filter(({ endOffset }) => endOffset > offset).slice(0, 1);
    return { endOffset: stored.at(-1)?.endOffset ?? 0, read };
  };

  it("are those from the last on which they do", () => {
    const [a, b, c, d] = [batch(), batch(), batch(), batch()];
    expect(divergingRecords(logOf([a, b]), logOf([a, b]), 4)).toBe(0);
    expect(divergingRecords(logOf([a, b, c]), logOf([a, d]), 4)).toBe(2);
    expect(divergingRecords(logOf([b, c]), logOf([a, d]), 4)).toBe(4);
    expect(divergingRecords(logOf([a]), logOf([a, b]), 4)).toBe(0);
  });
});

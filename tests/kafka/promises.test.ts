/** What the settings promise, each in a small cluster in which that is put to the test. */
import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { OptionValues } from "../../src/model/index.js";
import type { FaultSpec } from "../../src/network/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import { BROKERS, type ClusterSpec, crash, cut, paced, run } from "./support/clusters.js";

const metric = (result: RunResult, name: string): number => result.metrics[name] ?? 0;
const verdict = (result: RunResult, check: string): string | undefined =>
  result.checks.find((each) => each.check === check)?.verdict;

const DISK = {
  write: { kind: "constant", value: 0 },
  sync: { kind: "constant", value: 0 },
  writeback: 30 * SECOND,
  tearing: 0,
} as const;

describe("a cluster without faults", () => {
  it.each([0, 1, "all"])("delivers every record once, in order, with acks=%s", (acks) => {
    const result = run({ producer: { acks } });
    expect([metric(result, "delivered"), metric(result, "duplicates")]).toEqual([200, 0]);
    expect(metric(result, "acknowledged")).toBe(acks === 0 ? 0 : 200);
    expect(verdict(result, "ordered")).toBe("holds");
  });

  it("keeps order within each partition, whichever the keys choose", () => {
    const result = run({ topic: { partitions: 5 }, send: { keys: 20 } });
    expect([metric(result, "delivered"), metric(result, "kafka_leader_elections")]).toEqual([200, 5]);
    expect(verdict(result, "ordered")).toBe("holds");
  });

  it("waits for replication with acks=all, one round trip longer than with acks=1", () => {
    const mean = (acks: number | string): number =>
      metric(run({ producer: { acks } }), "ack_latency_mean_ms");
    expect(mean("all") - mean(1)).toBeGreaterThan(0.5);
    expect(mean("all") - mean(1)).toBeLessThan(2.5);
  });

  it("waits for the disk where writes are synced", () => {
    const disk = { ...DISK, sync: { kind: "constant", value: 4_000_000 } } as const;
    const mean = (more: ClusterSpec): number =>
      metric(run({ producer: { acks: 1 }, pace: paced(3, 50, 100), disk, ...more }), "ack_latency_mean_ms");
    expect(mean({ broker: { flushRecords: 1 } }) - mean({})).toBeCloseTo(4, 0);
  });

  it("refuses what no longer fits on the leader's disk, and tells", () => {
    const disk = { ...DISK, capacity: 10_000 };
    const result = run({ disk, producer: { deliveryTimeout: 5 * SECOND, requestTimeout: SECOND } });
    expect(metric(result, "failed")).toBeGreaterThan(50);
    expect(metric(result, "acknowledged") + metric(result, "failed")).toBe(200);
    expect(verdict(result, "at-least-once")).toBe("holds");
  });
});

describe("a leader that crashes", () => {
  const cutOff: readonly FaultSpec[] = [cut("b1", "b2", 3.96, 20), cut("b1", "b3", 3.96, 20)];
  const dying = (acks: number | string): ClusterSpec => ({
    topic: { minInsyncReplicas: 2 },
    producer: { acks, linger: 0 },
    faults: [...cutOff, crash("b1", 4, 20)],
    drain: 60,
  });

  it("takes records with it that it acknowledged alone (K2), and cuts them off when it comes back", () => {
    const result = run(dying(1));
    expect(metric(result, "acknowledged_lost")).toBeGreaterThan(0);
    expect(metric(result, "kafka_truncated_records")).toBeGreaterThanOrEqual(
      metric(result, "acknowledged_lost"),
    );
    expect(verdict(result, "acknowledged-durable")).toBe("violated");
  });

  it("takes none with it that all in-sync replicas had to have (K4)", () => {
    const result = run(dying("all"));
    expect([metric(result, "acknowledged_lost"), metric(result, "acknowledged")]).toEqual([0, 200]);
    expect(verdict(result, "acknowledged-durable")).toBe("holds");
  });
});

describe("min.insync.replicas", () => {
  const alone = (minInsyncReplicas: number, acks: number | string): RunResult =>
    run({
      topic: { minInsyncReplicas },
      producer: { acks, deliveryTimeout: 10 * SECOND, requestTimeout: 5 * SECOND },
      broker: { replicaLagTimeMax: 2 * SECOND },
      faults: [cut("b1", "b2", 3, 60), cut("b1", "b3", 3, 60)],
      pace: paced(8, 10, 100),
    });

  it("refuses acks=all while fewer are in sync (K4); the producer knows that nothing was written", () => {
    const result = alone(2, "all");
    expect(metric(result, "acknowledged")).toBe(0);
    // Followers have not lagged before there is something to lag behind: the first batch was appended.
    expect(metric(result, "failed")).toBeGreaterThan(80);
    expect(metric(result, "unresolved")).toBe(100 - metric(result, "failed"));
  });

  it("is nothing to acks=1 (K2)", () => {
    expect(metric(alone(2, 1), "acknowledged")).toBe(100);
  });

  it("of one lets a leader alone be all (K3)", () => {
    expect(metric(alone(1, "all"), "acknowledged")).toBe(100);
  });
});

describe("power that fails", () => {
  const everywhere = (broker: ClusterSpec["broker"], disk: ClusterSpec["disk"]): RunResult =>
    run({
      ...(broker === undefined ? {} : { broker }),
      ...(disk === undefined ? {} : { disk }),
      topic: { minInsyncReplicas: 2 },
      faults: [cut("b1", "consumer", 2.9, 20), ...BROKERS.map((name) => crash(name, 6, 5, true))],
      drain: 60,
    });

  it("on all brokers at once destroys what was acknowledged and not synced (K19)", () => {
    const result = everywhere(undefined, undefined);
    expect(metric(result, "acknowledged_lost")).toBeGreaterThan(100);
  });

  it("destroys nothing that was synced before it was acknowledged", () => {
    const result = everywhere({ flushRecords: 1 }, { ...DISK, tearing: 1 });
    expect([metric(result, "acknowledged"), metric(result, "acknowledged_lost")]).toEqual([200, 0]);
  });

  it("may leave torn logs, which recovery mends", () => {
    const result = everywhere(undefined, { ...DISK, tearing: 1 });
    expect(metric(result, "kafka_torn_tails")).toBe(3);
  });

  /** Two of three are fenced, then the last in-sync replica loses its power, or its disk. */
  const last = (eligibleLeaderReplicas: boolean, disk: boolean): RunResult =>
    run({
      topic: { minInsyncReplicas: 2 },
      controller: { eligibleLeaderReplicas },
      faults: [
        cut("b1", "consumer", 2.9, 60),
        cut("b2", "controller", 6, 16),
        cut("b3", "controller", 6, 16),
        { ...crash("b1", 19, 20, true), ...(disk ? { disk } : {}) } as FaultSpec,
      ],
      drain: 60,
    });

  it.each([false, true])(
    "on the last replica standing destroys what all had (K18), disk lost: %s",
    (disk) => {
      expect(metric(last(false, disk), "acknowledged_lost")).toBe(200);
    },
  );

  it.each([false, true])("… unless replicas that had it are eligible (KIP-966), disk lost: %s", (disk) => {
    const result = last(true, disk);
    expect([metric(result, "acknowledged_lost"), metric(result, "delivered")]).toEqual([0, 200]);
  });
});

describe("an unclean election", () => {
  const spec = (uncleanLeaderElection: boolean): ClusterSpec => ({
    topic: { uncleanLeaderElection },
    broker: { replicaLagTimeMax: 2 * SECOND },
    pace: paced(3, 20, 1_000),
    faults: [cut("b1", "b2", 5, 15), cut("b1", "b3", 5, 15), crash("b1", 12, 40)],
    drain: 60,
  });

  it("makes an out-of-sync replica the truth (K17): what consumers had read is gone, and they go back", () => {
    const result = run(spec(true));
    expect(metric(result, "kafka_truncated_records")).toBeGreaterThan(100);
    expect(metric(result, "kafka_positions_reset")).toBe(1);
    // The producer's sequences have a gap that nobody can fill: it begins a new epoch.
    expect(metric(result, "kafka_producer_epochs")).toBeGreaterThan(0);
  });

  it("does not happen by default: the partition waits", () => {
    const result = run(spec(false));
    expect([metric(result, "kafka_truncated_records"), metric(result, "acknowledged_lost")]).toEqual([0, 0]);
    expect(metric(result, "acknowledged")).toBe(1_000);
    expect(metric(result, "ack_latency_max_ms")).toBeGreaterThan(30_000);
  });
});

describe("a producer", () => {
  const resets = (lasting: number): readonly FaultSpec[] =>
    Array.from({ length: lasting * 4 }, (_, n) => ({
      verb: "reset",
      between: ["producer", "b1"],
      when: { kind: "at", at: (3 + n / 4) * SECOND + 1_300_000 },
    }));

  it("writes records twice when their acknowledgement is lost, unless it is idempotent (K7)", () => {
    const spec = { faults: resets(5), pace: paced(3, 2, 2_500) };
    const off = run({ ...spec, producer: { idempotence: "off", linger: 0 } });
    const on = run({ ...spec, producer: { linger: 0 } });
    expect([metric(off, "duplicates") > 0, metric(on, "duplicates")]).toEqual([true, 0]);
    expect([verdict(off, "at-most-once"), verdict(on, "exactly-once")]).toEqual(["violated", "holds"]);
  });

  it("silently loses idempotence with acks=1 (K7)", () => {
    const spec = { faults: resets(5), pace: paced(3, 2, 2_500) };
    const result = run({ ...spec, producer: { acks: 1, linger: 0 } });
    expect(metric(result, "duplicates")).toBeGreaterThan(0);
  });

  it("has a third outcome: what may have been written when time is over is neither acknowledged nor failed (K9)", () => {
    const result = run({
      producer: { deliveryTimeout: 6 * SECOND, requestTimeout: 3 * SECOND },
      faults: BROKERS.map((name) => cut(name, "producer", 4, 20)),
    });
    const { unresolved = 0, failed = 0, acknowledged = 0 } = result.metrics;
    expect(unresolved).toBe(metric(result, "kafka_records_unresolved"));
    expect([(unresolved ?? 0) > 0, (failed ?? 0) > 0]).toEqual([true, true]);
    expect((unresolved ?? 0) + (failed ?? 0) + (acknowledged ?? 0)).toBe(200);
  });

  it("fills batches while they linger, and sends a full one at once", () => {
    const produced = (linger: number, batchSize: number): number =>
      metric(
        run({ producer: { linger: linger * 1_000_000, batchSize }, pace: paced(3, 1, 1_000), drain: 1 }),
        "packets_sent",
      );
    const few = produced(100, 100_000);
    expect(produced(5, 100_000) - few).toBeGreaterThan(500);
    expect(produced(100, 500) - few).toBeGreaterThan(500);
  });
});

describe("the controller", () => {
  it("may be away and come back: meanwhile nobody is elected, and nothing is forgotten", () => {
    const faults = [crash("controller", 4, 15), crash("b1", 5, 40)];
    const spec = { faults, topic: { minInsyncReplicas: 2 }, pace: paced(3, 10, 400), drain: 90 };
    const result = run(spec);
    expect([metric(result, "acknowledged"), metric(result, "acknowledged_lost")]).toEqual([400, 0]);
    expect(metric(result, "ack_latency_max_ms")).toBeGreaterThan(14_000);
  });

  it("takes the time of its quorum to decide", () => {
    const slowest = (commitLatency: number): number => {
      const faults = [cut("b1", "b2", 20.5, 60)];
      const broker = { replicaLagTimeMax: 2 * SECOND };
      return metric(
        run({ faults, broker, controller: { commitLatency }, pace: paced(20, 10, 200) }),
        "ack_latency_max_ms",
      );
    };
    expect(slowest(3 * SECOND) - slowest(0)).toBeGreaterThan(2_500);
  });

  it("fences a broker that it does not hear, and lets it lead again only in a new epoch", () => {
    const result = run({ faults: [cut("b1", "controller", 4, 30)], pace: paced(3, 50, 400) });
    expect(metric(result, "kafka_brokers_fenced")).toBe(1);
    expect(metric(result, "kafka_leader_elections")).toBe(2);
    expect([metric(result, "acknowledged"), metric(result, "acknowledged_lost")]).toEqual([400, 0]);
  });
});

describe("a consumer", () => {
  it("begins at the end, or at the beginning when told to", () => {
    const late: ClusterSpec = { faults: [crash("consumer", 4, 2)], pace: paced(3, 10, 300), drain: 20 };
    const records = (autoOffsetReset: string): number =>
      metric(run({ ...late, consumer: { autoOffsetReset } }), "kafka_records_consumed");
    expect(records("latest")).toBeLessThan(200);
    expect(records("earliest")).toBeGreaterThan(390);
  });

  it("waits for as many bytes as it asks for, but not longer than it says", () => {
    // A batch of one record, some 170 bytes, every ten milliseconds.
    const median = (consumer: OptionValues): number => metric(run({ consumer, drain: 5 }), "latency_p50_ms");
    expect(median({})).toBeLessThan(20);
    const ofTen = median({ fetchMinBytes: 1_600 });
    expect([ofTen > 40, ofTen < 80]).toEqual([true, true]);
    const outOfTime = median({ fetchMinBytes: 1_000_000, fetchMaxWait: 300 * MILLISECOND });
    expect([outOfTime > 120, outOfTime < 200]).toEqual([true, true]);
  });

  it("never sees a record that is not committed (K5)", () => {
    const result = run({
      faults: [cut("b1", "b2", 3.5, 20), cut("b1", "b3", 3.5, 20), crash("b1", 8, 20)],
      producer: { acks: 1 },
      pace: paced(3, 10, 400),
      drain: 60,
    });
    expect(metric(result, "kafka_truncated_records")).toBeGreaterThan(100);
    expect([metric(result, "kafka_positions_reset"), verdict(result, "no-creation")]).toEqual([0, "holds"]);
    expect(metric(result, "duplicates")).toBe(0);
  });
});

/** What storage does to a cluster: retention, compaction, checkpoints, and disks that fail. */
import { describe, expect, it } from "vitest";
import { MILLISECOND, RandomChance, SECOND } from "../../src/kernel/index.js";
import type { FaultSpec } from "../../src/network/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import { BROKERS, type ClusterSpec, assembled, crash, cut, paced, run } from "./support/clusters.js";
import type { Held } from "./support/held.js";
import { compacting, retaining } from "./support/storage-twins.js";
import { runSwarm } from "./support/swarm.js";

const metric = (result: RunResult, name: string): number => result.metrics[name] ?? 0;

/** The brokers' replicas of the partition after so many seconds, in the order of the brokers. */
function replicasAt(seconds: number, spec: ClusterSpec): readonly (Held | undefined)[] {
  const { simulation, residents } = assembled(spec, {}, new RandomChance("storage", 0));
  while (simulation.run(seconds * SECOND) === "stopped");
  return BROKERS.map((broker) => {
    const program = residents.find(({ node }) => node.name === broker)?.program;
    return (program?.snapshot() as readonly Held[])[0];
  });
}

const SMALL_SEGMENTS = { segmentBytes: 2_000, retentionBytes: 8_000 };
const EAGER = { initialTaskDelay: SECOND, retentionCheckInterval: SECOND };

describe("storage under random faults", () => {
  it.each([
    ["retention", retaining, "kafka_segments_deleted"],
    ["compaction", compacting, "kafka_records_compacted"],
  ] as const)("breaks no invariant with %s", { timeout: 120_000 }, (_name, spec, work) => {
    const outcomes = Array.from({ length: 5 }, (_, seed) => runSwarm(seed, {}, spec));
    expect(outcomes.map(({ invariants }) => [...invariants.broken.keys()])).toEqual(outcomes.map(() => []));
    for (const { result } of outcomes) {
      expect(metric(result, work)).toBeGreaterThan(20);
      expect(metric(result, "acknowledged")).toBe(500);
    }
    expect(outcomes.filter(({ invariants }) => invariants.successions > 0).length).toBeGreaterThan(2);
  });
});

describe("retention", () => {
  const slow = (autoOffsetReset: string): RunResult =>
    run({
      topic: SMALL_SEGMENTS,
      broker: EAGER,
      consumer: { autoOffsetReset },
      faults: BROKERS.map((broker) => cut(broker, "consumer", 4, 20)),
      pace: paced(3, 10, 600),
    });

  it("does not wait for consumers: whoever is too slow loses what was deleted (K21) …", () => {
    const result = slow("earliest");
    const lost = 600 - metric(result, "delivered");
    expect([lost > 300, lost < 600]).toEqual([true, true]);
    expect([metric(result, "kafka_positions_reset"), metric(result, "acknowledged_lost")]).toEqual([1, lost]);
  });

  it("… and what is still there, if its policy is to begin at the end", () => {
    const [earliest, latest] = [slow("earliest"), slow("latest")];
    expect(metric(latest, "delivered")).toBeLessThan(metric(earliest, "delivered") - 10);
    expect(metric(latest, "kafka_positions_reset")).toBe(1);
  });

  it("moves the log start offset on followers, too", () => {
    const starts = replicasAt(30, { topic: SMALL_SEGMENTS, broker: EAGER, pace: paced(3, 10, 600) });
    expect(starts.map((each) => each?.logStartOffset)).toEqual(new Array(3).fill(starts[0]?.logStartOffset));
    expect(starts[0]?.logStartOffset).toBeGreaterThan(400);
  });

  it("leaves nothing for a follower to go on from that was away too long: it begins anew", () => {
    const spec = {
      topic: SMALL_SEGMENTS,
      broker: { ...EAGER, replicaLagTimeMax: 2 * SECOND },
      faults: [cut("b1", "b3", 4, 12)],
      pace: paced(3, 10, 600),
    };
    const before = replicasAt(15, spec);
    expect(before[2]?.logEndOffset).toBeLessThan(before[0]?.logStartOffset ?? 0);
    const after = replicasAt(30, spec);
    expect(after[2]?.logEndOffset).toBe(after[0]?.logEndOffset);
    expect(after[2]?.logStartOffset).toBe(after[0]?.logStartOffset);
  });

  it("goes by the broker's clock: one that is fast deletes early", () => {
    const kept = (offset: number): number => {
      const skew: FaultSpec = { verb: "skew", node: "b1", offset, when: { kind: "at", at: 10 * SECOND } };
      const spec = {
        topic: { segmentBytes: 2_000, retentionTime: 3_600 * SECOND },
        broker: EAGER,
        faults: [skew],
      };
      return replicasAt(20, spec)[0]?.log.length ?? -1;
    };
    expect([kept(0) > 100, kept(7_200 * SECOND)]).toEqual([true, 0]);
  });
});

describe("a compacted topic", () => {
  it("takes no record without a key", () => {
    const result = run({ topic: { cleanupPolicy: "compact" }, pace: paced(3, 10, 50) });
    expect([metric(result, "acknowledged"), metric(result, "failed")]).toEqual([0, 50]);
  });

  it("costs the disk time and is the same when all is done", () => {
    const disk = {
      write: { kind: "constant", value: MILLISECOND },
      sync: { kind: "constant", value: 5 * MILLISECOND },
      writeback: 30 * SECOND,
      tearing: 0,
    } as const;
    const left = (more: ClusterSpec): unknown =>
      replicasAt(60, { ...compacting, pace: paced(3, 10, 600), ...more }).map((each) => {
        return each?.log.reduce((sum, { keptCount }) => sum + keptCount, 0);
      });
    expect(left({ disk })).toEqual(left({}));
  });
});

describe("a broker that starts again", () => {
  it("begins with the high watermark that it has written down last", () => {
    const all = BROKERS.map((broker) => crash(broker, 9, 1));
    // Nobody can move it: followers are cut off, and no record is written any more.
    const alone = [cut("b1", "b2", 9, 60), cut("b1", "b3", 9, 60)];
    const began = (watermarkCheckpointInterval: number): number | undefined => {
      const broker = { watermarkCheckpointInterval, sessionTimeout: 2 * SECOND };
      const spec = { broker, controller: { sessionTimeout: 2 * SECOND }, faults: [...all, ...alone] };
      return replicasAt(16, spec).find((each) => each !== undefined)?.highWatermark;
    };
    expect(began(SECOND)).toBe(200);
    expect(began(100 * SECOND)).toBe(0);
  });

  it("does not offer again what it had deleted", () => {
    const spec: ClusterSpec = {
      topic: SMALL_SEGMENTS,
      broker: { ...EAGER, retentionCheckInterval: 4 * SECOND },
      pace: paced(3, 10, 600),
      faults: BROKERS.map((broker) => crash(broker, 20, 2, true)),
    };
    const before = replicasAt(19, spec)[0]?.logStartOffset ?? 0;
    expect(before).toBeGreaterThan(100);
    expect(replicasAt(40, spec)[0]?.logStartOffset).toBeGreaterThanOrEqual(before);
  });
});

describe("a disk that is full", () => {
  const disk = {
    write: { kind: "constant", value: 0 },
    sync: { kind: "constant", value: 0 },
    writeback: 30 * SECOND,
    tearing: 0,
    capacity: 10_000,
  } as const;

  it("halts its broker, and others take over", () => {
    const result = run({ disks: { b1: disk }, topic: { minInsyncReplicas: 2 }, drain: 60 });
    expect([metric(result, "kafka_disk_failures"), metric(result, "kafka_brokers_fenced")]).toEqual([1, 1]);
    expect([metric(result, "acknowledged"), metric(result, "acknowledged_lost")]).toEqual([200, 0]);
    expect(metric(result, "kafka_leader_elections")).toBe(2);
  });

  it("has room again where retention deletes in time", () => {
    const topic = { segmentBytes: 1_500, retentionBytes: 2_000, fileDeleteDelay: 0 };
    const broker = { initialTaskDelay: 0, retentionCheckInterval: 100 * MILLISECOND };
    const result = run({ disks: { b1: disk }, topic, broker });
    expect([metric(result, "kafka_disk_failures"), metric(result, "delivered")]).toEqual([0, 200]);
    const later = run({ disks: { b1: disk }, topic: { ...topic, fileDeleteDelay: 60 * SECOND }, broker });
    expect(metric(later, "kafka_disk_failures")).toBe(1);
  });
});

describe("a producer whose state has expired", () => {
  /** Records reach the leader, answers do not reach the producer. */
  const unanswered = (producerExpiration: number): RunResult =>
    run({
      broker: { producerExpiration, producerExpirationCheckInterval: SECOND / 2 },
      producer: { requestTimeout: 3 * SECOND },
      faults: [
        {
          verb: "cut",
          from: "b1",
          to: "producer",
          bothWays: false,
          when: { kind: "at", at: 4 * SECOND },
          lasting: 10 * SECOND,
        },
      ],
      drain: 60,
    });

  it("writes its repetitions again (K7)", () => {
    const [forgotten, known] = [unanswered(2 * SECOND), unanswered(86_400 * SECOND)];
    expect([metric(known, "duplicates"), metric(known, "kafka_producers_expired")]).toEqual([0, 0]);
    expect(metric(forgotten, "duplicates")).toBeGreaterThan(0);
    expect(metric(forgotten, "kafka_producers_expired")).toBeGreaterThan(0);
  });
});

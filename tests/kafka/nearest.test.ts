/** Consumers that read from the replica in their rack (KIP-392). */
import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../src/kernel/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import { type ClusterSpec, cut, paced, run, stop } from "./support/clusters.js";
import { racked } from "./support/racks.js";
import { runTransactions } from "./support/transactions.js";

const metric = (result: RunResult, name: string): number => result.metrics[name] ?? 0;
const FROM_FOLLOWERS = "kafka_records_from_followers";

/** b1 leads; the consumer is where b2 is. */
const near = racked({ consumer: "b2" });

describe("a consumer in a follower's rack", () => {
  it("reads from that follower, everything once", () => {
    const result = run(near);
    expect([metric(result, "delivered"), metric(result, "duplicates")]).toEqual([200, 0]);
    expect(metric(result, FROM_FOLLOWERS)).toBe(200);
  });

  it.each<[string, ClusterSpec]>([
    ["the brokers do not select by rack", { ...near, broker: {} }],
    ["it is where the leader is", racked({ consumer: "b1" })],
    ["nobody is where it is", { ...near, consumers: { consumer: { clientRack: "elsewhere" } } }],
    ["it does not say where it is", { ...near, consumers: { consumer: {} } }],
  ])("reads from the leader where %s", (_, spec) => {
    const result = run(spec);
    expect([metric(result, "delivered"), metric(result, FROM_FOLLOWERS)]).toEqual([200, 0]);
  });

  it("goes on at the leader when the follower is gone, and comes back when it is in sync again", () => {
    const faults = [stop("b2", 4, 6)];
    const spec = { ...near, consumer: { metadataMaxAge: SECOND } };
    const result = run({ ...spec, faults, pace: paced(3, 50, 400) });
    expect([metric(result, "delivered"), metric(result, "duplicates")]).toEqual([400, 0]);
    expect(metric(result, FROM_FOLLOWERS)).toBeGreaterThan(150);
    expect(metric(result, FROM_FOLLOWERS)).toBeLessThan(300);
    expect(metric(result, "latency_max_ms")).toBeLessThan(SECOND / MILLISECOND);
  });

  it("asks the leader again when its lease is over, and is told to stay there while the follower lags", () => {
    const latest = (metadataMaxAge: number): number => {
      const faults = [cut("b1", "b2", 4, 30)];
      const lagging = { ...near.broker, replicaLagTimeMax: 2 * SECOND };
      const spec = { ...near, broker: lagging, consumer: { metadataMaxAge }, faults };
      const result = run({ ...spec, pace: paced(3, 50, 400) });
      expect([metric(result, "delivered"), metric(result, "duplicates")]).toEqual([400, 0]);
      return metric(result, "latency_max_ms");
    };
    expect(latest(5 * SECOND)).toBeLessThan(7_000);
    expect(latest(300 * SECOND)).toBeGreaterThan(20_000);
  });

  it("hears of what is committed one fetch of the follower later, which waits as long as it may (KAFKA-9952)", () => {
    const mean = (spec: ClusterSpec): number =>
      metric(run({ ...spec, pace: paced(3, 1_000, 20) }), "latency_mean_ms");
    const waiting = (replicaFetchWaitMax: number): ClusterSpec => {
      return { ...near, broker: { ...near.broker, replicaFetchWaitMax } };
    };
    expect(mean(racked({ consumer: "b1" }))).toBeLessThan(10);
    expect(mean(waiting(500 * MILLISECOND))).toBeGreaterThan(490);
    expect(mean(waiting(20 * MILLISECOND))).toBeLessThan(40);
  });

  it("reads there as a member of a group, too", () => {
    const result = run({ ...near, consumer: { group: "readers" }, pace: paced(10, 10, 200) });
    expect([metric(result, "delivered"), metric(result, "duplicates")]).toEqual([200, 0]);
    expect(metric(result, FROM_FOLLOWERS)).toBe(200);
  });

  it("reads committed records there, and leaves out what was aborted", () => {
    const { broker, each } = near;
    const { ledger, result } = runTransactions({
      broker: broker ?? {},
      each: each ?? {},
      transact: { abortEvery: 4, lasting: 50 * MILLISECOND },
      consumer: { clientRack: "rack-of-b3" },
    });
    expect(ledger.anomalies()).toEqual({});
    expect([ledger.ended(0).length, ledger.ended(1).length]).toEqual([75, 25]);
    expect(metric(result, FROM_FOLLOWERS)).toBeGreaterThan(100);
  });
});

describe("a follower that has deleted what the leader still has", () => {
  const deletesFirst: ClusterSpec = {
    ...near,
    topic: { segmentBytes: 2_000, retentionBytes: 6_000 },
    each: { ...near.each, b2: { ...near.each?.["b2"], retentionCheckInterval: SECOND } },
    broker: { ...near.broker, initialTaskDelay: SECOND },
    consumer: {
      fetchMaxBytes: 500,
      maxPartitionFetchBytes: 500,
      maxPollRecords: 1,
      processing: { kind: "constant", value: 50 * MILLISECOND },
    },
  };

  it("sends the consumer to the leader, and no policy decides", () => {
    const result = run(deletesFirst);
    expect(metric(result, FROM_FOLLOWERS)).toBeGreaterThan(10);
    expect([metric(result, "delivered"), metric(result, "kafka_positions_reset")]).toEqual([200, 0]);
  });

  it("has it skip records where it does not fall back", () => {
    const result = run(deletesFirst, { fallsBackToLeader: false });
    expect(metric(result, "kafka_positions_reset")).toBeGreaterThan(0);
    expect(metric(result, "delivered")).toBeLessThan(200);
  });
});

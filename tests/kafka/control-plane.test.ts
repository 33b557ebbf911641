/** The control plane: a quorum of controllers, brokers that end in good order, replicas that move. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../src/kernel/index.js";
import type { RunResult } from "../../src/scenario/index.js";
import { type ClusterSpec, crash, cut, paced, run, stop } from "./support/clusters.js";

const metric = (result: RunResult, name: string): number => result.metrics[name] ?? 0;
const verdict = (result: RunResult, check: string): string | undefined =>
  result.checks.find((each) => each.check === check)?.verdict;

describe("a quorum of controllers", () => {
  const three: ClusterSpec = { controllers: 3, pace: paced(6, 20, 1_000), drain: 60 };
  const all = ["controller", "controller2", "controller3"];
  const others = (one: string): readonly string[] => all.filter((name) => name !== one);

  it("elects one of them, and brokers find it", () => {
    const result = run(three);
    expect([metric(result, "kafka_controller_terms"), metric(result, "acknowledged")]).toEqual([1, 1_000]);
  });

  it("goes on without any one of its members: somebody else takes over within seconds", () => {
    const results = all.map((name) => run({ ...three, faults: [crash(name, 10, 60), crash("b1", 16, 60)] }));
    expect(results.map((result) => metric(result, "acknowledged"))).toEqual([1_000, 1_000, 1_000]);
    expect(results.map((result) => metric(result, "kafka_controller_terms")).sort((a, b) => a - b)).toEqual([
      1, 1, 2,
    ]);
    // The new one gives brokers a whole session; then b1 is replaced.
    for (const result of results) expect(metric(result, "ack_latency_max_ms")).toBeLessThan(11_000);
  });

  it("decides nothing without a majority, and everything when it is back", () => {
    const slowest = (lasting: number, name: string): number => {
      const faults = [...others(name).map((other) => crash(other, 10, lasting)), crash("b1", 12, 90)];
      const result = run({ ...three, faults, drain: 120 });
      expect(metric(result, "acknowledged")).toBe(1_000);
      return metric(result, "ack_latency_max_ms");
    };
    for (const name of all) expect(slowest(40, name)).toBeGreaterThan(38_000);
  });

  it("has one whose decisions are not heard when the old one is cut off, which gives up", () => {
    const results = all.map((name) => {
      const faults = others(name).map((other) => cut(name, other, 10, 60));
      return run({ ...three, faults: [...faults, crash("b1", 16, 60)] });
    });
    expect(results.map((result) => metric(result, "acknowledged"))).toEqual([1_000, 1_000, 1_000]);
    expect(results.map((result) => metric(result, "kafka_controller_terms")).sort((a, b) => a - b)).toEqual([
      1, 1, 2,
    ]);
  });

  it("does not lose a decision: what the old one had committed the new one knows", () => {
    const results = all.map((name) =>
      run({ ...three, topic: { minInsyncReplicas: 2 }, faults: [crash("b1", 8, 60), crash(name, 20, 60)] }),
    );
    for (const result of results) {
      expect([metric(result, "acknowledged"), metric(result, "acknowledged_lost")]).toEqual([1_000, 0]);
      expect(metric(result, "kafka_leader_elections")).toBe(2);
    }
  });
});

describe("a broker that is asked to end", () => {
  const restarts = (how: (seconds: number) => ReturnType<typeof stop>): RunResult =>
    run({ topic: { minInsyncReplicas: 2 }, faults: [how(5)], pace: paced(3, 10, 1_000), drain: 60 });

  it("has others lead before it does so: nobody waits for its session to end", () => {
    const clean = restarts((seconds) => stop("b1", seconds, 5));
    const crashed = restarts((seconds) => crash("b1", seconds, 5));
    expect([metric(clean, "acknowledged"), metric(crashed, "acknowledged")]).toEqual([1_000, 1_000]);
    expect(metric(clean, "ack_latency_max_ms")).toBeLessThan(500);
    expect(metric(crashed, "ack_latency_max_ms")).toBeGreaterThan(7_000);
  });

  it("can be one after the other, all of them, without a record lost", () => {
    const faults = [stop("b1", 5, 3), stop("b2", 15, 3), stop("b3", 25, 3)];
    const spec = { topic: { minInsyncReplicas: 2 }, faults, pace: paced(3, 10, 4_000), drain: 60 };
    const result = run(spec);
    expect([metric(result, "acknowledged"), metric(result, "acknowledged_lost")]).toEqual([4_000, 0]);
    expect(metric(result, "ack_latency_max_ms")).toBeLessThan(500);
  });

  it("is killed when the controller cannot be reached", () => {
    const faults = [cut("b1", "controller", 4, 30), stop("b1", 5, 60, 3)];
    const result = run({ faults, pace: paced(3, 10, 1_000), drain: 60 });
    // Killed at 8 s, and fenced at 13 s, nine seconds after it was last heard.
    expect(metric(result, "ack_latency_max_ms")).toBeGreaterThan(3_500);
    expect(metric(result, "acknowledged")).toBe(1_000);
  });

  it("stays eligible to lead when it was the last in sync (KIP-966), and took all it had to the disk", () => {
    const disk = {
      write: { kind: "constant", value: 0 },
      sync: { kind: "constant", value: 0 },
      writeback: 300 * SECOND,
      tearing: 0,
    } as const;
    const last = (ends: ClusterSpec["faults"]): RunResult =>
      run({
        topic: { minInsyncReplicas: 1 },
        disk,
        faults: [cut("b1", "consumer", 2.9, 60), crash("b2", 6, 80), crash("b3", 6, 80), ...(ends ?? [])],
        pace: paced(3, 10, 2_000),
        drain: 120,
      });
    const clean = last([stop("b1", 25, 10)]);
    expect([metric(clean, "acknowledged_lost"), metric(clean, "delivered")]).toEqual([0, 2_000]);
    const lossy = last([crash("b1", 25, 10, true)]);
    expect(metric(lossy, "acknowledged_lost")).toBeGreaterThan(1_000);
  });
});

describe("leadership", () => {
  const spec: ClusterSpec = { faults: [stop("b1", 5, 3)], pace: paced(3, 20, 1_000), drain: 30 };

  it("is given back to the first replica when it is looked at", () => {
    const elections = (controller: ClusterSpec["controller"]): number =>
      metric(run({ ...spec, ...(controller === undefined ? {} : { controller }) }), "kafka_leader_elections");
    expect(elections(undefined)).toBe(2);
    expect(elections({ leaderImbalanceCheckInterval: 15 * SECOND })).toBe(3);
    expect(elections({ leaderImbalanceCheckInterval: 15 * SECOND, autoLeaderRebalance: false })).toBe(2);
  });

  it("is given back when an administrator asks for it", () => {
    const command = { broker: "b2", activity: "elect", options: { topic: "orders" }, at: 15 } as const;
    const result = run({ ...spec, commands: [command] });
    expect([metric(result, "kafka_leader_elections"), metric(result, "acknowledged")]).toEqual([3, 1_000]);
  });

  it("goes to anybody when an administrator says so, where nobody may have it", () => {
    const faults = [cut("b1", "b2", 5, 15), cut("b1", "b3", 5, 15), crash("b1", 12, 60)];
    const broker = { replicaLagTimeMax: 2 * SECOND };
    const options = { topic: "orders", type: "unclean" };
    const commands = [{ broker: "b2", activity: "elect", options, at: 30 } as const];
    const cautious = run({ faults, broker, pace: paced(3, 20, 1_000), drain: 120 });
    const bold = run({ faults, broker, commands, pace: paced(3, 20, 1_000), drain: 120 });
    expect(metric(cautious, "kafka_truncated_records")).toBe(0);
    expect(metric(bold, "kafka_truncated_records")).toBeGreaterThan(100);
    expect(metric(bold, "ack_latency_max_ms")).toBeLessThan(metric(cautious, "ack_latency_max_ms") - 30_000);
  });
});

describe("a partition whose replicas are to be others", () => {
  const moved = (replicas: readonly string[], more: ClusterSpec = {}): RunResult =>
    run({
      brokers: ["b1", "b2", "b3", "b4", "b5"],
      topic: { minInsyncReplicas: 2 },
      pace: paced(3, 10, 2_000),
      drain: 60,
      commands: [{ broker: "b2", activity: "reassign", options: { topic: "orders", replicas }, at: 6 }],
      ...more,
    });

  it("moves while it is used, and nobody misses a record", () => {
    const result = moved(["b4", "b5", "b2"]);
    expect([metric(result, "acknowledged"), metric(result, "delivered")]).toEqual([2_000, 2_000]);
    expect([metric(result, "duplicates"), verdict(result, "ordered")]).toEqual([0, "holds"]);
    expect(metric(result, "kafka_leader_elections")).toBe(2);
  });

  it("does not depend on the old ones any more", () => {
    const faults = [crash("b1", 15, 60), crash("b3", 15, 60)];
    const result = moved(["b4", "b5", "b2"], { faults });
    expect(metric(result, "acknowledged")).toBe(2_000);
    expect(metric(result, "ack_latency_max_ms")).toBeLessThan(500);
  });

  it("waits for new ones that are away, and finishes with them", () => {
    const faults = [crash("b4", 4, 20)];
    const result = moved(["b4", "b2", "b3"], { faults });
    expect([metric(result, "acknowledged"), metric(result, "acknowledged_lost")]).toEqual([2_000, 0]);
    expect(metric(result, "kafka_leader_elections")).toBe(2);
  });

  it("has its preferred leader changed by another order alone, once leadership is given back", () => {
    const result = moved(["b3", "b1", "b2"], {
      controller: { leaderImbalanceCheckInterval: 10 * SECOND },
    });
    expect([metric(result, "kafka_leader_elections"), metric(result, "acknowledged")]).toEqual([2, 2_000]);
  });
});

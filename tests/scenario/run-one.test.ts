import { describe, expect, it } from "vitest";
import { MILLISECOND, RandomChance, SECOND } from "../../src/kernel/index.js";
import { BUILT_IN_METRICS, runOne } from "../../src/scenario/index.js";
import { DELAY, link, pair, registry, run, scenario, send } from "./scenarios.js";

describe("a run", () => {
  it("delivers, acknowledges and counts what the scenario says", () => {
    const result = run();
    expect(result.end).toBe("horizon");
    expect(result.metrics).toMatchObject({
      published: 10,
      acknowledged: 10,
      failed: 0,
      unresolved: 0,
      wanted: 10,
      delivered: 10,
      delivered_ratio: 1,
      lost: 0,
      late: 0,
      missed: 0,
      acknowledged_lost: 0,
      duplicates: 0,
      out_of_order: 0,
      latency_mean_ms: 10,
      latency_max_ms: 10,
      ack_latency_mean_ms: 20,
      ack_latency_max_ms: 20,
      packets_sent: 20,
      packets_lost: 0,
      packets_per_delivered: 2,
      bytes_sent: 10 * (28 + 14) + 10 * (28 + 4),
      payload_bytes: 10 * 14 + 10 * 4,
      bytes_per_delivered: 74,
      connects: 1,
      reconnects: 0,
      toy_sent: 10,
      toy_waiting_max: 0,
    });
  });

  it("has every built-in metric, in their order, before the model's own", () => {
    const names = BUILT_IN_METRICS.map(({ name }) => name);
    expect(Object.keys(run().metrics)).toEqual([...names, "toy_sent", "toy_waiting_max"]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("has quantiles within 0.1 % and null where there is nothing to measure", () => {
    const { metrics } = run();
    for (const quantile of ["p50", "p90", "p99"]) {
      expect(Math.abs((metrics[`latency_${quantile}_ms`] as number) - 10)).toBeLessThanOrEqual(0.01);
    }
    expect(run({ workload: [] }).metrics).toMatchObject({
      published: 0,
      delivered_ratio: null,
      latency_mean_ms: null,
      ack_latency_p99_ms: null,
      latency_max_ms: null,
      bytes_per_delivered: null,
      packets_per_delivered: null,
    });
  });

  it("evaluates all checkers, always", () => {
    expect(run().checks.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
      "no-creation holds",
      "at-most-once holds",
      "at-least-once holds",
      "exactly-once holds",
      "ordered holds",
      "acknowledged-durable holds",
      "retained unknown",
      "will unknown",
    ]);
  });

  it("loses at quality 0 what the link loses", () => {
    const pace = { kind: "fixed", start: SECOND, every: MILLISECOND, count: 5_000 } as const;
    const { metrics } = run({ ...pair("ann", "bob", 0.2), workload: [send("ann", pace, 0)] });
    expect(metrics["delivered_ratio"]).toBeCloseTo(0.8, 1);
    expect((metrics["delivered"] as number) + (metrics["lost"] as number)).toBe(5_000);
    expect(metrics["packets_lost"]).toBe(metrics["lost"]);
    expect(metrics).toMatchObject({ acknowledged: 0, unresolved: 5_000 });
  });

  it("calls late what is still held at the end, and leaves at-least-once open", () => {
    const cut = { verb: "cut", from: "ann", to: "bob", bothWays: false } as const;
    const result = run({ faults: [{ ...cut, when: { kind: "at", at: 5_500 * MILLISECOND } }] });
    expect(result.metrics).toMatchObject({ delivered: 5, late: 5, lost: 0, acknowledged: 5, unresolved: 5 });
    expect(result.checks.find(({ check }) => check === "at-least-once")?.verdict).toBe("holds");
  });

  it("keeps a row a message and recipient when asked to", () => {
    const { messages } = run({ messages: true });
    expect(messages).toHaveLength(10);
    expect(messages[3]).toEqual({
      message: "ann/ann/q1#3",
      publisher: "ann",
      topic: "ann",
      qos: 1,
      recipient: "bob",
      publishedAt: 4 * SECOND,
      acknowledgedAt: 4 * SECOND + 2 * DELAY,
      deliveredAt: 4 * SECOND + DELAY,
      deliveries: 1,
    });
    expect(run().messages).toEqual([]);
  });

  it("samples gauges and links", () => {
    const series = { every: SECOND + DELAY, of: ["toy_waiting", "link_in_flight", "link_queue_bytes"] };
    const points = run({ series, horizon: 3 * SECOND }).series;
    expect(points.filter(({ gauge }) => gauge === "toy_waiting")).toEqual([
      { at: 0, gauge: "toy_waiting", place: "ann", value: 0 },
      { at: 1_010 * MILLISECOND, gauge: "toy_waiting", place: "ann", value: 1 },
      { at: 2_020 * MILLISECOND, gauge: "toy_waiting", place: "ann", value: 1 },
    ]);
    expect(points).toContainEqual({
      at: 1_010 * MILLISECOND,
      gauge: "link_in_flight",
      place: "ann>bob",
      value: 1,
    });
    expect(points.some(({ gauge }) => gauge === "link_queue_bytes")).toBe(true);
  });

  it("counts neither messages nor packets of the warm-up", () => {
    const { metrics } = run({ warmup: 3 * SECOND });
    expect(metrics).toMatchObject({ published: 8, acknowledged: 8, delivered: 8, wanted: 8 });
    expect(metrics).toMatchObject({ packets_sent: 16, connects: 0, packets_per_delivered: 2 });
    expect(run({ warmup: 100 * SECOND }).metrics).toMatchObject({ published: 0, packets_sent: 0 });
  });

  it("refuses what the scenario does not have", () => {
    const stranger = {
      name: "cid",
      role: "toy.nobody",
      options: {},
      transport: { kind: "datagram" },
    } as const;
    expect(() => run({ nodes: [stranger], links: [], workload: [] })).toThrow("no role is called toy.nobody");
    expect(() => run({ workload: [send("cid", { kind: "once", start: 0 })] })).toThrow(
      "no node is called cid",
    );
    expect(() => run({ links: [link("ann", "cid")] })).toThrow();
  });
});

describe("the end of a run", () => {
  it("comes drain after the last operation", () => {
    expect(run().endedAt).toBe(15 * SECOND);
    expect(run({ workload: [] }).endedAt).toBe(5 * SECOND);
  });

  it("comes drain after the last fault has healed, if that is later", () => {
    const crash = { verb: "crash", node: "bob", power: false } as const;
    const when = { kind: "at", at: 8 * SECOND } as const;
    expect(run({ faults: [{ ...crash, when, lasting: 20 * SECOND }] }).endedAt).toBe(33 * SECOND);
  });

  it("waits for no fault that never heals", () => {
    const cut = { verb: "cut", from: "ann", to: "bob", bothWays: true } as const;
    expect(run({ faults: [{ ...cut, when: { kind: "at", at: 12 * SECOND } }] }).endedAt).toBe(17 * SECOND);
  });

  it("comes drain after the last fault that chance makes", () => {
    const when = { kind: "random", meanEvery: 2 * SECOND, from: 0, until: 40 * SECOND } as const;
    const pause = { verb: "pause", node: "bob", when, lasting: SECOND } as const;
    const { endedAt } = run({ faults: [pause] });
    expect(endedAt).toBeGreaterThan(15 * SECOND);
    expect(endedAt).toBeLessThanOrEqual(46 * SECOND);
  });

  it("comes at the horizon, whatever is still to come", () => {
    const result = run({ horizon: 4_500 * MILLISECOND });
    expect(result).toMatchObject({ end: "horizon", endedAt: 4_500 * MILLISECOND });
    expect(result.metrics).toMatchObject({ published: 4 });
    expect(run({ horizon: 500 * SECOND })).toMatchObject({ end: "horizon", endedAt: 500 * SECOND });
  });

  it("waits for an operation that a pause put off", () => {
    const pause = { verb: "pause", node: "ann", lasting: 30 * SECOND } as const;
    const result = run({ faults: [{ ...pause, when: { kind: "at", at: 500 * MILLISECOND } }] });
    expect(result.metrics).toMatchObject({ published: 10, delivered: 10 });
    expect(result.endedAt).toBe(35_500 * MILLISECOND);
  });

  it("comes although a closed loop never gets its answers", () => {
    const workload = [send("ann", { kind: "closed", start: SECOND, window: 3, count: 100 })];
    const links = [link("ann", "bob", 1), link("bob", "ann")];
    const result = run({ workload, links });
    expect(result.metrics).toMatchObject({ published: 3, delivered: 0, late: 3 });
    expect(result.endedAt).toBe(6 * SECOND);
  });

  it("is told when there were more events than allowed, and no loss is held against such a run", () => {
    const result = run({ eventsMax: 20 });
    expect(result.end).toBe("exhausted");
    expect(result.eventsProcessed).toBe(20);
    expect(result.checks.filter(({ verdict }) => verdict === "violated")).toEqual([]);
  });

  it("is told when the run goes on without time passing", () => {
    const spinner = {
      name: "spin",
      role: "toy.spinner",
      options: {},
      transport: { kind: "datagram" },
    } as const;
    const result = run({ nodes: [spinner], links: [], workload: [] });
    expect(result).toMatchObject({ end: "livelock", endedAt: 3 });
  });
});

describe("the same seed", () => {
  const lossy = scenario({
    nodes: [...pair("ann", "bob").nodes, ...pair("cid", "dot").nodes],
    links: [...pair("ann", "bob", 0.3).links, ...pair("cid", "dot", 0.3).links],
    workload: [
      send("ann", { kind: "poisson", start: 0, every: 50 * MILLISECOND, count: 100 }),
      send("cid", { kind: "uniform-slot", start: 0, every: 50 * MILLISECOND, count: 100 }),
      send("cid", { kind: "closed", start: 0, window: 2, count: 50 }),
      send("ann", { kind: "once", start: SECOND }),
      send("cid", { kind: "once", start: SECOND }),
    ],
    faults: [
      { verb: "crash", node: "bob", power: false, when: { kind: "at", at: SECOND }, lasting: SECOND },
      {
        verb: "cut",
        from: "cid",
        to: "dot",
        bothWays: true,
        when: { kind: "at", at: SECOND },
        lasting: SECOND,
      },
    ],
  });
  const chance = (seed = "7"): RandomChance => new RandomChance(seed, 0);

  it("gives the same run", () => {
    expect(runOne(lossy, registry, chance())).toEqual(runOne(lossy, registry, chance()));
  });

  it("gives another run than another seed", () => {
    const fingerprints = ["7", "8", "9"].map((seed) => runOne(lossy, registry, chance(seed)).fingerprint);
    expect(new Set(fingerprints).size).toBe(3);
  });

  it("gives the same run in whatever order nodes, links, faults and activities are declared", () => {
    const turned = {
      ...lossy,
      nodes: [...lossy.nodes].reverse(),
      links: [...lossy.links].reverse(),
      faults: [...lossy.faults].reverse(),
      workload: [1, 2, 4, 0, 3].map((index) => lossy.workload[index]) as typeof lossy.workload,
    };
    expect(runOne(turned, registry, chance())).toEqual(runOne(lossy, registry, chance()));
  });

  it("gives the same run with and without a trace, series and rows of messages", () => {
    const plain = runOne(lossy, registry, chance());
    const kept = runOne(lossy, registry, chance(), { trace: true });
    expect(kept.fingerprint).toBe(plain.fingerprint);
    expect(kept.metrics).toEqual(plain.metrics);
    expect(kept.trace?.some(({ type }) => type === "delivered")).toBe(true);
    expect(plain).not.toHaveProperty("trace");
    const observed = { ...lossy, messages: true, series: { every: 7 * MILLISECOND, of: ["link_in_flight"] } };
    expect(runOne(observed, registry, chance()).fingerprint).toBe(plain.fingerprint);
  });

  it("leaves everybody else's luck alone when a node is added", () => {
    const alone = scenario({
      ...pair("ann", "bob", 0.3),
      workload: [lossy.workload[0] as (typeof lossy.workload)[0]],
      messages: true,
    });
    const joined = {
      ...alone,
      nodes: [...pair("aaa", "zoe").nodes, ...alone.nodes],
      links: [...pair("aaa", "zoe", 0.5).links, ...alone.links],
      workload: [
        send("aaa", { kind: "poisson", start: 0, every: MILLISECOND, count: 500 }),
        ...alone.workload,
      ],
    };
    const rows = runOne(joined, registry, chance()).messages.filter(({ publisher }) => publisher === "ann");
    expect(rows).toEqual(runOne(alone, registry, chance()).messages);
  });
});

import { describe, expect, it } from "vitest";
import { MILLISECOND, RandomChance, SECOND } from "../../src/kernel/index.js";
import type { FaultSpec } from "../../src/network/index.js";
import type { Pace, RunResult } from "../../src/scenario/index.js";
import { DELAY, pair, run, send } from "./scenarios.js";

function paced(pace: Pace, changes: Parameters<typeof run>[0] = {}, seed = "1"): RunResult {
  return run({ workload: [send("ann", pace)], messages: true, ...changes }, new RandomChance(seed, 0));
}

const instants = ({ messages }: RunResult): number[] => messages.map(({ publishedAt }) => publishedAt);

const fault = (changes: object): FaultSpec =>
  ({ when: { kind: "at", at: 3_500 * MILLISECOND }, lasting: 3 * SECOND, ...changes }) as FaultSpec;

describe("an activity", () => {
  it("happens once at its start", () => {
    expect(instants(paced({ kind: "once", start: 3 * SECOND }))).toEqual([3 * SECOND]);
  });

  it("happens at fixed instants", () => {
    const pace = { kind: "fixed", start: 5, every: 7 * MILLISECOND, count: 4 } as const;
    expect(instants(paced(pace))).toEqual([0, 1, 2, 3].map((i) => 5 + i * 7 * MILLISECOND));
    expect(instants(paced({ ...pace, count: 0 }))).toEqual([]);
  });

  it("happens as a Poisson process, with the gaps' mean and standard deviation alike", () => {
    const every = 20 * MILLISECOND;
    const at = instants(paced({ kind: "poisson", start: SECOND, every, count: 4_000 }));
    const gaps = at.map((instant, i) => instant - (at[i - 1] ?? SECOND));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.abs(mean / every - 1)).toBeLessThan(0.05);
    expect(Math.abs(Math.sqrt(variance) / every - 1)).toBeLessThan(0.07);
  });

  it("happens once in each slot, anywhere in it", () => {
    const every = 20 * MILLISECOND;
    const at = instants(paced({ kind: "uniform-slot", start: SECOND, every, count: 2_000 }));
    const places = at.map((instant, i) => (instant - SECOND - i * every) / every);
    expect(places.every((place) => place >= 0 && place <= 1)).toBe(true);
    expect(places.reduce((sum, place) => sum + place, 0) / places.length).toBeCloseTo(0.5, 1);
    expect(places.filter((place) => place < 0.1).length / places.length).toBeCloseTo(0.1, 1);
  });

  it("happens in a closed loop as soon as fewer than its window are unfinished", () => {
    const at = instants(paced({ kind: "closed", start: SECOND, window: 2, count: 6 }));
    const rounds = [0, 0, 1, 1, 2, 2];
    expect(at).toEqual(rounds.map((round) => SECOND + round * 2 * DELAY));
  });

  it("refills a closed loop by an event each time, also when operations finish at once", () => {
    const pace = { kind: "closed", start: SECOND, window: 1, count: 1_000 } as const;
    const { eventsProcessed, metrics } = run({ workload: [send("ann", pace, 0)], horizon: SECOND });
    expect(metrics["published"]).toBe(1_000);
    expect(eventsProcessed).toBeGreaterThanOrEqual(1_000);
  });

  it("draws from a source of its own, named after its node and number", () => {
    const pace = { kind: "poisson", start: 0, every: SECOND, count: 5 } as const;
    const [one, two] = [send("ann", pace), send("ann", { ...pace, every: 2 * SECOND })];
    const both = run({ workload: [one, two], messages: true }, new RandomChance("1", 0));
    const first = instants(paced(pace));
    expect(instants(both)).toEqual(expect.arrayContaining(first));
    expect(new Set(instants(both)).size).toBe(10);
  });
});

describe("an application", () => {
  const pace = { kind: "fixed", start: SECOND, every: SECOND, count: 10 } as const;

  it("publishes nothing while its node is down", () => {
    const result = paced(pace, { faults: [fault({ verb: "crash", node: "ann", power: false })] });
    expect(instants(result)).toEqual([1, 2, 3, 7, 8, 9, 10].map((second) => second * SECOND));
  });

  it("publishes later what fell due while its node was paused", () => {
    const result = paced(pace, { faults: [fault({ verb: "pause", node: "ann" })] });
    const resumed = 6_500 * MILLISECOND;
    const expected = [1, 2, 3].map((second) => second * SECOND);
    expect(instants(result)).toEqual([
      ...expected,
      resumed,
      resumed,
      resumed,
      ...[7, 8, 9, 10].map((second) => second * SECOND),
    ]);
  });

  it("goes on with its closed loop after a crash, with the window empty", () => {
    const faults = [
      fault({ verb: "crash", node: "ann", power: false, when: { kind: "at", at: SECOND + DELAY / 2 } }),
    ];
    const result = paced({ kind: "closed", start: SECOND, window: 3, count: 9 }, { faults });
    const restart = SECOND + DELAY / 2 + 3 * SECOND;
    expect(instants(result)).toEqual(
      [0, 0, 0].map(() => SECOND).concat([0, 0, 0, 1, 1, 1].map((round) => restart + round * 2 * DELAY)),
    );
  });

  it.each(["ann", "eve", "kim"])(
    "goes on with all closed loops of %s, one of three nodes, after a crash",
    (node) => {
      const pairs = [pair("ann", "bob"), pair("eve", "fay"), pair("kim", "leo")];
      const nodes = pairs.flatMap((each) => each.nodes);
      const links = pairs.flatMap((each) => each.links);
      const pace = { kind: "closed", start: SECOND, window: 3, count: 9 } as const;
      const workload = ["ann", "eve", "kim"].flatMap((each) => [send(each, pace), send(each, pace, 2)]);
      const when = { kind: "at", at: SECOND + DELAY / 2 } as const;
      const faults = [fault({ verb: "crash", node, power: false, when })];
      const { metrics } = run({ nodes, links, workload, faults });
      expect(metrics["published"]).toBe(3 * 2 * 9);
    },
  );

  it("begins its closed loop late if its node was down at the start", () => {
    const faults = [
      fault({ verb: "crash", node: "ann", power: false, when: { kind: "at", at: 500 * MILLISECOND } }),
    ];
    const result = paced({ kind: "closed", start: SECOND, window: 1, count: 2 }, { faults });
    expect(instants(result)).toEqual([3_500 * MILLISECOND, 3_500 * MILLISECOND + 2 * DELAY]);
  });

  it("publishes after the nodes have started and the faults of that instant have struck", () => {
    const result = paced({ kind: "once", start: 0 });
    expect(result.metrics).toMatchObject({ published: 1, delivered: 1, wanted: 1 });
    const cut = fault({
      verb: "cut",
      from: "ann",
      to: "bob",
      bothWays: false,
      when: { kind: "at", at: 2 * SECOND },
    });
    const lost = paced({ kind: "once", start: 2 * SECOND }, { ...pair("ann", "bob"), faults: [cut] });
    expect(lost.metrics).toMatchObject({ packets_lost: 30, latency_max_ms: 3_010 });
  });
});

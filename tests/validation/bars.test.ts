/** The arithmetic of the bars: what meets them, and what just does not. */
import { describe, expect, it } from "vitest";
import { judge, medianOf } from "../../validation/bars.js";
import type { MeasuredCell } from "../../validation/measured-cell.js";
import type { SimulatedRun } from "../../validation/simulate-cell.js";

const NOTHING: SimulatedRun = {
  delivered_ratio: 1,
  duplicates: 0,
  latency_mean_ms: 100,
  latency_p50_ms: 100,
  latency_p90_ms: 100,
  latency_p99_ms: 100,
  latency_max_ms: 100,
  leg1_mean_ms: 50,
  leg2_mean_ms: 50,
  ack_mean_ms: NaN,
  sub_reconnects: 0,
  pub_reconnects: 0,
  tcp_retransmits: 0,
};

const run = (values: Partial<SimulatedRun>): SimulatedRun => ({ ...NOTHING, ...values });
const value = (median: number, min = median, max = median) => ({ median, min, max });

function cellWith(fields: Readonly<Record<string, unknown>>): MeasuredCell {
  return {
    cell: "mqtt-test",
    kind: "mqtt",
    replicates: 2,
    link: { delay: 50, loss: 0.02 },
    load: { qos: 1, rate: 20, count: 1000, size: 64 },
    messages_total: 2000,
    delivered_ratio: value(1),
    duplicates: value(0),
    latency_mean_ms: value(100, 98, 103),
    latency_p50_ms: value(100, 98, 103),
    latency_p99_ms: value(100, 98, 103),
    sub_reconnects: value(0),
    pub_reconnects: value(0),
    ...fields,
  };
}

function misses(
  cell: MeasuredCell,
  runs: readonly SimulatedRun[],
  all: readonly MeasuredCell[] = [],
): string[] {
  const judged = judge(cell, runs, all);
  expect(judged.met).toBe(judged.comparisons.every(({ met }) => met));
  return judged.comparisons.filter(({ met }) => !met).map(({ measure }) => measure);
}

describe("a cell with light loss", () => {
  const cell = cellWith({});

  it.each([
    [{ latency_mean_ms: 115, latency_p50_ms: 85.1 }, []],
    [{ latency_mean_ms: 115.2 }, ["latency_mean_ms"]],
    [{ latency_p50_ms: 84.9 }, ["latency_p50_ms"]],
    [{ latency_p99_ms: 129.9 }, []],
    [{ latency_p99_ms: 130.2 }, ["latency_p99_ms"]],
    [{ latency_p99_ms: 69.8 }, ["latency_p99_ms"]],
    [{ delivered_ratio: 0.9901 }, []],
    [{ delivered_ratio: 0.989 }, ["delivered_ratio"]],
  ])("is held to 15 %, 30 % and a hundredth: %j misses %j", (simulated, missed) => {
    expect(misses(cell, [run(simulated)])).toEqual(missed);
  });

  it("is met inside the measured range, however wide", () => {
    const wide = cellWith({ latency_mean_ms: value(100, 50, 400) });
    expect(misses(wide, [run({ latency_mean_ms: 399 })])).toEqual([]);
    expect(misses(wide, [run({ latency_mean_ms: 401 })])).toEqual(["latency_mean_ms"]);
  });

  it("may be 15 ms off in the 99th percentile, where 30 % are less", () => {
    const short = cellWith({ latency_p99_ms: value(20) });
    expect(misses(short, [run({ latency_p99_ms: 34.9 })])).toEqual([]);
    expect(misses(short, [run({ latency_p99_ms: 35.1 })])).toEqual(["latency_p99_ms"]);
  });

  it("is judged by the median over its runs", () => {
    expect(misses(cell, [run({ latency_mean_ms: 100 }), run({}), run({ latency_mean_ms: 900 })])).toEqual([]);
  });

  it("misses when a run delivered nothing at all", () => {
    const silent = run({
      latency_mean_ms: NaN,
      latency_p50_ms: NaN,
      latency_p99_ms: NaN,
      delivered_ratio: 0,
    });
    expect(misses(cell, [silent])).toHaveLength(4);
  });
});

describe("a cell without loss", () => {
  const loss = { link: { delay: 50, loss: 0 } };
  const phase = cellWith({ ...loss, cell: "mqtt-phase-x", latency_mean_ms: value(140, 130, 150) });

  it("may be anywhere in the range of the other phases", () => {
    expect(misses(cellWith(loss), [run({ latency_mean_ms: 149 })], [phase])).toEqual([]);
    expect(misses(cellWith(loss), [run({ latency_mean_ms: 151 })], [phase])).toEqual(["latency_mean_ms"]);
  });

  it("has no other phases without Nagle's algorithm, with loss, or with another load", () => {
    const off = run({ latency_mean_ms: 149 });
    expect(misses(cellWith({ ...loss, nodelay: true }), [off], [phase])).toEqual(["latency_mean_ms"]);
    expect(misses(cellWith({}), [off], [phase])).toEqual(["latency_mean_ms"]);
    const other = cellWith({ ...loss, load: { qos: 2, rate: 20, count: 1000, size: 64 } });
    expect(misses(other, [off], [phase])).toEqual(["latency_mean_ms"]);
  });
});

describe("a cell with heavy loss", () => {
  const heavy = cellWith({ link: { delay: 50, loss: 0.1 }, latency_p50_ms: value(200, 160, 240) });

  it("is held to its median alone, inside the range widened by a quarter", () => {
    expect(misses(heavy, [run({ latency_p50_ms: 300, latency_mean_ms: 9999 })])).toEqual([]);
    expect(misses(heavy, [run({ latency_p50_ms: 120 })])).toEqual([]);
    expect(misses(heavy, [run({ latency_p50_ms: 300.1 })])).toEqual(["latency_p50_ms"]);
    expect(misses(heavy, [run({ latency_p50_ms: 119.9 })])).toEqual(["latency_p50_ms"]);
  });

  it("is one if the loss is heavy in one direction", () => {
    const up = cellWith({ link: { delay: 50, loss0: 0.1, loss1: 0 }, latency_p50_ms: value(200) });
    expect(misses(up, [run({ latency_p50_ms: 200, latency_mean_ms: 9999 })])).toEqual([]);
  });
});

describe("a cell with an outage or a kill", () => {
  const outage = cellWith({
    outages_per_replicate: [[{ at: 1000, len: 5000 }]],
    delivered_ratio: value(0.95, 0.94, 0.96),
    duplicates: value(3, 1, 5),
    sub_reconnects: value(1),
    pub_reconnects: value(0, 0, 1),
  });
  const fits = { delivered_ratio: 0.95, duplicates: 3, sub_reconnects: 1, pub_reconnects: 0 };

  it.each([
    [{}, []],
    [{ latency_mean_ms: 9999 }, []],
    [{ delivered_ratio: 0.97 }, []],
    [{ delivered_ratio: 0.971 }, ["lost"]],
    [{ delivered_ratio: 0.93 }, []],
    [{ delivered_ratio: 0.929 }, ["lost"]],
    [{ duplicates: 7 }, []],
    [{ duplicates: 8 }, ["duplicates"]],
    [{ sub_reconnects: 0 }, ["sub_reconnects"]],
    [{ sub_reconnects: 2 }, ["sub_reconnects"]],
    [{ pub_reconnects: 1 }, []],
    [{ pub_reconnects: 2 }, ["pub_reconnects"]],
  ])("is held to what was lost, repeated and connected again: %j misses %j", (simulated, missed) => {
    expect(misses(outage, [run({ ...fits, ...simulated })])).toEqual(missed);
  });

  it("counts a kill as one", () => {
    const kill = cellWith({ killSub: [{ at: 1000, down: 5000 }] });
    expect(misses(kill, [run({ latency_mean_ms: 9999 })])).toEqual([]);
  });
});

describe("the median over runs", () => {
  it("is the middle one, or the mean of the middle two, of those that have a value", () => {
    const of = (...values: number[]): number =>
      medianOf(
        values.map((duplicates) => run({ duplicates })),
        "duplicates",
      );
    expect(of(5, 1, 3)).toBe(3);
    expect(of(4, 1, 2, 3)).toBe(2.5);
    expect(of(NaN, 7)).toBe(7);
    expect(of(NaN)).toBeNaN();
  });
});

import { describe, expect, test } from "vitest";
import {
  type Distribution,
  NEVER,
  Quantiles,
  RandomChance,
  goldenDraws,
  meanOf,
  medianOf,
  normalTail,
} from "../../src/kernel/index.js";

const MS = 1_000_000;
const DRAWS = 100_000;

function draw(distribution: Distribution, count = DRAWS): Float64Array {
  const chance = new RandomChance("distribution", 0);
  const source = chance.source(distribution.kind);
  return Float64Array.from({ length: count }, () => chance.duration(source, distribution));
}

/** Distribution functions, written from the textbook with the engine's own mathematics. */
const CONTINUOUS: readonly (readonly [Distribution, (x: number) => number])[] = [
  [{ kind: "uniform", min: 5 * MS, max: 25 * MS }, (x) => (x - 5 * MS) / (20 * MS)],
  [{ kind: "exponential", mean: 20 * MS, min: 5 * MS }, (x) => 1 - Math.exp(-(x - 5 * MS) / (15 * MS))],
  [
    { kind: "normal", mean: 50 * MS, sd: 30 * MS, min: 20 * MS },
    (x) => 1 - normalTail((x - 50 * MS) / (30 * MS)) / normalTail(-1),
  ],
  [
    { kind: "normal", mean: 50 * MS, sd: 10 * MS, min: 90 * MS },
    (x) => 1 - normalTail((x - 50 * MS) / (10 * MS)) / normalTail(4),
  ],
  [
    { kind: "lognormal", median: 30 * MS, sigma: 0.8, min: 2 * MS },
    (x) => 1 - normalTail(Math.log((x - 2 * MS) / (30 * MS)) / 0.8),
  ],
  [{ kind: "pareto", min: 3 * MS, shape: 2.5 }, (x) => 1 - Math.pow((3 * MS) / x, 2.5)],
  [
    { kind: "weibull", scale: 40 * MS, shape: 0.7, min: 1 * MS },
    (x) => 1 - Math.exp(-Math.pow((x - MS) / (40 * MS), 0.7)),
  ],
];

describe.each(CONTINUOUS)("$kind", (distribution, cumulative) => {
  test("follows its distribution function (Kolmogorov–Smirnov, significance 0.1 %)", () => {
    const sorted = draw(distribution).sort((a, b) => a - b);
    let distance = 0;
    sorted.forEach((x, i) => {
      const expected = cumulative(x);
      distance = Math.max(distance, Math.abs(expected - i / DRAWS), Math.abs(expected - (i + 1) / DRAWS));
    });
    expect(distance).toBeLessThan(1.95 / Math.sqrt(DRAWS));
  });

  test("has the mean and the median that it says", () => {
    const values = draw(distribution);
    const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
    const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / DRAWS;
    expect(Math.abs(mean - meanOf(distribution))).toBeLessThan(4 * Math.sqrt(variance / DRAWS));
    expect(Math.abs(cumulative(medianOf(distribution)) - 0.5)).toBeLessThan(1e-6);
  });

  test("gives whole nanoseconds, none below its minimum", () => {
    const values = draw(distribution, 10_000);
    const min = distribution.kind === "constant" || distribution.kind === "empirical" ? 0 : distribution.min;
    expect(values.every((value) => Number.isSafeInteger(value) && value >= min)).toBe(true);
  });

  test("gives more for more luck", () => {
    const quantiles = new Quantiles(distribution);
    let last = 0;
    for (let i = 0.5; i < 1_000; i++) {
      const value = quantiles.at(i / 1_000);
      expect(value).toBeGreaterThanOrEqual(last);
      last = value;
    }
  });
});

test("constant is constant", () => {
  const constant: Distribution = { kind: "constant", value: 7 };
  expect([...draw(constant, 3)]).toEqual([7, 7, 7]);
  expect([medianOf(constant), meanOf(constant)]).toEqual([7, 7]);
});

test("uniform draws both its ends, and everything between as often", () => {
  const times = new Float64Array(6);
  for (const value of draw({ kind: "uniform", min: 10, max: 15 }, 60_000)) {
    times[value - 10] = (times[value - 10] as number) + 1;
  }
  const chiSquare = times.reduce((sum, n) => sum + (n - 10_000) * (n - 10_000), 0) / 10_000;
  expect(chiSquare).toBeLessThan(20.5); // 5 degrees of freedom, significance 0.1 %
});

test("empirical draws each measured value as often as it was measured", () => {
  const empirical: Distribution = { kind: "empirical", values: [30, 10, 20, 10] };
  const values = draw(empirical, 40_000);
  for (const [value, share] of [
    [10, 0.5],
    [20, 0.25],
    [30, 0.25],
  ] as const) {
    const found = values.filter((drawn) => drawn === value).length / 40_000;
    expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / 40_000));
  }
  expect([medianOf(empirical), meanOf(empirical)]).toEqual([20, 17.5]);
});

test("what has no end is cut off at never", () => {
  const heavy: Distribution = { kind: "pareto", min: 1e9, shape: 0.05 };
  expect(meanOf(heavy)).toBe(NEVER);
  const values = draw(heavy, 10_000);
  expect(Math.max(...values)).toBe(NEVER);
});

test("a normal distribution far below its minimum is its minimum", () => {
  const squeezed: Distribution = { kind: "normal", mean: 0, sd: 1, min: 1_000 };
  expect([...draw(squeezed, 3), medianOf(squeezed), meanOf(squeezed)]).toEqual([
    1_000, 1_000, 1_000, 1_000, 1_000,
  ]);
  const exact: Distribution = { kind: "normal", mean: 500, sd: 0, min: 0 };
  expect([medianOf(exact), meanOf(exact)]).toEqual([500, 500]);
});

test.each<Distribution>([
  { kind: "constant", value: -1 },
  { kind: "constant", value: NaN },
  { kind: "uniform", min: 5, max: 4 },
  { kind: "exponential", mean: 1, min: 2 },
  { kind: "normal", mean: 1, sd: -1, min: 0 },
  { kind: "lognormal", median: 1, sigma: -1, min: 0 },
  { kind: "pareto", min: 1, shape: 0 },
  { kind: "weibull", scale: 1, shape: -2, min: 0 },
  { kind: "empirical", values: [] },
  { kind: "empirical", values: [1, -1] },
])("refuses %j", (distribution) => {
  expect(() => new Quantiles(distribution)).toThrow("duration");
});

test("a million draws have the bits that they always had", () => {
  expect(goldenDraws()).toBe("4cc17942");
});

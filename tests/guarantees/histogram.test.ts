import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "../../src/guarantees/index.js";

/** Values over many orders of magnitude, as latencies in nanoseconds are. */
const value = fc
  .tuple(fc.integer({ min: 0, max: 51 }), fc.double({ min: 0.5, max: 1, noNaN: true }))
  .map(([bits, part]) => Math.floor(part * 2 ** bits));

/** Some of them many times in a row, as the latencies of what comes in batches. */
const values = fc
  .array(fc.tuple(value, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 100 })
  .map((runs) => runs.flatMap(([each, times]) => new Array<number>(times).fill(each)));

const QUANTILES = [
  [1, 100],
  [50, 100],
  [90, 100],
  [99, 100],
  [100, 100],
] as const;

function exact(values: readonly number[], numerator: number, denominator: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((values.length * numerator) / denominator)) - 1] as number;
}

function filled(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const each of values) histogram.add(each);
  return histogram;
}

describe("the histogram", () => {
  it("gives quantiles within 0.1 % of the nearest rank, whatever the values", () => {
    fc.assert(
      fc.property(values, (some) => {
        const histogram = filled(some);
        for (const [numerator, denominator] of QUANTILES) {
          const wanted = exact(some, numerator, denominator);
          const got = histogram.quantile(numerator, denominator) as number;
          expect(Math.abs(got - wanted)).toBeLessThanOrEqual(0.001 * wanted);
        }
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it("has the mean and the maximum exactly", () => {
    fc.assert(
      fc.property(values, (some) => {
        const histogram = filled(some);
        const sum = some.reduce((total, each) => total + BigInt(each), 0n);
        const mean = Number((sum * 1_000_000n) / BigInt(some.length)) / 1_000_000;
        expect(histogram.max).toBe(Math.max(...some));
        expect(Math.abs((histogram.mean() as number) - mean)).toBeLessThanOrEqual(1e-12 * mean + 1e-5);
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it("merged from parts is the histogram of the whole", () => {
    fc.assert(
      fc.property(values, values, (some, others) => {
        const merged = filled(some);
        merged.merge(filled(others));
        const whole = filled([...some, ...others]);
        expect(merged.count).toBe(whole.count);
        expect(merged.max).toBe(whole.max);
        expect(merged.mean()).toBe(whole.mean());
        for (const [n, d] of QUANTILES) expect(merged.quantile(n, d)).toBe(whole.quantile(n, d));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it("counts every value below 1,024 for itself", () => {
    for (const each of [0, 1, 511, 512, 1_023]) expect(filled([each, each]).quantile(1, 2)).toBe(each);
  });

  it("is wrong nowhere at the edges of octaves and buckets", () => {
    for (let bits = 10; bits <= 51; bits++) {
      for (const each of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) {
        const between = filled([0, each, 2 ** 52 - 1]).quantile(1, 2) as number;
        expect(Math.abs(between - each)).toBeLessThanOrEqual(each / 1_024);
      }
    }
  });

  it("says nothing of nothing", () => {
    expect(new Histogram().mean()).toBeUndefined();
    expect(new Histogram().quantile(1, 2)).toBeUndefined();
  });
});

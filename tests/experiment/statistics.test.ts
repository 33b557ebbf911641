import fc from "fast-check";
import jstat from "jstat";
import { describe, expect, it } from "vitest";
import {
  clopperPearson,
  clopperPearsonUpper,
  mean,
  meanInterval,
  quantile,
  standardDeviation,
  studentQuantile,
  wilson,
} from "../../src/experiment/index.js";
import { betaQuantile, incompleteBeta, lnGamma } from "../../src/experiment/statistics.js";

const { studentt, beta, gammaln } = jstat.jStat;

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 40 });

describe("Student's t", () => {
  it.each([
    [0.975, 1, 12.7062],
    [0.975, 2, 4.30265],
    [0.975, 9, 2.26216],
    [0.975, 19, 2.09302],
    [0.975, 99, 1.98422],
    [0.95, 10, 1.81246],
    [0.995, 5, 4.03214],
    [0.975, 1_000_000, 1.95997],
  ])("at %f with %i degrees of freedom is %f, as tables have it", (p, freedom, expected) => {
    expect(studentQuantile(p, freedom)).toBeCloseTo(expected, 4);
  });

  it("agrees with jstat and is odd", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0.51, max: 0.999, noNaN: true }),
        (freedom, p) => {
          const ours = studentQuantile(p, freedom);
          expect(Math.abs(ours / studentt.inv(p, freedom) - 1)).toBeLessThan(1e-6);
          expect(studentQuantile(1 - p, freedom)).toBeCloseTo(-ours, 8);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe("the incomplete beta function", () => {
  it("agrees with jstat", () => {
    const parameter = fc.double({ min: 0.5, max: 200, noNaN: true });
    fc.assert(
      fc.property(parameter, parameter, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (a, b, x) => {
        expect(incompleteBeta(x, a, b)).toBeCloseTo(beta.cdf(x, a, b), 7);
        expect(incompleteBeta(betaQuantile(x, a, b), a, b)).toBeCloseTo(x, 9);
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it("has a gamma function under it that agrees with jstat", () => {
    for (const x of [0.5, 1, 1.5, 2, 3.7, 10, 50.5, 1000]) expect(lnGamma(x)).toBeCloseTo(gammaln(x), 9);
  });
});

describe("intervals of a probability", () => {
  it("after Clopper and Pearson are those of tables", () => {
    // 10 of 100: 4.900469 % to 17.62226 %; 0 of 10: up to 30.84971 %.
    expect(clopperPearson(10, 100).low).toBeCloseTo(0.04900469, 7);
    expect(clopperPearson(10, 100).high).toBeCloseTo(0.1762226, 7);
    expect(clopperPearson(0, 10)).toEqual({ low: 0, high: expect.closeTo(0.3084971, 7) as number });
    expect(clopperPearson(10, 10).high).toBe(1);
  });

  it("bound the rate of what never happened in n runs by 1 - 0.05^(1/n), the rule of three", () => {
    for (const n of [1, 10, 100, 10_000]) {
      expect(clopperPearsonUpper(0, n)).toBeCloseTo(1 - 0.05 ** (1 / n), 10);
    }
    expect(clopperPearsonUpper(0, 1000)).toBeCloseTo(3 / 1000, 4);
  });

  it("after Wilson are those of tables, and lie in 0 to 1 around the share", () => {
    expect(wilson(10, 100).low).toBeCloseTo(0.0552291, 6);
    expect(wilson(10, 100).high).toBeCloseTo(0.1743657, 6);
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
    const counts = fc
      .integer({ min: 1, max: 500 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(counts, ([k, n]) => {
        for (const { low, high } of [wilson(k, n), clopperPearson(k, n)]) {
          expect(low).toBeGreaterThanOrEqual(0);
          expect(low).toBeLessThanOrEqual(k / n);
          expect(high).toBeGreaterThanOrEqual(k / n);
          expect(high).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 3, numRuns: 100 },
    );
  });
});

describe("statistics over runs", () => {
  it("are those of a worked example", () => {
    const sample = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(sample)).toBe(5);
    expect(standardDeviation(sample)).toBeCloseTo(2.13809, 5);
    expect(quantile(sample, 0.5)).toBe(4.5);
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(meanInterval(sample)?.low).toBeCloseTo(3.21251, 4);
    expect(meanInterval([1])).toBeUndefined();
  });

  it("do not depend on the order of the runs, to the last bit", () => {
    fc.assert(
      fc.property(values, fc.infiniteStream(fc.nat()), (sample, order) => {
        const keys = [...order.take(sample.length)];
        const shuffled = sample
          .map((value, index) => ({ value, key: keys[index] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ value }) => value);
        expect(mean(shuffled)).toBe(mean(sample));
        expect(standardDeviation(shuffled)).toBe(standardDeviation(sample));
        expect(quantile(shuffled, 0.9)).toBe(quantile(sample, 0.9));
        expect(meanInterval(shuffled)).toEqual(meanInterval(sample));
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it("of equal values have no spread", () => {
    expect(standardDeviation([0.1, 0.1, 0.1])).toBe(0);
    expect(meanInterval([0.1, 0.1, 0.1])).toEqual({ low: 0.1, high: 0.1 });
  });
});

import { describe, expect, test } from "vitest";
import { exp, gamma, ln, normalQuantile, normalTail, power } from "../../src/kernel/index.js";

const DOUBLE = new Float64Array(1);
const BITS = new BigInt64Array(DOUBLE.buffer);

/** How many representable numbers lie between two numbers of the same sign. */
function ulpsBetween(a: number, b: number): number {
  DOUBLE[0] = a;
  const bitsOfA = BITS[0] as bigint;
  DOUBLE[0] = b;
  return Math.abs(Number(bitsOfA - (BITS[0] as bigint)));
}

/** A low-discrepancy sequence in (0, 1). */
function* fractions(count: number): Generator<number> {
  for (let i = 0, x = 0.5; i < count; i++) {
    x = (x + 0.6180339887498949) % 1;
    yield x;
  }
}

describe("ln", () => {
  test("agrees with the engine's logarithm to 2 units in the last place", () => {
    let worst = 0;
    for (const x of fractions(200_000)) {
      for (const argument of [x, 1 + (x - 0.5) / 1000, Math.exp((x - 0.5) * 1400)]) {
        worst = Math.max(worst, ulpsBetween(ln(argument), Math.log(argument)));
      }
    }
    expect(worst).toBeLessThanOrEqual(2);
  });

  test("treats the ends of its range as the logarithm does", () => {
    expect(ln(0)).toBe(-Infinity);
    expect(ln(-1)).toBeNaN();
    expect(ln(NaN)).toBeNaN();
    expect(ln(Infinity)).toBe(Infinity);
    expect(ln(1)).toBe(0);
    expect(ln(5e-324)).toBeCloseTo(-744.4400719213812, 12);
    expect(ln(Number.MAX_VALUE)).toBeCloseTo(709.782712893384, 12);
  });
});

describe("exp", () => {
  test("agrees with the engine's exponential to 2 units in the last place", () => {
    let worst = 0;
    for (const x of fractions(200_000)) {
      for (const argument of [x - 0.5, (x - 0.5) * 1400, (x - 0.5) / 1000]) {
        worst = Math.max(worst, ulpsBetween(exp(argument), Math.exp(argument)));
      }
    }
    expect(worst).toBeLessThanOrEqual(2);
  });

  test("treats the ends of its range as the exponential does", () => {
    expect(exp(0)).toBe(1);
    expect(exp(-Infinity)).toBe(0);
    expect(exp(Infinity)).toBe(Infinity);
    expect(exp(NaN)).toBeNaN();
    expect(exp(710)).toBe(Infinity);
    expect(exp(-745)).toBe(Math.exp(-745));
    expect(exp(-720)).toBe(Math.exp(-720));
    expect(exp(709.7)).toBe(Math.exp(709.7));
  });
});

test("power agrees with the engine's", () => {
  for (const x of fractions(10_000)) {
    const exact = Math.pow(x, -2.5);
    expect(Math.abs(power(x, -2.5) / exact - 1)).toBeLessThan(1e-13);
  }
});

describe("the normal distribution", () => {
  // Computed with 40 digits (mpmath) from the complementary error function.
  test.each([
    [1e-300, -37.0470962993611992],
    [1e-20, -9.26234008979840758],
    [1e-5, -4.26489079392282461],
    [0.01, -2.32634787404084109],
    [0.074, -1.44663206715897851],
    [0.076, -1.43250272082581162],
    [0.3, -0.524400512708040816],
    [0.77, 0.738846849185213688],
    [0.999, 3.09023230616781328],
  ])("has the quantile of %d right to 15 digits", (p, quantile) => {
    expect(Math.abs(normalQuantile(p) / quantile - 1)).toBeLessThan(2e-15);
  });

  test.each([
    [-3, 0.998650101968369905],
    [0.1, 0.460172162722971016],
    [1, 0.158655253931457051],
    [2.4999, 0.00621141837494458975],
    [2.5, 0.00620966532577613517],
    [3, 0.00134989803163009453],
    [8, 6.22096057427178412e-16],
    [20, 2.7536241186062337e-89],
    [37, 5.72557122252457682e-300],
  ])("has the tail beyond %d right to 13 digits", (x, tail) => {
    expect(Math.abs(normalTail(x) / tail - 1)).toBeLessThan(1e-13);
  });

  test("is symmetric, and infinite at the ends", () => {
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
    expect(normalQuantile(0.25)).toBe(-normalQuantile(0.75));
  });
});

test.each([
  [0.1, 9.51350769866873129],
  [0.5, 1.77245385090551603],
  [1, 1],
  [5, 24],
  [20, 121645100408832000],
  [170, 4.26906800900470527e304],
])("gamma(%d) is right to 13 digits", (x, value) => {
  expect(Math.abs(gamma(x) / value - 1)).toBeLessThan(1e-13);
});

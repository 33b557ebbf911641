/**
 * Statistics over runs. A run is one observation: intervals are Student's t over runs; Wilson's and
 * Clopper and Pearson's are for numbers of runs. Only the kernel's elementary functions are used, so that results
 * are the same on every machine; none depends on the order of the values.
 */
import { exp, ln, normalQuantile } from "../kernel/index.js";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** In ascending order, which makes sums independent of the order in which runs finished. */
function sorted(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

/** NaN for no values. The mean of equal values is that value, to the last bit. */
export function mean(values: readonly number[]): number {
  const ordered = sorted(values);
  const [least = NaN] = ordered;
  return least === ordered.at(-1) ? least : sum(ordered) / ordered.length;
}

/** Standard deviation of a sample (n - 1); NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return NaN;
  const centre = mean(values);
  const squares = values.map((value) => (value - centre) * (value - centre));
  return Math.sqrt(sum(sorted(squares)) / (values.length - 1));
}

/** The smallest value that at least the share `p` of the values does not exceed, midway where two would do. */
export function quantile(values: readonly number[], p: number): number {
  const ordered = sorted(values);
  if (ordered.length === 0) return NaN;
  const rank = p * ordered.length;
  const index = Math.min(ordered.length - 1, Math.max(0, Math.ceil(rank) - 1));
  const value = ordered[index] as number;
  const next = ordered[index + 1];
  return Number.isInteger(rank) && rank >= 1 && next !== undefined ? value + (next - value) / 2 : value;
}

/** Confidence interval of the mean; undefined for fewer than two values. */
export function meanInterval(values: readonly number[], confidence = 0.95): Interval | undefined {
  if (values.length < 2) return undefined;
  const centre = mean(values);
  const half =
    (studentQuantile(1 - (1 - confidence) / 2, values.length - 1) * standardDeviation(values)) /
    Math.sqrt(values.length);
  return { low: centre - half, high: centre + half };
}

/** Wilson's score interval of a probability, from `successes` in `trials`. */
export function wilson(successes: number, trials: number, confidence = 0.95): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const share = successes / trials;
  const scale = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials))) / scale;
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === trials ? 1 : Math.min(1, centre + half),
  };
}

/** Clopper and Pearson's exact interval of a probability, from `successes` in `trials`. */
export function clopperPearson(successes: number, trials: number, confidence = 0.95): Interval {
  const tail = (1 - confidence) / 2;
  return { low: lowerBound(successes, trials, tail), high: upperBound(successes, trials, tail) };
}

/** One-sided: with this confidence the probability is at most so much. */
export function clopperPearsonUpper(successes: number, trials: number, confidence = 0.95): number {
  return upperBound(successes, trials, 1 - confidence);
}

function lowerBound(successes: number, trials: number, tail: number): number {
  if (successes === 0) return 0;
  return betaQuantile(tail, successes, trials - successes + 1);
}

function upperBound(successes: number, trials: number, tail: number): number {
  if (successes === trials) return 1;
  return betaQuantile(1 - tail, successes + 1, trials - successes);
}

/** The value that a Student t with `freedom` degrees of freedom does not exceed with probability `p`. */
export function studentQuantile(p: number, freedom: number): number {
  if (p === 0.5) return 0;
  if (p < 0.5) return -studentQuantile(1 - p, freedom);
  // |T| ≤ t with probability 2p - 1, and ν / (ν + T²) is Beta(ν/2, 1/2); its complement is exact near t = 0.
  const tail = 2 * (1 - p);
  const x = betaQuantile(tail, freedom / 2, 0.5);
  return Math.sqrt((freedom * (1 - x)) / x);
}

const STEPS_MAX = 200;

/** The x at which the regularized incomplete beta function is `p`, by bisection to the last bit. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  let low = 0;
  let high = 1;
  for (let step = 0; step < STEPS_MAX; step++) {
    const middle = low + (high - low) / 2;
    if (middle === low || middle === high) break;
    if (incompleteBeta(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return low + (high - low) / 2;
}

/** The regularized incomplete beta function I_x(a, b) by its continued fraction (NIST DLMF 8.17.22). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean; above it the other tail is computed.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = exp(a * ln(x) + b * ln(1 - x) - lnBeta(a, b)) / a;
  return front * betaFraction(x, a, b);
}

const TINY = 1e-300;
const PRECISION = 1e-16;
const TERMS_MAX = 100_000;

/** Evaluated from the front by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < TERMS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return value;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}

const LN_SQRT_2_PI = 0.91893853320467274178;
/** From here on Stirling's series with the terms below is exact to the last bits. */
const STIRLING_FROM = 16;
/** B_2k / (2k (2k - 1)), NIST DLMF 5.11.1. */
const STIRLING: readonly number[] = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** The logarithm of the gamma function, for x > 0. */
export function lnGamma(x: number): number {
  let shift = 1;
  let z = x;
  while (z < STIRLING_FROM) shift *= z++;
  const inverse = 1 / (z * z);
  let series = 0;
  for (const coefficient of STIRLING.toReversed()) series = series * inverse + coefficient;
  return (z - 0.5) * ln(z) - z + LN_SQRT_2_PI + series / z - ln(shift);
}

/** Neumaier's compensated sum. */
function sum(values: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

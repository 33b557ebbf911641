/** How long something takes: distributions as plain data, all parameters in nanoseconds. */
import { NEVER, type Duration } from "./time.js";
import { exp, gamma, ln, normalDensity, normalQuantile, normalTail, power } from "./mathematics.js";

export type Distribution =
  | { readonly kind: "constant"; readonly value: Duration }
  /** Every whole nanosecond from `min` to `max`, both included. */
  | { readonly kind: "uniform"; readonly min: Duration; readonly max: Duration }
  /** `min` shifts the distribution: min + Exp(mean - min). */
  | { readonly kind: "exponential"; readonly mean: Duration; readonly min: Duration }
  /** Truncated below at `min`: a normal distribution, given that the result is not below `min`. */
  | { readonly kind: "normal"; readonly mean: Duration; readonly sd: Duration; readonly min: Duration }
  /** By the median and the standard deviation of the logarithm, shifted by `min`: min + median × e^(sigma Z). */
  | { readonly kind: "lognormal"; readonly median: Duration; readonly sigma: number; readonly min: Duration }
  /** Pareto type I: `min` is the scale. */
  | { readonly kind: "pareto"; readonly min: Duration; readonly shape: number }
  /** min + Weibull(scale, shape). */
  | { readonly kind: "weibull"; readonly scale: Duration; readonly shape: number; readonly min: Duration }
  /** One of the measured values, each as likely as the others. */
  | { readonly kind: "empirical"; readonly values: readonly Duration[] };

/** The distribution's median, a whole number of nanoseconds. The benign default of a duration. */
export function medianOf(distribution: Distribution): Duration {
  return new Quantiles(distribution).at(0.5);
}

/** The distribution's mean in nanoseconds, not rounded; `NEVER` when it is infinite (Pareto with shape ≤ 1). */
export function meanOf(distribution: Distribution): number {
  switch (distribution.kind) {
    case "constant":
      return distribution.value;
    case "uniform":
      return (distribution.min + distribution.max) / 2;
    case "exponential":
      return distribution.mean;
    case "normal": {
      const { mean, sd, min } = distribution;
      if (sd === 0) return mean > min ? mean : min;
      const bound = (min - mean) / sd;
      const tail = normalTail(bound);
      return tail === 0 ? min : mean + (sd * normalDensity(bound)) / tail;
    }
    case "lognormal":
      return distribution.min + distribution.median * exp(0.5 * distribution.sigma * distribution.sigma);
    case "pareto":
      if (distribution.shape <= 1) return NEVER;
      return (distribution.min * distribution.shape) / (distribution.shape - 1);
    case "weibull":
      return distribution.min + distribution.scale * gamma(1 + 1 / distribution.shape);
    case "empirical":
      return distribution.values.reduce((sum, value) => sum + value, 0) / distribution.values.length;
  }
}

const CONSTANT = 0;
const UNIFORM = 1;
const EXPONENTIAL = 2;
const NORMAL = 3;
const LOGNORMAL = 4;
const PARETO = 5;
const WEIBULL = 6;
const EMPIRICAL = 7;

const NO_VALUES: Float64Array = new Float64Array(0);

/**
 * A distribution prepared for sampling by inversion: the value at a uniform fraction. One fraction a sample,
 * and the sample grows with it, so that two configurations that draw the same fractions meet the same weather.
 */
export class Quantiles {
  readonly #kind: number;
  /** Added to every value; the mean for the normal distribution. */
  readonly #shift: number;
  readonly #scale: number;
  /** sigma, or the exponent that the shape stands for; for the normal distribution P(value ≥ min). */
  readonly #shape: number;
  readonly #min: Duration;
  /** The measured values in ascending order. */
  readonly #values: Float64Array;

  /** Throws when a parameter is not a finite number or makes no sense (a negative spread, no values). */
  constructor(distribution: Distribution) {
    const [kind, shift, scale, shape, min] = parametersOf(distribution);
    if (!(min >= 0) || !(scale >= 0) || !Number.isFinite(shift + scale + shape)) {
      throw new RangeError(`not a distribution of durations: ${JSON.stringify(distribution)}`);
    }
    this.#kind = kind;
    this.#shift = shift;
    this.#scale = scale;
    this.#shape = shape;
    this.#min = min;
    this.#values = distribution.kind === "empirical" ? ascending(distribution.values) : NO_VALUES;
  }

  /** The duration that a share `fraction`, in (0, 1), of all samples does not exceed: a whole number in 0 … `NEVER`. */
  at(fraction: number): Duration {
    switch (this.#kind) {
      case CONSTANT:
        return this.#shift;
      case UNIFORM:
        return this.#shift + Math.floor(fraction * this.#scale);
      case EMPIRICAL:
        return this.#values[Math.floor(fraction * this.#values.length)] as number;
      default:
        return this.#round(this.#exact(fraction));
    }
  }

  #exact(fraction: number): number {
    switch (this.#kind) {
      case EXPONENTIAL:
        return this.#shift - this.#scale * ln(1 - fraction);
      case NORMAL:
        return this.#shift - this.#scale * normalQuantile((1 - fraction) * this.#shape);
      case LOGNORMAL:
        return this.#shift + this.#scale * exp(this.#shape * normalQuantile(fraction));
      case PARETO:
        return this.#scale * power(1 - fraction, this.#shape);
      default:
        return this.#shift + this.#scale * power(-ln(1 - fraction), this.#shape);
    }
  }

  #round(duration: number): Duration {
    if (!(duration < NEVER)) return NEVER;
    const rounded = Math.floor(duration + 0.5);
    return rounded > this.#min ? rounded : this.#min;
  }
}

/** Kind, shift, scale, shape and minimum. */
function parametersOf(distribution: Distribution): readonly [number, number, number, number, number] {
  switch (distribution.kind) {
    case "constant":
      return [CONSTANT, distribution.value, 0, 0, distribution.value];
    case "uniform": {
      const { min, max } = distribution;
      return [UNIFORM, min, max < min ? -1 : max - min + 1, 0, min];
    }
    case "exponential":
      return [EXPONENTIAL, distribution.min, distribution.mean - distribution.min, 0, distribution.min];
    case "normal": {
      const { mean, sd, min } = distribution;
      const share = sd > 0 ? normalTail((min - mean) / sd) : 0.5;
      // So far above the mean that no double holds the share: everything is at the bound.
      if (share === 0) return [CONSTANT, min, 0, 0, min];
      return [NORMAL, mean, sd, share, min];
    }
    case "lognormal":
      return [
        LOGNORMAL,
        distribution.min,
        distribution.median,
        positive(distribution.sigma),
        distribution.min,
      ];
    case "pareto":
      return [PARETO, 0, distribution.min, -1 / positive(distribution.shape), distribution.min];
    case "weibull":
      return [
        WEIBULL,
        distribution.min,
        distribution.scale,
        1 / positive(distribution.shape),
        distribution.min,
      ];
    case "empirical":
      return [EMPIRICAL, distribution.values.length > 0 ? 0 : NaN, 0, 0, 0];
  }
}

/** NaN, which no distribution accepts, in place of a negative number. */
function positive(value: number): number {
  return value >= 0 ? value : NaN;
}

function ascending(values: readonly Duration[]): Float64Array {
  const sorted = Float64Array.from(values).sort((a, b) => a - b);
  if (!((sorted[0] as number) >= 0 && (sorted[sorted.length - 1] as number) < Infinity)) {
    throw new RangeError("an empirical distribution holds a value that is not a duration");
  }
  return sorted;
}

/** How long something takes: distributions as plain data, all parameters in nanoseconds. */
import type { Duration } from "./time.js";

export type Distribution =
  | { readonly kind: "constant"; readonly value: Duration }
  | { readonly kind: "uniform"; readonly min: Duration; readonly max: Duration }
  /** `min` shifts the distribution: min + Exp(mean - min). */
  | { readonly kind: "exponential"; readonly mean: Duration; readonly min: Duration }
  /** Truncated below at `min` by drawing again (at most 64 times, then `min`). */
  | { readonly kind: "normal"; readonly mean: Duration; readonly sd: Duration; readonly min: Duration }
  /** By the median and the standard deviation of the logarithm, shifted by `min`. */
  | { readonly kind: "lognormal"; readonly median: Duration; readonly sigma: number; readonly min: Duration }
  /** Pareto type I: `min` is the scale. */
  | { readonly kind: "pareto"; readonly min: Duration; readonly shape: number }
  | { readonly kind: "weibull"; readonly scale: Duration; readonly shape: number; readonly min: Duration }
  /** One of the measured values, each as likely as the others. */
  | { readonly kind: "empirical"; readonly values: readonly Duration[] };

/**
 * Chance: the one door for everything that the model does not determine.
 *
 * A source of decisions has a stable name, such as `link/sensor>broker/loss`, that is resolved once to a small
 * integer. The address of a decision is (name, n), its n-th draw under that name, counted from 0. Each kind of
 * decision has a benign default: not lost, the first choice, the distribution's median.
 */
import type { Distribution } from "./distribution.js";
import type { Duration } from "./time.js";

/** A source of decisions, resolved from its name. */
export type ChanceHandle = number;

export interface Chance {
  /** The handle of the source called `name`; the same name gives the same handle. */
  source(name: string): ChanceHandle;

  /** Whether something of this probability happens. Benign default: it does not. */
  happens(source: ChanceHandle, probability: number): boolean;

  /** One of 0 … count - 1, each as likely as the others. Benign default: 0. */
  choose(source: ChanceHandle, count: number): number;

  /** A duration from `distribution`, a whole number of nanoseconds ≥ 0. Benign default: the median. */
  duration(source: ChanceHandle, distribution: Distribution): Duration;
}

/** A decision taken elsewhere than its source would have: what a replay file holds. */
export interface Decision {
  readonly source: string;
  /** The n-th draw of that source, counted from 0. */
  readonly draw: number;
  /** 0 or 1 for `happens`, the choice for `choose`, nanoseconds for `duration`. */
  readonly value: number;
}

/**
 * An experiment, read, checked and resolved: plain data that says everything a sweep needs. Made from a YAML
 * or TypeScript file by `loadExperiment`; handed to the workers cell by cell.
 */
import type { Scenario } from "../scenario/index.js";
import type { Verdict } from "../guarantees/index.js";
import type { Expression } from "./expression/expression.js";

/** A factor's value: a number (percentages as fractions, quantities in `Factor.unit`), a word or a truth value. */
export type FactorValue = number | string | boolean;

export interface Factor {
  readonly name: string;
  /** `ms`, `B`, `bit/s` …; absent for plain numbers, fractions, words. */
  readonly unit?: string;
  readonly values: readonly FactorValue[];
  /** The values as the file writes them, for people. */
  readonly labels: readonly string[];
}

/** One combination of the factors' values. */
export interface Cell {
  /** In file order, the last factor varying fastest. */
  readonly index: number;
  /** Factor name → value. */
  readonly values: Readonly<Record<string, FactorValue>>;
  /** `qos=1,loss=5 %` */
  readonly label: string;
  readonly scenario: Scenario;
  /** Indices into `ExperimentPlan.expectations` whose `when` is true here. */
  readonly expectations: readonly number[];
}

export type Replications =
  | { readonly kind: "fixed"; readonly count: number }
  /** Batches of `batch` until the confidence interval of `of` is at most `precision` of its mean either side. */
  | {
      readonly kind: "until";
      readonly precision: number;
      readonly of: string;
      readonly max: number;
      readonly batch: number;
    };

/** A metric of the results: built in, a model's, or derived by an expression over those. */
export interface Metric {
  readonly name: string;
  /** Source text of the expression of a derived metric. */
  readonly expression?: string;
  /** The same, parsed: over metrics of one run. */
  readonly formula?: Expression;
}

export type ExpectationScope = "run" | "cell";

export interface Expectation {
  /** As it is shown: `at-least-once`, `delivered_ratio >= 0.99`. */
  readonly text: string;
  readonly kind: "claim" | "condition";
  readonly is: Verdict;
  readonly scope: ExpectationScope;
  /** What `text` says of a condition, parsed: over metrics and factors. */
  readonly condition?: Expression;
  /** Source text of `when`, for people. */
  readonly when?: string;
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly color?: string;
  readonly facet?: string;
  /** Indices of the cells that are drawn. Absent: all. */
  readonly cells?: readonly number[];
  readonly scale: "linear" | "log";
}

export interface ExperimentPlan {
  readonly name: string;
  readonly question: string;
  readonly factors: readonly Factor[];
  readonly cells: readonly Cell[];
  readonly replications: Replications;
  /** The root of chance, as text (a number is written in decimal). */
  readonly seed: string;
  readonly metrics: readonly Metric[];
  readonly expectations: readonly Expectation[];
  readonly plots: readonly Plot[];
  /** Programs beside the experiment that register models, as the file names them. */
  readonly models?: readonly string[];
  /** SHA-256, in hexadecimal, of the canonical JSON of all of the above and the version of the simulator. */
  readonly digest: string;
}

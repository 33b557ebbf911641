/**
 * What a sweep leaves behind for people: one row a cell, and what became of each expectation. A run is one
 * observation; intervals are Student's t over runs at 95 %.
 */
import type { Verdict } from "../guarantees/index.js";

/** A metric over the runs of a cell. All numbers are null when no run had a value. */
export interface MetricSummary {
  /** Runs that had a value. */
  readonly n: number;
  readonly mean: number | null;
  /** Sample standard deviation; null for fewer than two values. */
  readonly sd: number | null;
  readonly ci95Low: number | null;
  readonly ci95High: number | null;
  readonly p50: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** How the runs of a cell fared with one checker: numbers of runs by verdict. */
export interface CheckSummary {
  readonly check: string;
  readonly holds: number;
  readonly violated: number;
  readonly unknown: number;
}

export interface SummaryRow {
  /** `Cell.index` */
  readonly cell: number;
  /** Runs. */
  readonly n: number;
  readonly metrics: Readonly<Record<string, MetricSummary>>;
  /** In the order in which the checkers report. */
  readonly checks: readonly CheckSummary[];
}

/** What became of an expectation in a cell. */
export interface ExpectationOutcome {
  /** Index into `ExperimentPlan.expectations`. */
  readonly expectation: number;
  /** `Cell.index` */
  readonly cell: number;
  /** What was found: of a run-scoped expectation the worst of its runs. */
  readonly found: Verdict;
  readonly asStated: boolean;
  /** Runs looked at, and runs (1 for the cell's scope) that were not as stated. */
  readonly runs: number;
  readonly deviating: number;
  /** The numbers behind it: `delivered_ratio = 0.8115`, `violated in 3 of 20 runs`. */
  readonly detail?: string;
  /** The line to paste that replays the first deviating run. */
  readonly replay?: string;
}

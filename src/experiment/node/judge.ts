/** What the sweep asks of the experiment layer: what a run shows, what a cell shows, and whether to go on. */
import type { Verdict } from "../../guarantees/index.js";
import type { Cell } from "../plan.js";
import type { ExpectationOutcome, SummaryRow } from "../summary.js";
import type { CheckRecord, RunRecord } from "./record.js";

/** A run against the experiment's expectations. */
export interface JudgedRun {
  readonly replication: number;
  /** The experiment's metrics, derived ones included. */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly checks: readonly Pick<CheckRecord, "check" | "verdict">[];
  /** Whether what the experiment expects of the run came out as stated. */
  readonly verdict: Verdict;
  /** Expectations that did not, as indices into the plan's. */
  readonly deviating: readonly number[];
}

export interface JudgedCell {
  readonly summary: SummaryRow;
  readonly outcomes: readonly ExpectationOutcome[];
}

export interface Judge {
  run(cell: Cell, record: RunRecord): JudgedRun;
  /** `runs` are all runs of the cell, in order. */
  cell(cell: Cell, runs: readonly JudgedRun[]): JudgedCell;
  /** How many runs to add to a cell whose runs so far have these values of the metric that decides. */
  nextBatch(values: readonly (number | null)[]): number;
}

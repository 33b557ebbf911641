/** Runs of a cell to a row of the summary, and whether a cell needs more of them. */
import type { Verdict } from "../guarantees/index.js";
import type { ExperimentPlan } from "./plan.js";
import { mean, meanInterval, quantile, standardDeviation } from "./statistics.js";
import type { CheckSummary, MetricSummary, SummaryRow } from "./summary.js";

/** What a summary is made from: a finished run, its derived metrics included. */
export interface ObservedRun {
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly checks: readonly { readonly check: string; readonly verdict: Verdict }[];
}

export function summarise(plan: ExperimentPlan, cell: number, runs: readonly ObservedRun[]): SummaryRow {
  const metrics = plan.metrics.map(({ name }) => {
    const values = runs.map((run) => run.metrics[name] ?? null);
    return [name, summariseMetric(values)] as const;
  });
  return { cell, n: runs.length, metrics: Object.fromEntries(metrics), checks: summariseChecks(runs) };
}

/** Runs in which there was nothing to measure are left out. */
export function summariseMetric(given: readonly (number | null)[]): MetricSummary {
  const values = given.filter((value) => value !== null);
  const n = values.length;
  if (n === 0)
    return { n, mean: null, sd: null, ci95Low: null, ci95High: null, p50: null, min: null, max: null };
  const interval = meanInterval(values);
  return {
    n,
    mean: mean(values),
    sd: n < 2 ? null : standardDeviation(values),
    ci95Low: interval?.low ?? null,
    ci95High: interval?.high ?? null,
    p50: quantile(values, 0.5),
    min: values.reduce((least, value) => Math.min(least, value)),
    max: values.reduce((most, value) => Math.max(most, value)),
  };
}

function summariseChecks(runs: readonly ObservedRun[]): readonly CheckSummary[] {
  const names = [...new Set(runs.flatMap((run) => run.checks.map(({ check }) => check)))];
  return names.map((check) => {
    const verdicts = runs.flatMap((run) => run.checks.filter((result) => result.check === check));
    const count = (verdict: Verdict): number =>
      verdicts.filter((result) => result.verdict === verdict).length;
    return { check, holds: count("holds"), violated: count("violated"), unknown: count("unknown") };
  });
}

/**
 * How many runs to add to a cell whose runs so far have these values of the metric that decides: 0 when it has
 * enough. Runs come in whole batches, so the answer does not depend on who finishes first.
 */
export function nextBatch(plan: ExperimentPlan, values: readonly (number | null)[]): number {
  const { replications } = plan;
  if (replications.kind === "fixed") return Math.max(0, replications.count - values.length);
  const { precision, max, batch } = replications;
  if (values.length >= max || (values.length > 0 && preciseEnough(values, precision))) return 0;
  return Math.min(batch, max - values.length);
}

function preciseEnough(given: readonly (number | null)[], precision: number): boolean {
  const values = given.filter((value) => value !== null);
  const interval = meanInterval(values);
  if (interval === undefined) return false;
  return (interval.high - interval.low) / 2 <= precision * Math.abs(mean(values));
}

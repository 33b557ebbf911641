/** A row a cell: what `summary.csv` holds. */
import type { Cell, ExperimentPlan } from "../plan.js";
import type { ExpectationOutcome, MetricSummary, SummaryRow } from "../summary.js";
import { csvRow } from "./csv.js";
import { factorValues } from "./run-rows.js";
import { cellVerdict } from "./verdict.js";

/** Column suffix → what it holds. */
const STATISTICS: readonly (readonly [suffix: string, of: (metric: MetricSummary) => number | null])[] = [
  ["mean", (metric) => metric.mean],
  ["sd", (metric) => metric.sd],
  ["ci95_low", (metric) => metric.ci95Low],
  ["ci95_high", (metric) => metric.ci95High],
  ["p50", (metric) => metric.p50],
  ["min", (metric) => metric.min],
  ["max", (metric) => metric.max],
];

export function summaryHeader(plan: ExperimentPlan): string {
  return csvRow([
    "cell",
    ...plan.factors.map((factor) => factor.name),
    "n",
    ...plan.metrics.flatMap(({ name }) => STATISTICS.map(([suffix]) => `${name}_${suffix}`)),
    "verdict",
  ]);
}

export function summaryRow(
  plan: ExperimentPlan,
  cell: Cell,
  row: SummaryRow,
  outcomes: readonly ExpectationOutcome[],
): string {
  return csvRow([
    cell.index,
    ...factorValues(plan, cell),
    row.n,
    ...plan.metrics.flatMap(({ name }) => {
      const metric = row.metrics[name];
      return STATISTICS.map(([, of]) => (metric === undefined ? null : of(metric)));
    }),
    cellVerdict(outcomes) ?? null,
  ]);
}

/** The results of a sweep for people: a row a cell, then what did not come out as stated and how to replay it. */
import {
  type Cell,
  cellVerdict,
  type ExpectationOutcome,
  type ExperimentPlan,
  type Results,
  type SummaryRow,
} from "../experiment/index.js";
import { decimalsFor, fixed } from "./numbers.js";
import { fitTable, shorten, type TableColumn } from "./table.js";
import type { Colors } from "./terminal.js";

/** Headers of the metrics that everybody asks for. Others are called by their names. */
const HEADERS: Readonly<Record<string, string>> = {
  delivered_ratio: "delivered",
  latency_mean_ms: "mean ms",
  latency_p50_ms: "p50 ms",
  latency_p90_ms: "p90 ms",
  latency_p99_ms: "p99 ms",
  latency_max_ms: "max ms",
  packets_per_delivered: "packets/msg",
  bytes_per_delivered: "bytes/msg",
};

interface Row {
  readonly cell: Cell;
  readonly summary: SummaryRow;
  readonly outcomes: readonly ExpectationOutcome[];
}

/** The table, in at most `width` columns; undefined: as wide as it is. */
export function resultsTable(
  plan: ExperimentPlan,
  results: Results,
  width: number | undefined,
  colors: Colors,
): string {
  const rows = rowsOf(plan, results);
  const columns = [
    ...plan.factors.map((factor) => factorColumn(plan, factor.name, rows)),
    ...plan.metrics.map(({ name }, i) => metricColumn(name, i, rows)),
    ...(plan.expectations.length === 0 ? [] : [verdictColumn(rows, colors)]),
  ];
  const { lines, leftOut } = fitTable(columns, width, colors.bold);
  const note = shorten(`and in summary.csv: ${leftOut.join(", ")}`, width ?? Infinity);
  const more = leftOut.length === 0 ? [] : [colors.dim(note)];
  return [...lines, ...more].map((line) => `${line}\n`).join("");
}

function rowsOf(plan: ExperimentPlan, results: Results): Row[] {
  return results.rows.flatMap((summary) => {
    const cell = plan.cells[summary.cell];
    if (cell === undefined) return [];
    const outcomes = results.outcomesOf(cell.index);
    return [{ cell, summary, outcomes }];
  });
}

function factorColumn(plan: ExperimentPlan, name: string, rows: readonly Row[]): TableColumn {
  const factor = plan.factors.find((candidate) => candidate.name === name);
  const numbers = factor?.values.every((value) => typeof value === "number") ?? false;
  return {
    header: name,
    align: numbers ? "right" : "left",
    cells: rows.map(({ cell }) => valueLabel(plan, name, cell)),
    dispensable: 0,
  };
}

/** A factor's value in a cell, as the file writes it. */
export function valueLabel(plan: ExperimentPlan, name: string, cell: Cell): string {
  const factor = plan.factors.find((candidate) => candidate.name === name);
  const value = cell.values[name];
  const index = factor?.values.findIndex((candidate) => candidate === value) ?? -1;
  return factor?.labels[index] ?? String(value ?? "");
}

/** The first metric says how sure it is; the others leave that to summary.csv. */
function metricColumn(name: string, index: number, rows: readonly Row[]): TableColumn {
  const ratio = name.endsWith("_ratio");
  const scale = ratio ? 100 : 1;
  const scaled = (value: number | null | undefined): number | null =>
    value === null || value === undefined ? null : value * scale;
  const means = rows.map(({ summary }) => scaled(summary.metrics[name]?.mean));
  const decimals = ratio ? 1 : decimalsFor(means);
  const plain = means.map((mean) => fixed(mean, decimals) + (ratio && mean !== null ? " %" : ""));
  const column = { header: HEADERS[name] ?? name.replaceAll("_", " "), align: "right" as const };
  if (index > 0) return { ...column, cells: plain, dispensable: index };
  const margins = rows.map(({ summary }) => {
    const metric = summary.metrics[name];
    return metric === undefined || metric.ci95High === null || metric.mean === null
      ? null
      : scaled(metric.ci95High - metric.mean);
  });
  const shown = margins.map((margin) => (margin === null ? "" : ` ± ${fixed(margin, decimals)}`));
  const width = Math.max(0, ...shown.map((margin) => margin.length));
  const full = plain.map((text, row) => text + (shown[row] ?? "").padStart(width));
  return { ...column, cells: full, shorter: plain, dispensable: 0 };
}

function verdictColumn(rows: readonly Row[], colors: Colors): TableColumn {
  const verdicts = rows.map(({ outcomes }) => cellVerdict(outcomes));
  return {
    header: "verdict",
    align: "left",
    cells: verdicts.map((verdict) => verdict ?? "–"),
    dispensable: 0,
    paint: (padded, row) => {
      const verdict = verdicts[row];
      if (verdict === undefined) return padded;
      return { holds: colors.green, violated: colors.red, unknown: colors.yellow }[verdict](padded);
    },
  };
}

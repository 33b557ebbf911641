/** From summary rows to the points of a plot. */
import type { Cell, ExperimentPlan, Factor, FactorValue, Plot } from "../plan.js";
import type { SummaryRow } from "../summary.js";
import { cellWords, factorLabel, isPercentage, isScale, metricAxis, metricWords } from "./wording.js";

export interface PlotPoint {
  /** A number on a scale, a word on an axis of words. */
  readonly x: number | string;
  readonly y: number;
  /** Ends of the 95 % interval; equal to y where there is none. */
  readonly low: number;
  readonly high: number;
  readonly series: string;
  readonly facet: string;
}

export interface PlotData {
  readonly points: readonly PlotPoint[];
  /** In the order of the factor's values. */
  readonly series: readonly string[];
  readonly facets: readonly string[];
  /** What the series differ by: `qos`; "" when there is one. */
  readonly seriesName: string;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  /** Points that a logarithmic scale cannot show. */
  readonly notPositive: number;
}

export interface Axis {
  readonly label: string;
  readonly percent: boolean;
  readonly scale: "linear" | "log" | "words";
  /** Values at which ticks may stand; undefined: wherever is good. */
  readonly ticks: readonly number[] | undefined;
  /** Words in order. */
  readonly words: readonly string[];
}

/** Collects what `plot` shows of `rows`. Cells without a value are left out. */
export function plotData(whole: ExperimentPlan, plot: Plot, rows: readonly SummaryRow[]): PlotData {
  const plan = drawnPart(whole, plot);
  const xFactor = plan.factors.find((factor) => factor.name === plot.x);
  const seriesFactors = seriesOf(plan, plot);
  const { factor: scale, unit } = metricWords(plot.y);
  const found = rows.flatMap((row): PlotPoint[] => {
    if (plot.cells?.includes(row.cell) === false) return [];
    const cell = plan.cells[row.cell];
    const metric = row.metrics[plot.y];
    const x = cell === undefined ? null : xOf(plot, xFactor, cell, row);
    if (cell === undefined || metric === undefined || metric.mean === null || x === null) return [];
    return [
      {
        x,
        y: metric.mean * scale,
        low: (metric.ci95Low ?? metric.mean) * scale,
        high: (metric.ci95High ?? metric.mean) * scale,
        series: seriesWords(plan, cell, seriesFactors),
        facet: plot.facet === undefined ? "" : cellWords(plan, cell, [plot.facet]),
      },
    ];
  });
  const positive = found.filter((point) => point.y > 0);
  const log = plot.scale === "log" && positive.length > 0;
  const points = log ? positive : found;
  return {
    points,
    series: inOrder(
      plan,
      points.map((point) => point.series),
      (cell) => seriesWords(plan, cell, seriesFactors),
    ),
    facets: inOrder(
      plan,
      points.map((point) => point.facet),
      (cell) => (plot.facet === undefined ? "" : cellWords(plan, cell, [plot.facet])),
    ),
    seriesName: seriesFactors.length === 1 ? (seriesFactors[0]?.name ?? "") : "",
    xAxis: xAxisOf(plot, xFactor, points),
    yAxis: {
      label: metricAxis(plot.y),
      percent: unit === "%",
      scale: log ? "log" : "linear",
      ticks: undefined,
      words: [],
    },
    notPositive: found.length - points.length,
  };
}

/** Factors with the values that occur in the cells that the plot is of. */
function drawnPart(plan: ExperimentPlan, { cells }: Plot): ExperimentPlan {
  if (cells === undefined) return plan;
  const factors = plan.factors.map((factor): Factor => {
    const occurring = new Set(cells.map((cell) => plan.cells[cell]?.values[factor.name]));
    const isDrawn = (value: FactorValue | undefined): boolean => value !== undefined && occurring.has(value);
    return {
      ...factor,
      values: factor.values.filter(isDrawn),
      labels: factor.labels.filter((_label, index) => isDrawn(factor.values[index])),
    };
  });
  return { ...plan, factors };
}

/** The colour's factor, then every factor that the plot does not name and that varies. */
function seriesOf(plan: ExperimentPlan, plot: Plot): Factor[] {
  const named = plan.factors.filter((factor) => factor.name === plot.color);
  const others = plan.factors.filter(
    (factor) => ![plot.x, plot.color, plot.facet].includes(factor.name) && factor.values.length > 1,
  );
  return [...named, ...others];
}

function seriesWords(plan: ExperimentPlan, cell: Cell, factors: readonly Factor[]): string {
  const only = factors[0];
  if (factors.length === 1 && only !== undefined) return factorLabel(only, cell.values[only.name]);
  return cellWords(
    plan,
    cell,
    factors.map((factor) => factor.name),
  );
}

function xOf(plot: Plot, factor: Factor | undefined, cell: Cell, row: SummaryRow): number | string | null {
  if (factor === undefined) {
    const mean = row.metrics[plot.x]?.mean ?? null;
    return mean === null ? null : mean * metricWords(plot.x).factor;
  }
  const value = cell.values[factor.name];
  if (!isScale(factor)) return factorLabel(factor, value);
  return shown(factor, value);
}

function shown(factor: Factor, value: FactorValue | undefined): number {
  const number = Number(value);
  return isPercentage(factor) ? Number((number * 100).toPrecision(12)) : number;
}

/** What occurs, in the order of the cells. */
function inOrder(
  plan: ExperimentPlan,
  occurring: readonly string[],
  words: (cell: Cell) => string,
): string[] {
  const present = new Set(occurring);
  return [...new Set(plan.cells.map(words))].filter((each) => present.has(each));
}

/** Values that grow by a factor rather than by a step stand on a logarithmic axis. */
const GEOMETRIC = 40;

function xAxisOf(plot: Plot, factor: Factor | undefined, points: readonly PlotPoint[]): Axis {
  if (factor === undefined) {
    const percent = metricWords(plot.x).unit === "%";
    return { label: metricAxis(plot.x), percent, scale: "linear", ticks: undefined, words: [] };
  }
  if (!isScale(factor)) {
    const present = new Set(points.map((point) => String(point.x)));
    const words = factor.labels.filter((label) => present.has(label));
    return { label: factor.name, percent: false, scale: "words", ticks: undefined, words };
  }
  const ticks = factor.values.map((value) => shown(factor, value));
  const percent = isPercentage(factor);
  const unit = percent ? "%" : factor.unit;
  const lowest = Math.min(...ticks);
  const geometric = ticks.length > 2 && lowest > 0 && Math.max(...ticks) / lowest >= GEOMETRIC;
  const label = unit === undefined ? factor.name : `${factor.name} (${unit})`;
  return { label, percent, scale: geometric ? "log" : "linear", ticks, words: [] };
}

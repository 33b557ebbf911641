/** Metrics and factors in words and numbers that people read. */
import type { Cell, ExperimentPlan, Factor, FactorValue } from "../plan.js";
import type { MetricSummary } from "../summary.js";

export interface MetricWords {
  /** Heading of a column. */
  readonly short: string;
  /** Label of an axis, without the unit. */
  readonly long: string;
  /** `ms`, `%`, `B` or "". */
  readonly unit: string;
  /** What a value is multiplied by to be shown in `unit`. */
  readonly factor: number;
}

const KNOWN: Readonly<Record<string, readonly [short: string, long: string, unit?: string]>> = {
  delivered: ["delivered", "messages delivered"],
  delivered_ratio: ["delivered", "delivered", "%"],
  duplicates: ["duplicates", "duplicates delivered"],
  lost: ["lost", "messages lost"],
  late: ["late", "messages still held at the end"],
  acknowledged_lost: ["acknowledged, lost", "acknowledged messages lost"],
  out_of_order: ["out of order", "deliveries out of order"],
  packets_sent: ["packets", "packets sent"],
  packets_per_delivered: ["packets / message", "packets per message delivered"],
  bytes_sent: ["bytes", "bytes sent", "B"],
  bytes_per_delivered: ["bytes / message", "bytes per message delivered", "B"],
  payload_bytes: ["payload", "payload bytes", "B"],
};

const QUANTILES: Readonly<Record<string, readonly [short: string, long: string]>> = {
  mean: ["mean", "mean"],
  p50: ["p50", "median"],
  p90: ["p90", "90th percentile"],
  p99: ["p99", "99th percentile"],
  max: ["max", "maximum"],
};

/** The words for a metric; names that nobody knows are taken apart at their underscores. */
export function metricWords(name: string): MetricWords {
  const known = KNOWN[name];
  if (known !== undefined) {
    const unit = known[2] ?? "";
    return { short: known[0], long: known[1], unit, factor: unit === "%" ? 100 : 1 };
  }
  const latency = /^(ack_)?latency_(mean|p50|p90|p99|max)_ms$/.exec(name);
  const quantile = QUANTILES[latency?.[2] ?? ""];
  if (latency !== null && quantile !== undefined) {
    const what = latency[1] === undefined ? "latency" : "ack latency";
    return { short: `${what} ${quantile[0]}`, long: `${what}, ${quantile[1]}`, unit: "ms", factor: 1 };
  }
  const [, stem = name, suffix] = /^(.+?)(?:_(ratio|ms|s|bytes))?$/.exec(name) ?? [];
  const words = stem.replace(/_/g, " ");
  const unit = suffix === "ratio" ? "%" : suffix === "bytes" ? "B" : (suffix ?? "");
  return { short: words, long: words, unit, factor: unit === "%" ? 100 : 1 };
}

/** `latency, median (ms)` */
export function metricAxis(name: string): string {
  const { long, unit } = metricWords(name);
  return unit === "" ? long : `${long} (${unit})`;
}

/** A factor's value as the file writes it. */
export function factorLabel(factor: Factor, value: FactorValue | undefined): string {
  const index = factor.values.findIndex((candidate) => candidate === value);
  return factor.labels[index] ?? String(value ?? "");
}

/** The factor's values are written as percentages. */
export function isPercentage(factor: Factor): boolean {
  return factor.labels.some((label) => label.trim().endsWith("%"));
}

/**
 * Whether the factor's values lie on a scale. Words do not, and neither do 0, 1, 2: they are names that
 * happen to be digits.
 */
export function isScale(factor: Factor): boolean {
  if (!factor.values.every((value) => typeof value === "number")) return false;
  if (factor.unit !== undefined || isPercentage(factor)) return factor.values.length > 1;
  const names = factor.values.length <= 4 && factor.values.every((value, index) => value === index);
  return factor.values.length > 2 && !names;
}

/** `qos 1, loss 5 %` of the factors in `names`. */
export function cellWords(plan: ExperimentPlan, cell: Cell, names?: readonly string[]): string {
  return plan.factors
    .filter((factor) => names?.includes(factor.name) ?? true)
    .map((factor) => `${factor.name} ${factorLabel(factor, cell.values[factor.name])}`)
    .join(", ");
}

/** Half the width of the 95 % interval; null where there is none. */
export function halfWidth(metric: MetricSummary | undefined): number | null {
  if (metric === undefined || metric.ci95Low === null || metric.ci95High === null) return null;
  return (metric.ci95High - metric.ci95Low) / 2;
}

/** A number with so many decimals, a comma between thousands and a real minus. */
export function formatNumber(value: number, decimals: number): string {
  const [whole = "0", fraction] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const digits = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && /[1-9]/.test(digits) ? `−${digits}` : digits;
}

/** A number with the digits that it deserves: about four, at most three decimals, no trailing zeros. */
export function formatPlain(value: number): string {
  const size = Math.abs(value);
  const text = formatNumber(value, size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Decimals that show a column of means with their intervals: two digits of the usual half-width. */
export function decimalsFor(means: readonly number[], halfWidths: readonly number[]): number {
  const widths = halfWidths.filter((width) => width > 0).sort((a, b) => a - b);
  const usual = widths[Math.floor(widths.length / 2)];
  if (usual !== undefined) return usual >= 10 ? 0 : usual >= 1 ? 1 : usual >= 0.1 ? 2 : 3;
  if (means.every((mean) => Number.isInteger(mean))) return 0;
  const largest = Math.max(0, ...means.map(Math.abs));
  return largest >= 1000 ? 0 : largest >= 100 ? 1 : 2;
}

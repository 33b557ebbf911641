/** Judged cells for machines and terminals. */
import type { Comparison, JudgedCell, Measure } from "./bars.js";
import { medianOf } from "./bars.js";
import { measured } from "./measured-cell.js";

export const MEASURES: readonly Measure[] = [
  "delivered_ratio",
  "duplicates",
  "latency_mean_ms",
  "latency_p50_ms",
  "latency_p90_ms",
  "latency_p99_ms",
  "latency_max_ms",
  "leg1_mean_ms",
  "leg2_mean_ms",
  "ack_mean_ms",
  "sub_reconnects",
  "pub_reconnects",
  "tcp_retransmits",
];

/** Four digits, without trailing noise. */
export function brief(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "–";
}

/** `+3 %`, or nothing where a share of the measured value says nothing. */
export function errorOf({ simulated, measured: { median } }: Comparison): string {
  if (median === 0 || !Number.isFinite(simulated)) return "";
  const percent = Math.round((simulated / median - 1) * 100);
  return `${percent > 0 ? "+" : percent < 0 ? "−" : ""}${Math.abs(percent)} %`;
}

export function asLine({ cell, comparisons, met }: JudgedCell): string {
  const words = comparisons.map((comparison) => {
    const { measure, simulated, measured: value } = comparison;
    const name = measure.replace(/^latency_|_ms$/g, "");
    return `${name} ${brief(simulated)} (${brief(value.median)}; ${brief(value.min)}–${brief(value.max)})${comparison.met ? "" : " ✗"}`;
  });
  return `${met ? "met   " : "missed"} ${cell.cell.padEnd(36)} ${words.join(", ")}`;
}

export function summaryLine(judged: readonly JudgedCell[]): string {
  const met = judged.filter((cell) => cell.met).length;
  return `${met} of ${judged.length} cells meet their bar (${Math.floor((100 * met) / judged.length)} %)`;
}

export function asJson(judged: readonly JudgedCell[]): string {
  const cells = judged.map(({ cell, runs, comparisons, met }) => ({
    cell: cell.cell,
    met,
    comparisons,
    simulated: Object.fromEntries(
      MEASURES.map((measure) => [measure, rangeOf(runs.map((run) => run[measure]))]),
    ),
  }));
  return JSON.stringify({ cells }, null, 1);
}

/** One row a cell and measure. */
export function asCsv(judged: readonly JudgedCell[]): string {
  const header =
    "cell,measure,simulated_median,simulated_min,simulated_max,measured_median,measured_min,measured_max";
  const rows = judged.flatMap(({ cell, runs }) =>
    MEASURES.map((measure) => {
      const { min, max } = rangeOf(runs.map((run) => run[measure]));
      const value = measured(cell, measure);
      const fields = [medianOf(runs, measure), min, max, value?.median, value?.min, value?.max];
      return [cell.cell, measure, ...fields.map((field) => (Number.isFinite(field) ? field : ""))].join(",");
    }),
  );
  return `${[header, ...rows].join("\n")}\n`;
}

export function rangeOf(values: readonly number[]): { median: number; min: number; max: number } {
  const known = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = known.length >> 1;
  const upper = known[middle] ?? NaN;
  const median = known.length % 2 === 1 ? upper : (upper + (known[middle - 1] ?? NaN)) / 2;
  return { median, min: known[0] ?? NaN, max: known.at(-1) ?? NaN };
}

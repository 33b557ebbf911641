/**
 * When a simulated cell counts as predicted.
 *
 * - Outages and kills: messages lost within the measured range ± 10, duplicates ± 2, reconnects within the range.
 * - Loss above 2 %: replicates differ by a quarter and more, so only the median latency is held to the measured
 *   range, widened by a quarter on either side.
 * - All others: mean and median latency within 15 % of the measured median or inside the measured range, the 99th
 *   percentile within 30 % or 15 ms or inside it, the delivered share within 0.01 or inside it. Without loss and with
 *   Nagle's algorithm, the result depends on the accidental phase of the two legs: there the range includes the
 *   `mqtt-phase-*` cells.
 */
import { type MeasuredCell, type MeasuredValue, lossOf, measured, messagesOf } from "./measured-cell.js";
import type { SimulatedRun } from "./simulate-cell.js";

export type Measure = keyof SimulatedRun;

/** One value of a cell held against its bar. */
export interface Comparison {
  readonly measure: Measure | "lost";
  /** Median over the runs. */
  readonly simulated: number;
  readonly measured: MeasuredValue;
  readonly met: boolean;
}

export interface JudgedCell {
  readonly cell: MeasuredCell;
  readonly runs: readonly SimulatedRun[];
  readonly comparisons: readonly Comparison[];
  readonly met: boolean;
}

const LOSSES_BESIDE = 10;
const DUPLICATES_BESIDE = 2;
const LIGHT_LOSS_MAX = 0.02;
const WIDENED_BY = 0.25;
const LATENCY_WITHIN = 0.15;
const P99_WITHIN = 0.3;
const P99_WITHIN_MS = 15;
const DELIVERED_WITHIN = 0.01;

/** `all` are the measured cells among which those of other phases are looked for. */
export function judge(
  cell: MeasuredCell,
  runs: readonly SimulatedRun[],
  all: readonly MeasuredCell[],
): JudgedCell {
  const comparisons = comparisonsOf(cell, runs, all);
  return { cell, runs, comparisons, met: comparisons.every(({ met }) => met) };
}

function comparisonsOf(
  cell: MeasuredCell,
  runs: readonly SimulatedRun[],
  all: readonly MeasuredCell[],
): Comparison[] {
  const compare = (
    measure: Measure,
    meets: (simulated: number, value: MeasuredValue) => boolean,
  ): Comparison => {
    const simulated = medianOf(runs, measure);
    const value = rangeOf(cell, measure, all);
    return { measure, simulated, measured: value, met: meets(simulated, value) };
  };
  if (isAboutDelivery(cell)) {
    return [
      lossesOf(cell, runs),
      compare("duplicates", (simulated, value) => within(simulated, value, DUPLICATES_BESIDE)),
      compare("sub_reconnects", (simulated, value) => within(simulated, value, 0)),
      compare("pub_reconnects", (simulated, value) => within(simulated, value, 0)),
    ];
  }
  if (lossOf(cell) > LIGHT_LOSS_MAX) return [compare("latency_p50_ms", insideWidened)];
  return [
    compare("latency_mean_ms", (simulated, value) => closeOrInside(simulated, value, LATENCY_WITHIN)),
    compare("latency_p50_ms", (simulated, value) => closeOrInside(simulated, value, LATENCY_WITHIN)),
    compare("latency_p99_ms", (simulated, value) =>
      closeOrInside(simulated, value, P99_WITHIN, P99_WITHIN_MS),
    ),
    compare("delivered_ratio", (simulated, value) => closeOrInside(simulated, value, 0, DELIVERED_WITHIN)),
  ];
}

/** Whether the cell is about what arrives rather than when: the link was away, or the subscriber was killed. */
export function isAboutDelivery({ outages, outages_per_replicate, killSub }: MeasuredCell): boolean {
  return outages !== undefined || outages_per_replicate !== undefined || killSub !== undefined;
}

/** Median over the runs that have the measure; NaN when none has. */
export function medianOf(runs: readonly SimulatedRun[], measure: Measure): number {
  const values = runs
    .map((run) => run[measure])
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  const middle = values.length >> 1;
  const upper = values[middle] ?? NaN;
  return values.length % 2 === 1 ? upper : (upper + (values[middle - 1] ?? NaN)) / 2;
}

function lossesOf(cell: MeasuredCell, runs: readonly SimulatedRun[]): Comparison {
  const count = messagesOf(cell);
  const lost = (ratio: number): number => Math.round(count * (1 - ratio));
  const { median, min, max } = required(cell, "delivered_ratio");
  const value = { median: lost(median), min: lost(max), max: lost(min) };
  const simulated = Math.round(10 * count * (1 - medianOf(runs, "delivered_ratio"))) / 10;
  return { measure: "lost", simulated, measured: value, met: within(simulated, value, LOSSES_BESIDE) };
}

function rangeOf(cell: MeasuredCell, measure: Measure, all: readonly MeasuredCell[]): MeasuredValue {
  const own = required(cell, measure);
  const others = phasesOf(cell, all).map((other) => required(other, measure));
  return {
    median: own.median,
    min: Math.min(own.min, ...others.map(({ min }) => min)),
    max: Math.max(own.max, ...others.map(({ max }) => max)),
  };
}

function required(cell: MeasuredCell, measure: Measure): MeasuredValue {
  const value = measured(cell, measure);
  if (value === undefined) throw new Error(`${cell.cell}: no ${measure}`);
  return value;
}

/** Cells that measured the same without loss, with Nagle's algorithm, at other phases. */
function phasesOf(cell: MeasuredCell, all: readonly MeasuredCell[]): readonly MeasuredCell[] {
  if (lossOf(cell) > 0 || cell.nodelay === true) return [];
  const same = (other: MeasuredCell): boolean =>
    other.link["delay"] === cell.link["delay"] &&
    ["qos", "rate", "size"].every((name) => other.load[name] === cell.load[name]);
  return all.filter((other) => other.cell.startsWith("mqtt-phase-") && other !== cell && same(other));
}

function within(simulated: number, { min, max }: MeasuredValue, beside: number): boolean {
  return simulated >= min - beside && simulated <= max + beside;
}

function insideWidened(simulated: number, { min, max }: MeasuredValue): boolean {
  return simulated >= min * (1 - WIDENED_BY) && simulated <= max * (1 + WIDENED_BY);
}

/** Inside the range, or no further from the median than the larger of a share of it and an amount. */
function closeOrInside(simulated: number, value: MeasuredValue, share: number, amount = 0): boolean {
  const far = Math.abs(simulated - value.median);
  return within(simulated, value, 0) || far <= Math.max(share * value.median, amount);
}

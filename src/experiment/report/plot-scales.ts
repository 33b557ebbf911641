/** The scales of a plot: domains, ticks, and room for what stands beside the lines. */
import type * as PlotLibrary from "@observablehq/plot";
import { textWidth } from "../../view/index.js";
import type { Axis, PlotData } from "./plot-data.js";
import { labelRoom } from "./plot-end-labels.js";
import { PANEL_WIDTH, yDomain } from "./plot-domain.js";
import { formatPlain } from "./wording.js";

/** The horizontal scale. Its axis is drawn by `axes`. */
export function xScale(data: PlotData): PlotLibrary.ScaleOptions {
  const { xAxis } = data;
  const bare = { axis: null, label: null };
  if (xAxis.scale === "words") {
    const slots = slotsOf(data);
    const places = xAxis.words.flatMap((word) => Array.from({ length: slots }, (_, slot) => at(word, slot)));
    const last = places.indexOf(place(xAxis.words.at(-1) ?? "", data.series.length - 1));
    return { ...bare, type: "point", domain: places.slice(0, last + 1), padding: slots / 2 - 0.4 };
  }
  return { ...bare, type: xAxis.scale, insetLeft: INSET, insetRight: INSET + labelRoom(data) };
}

const INSET = 8;

/**
 * Beside a word each series has a slot of its own, and one stays free before the next word; there are as many between
 * them, so that the word stands at the middle of its series, however many those are.
 */
function slotsOf({ series }: PlotData): number {
  return series.length > 1 ? 2 * (series.length + 1) : 1;
}

function at(word: string, slot: number): string {
  return `${slot} ${word}`;
}

/** The vertical scale. Its axis is drawn by `axes`. */
export function yScale(data: PlotData): PlotLibrary.ScaleOptions {
  const type = data.yAxis.scale === "log" ? "log" : "linear";
  return { axis: null, label: null, type, domain: [...yDomain(data).domain] };
}

/**
 * Grid and axes as marks: a mark writes the labels it is told to, while the axis of a logarithmic scale leaves
 * out those that it finds too many.
 */
export function axes(library: typeof PlotLibrary, data: PlotData): PlotLibrary.Markish[] {
  const { xAxis } = data;
  const yTicks = { ticks: yDomain(data).ticks ?? 6 };
  const plain = { text: (value: number): string => formatPlain(value), label: null };
  const label = { label: xAxis.label, labelAnchor: "center", labelArrow: "none", labelOffset: 34 } as const;
  const grid = library.gridY({ stroke: "#dde2e8", strokeOpacity: 1, ...yTicks });
  const y = library.axisY({ ...yTicks, ...plain });
  if (xAxis.scale === "words") {
    const named = xAxis.words.map((word) => at(word, data.series.length - 1));
    const text = (each: string): string => each.slice(each.indexOf(" ") + 1);
    return [grid, y, library.axisX(named, { ...label, text })];
  }
  const width = PANEL_WIDTH - 2 * INSET - labelRoom(data);
  const ticks = xAxis.ticks === undefined ? 6 : roomyTicks(xAxis, xAxis.ticks, width);
  return [grid, y, library.axisX({ ...label, ticks, text: plain.text })];
}

/** The place of a series beside its word. */
export function place(word: string, index: number): string {
  return at(word, 2 * index);
}

/** The values that were tried, without those whose labels would run into the one before. */
function roomyTicks(axis: Axis, values: readonly number[], width: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (value: number): number => (axis.scale === "log" ? Math.log(value) : value);
  const first = at(sorted[0] ?? 0);
  const span = at(sorted[sorted.length - 1] ?? 1) - first || 1;
  const kept: number[] = [];
  let free = -Infinity;
  for (const value of sorted) {
    const x = ((at(value) - first) / span) * width;
    const half = textWidth(formatPlain(value), 11) / 2;
    if (x - half < free) continue;
    kept.push(value);
    free = x + half + 4;
  }
  return kept;
}

/**
 * Plots as SVG documents, drawn by Observable Plot on a page that exists only in memory. Plot and jsdom are
 * loaded when the first plot is drawn: they take a second, and most commands draw none.
 */
import type * as PlotLibrary from "@observablehq/plot";
import type { JSDOM } from "jsdom";
import { escapeText, textWidth, wrapText } from "../../view/index.js";
import type { ExperimentPlan, Plot } from "../plan.js";
import type { SummaryRow } from "../summary.js";
import { type Axis, plotData, type PlotData, type PlotPoint } from "./plot-data.js";
import { type PathContext, seriesStyle, symbolPath } from "./plot-style.js";
import { formatPlain } from "./wording.js";

/** Draws plots; made once by `plotter`. */
export interface Plotter {
  /** The plot as a whole SVG document; the same rows give the same bytes. */
  plotSvg(plan: ExperimentPlan, plot: Plot, rows: readonly SummaryRow[]): string;
}

/** Loads what plots are drawn with. */
export async function plotter(): Promise<Plotter> {
  const [library, { JSDOM }] = await Promise.all([import("@observablehq/plot"), import("jsdom")]);
  return { plotSvg: (plan, plot, rows) => drawPlot(library, new JSDOM(""), plan, plot, rows) };
}

const FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif";
const INK = "#1b2733";
const SOFT = "#5b6875";
const MARGIN = { left: 62, right: 18, top: 26, bottom: 44 };
const PANEL_WIDTH = 300;
const PANEL_HEIGHT = 250;
const PANEL_GAP = 0.09;
const WIDTH_MIN = 520;

function drawPlot(
  library: typeof PlotLibrary,
  page: JSDOM,
  plan: ExperimentPlan,
  plot: Plot,
  rows: readonly SummaryRow[],
): string {
  const data = plotData(plan, plot, rows);
  const panels = Math.max(1, data.facets.length);
  const width = Math.max(WIDTH_MIN, MARGIN.left + MARGIN.right + panels * PANEL_WIDTH * (1 + PANEL_GAP));
  const title = wrapText(plot.title, 15, width - 32, true);
  const head = 14 + title.length * 20;
  const key = legend(data, MARGIN.left, head + 8, width - MARGIN.left - MARGIN.right);
  const bodyTop = head + key.height + 6;
  const height = MARGIN.top + PANEL_HEIGHT + MARGIN.bottom;
  const notes = data.points.length === 0 ? ["No cell has a value to show."] : logNote(data);
  const body = data.points.length === 0 ? "" : drawBody(library, page, data, width, height);
  const total = bodyTop + (body === "" ? 20 : height) + notes.length * 16 + 8;
  const lines = title.map((line, index) => text(16, 24 + index * 20, line, 15, INK, "bold"));
  const footTop = total - notes.length * 16 - 2;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" width="${width}" ` +
    `height="${total}" role="img" font-family="${FONT}" font-size="11">` +
    `<title>${escapeText(plot.title)}</title>\n` +
    `<rect width="${width}" height="${total}" fill="#ffffff"/>\n${lines.join("")}\n${key.markup}\n` +
    `<g transform="translate(0,${bodyTop})">${body}</g>\n` +
    `${notes.map((note, index) => text(16, footTop + index * 16 + 8, note, 11, SOFT)).join("")}</svg>\n`
  );
}

function text(x: number, y: number, content: string, size: number, fill: string, weight?: string): string {
  const bold = weight === undefined ? "" : ` font-weight="${weight}"`;
  const place = `x="${round(x)}" y="${round(y)}"`;
  return `<text ${place} font-size="${size}" fill="${fill}"${bold}>${escapeText(content)}</text>`;
}

function logNote({ notPositive }: PlotData): string[] {
  if (notPositive === 0) return [];
  const cells = notPositive === 1 ? "One cell has" : `${notPositive} cells have`;
  return [`${cells} the value 0, for which a logarithmic scale has no place.`];
}

/** Names the series above the panels, with the line and the sign of each. */
function legend(
  data: PlotData,
  left: number,
  top: number,
  width: number,
): { readonly markup: string; readonly height: number } {
  if (data.series.length < 2) return { markup: "", height: 0 };
  let x = left;
  let row = 0;
  let markup = "";
  if (data.seriesName !== "") {
    markup += text(x, top + 12, data.seriesName, 11, SOFT);
    x += textWidth(data.seriesName, 11) + 14;
  }
  const indent = x;
  data.series.forEach((name, index) => {
    const style = seriesStyle(index);
    const step = 34 + textWidth(name, 11) + 20;
    if (x > indent && x + step > left + width) {
      x = indent;
      row++;
    }
    const y = top + row * 18 + 8;
    const dash = style.dash === undefined ? "" : ` stroke-dasharray="${style.dash}"`;
    markup +=
      `<line x1="${round(x)}" y1="${y}" x2="${round(x + 28)}" y2="${y}" stroke="${style.color}" stroke-width="2"${dash}/>` +
      `<path d="${symbolPath(style.symbol)}" transform="translate(${round(x + 14)},${y})" fill="#ffffff" stroke="${style.color}" stroke-width="1.8"/>` +
      text(x + 34, y + 4, name, 11, INK);
    x += step;
  });
  return { markup, height: (row + 1) * 18 + 6 };
}

function drawBody(
  library: typeof PlotLibrary,
  page: JSDOM,
  data: PlotData,
  width: number,
  height: number,
): string {
  const { document } = page.window;
  const drawn = library.plot({
    document,
    width,
    height,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    className: "plot",
    style: { fontFamily: FONT, fontSize: "11px", color: INK, background: "none" },
    fx: {
      domain: [...data.facets],
      label: null,
      padding: PANEL_GAP,
      axis: data.facets.length > 1 ? "top" : null,
    },
    x: xScale(data),
    y: yScale(data.yAxis, data.points),
    color: { domain: [...data.series], range: data.series.map((_, index) => seriesStyle(index).color) },
    marks: [
      library.gridY({ stroke: "#dde2e8", strokeOpacity: 1 }),
      ...(data.xAxis.scale === "words" ? wordMarks(library, data) : lineMarks(library, data)),
      library.frame({ stroke: "#aab4be", anchor: "bottom" }),
    ],
  });
  return tidy(drawn.outerHTML);
}

function xScale({ xAxis, series }: PlotData): PlotLibrary.ScaleOptions {
  const common = { label: xAxis.label, labelAnchor: "center" as const, labelArrow: "none" as const };
  if (xAxis.scale === "words") {
    const places = xAxis.words.flatMap((word) => series.map((_, index) => place(word, index)));
    const named = xAxis.words.map((word) => place(word, Math.floor((series.length - 1) / 2)));
    return {
      ...common,
      type: "point",
      domain: places,
      padding: series.length / 2,
      ticks: named,
      tickFormat: (each: string) => each.slice(each.indexOf(" ") + 1),
    };
  }
  const ticks = xAxis.ticks === undefined ? {} : { ticks: roomyTicks(xAxis, xAxis.ticks) };
  return {
    ...common,
    type: xAxis.scale,
    inset: 8,
    ...ticks,
    tickFormat: (value: number) => formatPlain(value),
  };
}

/** The place of a series beside its word. */
function place(word: string, index: number): string {
  return `${index} ${word}`;
}

/** The values that were tried, without those whose labels would run into the one before. */
function roomyTicks(axis: Axis, values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (value: number): number => (axis.scale === "log" ? Math.log(value) : value);
  const first = at(sorted[0] ?? 0);
  const span = at(sorted[sorted.length - 1] ?? 1) - first || 1;
  const kept: number[] = [];
  let free = -Infinity;
  for (const value of sorted) {
    const x = ((at(value) - first) / span) * (PANEL_WIDTH - 16);
    const half = textWidth(formatPlain(value), 11) / 2;
    if (x - half < free) continue;
    kept.push(value);
    free = x + half + 4;
  }
  return kept;
}

function yScale(axis: Axis, points: readonly PlotPoint[]): PlotLibrary.ScaleOptions {
  const lows = points.map((point) =>
    axis.scale === "log" ? Math.min(point.y, positiveLow(point)) : point.low,
  );
  const least = Math.min(...lows);
  const most = Math.max(...points.map((point) => point.high));
  const common = { label: axis.label, labelArrow: "none" as const };
  if (axis.scale === "log") {
    const domain = [least / 1.15, most * 1.15];
    const ticks = logTicks(least / 1.15, most * 1.15);
    return { ...common, type: "log", domain, ticks, tickFormat: (value: number) => formatPlain(value) };
  }
  const tickFormat = (value: number): string => formatPlain(value);
  if (axis.percent) {
    const floor = least >= 50 ? Math.max(0, Math.floor((least - 2) / 10) * 10) : 0;
    return { ...common, domain: [floor, Math.max(100, most)], ticks: 6, tickFormat };
  }
  const top = most > 0 ? most * 1.06 : 1;
  return { ...common, domain: [Math.min(0, least), top], ticks: 6, tickFormat };
}

/** 1, 2, 5 of each decade, or the decades alone where there are many. */
function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades > 3 ? [1] : decades > 0.5 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    for (const factor of factors) {
      const tick = Number(`${factor}e${exponent}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** The interval's lower end, cut off where a logarithmic scale would have to go below zero. */
function positiveLow(point: PlotPoint): number {
  return point.low > 0 ? point.low : point.y / 1.5;
}

function lineMarks(library: typeof PlotLibrary, data: PlotData): PlotLibrary.Markish[] {
  const log = data.yAxis.scale === "log";
  return data.series.flatMap((name, index) => {
    const style = seriesStyle(index);
    const own = data.points.filter((point) => point.series === name);
    const sorted = [...own].sort((a, b) => Number(a.x) - Number(b.x));
    const low = (point: PlotPoint): number => (log ? positiveLow(point) : point.low);
    const common = { x: "x", y: "y", fx: "facet", stroke: style.color };
    const dash = style.dash === undefined ? {} : { strokeDasharray: style.dash };
    return [
      library.areaY(sorted, {
        x: "x",
        y1: low,
        y2: "high",
        fx: "facet",
        fill: style.color,
        fillOpacity: 0.16,
      }),
      library.ruleX(sorted, {
        x: "x",
        y1: low,
        y2: "high",
        fx: "facet",
        stroke: style.color,
        strokeWidth: 1.2,
      }),
      library.lineY(sorted, { ...common, ...dash, strokeWidth: 2 }),
      library.dot(sorted, { ...common, symbol: drawnSymbol(index), r: 4, fill: "#ffffff", strokeWidth: 1.8 }),
    ];
  });
}

function wordMarks(library: typeof PlotLibrary, data: PlotData): PlotLibrary.Markish[] {
  const log = data.yAxis.scale === "log";
  return data.series.flatMap((name, index) => {
    const style = seriesStyle(index);
    const own = data.points
      .filter((point) => point.series === name)
      .map((point) => ({
        ...point,
        x: place(String(point.x), index),
        low: log ? positiveLow(point) : point.low,
      }));
    const interval = { x: "x", y1: "low", y2: "high", fx: "facet", stroke: style.color, strokeWidth: 2 };
    const dot = { x: "x", y: "y", fx: "facet", stroke: style.color, fill: "#ffffff", strokeWidth: 2 };
    return [
      library.ruleX(own, { ...interval, marker: "tick" }),
      library.dot(own, { ...dot, symbol: drawnSymbol(index), r: 4.5 }),
    ];
  });
}

/** The same shapes as in the legend, drawn by the same function. */
function drawnSymbol(index: number): PlotLibrary.SymbolImplementation {
  const { symbol } = seriesStyle(index);
  return {
    draw: (context: PathContext) => {
      symbolPath(symbol, context);
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Numbers to two decimals, ids counted from 1, no sheet of styles that would reach beyond the plot. */
function tidy(markup: string): string {
  const ids = new Map<string, string>();
  const renamed = markup.replace(/<style>[^]*?<\/style>/g, "").replace(/plot-clip-\d+/g, (id) => {
    const known = ids.get(id) ?? `clip-${ids.size + 1}`;
    ids.set(id, known);
    return known;
  });
  return renamed.replace(/="([^"]*)"/g, (_, value: string) => {
    const rounded = value.replace(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (number) => String(round(Number(number))));
    return `="${rounded}"`;
  });
}

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
const MARGIN = { left: 62, right: 18, bottom: 40 };
/** Above the panels: the label of the y axis, and below it the names of the facets. */
const TOP = 22;
const TOP_WITH_FACETS = 46;
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
  const height = topOf(data) + PANEL_HEIGHT + MARGIN.bottom;
  const notes = data.points.length === 0 ? ["No cell has a value to show."] : logNote(data);
  const empty = data.points.length === 0;
  const body = empty ? "" : drawBody(library, page, data, width, height);
  const total = bodyTop + (body === "" ? 20 : height) + notes.length * 16 + 8;
  const lines = title.map((line, index) => text(16, 24 + index * 20, line, 15, INK, "bold"));
  const footTop = total - notes.length * 16 - 2;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" width="${width}" ` +
    `height="${total}" role="img" font-family="${FONT}" font-size="11">` +
    `<title>${escapeText(plot.title)}</title>\n` +
    `<rect width="${width}" height="${total}" fill="#ffffff"/>\n${lines.join("")}\n${key.markup}\n` +
    `<g transform="translate(0,${bodyTop})">${empty ? "" : text(16, 11, data.yAxis.label, 11, SOFT)}${body}</g>\n` +
    `${notes.map((note, index) => text(16, footTop + index * 16 + 8, note, 11, SOFT)).join("")}</svg>\n`
  );
}

function topOf(data: PlotData): number {
  return data.facets.length > 1 ? TOP_WITH_FACETS : TOP;
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
      `<path d="${symbolPath(style.symbol, 1)}" transform="translate(${round(x + 14)},${y})" fill="#ffffff" stroke="${style.color}" stroke-width="1.8"/>` +
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
    marginTop: topOf(data),
    marginBottom: MARGIN.bottom,
    className: "plot",
    style: { fontFamily: FONT, fontSize: "11px", color: INK, background: "none" },
    fx: {
      domain: [...data.facets],
      label: null,
      padding: PANEL_GAP,
      tickPadding: 9,
      axis: data.facets.length > 1 ? "top" : null,
    },
    x: xScale(data),
    y: yScale(data),
    color: { domain: [...data.series], range: data.series.map((_, index) => seriesStyle(index).color) },
    marks: [
      library.gridY({ stroke: "#dde2e8", strokeOpacity: 1, ...gridTicks(data) }),
      ...(data.xAxis.scale === "words" ? wordMarks(library, data) : lineMarks(library, data)),
      library.frame({ stroke: "#aab4be", anchor: "bottom" }),
    ],
  });
  return tidy(drawn.outerHTML);
}

function xScale(data: PlotData): PlotLibrary.ScaleOptions {
  const { xAxis, series } = data;
  const common = {
    label: xAxis.label,
    labelAnchor: "center" as const,
    labelArrow: "none" as const,
    labelOffset: 34,
  };
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
  const ticks =
    xAxis.ticks === undefined
      ? {}
      : { ticks: roomyTicks(xAxis, xAxis.ticks, PANEL_WIDTH - 16 - labelRoom(data)) };
  return {
    ...common,
    type: xAxis.scale,
    insetLeft: 8,
    insetRight: 8 + labelRoom(data),
    ...ticks,
    tickFormat: (value: number) => formatPlain(value),
  };
}

/** The place of a series beside its word. */
function place(word: string, index: number): string {
  return `${index} ${word}`;
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

interface YScale {
  readonly domain: readonly [number, number];
  /** Of a logarithmic scale. */
  readonly ticks: number[] | undefined;
}

function yDomain({ yAxis, points }: PlotData): YScale {
  const most = Math.max(...points.map((point) => point.high));
  if (yAxis.scale === "log") {
    const low = Math.min(...points.map(positiveLow)) / 1.15;
    const high = most * 1.15;
    return { domain: [low, high], ticks: logTicks(low, high) };
  }
  const least = Math.min(...points.map((point) => point.low));
  if (yAxis.percent) {
    const floor = least >= 50 ? Math.max(0, Math.floor((least - 2) / 10) * 10) : Math.min(0, least);
    return { domain: [floor, Math.max(100, most)], ticks: undefined };
  }
  return { domain: [Math.min(0, least), most > 0 ? most * 1.06 : 1], ticks: undefined };
}

function yScale(data: PlotData): PlotLibrary.ScaleOptions {
  const { domain, ticks } = yDomain(data);
  return {
    label: null,
    type: data.yAxis.scale === "log" ? "log" : "linear",
    domain: [...domain],
    ticks: ticks ?? 6,
    tickFormat: (value: number) => formatPlain(value),
  };
}

function gridTicks(data: PlotData): { ticks?: number[] } {
  const { ticks } = yDomain(data);
  return ticks === undefined ? {} : { ticks };
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
  const lines = data.series.flatMap((name, index) => {
    const style = seriesStyle(index);
    const own = data.points.filter((point) => point.series === name).map((point) => drawable(data, point));
    own.sort((a, b) => Number(a.x) - Number(b.x));
    const interval = { x: "x", y1: "low", y2: "high", fx: "facet" };
    const dash = style.dash === undefined ? {} : { strokeDasharray: style.dash };
    return [
      library.areaY(own, { ...interval, fill: style.color, fillOpacity: 0.16 }),
      library.ruleX(own, { ...interval, stroke: style.color, strokeWidth: 1.2 }),
      library.lineY(own, { x: "x", y: "y", fx: "facet", stroke: style.color, ...dash, strokeWidth: 2 }),
    ];
  });
  const dots = data.series.map((name, index) =>
    library.dot(
      data.points.filter((point) => point.series === name),
      { x: "x", y: "y", fx: "facet", ...dotStyle(index, data.series.length) },
    ),
  );
  return [...lines, ...dots, endLabels(library, data)];
}

function wordMarks(library: typeof PlotLibrary, data: PlotData): PlotLibrary.Markish[] {
  return data.series.flatMap((name, index) => {
    const { color } = seriesStyle(index);
    const own = data.points
      .filter((point) => point.series === name)
      .map((point) => ({ ...drawable(data, point), x: place(String(point.x), index) }));
    const interval = { x: "x", y1: "low", y2: "high", fx: "facet", stroke: color, strokeWidth: 2 };
    return [
      library.ruleX(
        own.filter((point) => point.high > point.low),
        { ...interval, marker: "tick" },
      ),
      library.dot(own, { x: "x", y: "y", fx: "facet", ...dotStyle(index, 1) }),
    ];
  });
}

/** The point with an interval that the scale can show. */
function drawable({ yAxis }: PlotData, point: PlotPoint): PlotPoint {
  return yAxis.scale === "log" ? { ...point, low: positiveLow(point) } : point;
}

/** Signs drawn later are smaller, so that those of lines that coincide all show. */
function dotStyle(index: number, count: number): PlotLibrary.DotOptions {
  const { symbol, color } = seriesStyle(index);
  const size = count < 2 ? 1 : 1.3 - (0.6 * index) / (count - 1);
  const draw = (context: PathContext): void => {
    symbolPath(symbol, size, context);
  };
  return { symbol: { draw }, r: 4, fill: "#ffffff", stroke: color, strokeWidth: 1.8 };
}

interface EndLabel {
  readonly x: number;
  readonly y: number;
  readonly facet: string;
  readonly text: string;
  readonly color: string;
}

/** Names the series where they end; series that end together share a label. */
function endLabels(library: typeof PlotLibrary, data: PlotData): PlotLibrary.Markish {
  return library.text(shownLabels(data), {
    x: "x",
    y: "y",
    fx: "facet",
    text: "text",
    fill: "color",
    textAnchor: "start",
    dx: 9,
    fontWeight: "bold",
  });
}

const LABEL_HEIGHT = 13;
/** Wider labels would take the room that the lines need: the legend has to do. */
const LABEL_MAX = 84;

function shownLabels(data: PlotData): EndLabel[] {
  if (data.series.length < 2 || data.xAxis.scale === "words") return [];
  const labels = data.facets.flatMap((facet) => endLabelsOf(data, facet));
  return labels.every((label) => textWidth(label.text, 11, true) <= LABEL_MAX) ? labels : [];
}

function endLabelsOf(data: PlotData, facet: string): EndLabel[] {
  const ends = data.series.flatMap((name, index) => {
    const own = data.points.filter((point) => point.facet === facet && point.series === name);
    const last = own.reduce<PlotPoint | undefined>(
      (best, point) => (best === undefined || Number(point.x) > Number(best.x) ? point : best),
      undefined,
    );
    return last === undefined ? [] : [{ last, index }];
  });
  const height = heightOf(data);
  const sorted = [...ends].sort((a, b) => height(b.last.y) - height(a.last.y) || a.index - b.index);
  const groups: (typeof sorted)[] = [];
  for (const end of sorted) {
    const group = groups[groups.length - 1];
    const previous = group?.[group.length - 1];
    if (group === undefined || previous === undefined) groups.push([end]);
    else if (Math.abs(height(previous.last.y) - height(end.last.y)) < LABEL_HEIGHT) group.push(end);
    else groups.push([end]);
  }
  return groups.map((group) => {
    const middle = group[Math.floor((group.length - 1) / 2)] as (typeof sorted)[number];
    const names = group.map(({ last, index }) => ({ name: last.series, index }));
    names.sort((a, b) => a.index - b.index);
    return {
      x: Number(middle.last.x),
      y: middle.last.y,
      facet,
      text: names.map(({ name }) => name).join(", "),
      color: group.length === 1 ? seriesStyle(middle.index).color : INK,
    };
  });
}

/** How high above the panel's foot a value stands. */
function heightOf(data: PlotData): (value: number) => number {
  const { domain } = yDomain(data);
  const at = (value: number): number => (data.yAxis.scale === "log" ? Math.log(value) : value);
  return (value) => ((at(value) - at(domain[0])) / (at(domain[1]) - at(domain[0]) || 1)) * PANEL_HEIGHT;
}

/** Room for the labels at the end of the lines. */
function labelRoom(data: PlotData): number {
  const labels = shownLabels(data);
  if (labels.length === 0) return 0;
  return Math.max(...labels.map((label) => textWidth(label.text, 11, true))) + 4;
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

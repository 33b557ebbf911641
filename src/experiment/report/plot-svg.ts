/**
 * Plots as SVG documents, drawn by Observable Plot on a page that exists only in memory. Plot and jsdom are
 * loaded when the first plot is drawn: they take a second, and most commands draw none.
 */
import type * as PlotLibrary from "@observablehq/plot";
import type { JSDOM } from "jsdom";
import { escapeText, textWidth, wrapText } from "../../view/index.js";
import type { ExperimentPlan, Plot } from "../plan.js";
import type { SummaryRow } from "../summary.js";
import { plotData, type PlotData } from "./plot-data.js";
import { lineMarks, wordMarks } from "./plot-marks.js";
import { PANEL_HEIGHT, PANEL_WIDTH } from "./plot-domain.js";
import { axes, xScale, yScale } from "./plot-scales.js";
import { seriesStyle, symbolPath } from "./plot-style.js";

/** Draws plots; made once by `plotter`. */
export interface Plotter {
  /** The plot as a whole SVG document; the same rows give the same bytes. */
  plotSvg(plan: ExperimentPlan, plot: Plot, rows: readonly SummaryRow[]): string;
}

/** Loads what plots are drawn with. */
export async function plotter(): Promise<Plotter> {
  const [library, { JSDOM }] = await Promise.all([import("@observablehq/plot"), import("jsdom")]);
  const page = new JSDOM("");
  return { plotSvg: (plan, plot, rows) => drawPlot(library, page, plan, plot, rows) };
}

const FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif";
const INK = "#1b2733";
const SOFT = "#5b6875";
const MARGIN = { left: 62, right: 18, bottom: 40 };
/** Above the panels: the label of the y axis, and below it the names of the facets. */
const TOP = 22;
const TOP_WITH_FACETS = 46;
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
      ...axes(library, data),
      ...(data.xAxis.scale === "words" ? wordMarks(library, data) : lineMarks(library, data)),
      library.frame({ stroke: "#aab4be", anchor: "bottom" }),
    ],
  });
  return tidy(drawn.outerHTML);
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

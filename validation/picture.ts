/** Simulated against measured mean latency, log–log, with the ranges of both. */
import * as Plot from "@observablehq/plot";
import { JSDOM } from "jsdom";
import { type JudgedCell, isAboutDelivery } from "./bars.js";
import { lossOf, measured } from "./measured-cell.js";
import { rangeOf } from "./results.js";

interface Point {
  readonly x: number;
  readonly x1: number;
  readonly x2: number;
  readonly y: number;
  readonly y1: number;
  readonly y2: number;
  readonly kind: string;
}

const KINDS = ["no loss", "1 or 2 % loss", "10 % loss", "outage or kill"];
const COLORS = ["#1b6ca8", "#d98e04", "#b3261e", "#5b6875"];
const SYMBOLS = ["circle", "square", "triangle", "diamond"];
const SIZE = 620;

export async function picture(judged: readonly JudgedCell[]): Promise<string> {
  const points = judged.flatMap(pointOf);
  const ends = [Math.min(...points.flatMap(({ x1, y1 }) => [x1, y1])) * 0.8, largest(points) * 1.25];
  const plot = Plot.plot({
    document: new JSDOM("").window.document,
    width: SIZE,
    height: SIZE,
    marginLeft: 62,
    marginBottom: 44,
    style: {
      fontFamily: "Helvetica, Arial, 'Liberation Sans', sans-serif",
      fontSize: "12px",
      background: "#ffffff",
    },
    x: {
      type: "log",
      domain: ends,
      label: "measured mean latency, ms →",
      grid: true,
      ticks: 6,
      tickFormat: "~s",
    },
    y: {
      type: "log",
      domain: ends,
      label: "↑ simulated mean latency, ms",
      grid: true,
      ticks: 6,
      tickFormat: "~s",
    },
    color: { domain: KINDS, range: COLORS },
    symbol: { domain: KINDS, range: SYMBOLS },
    marks: [
      Plot.line(diagonal(ends, 1), { stroke: "#1b2733" }),
      Plot.line(diagonal(ends, 1.15), { stroke: "#1b2733", strokeDasharray: "3 3", strokeOpacity: 0.6 }),
      Plot.line(diagonal(ends, 1 / 1.15), { stroke: "#1b2733", strokeDasharray: "3 3", strokeOpacity: 0.6 }),
      Plot.ruleY(points, { y: "y", x1: "x1", x2: "x2", stroke: "kind", strokeOpacity: 0.5 }),
      Plot.ruleX(points, { x: "x", y1: "y1", y2: "y2", stroke: "kind", strokeOpacity: 0.5 }),
      Plot.dot(points, { x: "x", y: "y", stroke: "kind", symbol: "kind", r: 3.2, strokeWidth: 1.4 }),
      ...legend(ends),
    ],
  });
  plot.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const rounded = plot.outerHTML.replace(/-?\d+\.\d{3,}/g, (number) =>
    String(Math.round(Number(number) * 100) / 100),
  );
  return `${rounded}\n`;
}

function pointOf({ cell, runs }: JudgedCell): readonly Point[] {
  const x = measured(cell, "latency_mean_ms");
  const y = rangeOf(runs.map((run) => run.latency_mean_ms));
  if (x === undefined || Number.isNaN(y.median)) return [];
  const loss = lossOf(cell);
  const kind = isAboutDelivery(cell) ? 3 : loss === 0 ? 0 : loss <= 0.02 ? 1 : 2;
  const range = { x: x.median, x1: x.min, x2: x.max, y: y.median, y1: y.min, y2: y.max };
  return [{ ...range, kind: KINDS[kind] as string }];
}

function largest(points: readonly Point[]): number {
  return Math.max(...points.flatMap(({ x2, y2 }) => [x2, y2]));
}

/** A line of constant ratio, cut where it leaves the picture. */
function diagonal(
  [from = 1, to = 1]: readonly number[],
  ratio: number,
): readonly (readonly [number, number])[] {
  const lower = Math.max(from, from / ratio);
  const upper = Math.min(to, to / ratio);
  return [
    [lower, lower * ratio],
    [upper, upper * ratio],
  ];
}

function legend([from = 1, to = 1]: readonly number[]): Plot.Markish[] {
  const places = KINDS.map((kind, index) => ({
    kind,
    x: from * Math.pow(to / from, 0.03),
    y: to * Math.pow(from / to, 0.03 + 0.04 * index),
  }));
  return [
    Plot.dot(places, { x: "x", y: "y", stroke: "kind", symbol: "kind", r: 3.2, strokeWidth: 1.4 }),
    Plot.text(places, { x: "x", y: "y", text: "kind", textAnchor: "start", dx: 9, fill: "#1b2733" }),
  ];
}

/**
 * What the ends of TCP connections may send and have under way, as narrow plots beside a sequence diagram,
 * along its time axis: congestion window and slow-start threshold, bytes in flight and receive window.
 */
import { formatBytes, unitOf } from "./format-bytes.js";
import { BREAK_INSET, drawTimeTicks } from "./sequence-axis.js";
import { HEAD_HEIGHT, MARGIN, type SequenceLayout } from "./sequence-layout.js";
import type { PlacedEnd } from "./sequence-parts.js";
import { stepArea, stepLine, type ValueScale, valueScale } from "./step-curve.js";
import type { CongestionSample } from "./story.js";
import { element, escapeText } from "./svg.js";
import { fitText, textWidth } from "./text-width.js";
import { COLOR, SIZE } from "./theme.js";

export interface CongestionPlots {
  readonly markup: string;
  /** How much wider they make the page, and how much room they need below the diagram. */
  readonly width: number;
  readonly foot: number;
  /** What is not drawn; "": nothing. */
  readonly note: string;
  /** What occurs in them, for the legend. */
  readonly shown: PlotContents;
}

export interface PlotContents {
  readonly any: boolean;
  readonly threshold: boolean;
  readonly receiveWindow: boolean;
  readonly states: readonly ShadedState[];
}

export type ShadedState = Exclude<CongestionSample["state"], "open">;

const NOTHING: PlotContents = { any: false, threshold: false, receiveWindow: false, states: [] };

const ENDS_MAX = 4;
const AXIS_WIDTH = 52;
const PANEL_WIDTH = 84;
const PANEL_GAP = 16;
const END_WIDTH = 2 * PANEL_WIDTH + PANEL_GAP;
const END_GAP = 24;
const FOOT = 26;
/** A limit so many times larger than what it limits is told in words: it would squeeze the rest. */
const LIMIT_SHARE_MAX = 4;

/** Draws the plots of at most four ends, those that send most, right of the diagram. */
export function congestionPlots(layout: SequenceLayout): CongestionPlots {
  const ends = layout.ends.filter(({ end }) => end.samples.length > 0);
  if (ends.length === 0) return { markup: "", width: 0, foot: 0, note: "", shown: NOTHING };
  const chosen = busiest(ends, layout);
  const left = layout.width - MARGIN + AXIS_WIDTH;
  const panels = chosen.map((placed, index) =>
    endPanels(placed, ends, layout, left + index * (END_WIDTH + END_GAP)),
  );
  const width = AXIS_WIDTH + chosen.length * END_WIDTH + (chosen.length - 1) * END_GAP;
  const rest = ends.length - chosen.length;
  return {
    markup: drawTimeTicks(layout, left - 10) + panels.map(({ markup }) => markup).join(""),
    width,
    foot: panels.some(({ shown }) => !shown.receiveWindow) ? FOOT : 0,
    note:
      rest === 0 ? "" : `The plots of ${rest} more connection ${rest === 1 ? "end" : "ends"} are left out.`,
    shown: {
      any: true,
      threshold: panels.some(({ shown }) => shown.threshold),
      receiveWindow: panels.some(({ shown }) => shown.receiveWindow),
      states: SHADED.filter((state) => panels.some(({ shown }) => shown.states.includes(state))),
    },
  };
}

function busiest(ends: readonly PlacedEnd[], layout: SequenceLayout): readonly PlacedEnd[] {
  if (ends.length <= ENDS_MAX) return ends;
  const sent = ({ end }: PlacedEnd): number =>
    layout.arrows.reduce((sum, { flight }) => {
      const own = flight.segment?.connection === end.connection && flight.from === end.node;
      return own && flight.to === end.peer ? sum + (flight.segment?.length ?? 0) : sum;
    }, 0);
  const most = [...ends].sort((a, b) => sent(b) - sent(a)).slice(0, ENDS_MAX);
  return ends.filter((placed) => most.includes(placed));
}

interface Panel {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
}

function endPanels(
  placed: PlacedEnd,
  all: readonly PlacedEnd[],
  layout: SequenceLayout,
  left: number,
): { readonly markup: string; readonly shown: PlotContents } {
  const top = layout.top + HEAD_HEIGHT + 12;
  const first: Panel = { left, top, bottom: layout.bottom };
  const second: Panel = { ...first, left: left + PANEL_WIDTH + PANEL_GAP };
  const windows = windowPlot(placed, first);
  const bytes = bytesPlot(placed, second);
  const name = { x: left, y: top - 29, "font-size": SIZE.label, "font-weight": "bold", fill: COLOR.ink };
  const markup = element(
    "g",
    { class: "connection-end", "data-connection": String(placed.end.connection) },
    element("title", {}, escapeText(nameOf(placed, all))),
    element("text", name, escapeText(fitText(nameOf(placed, all), SIZE.label, END_WIDTH, true))),
    ...[first, second].map((panel) => ground(panel, placed, layout)),
    windows.markup,
    bytes.markup,
    ...[first, second].map((panel) => shortenedTime(panel, layout)),
  );
  const states = shadedSpans(placed).map(({ state }) => state);
  return {
    markup,
    shown: {
      any: true,
      threshold: windows.limited,
      receiveWindow: bytes.limited,
      states: SHADED.filter((state) => states.includes(state)),
    },
  };
}

/** Connections of the same two nodes are told apart by their order. */
function nameOf({ end }: PlacedEnd, all: readonly PlacedEnd[]): string {
  const same = all.filter((other) => other.end.node === end.node && other.end.peer === end.peer);
  const place = same.findIndex((other) => other.end === end);
  return `${end.node} → ${end.peer}${same.length > 1 ? ` (${place + 1})` : ""}`;
}

interface Plot {
  readonly markup: string;
  /** The line of the limit is drawn. */
  readonly limited: boolean;
}

function windowPlot(placed: PlacedEnd, panel: Panel): Plot {
  const { heights, bottom } = placed;
  const { samples } = placed.end;
  const largest = Math.max(...samples.map((each) => Math.max(each.window ?? 0, each.segmentsInFlight)));
  const limitOf = ({ threshold }: CongestionSample): number | null =>
    threshold !== null && threshold <= largest * LIMIT_SHARE_MAX ? threshold : null;
  const limits = lasting(placed).flatMap((each) => limitOf(each) ?? []);
  const scale = valueScale(Math.max(largest, ...limits), panel.left, PANEL_WIDTH, tickWidth(1));
  const steps = (of: (sample: CongestionSample) => number | null): string =>
    stepLine(stepsOf(samples, heights, of), bottom, scale);
  const flight = stepArea(
    stepsOf(samples, heights, (each) => each.segmentsInFlight),
    bottom,
    scale,
  );
  const limit = limits.length > 0 ? steps(limitOf) : "";
  return {
    markup:
      valueAxis(panel, scale, "window, segments", 1) +
      area(flight) +
      curve(limit, THRESHOLD_LINE) +
      curve(
        steps((each) => each.window),
        WINDOW_LINE,
      ),
    limited: limits.length > 0,
  };
}

function bytesPlot(placed: PlacedEnd, panel: Panel): Plot {
  const { heights, bottom } = placed;
  const { samples } = placed.end;
  const largest = Math.max(...samples.map((each) => each.bytesInFlight));
  // A window is 0 until the other side has said what it takes; that alone is not worth a line.
  const limitOf = ({ receiveWindow }: CongestionSample): number | null =>
    receiveWindow > 0 && receiveWindow <= largest * LIMIT_SHARE_MAX ? receiveWindow : null;
  const limits = lasting(placed).flatMap((each) => limitOf(each) ?? []);
  const domain = Math.max(largest, ...limits);
  const unit = unitOf(domain);
  const scale = valueScale(domain, panel.left, PANEL_WIDTH, tickWidth(unit.bytes));
  const flight = stepArea(
    stepsOf(samples, heights, (each) => each.bytesInFlight),
    bottom,
    scale,
  );
  const limit = limits.length > 0 ? stepLine(stepsOf(samples, heights, limitOf), bottom, scale) : "";
  return {
    markup:
      valueAxis(panel, scale, `in flight, ${unit.name}`, unit.bytes) +
      area(flight) +
      curve(limit, RECEIVE_WINDOW_LINE) +
      (limits.length > 0 ? "" : offTheScale(samples, panel)),
    limited: limits.length > 0,
  };
}

/** The samples that are more than a step to the next one. */
function lasting({ end, heights, bottom }: PlacedEnd): readonly CongestionSample[] {
  return end.samples.filter((_sample, index) => (heights[index + 1] ?? bottom) > (heights[index] ?? 0));
}

function stepsOf(
  samples: readonly CongestionSample[],
  heights: readonly number[],
  of: (sample: CongestionSample) => number | null,
): { readonly y: number; readonly value: number | null }[] {
  return samples.map((sample, index) => ({ y: heights[index] ?? 0, value: of(sample) }));
}

/** The receive window in words, below the plot of which it is no part. */
function offTheScale(samples: readonly CongestionSample[], { left, bottom }: Panel): string {
  const least = Math.min(...samples.map(({ receiveWindow }) => receiveWindow));
  const most = Math.max(...samples.map(({ receiveWindow }) => receiveWindow));
  const style = { x: left, "font-size": SIZE.fine, fill: COLOR.soft };
  const value = least === most || least === 0 ? formatBytes(most) : `from ${formatBytes(least)}`;
  return (
    element("text", { ...style, y: bottom + 12 }, "receive window") +
    element("text", { ...style, y: bottom + 23 }, `${value} →`)
  );
}

function valueAxis(
  { left, top, bottom }: Panel,
  { ticks, perUnit }: ValueScale,
  title: string,
  per: number,
): string {
  const style = { "font-size": SIZE.fine, fill: COLOR.soft };
  let markup = element("text", { x: left, y: top - 15, ...style }, title);
  for (const value of ticks) {
    const x = left + value * perUnit;
    const line = { x1: x, y1: top, x2: x, y2: bottom, stroke: value === 0 ? COLOR.lifeline : COLOR.hair };
    markup += element("line", { ...line, "stroke-width": value === 0 ? 1 : 0.6 });
    markup += element("text", { x, y: top - 4, ...style, "text-anchor": "middle" }, String(value / per));
  }
  return markup;
}

function tickWidth(per: number): (value: number) => number {
  return (value) => textWidth(String(value / per), SIZE.fine);
}

/** The panel's shading by state and its lines of time. */
function ground(panel: Panel, placed: PlacedEnd, layout: SequenceLayout): string {
  let markup = "";
  for (const { state, top, bottom } of shadedSpans(placed)) {
    markup += shade(state, panel.left, top, PANEL_WIDTH, bottom - top);
  }
  for (const { y } of layout.time.ticks) {
    const ends = { x1: panel.left, y1: y, x2: panel.left + PANEL_WIDTH, y2: y };
    markup += element("line", { ...ends, stroke: COLOR.hair, "stroke-width": 0.5 });
  }
  return markup;
}

interface ShadedSpan {
  readonly state: ShadedState;
  readonly top: number;
  readonly bottom: number;
}

/** Where the end was in which state, but for `open` and for states that are over at once. */
function shadedSpans({ end, heights, bottom }: PlacedEnd): ShadedSpan[] {
  const spans: ShadedSpan[] = [];
  let top = 0;
  end.samples.forEach(({ state }, index) => {
    if (state !== end.samples[index - 1]?.state) top = heights[index] ?? 0;
    const until = heights[index + 1] ?? bottom;
    if (state === "open" || state === end.samples[index + 1]?.state || until <= top) return;
    spans.push({ state, top, bottom: until });
  });
  return spans;
}

/** Where the diagram leaves time out, the curves are paled. */
function shortenedTime({ left }: Panel, layout: SequenceLayout): string {
  return layout.time.breaks
    .map(({ top, bottom }) => {
      const inner = { y: top + BREAK_INSET, height: bottom - top - 2 * BREAK_INSET };
      const box = { x: left - 2, ...inner, width: PANEL_WIDTH + 4 };
      return element("rect", { ...box, fill: COLOR.paper, "fill-opacity": "0.82" });
    })
    .join("");
}

export type CurveStyle = Readonly<Record<string, string | number>>;

const WINDOW_LINE: CurveStyle = { stroke: COLOR.window, "stroke-width": 1.6 };
const THRESHOLD_LINE: CurveStyle = { stroke: COLOR.limit, "stroke-width": 1.1, "stroke-dasharray": "4 2" };
const RECEIVE_WINDOW_LINE: CurveStyle = {
  stroke: COLOR.limit,
  "stroke-width": 1.1,
  "stroke-dasharray": "7 2 1.5 2",
};

/** How the curves look, for the legend too. */
export const CURVES: Readonly<Record<"window" | "threshold" | "receiveWindow", CurveStyle>> = {
  window: WINDOW_LINE,
  threshold: THRESHOLD_LINE,
  receiveWindow: RECEIVE_WINDOW_LINE,
};

function curve(data: string, style: CurveStyle): string {
  return data === "" ? "" : element("path", { d: data, fill: "none", ...style });
}

function area(data: string): string {
  return data === "" ? "" : element("path", { d: data, fill: COLOR.flight, "fill-opacity": "0.85" });
}

export const SHADED: readonly ShadedState[] = ["disorder", "recovery", "loss"];

const SHADES: Readonly<
  Record<ShadedState, { readonly fill: string; readonly edge: string; readonly dash?: string }>
> = {
  disorder: { fill: COLOR.disorder, edge: COLOR.disorderEdge, dash: "1.5 2" },
  recovery: { fill: COLOR.recovery, edge: COLOR.recoveryEdge, dash: "5 2" },
  loss: { fill: COLOR.loss, edge: COLOR.lossEdge },
};

/** The ground of a state, with an edge whose dashes tell it in black and white. */
export function shade(state: ShadedState, left: number, top: number, width: number, height: number): string {
  const { fill, edge, dash } = SHADES[state];
  const ends = { x1: left + width - 1.5, y1: top, x2: left + width - 1.5, y2: top + height };
  return (
    element("rect", { x: left, y: top, width, height, fill }) +
    element("line", { ...ends, stroke: edge, "stroke-width": 3, "stroke-dasharray": dash })
  );
}

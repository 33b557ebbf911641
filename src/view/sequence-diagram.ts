/**
 * A message sequence diagram of a trace as an SVG document: one lifeline a node, time flowing down, packets
 * slanted by their delay. The same events and options give the same bytes.
 */
import { SECOND, type Instant } from "../kernel/index.js";
import type { TraceEvent } from "../trace/index.js";
import { formatDuration, formatInstant } from "./format.js";
import { downBar, legend, pausedBar } from "./sequence-legend.js";
import { BAR, CROSS, SYMBOL_OFFSET } from "./sequence-labels.js";
import { HEAD_HEIGHT, layOutSequence, MARGIN, type SequenceLayout } from "./sequence-layout.js";
import { lineStyle } from "./sequence-lines.js";
import type { Arrow, Band, PlacedMark, PlacedNodeSpan, PlacedText } from "./sequence-parts.js";
import { arrowHead, crossSymbol, hatching, markSymbol } from "./sequence-symbols.js";
import { excerpt } from "./excerpt.js";
import type { Level } from "./story.js";
import { readStory } from "./story-reader.js";
import { element, escapeText } from "./svg.js";
import { textWidth, wrapText } from "./text-width.js";
import { COLOR, FONT, SIZE } from "./theme.js";

export interface SequenceDiagramOptions {
  readonly title?: string;
  /** A sentence or two below the drawing. */
  readonly caption?: string;
  /**
   * `packets` (the default): everything that a link carried. `protocol`: over a stream, the frames of the
   * protocol above instead of the segments and acknowledgements that carried them.
   */
  readonly level?: Level;
  /** Names of nodes from left to right; others follow. Default: publishers, those between, receivers. */
  readonly lifelines?: readonly string[];
  /** Only what begins at or after this instant, in nanoseconds. */
  readonly from?: Instant;
  /** Only what begins at or before this instant, in nanoseconds. */
  readonly until?: Instant;
  /** At most so many packets, the first ones; a note says how many there were. Default 300. */
  readonly packetsMax?: number;
}

/** Draws `events`. The document has a white ground, needs no script, font or style from elsewhere. */
export function sequenceDiagram(events: readonly TraceEvent[], options: SequenceDiagramOptions = {}): string {
  const { story, note } = excerpt(readStory(events, options.level ?? "packets"), {
    from: options.from ?? 0,
    until: options.until ?? Infinity,
    packetsMax: options.packetsMax ?? 300,
  });
  let layout = layOutSequence(story, options.lifelines, MARGIN);
  const title = wrapText(options.title ?? "", SIZE.title, layout.width - 2 * MARGIN, true);
  if (title.length > 0) layout = layOutSequence(story, options.lifelines, MARGIN + title.length * 21 + 8);
  const { width } = layout;
  const key = legend(layout, MARGIN, layout.bottom + 14, width - 2 * MARGIN);
  const footTop = layout.bottom + 14 + key.height + (key.height > 0 ? 6 : 0);
  const notes = [options.caption ?? "", note, leftOut(layout)].filter((line) => line !== "");
  const foot = notes.flatMap((line) => wrapText(line, SIZE.legend, width - 2 * MARGIN));
  const height = Math.ceil(footTop + foot.length * 16 + MARGIN - 8);
  return document(
    Math.ceil(width),
    height,
    options.title ?? "Sequence diagram",
    `${story.flights.length} packets between ${story.nodes.join(", ")}`,
    [
      element("rect", { width: Math.ceil(width), height, fill: COLOR.paper }),
      textLines(title, MARGIN, MARGIN + SIZE.title * 0.8, 21, SIZE.title, COLOR.ink, "bold"),
      ...layout.bands.map(drawBand),
      drawAxis(layout),
      ...layout.lifelines.map((lifeline) => drawLifeline(layout, lifeline.x)),
      ...layout.nodeSpans.map(drawNodeSpan),
      ...layout.bands.map((band) => drawText(band.label, COLOR.ink, "start", 0)),
      drawHeads(layout),
      ...layout.arrows.map(drawArrow),
      ...layout.marks.map(drawMark),
      ...layout.arrows.map(drawArrowTexts),
      key.markup,
      textLines(foot, MARGIN, footTop + 10, 16, SIZE.legend, COLOR.soft),
    ],
  );
}

function document(
  width: number,
  height: number,
  title: string,
  description: string,
  parts: readonly string[],
): string {
  const opening =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img" font-family="${FONT}" font-size="${SIZE.label}">`;
  const head = `<title>${escapeText(title)}</title><desc>${escapeText(description)}</desc>`;
  return `${opening}${head}\n${parts.filter((part) => part !== "").join("\n")}\n</svg>\n`;
}

function leftOut(layout: SequenceLayout): string {
  const count = layout.labelsLeftOut;
  if (count === 0) return "";
  return `${count === 1 ? "One label is" : `${count} labels are`} left out for want of room.`;
}

function textLines(
  lines: readonly string[],
  x: number,
  y: number,
  spacing: number,
  size: number,
  fill: string,
  weight?: string,
): string {
  return lines
    .map((line, index) =>
      element(
        "text",
        { x, y: y + index * spacing, "font-size": size, "font-weight": weight, fill },
        escapeText(line),
      ),
    )
    .join("");
}

/** A placed text, with a rim of paper so that lines below do not run through it. */
function drawText(
  placed: PlacedText | undefined,
  fill: string,
  anchor: "start" | "middle" | "end",
  rim: number = 3,
): string {
  if (placed === undefined) return "";
  const { box, size, text } = placed;
  const baseline = size * 0.35;
  const style = {
    "text-anchor": anchor,
    "font-size": size,
    fill,
    stroke: COLOR.paper,
    "stroke-width": rim,
    "stroke-linejoin": "round",
    "paint-order": "stroke",
  };
  if (box.uy !== 0) {
    const turn = [box.ux, box.uy, -box.uy, box.ux].map((part) => part.toFixed(4)).join(" ");
    const place = `matrix(${turn} ${box.cx.toFixed(2)} ${box.cy.toFixed(2)})`;
    return element("text", { ...style, transform: place, y: baseline }, escapeText(text));
  }
  const x = anchor === "start" ? box.cx - box.halfWidth : anchor === "end" ? box.cx + box.halfWidth : box.cx;
  return element("text", { ...style, x, y: box.cy + baseline }, escapeText(text));
}

function drawHeads(layout: SequenceLayout): string {
  return layout.lifelines
    .map(({ name, x }) => {
      const width = textWidth(name, SIZE.head, true) + 24;
      const box = { x: x - width / 2, y: layout.top, width, height: HEAD_HEIGHT, rx: 5 };
      const label = { x, y: layout.top + HEAD_HEIGHT / 2 + SIZE.head * 0.35, "text-anchor": "middle" };
      return (
        element("rect", { ...box, fill: COLOR.head, stroke: COLOR.lifeline }) +
        element(
          "text",
          { ...label, "font-size": SIZE.head, "font-weight": "bold", fill: COLOR.ink },
          escapeText(name),
        )
      );
    })
    .join("");
}

function drawLifeline(layout: SequenceLayout, x: number): string {
  const top = layout.top + HEAD_HEIGHT;
  let markup = vertical(x, top, layout.bottom, { stroke: COLOR.lifeline });
  for (const gap of layout.time.breaks) markup += dotted(x, gap.top + 5, gap.bottom - 5);
  return markup;
}

function vertical(
  x: number,
  top: number,
  bottom: number,
  attributes: Readonly<Record<string, string | number>>,
): string {
  return element("line", { x1: x, y1: top, x2: x, y2: bottom, ...attributes });
}

function dotted(x: number, top: number, bottom: number): string {
  return (
    vertical(x, top, bottom, { stroke: COLOR.paper, "stroke-width": 4 }) +
    vertical(x, top + 2, bottom, { stroke: COLOR.lifeline, "stroke-width": 1.6, "stroke-dasharray": "1.5 4" })
  );
}

function drawAxis(layout: SequenceLayout): string {
  const { axisX, time } = layout;
  const last = time.ticks[time.ticks.length - 1]?.at ?? 0;
  const unit = last >= 2 * SECOND ? "s" : "ms";
  const per = unit === "s" ? SECOND : SECOND / 1000;
  const decimals = decimalsFor(
    time.ticks.map((tick) => tick.at),
    per,
  );
  const top = layout.top + HEAD_HEIGHT;
  const style = { "text-anchor": "end", "font-size": SIZE.small, fill: COLOR.soft };
  const heading = { ...style, x: axisX + 4, y: layout.top + HEAD_HEIGHT / 2 + 3.5 };
  let markup = element("text", heading, `time in ${unit}`);
  markup += vertical(axisX, top, layout.bottom, { stroke: COLOR.hair });
  for (const gap of time.breaks) {
    markup += dotted(axisX, gap.top + 5, gap.bottom - 5);
    const place = { x: axisX - 8, y: (gap.top + gap.bottom) / 2 + 3.5 };
    markup += element(
      "text",
      { ...style, ...place, "font-style": "italic" },
      `+ ${formatDuration(gap.duration)}`,
    );
  }
  for (const tick of time.ticks) {
    markup += element("line", { x1: axisX - 4, y1: tick.y, x2: axisX, y2: tick.y, stroke: COLOR.lifeline });
    const value = (tick.at / per).toFixed(decimals);
    markup += element("text", { ...style, x: axisX - 8, y: tick.y + 3.5 }, value);
  }
  return markup;
}

/** The fewest decimals, at most 3, that show all the instants as they are. */
function decimalsFor(instants: readonly Instant[], unit: number): number {
  for (let decimals = 0, step = unit; decimals < 3; decimals++, step /= 10) {
    if (instants.every((at) => at % step === 0)) return decimals;
  }
  return 3;
}

function drawNodeSpan({ span, x, top, bottom }: PlacedNodeSpan): string {
  const bar = span.kind === "paused" ? pausedBar : downBar;
  return bar(x - BAR / 2, top, Math.max(1, bottom - top));
}

function drawBand(band: Band): string {
  const { span, left, right, top, bottom } = band;
  const cut = span.kind === "cut";
  const edge = cut ? COLOR.cutEdge : COLOR.heldEdge;
  const box = { x: left, y: top, width: right - left, height: Math.max(1, bottom - top) };
  const line = { stroke: edge, "stroke-width": 1, "stroke-dasharray": cut ? "5 3" : "1.5 3" };
  return (
    element("rect", { ...box, fill: cut ? COLOR.cut : COLOR.held }) +
    (cut ? element("g", { opacity: 0.35 }, hatching(box.x, box.y, box.width, box.height, 14, edge)) : "") +
    element("line", { x1: left, y1: top, x2: right, y2: top, ...line }) +
    (span.until === undefined
      ? ""
      : element("line", { x1: left, y1: bottom, x2: right, y2: bottom, ...line }))
  );
}

function drawArrow(arrow: Arrow): string {
  const { flight, from, to } = arrow;
  const style = lineStyle(flight);
  const length = Math.sqrt((to.x - from.x) * (to.x - from.x) + (to.y - from.y) * (to.y - from.y)) || 1;
  const ux = (to.x - from.x) / length;
  const uy = (to.y - from.y) / length;
  const short = flight.outcome === "received" ? style.head * 0.8 : flight.outcome === "in-flight" ? 2.5 : 0;
  const line = element("line", {
    x1: from.x,
    y1: from.y,
    x2: to.x - ux * short,
    y2: to.y - uy * short,
    stroke: style.color,
    "stroke-width": style.width,
    "stroke-dasharray": style.dash,
  });
  return element(
    "g",
    { class: "flight", "data-packet": String(flight.number), "data-at": String(flight.sentAt) },
    element("title", {}, escapeText(tellArrow(arrow))),
    line,
    drawEnd(arrow, ux, uy),
  );
}

function drawEnd({ flight, to }: Arrow, ux: number, uy: number): string {
  const style = lineStyle(flight);
  switch (flight.outcome) {
    case "received":
      return arrowHead(to.x, to.y, ux, uy, style.head, style.color);
    case "lost":
      return crossSymbol(to.x, to.y, CROSS);
    case "in-flight":
      return element("circle", { cx: to.x, cy: to.y, r: 2.5, fill: COLOR.paper, stroke: style.color });
  }
}

function tellArrow({ flight }: Arrow): string {
  const said = `${flight.detail}, ${flight.bytes} B, ${flight.from} to ${flight.to}`;
  const sent = `sent ${flight.again ? "again " : ""}at ${formatInstant(flight.sentAt)}`;
  if (flight.outcome === "in-flight") return `${said}, ${sent}, still on its way`;
  if (flight.outcome === "lost") return `${said}, ${sent}, lost (${flight.cause ?? "loss"})`;
  const ended = flight.endedAt ?? flight.sentAt;
  return `${said}, ${sent}, received at ${formatInstant(ended)} after ${formatDuration(ended - flight.sentAt)}`;
}

function drawArrowTexts(arrow: Arrow): string {
  const { flight } = arrow;
  const fill = flight.copy ? COLOR.copy : flight.again ? COLOR.again : flight.bare ? COLOR.soft : COLOR.ink;
  return drawText(arrow.label, fill, "middle") + drawText(arrow.reason, COLOR.lost, "middle");
}

function drawMark(placed: PlacedMark): string {
  const { mark, lifeline, y, side } = placed;
  const x = lifeline.x + side * SYMBOL_OFFSET;
  const text = drawText(
    placed.label,
    mark.kind === "state" ? COLOR.soft : COLOR.ink,
    side > 0 ? "start" : "end",
  );
  if (mark.kind === "state") return text;
  const stem =
    mark.kind === "published" || mark.kind === "delivered" || mark.kind === "delivered-again"
      ? element("line", { x1: lifeline.x, y1: y, x2: x, y2: y, stroke: COLOR.lifeline })
      : "";
  return element(
    "g",
    { class: mark.kind, "data-at": String(mark.at) },
    element("title", {}, escapeText(`${mark.text}, ${mark.node}, ${formatInstant(mark.at)}`)),
    stem,
    markSymbol(mark.kind, x, y, side),
    text,
  );
}

/**
 * A message sequence diagram of a trace as an SVG document: one lifeline a node, time flowing down, packets
 * slanted by their delay. The same events and options give the same bytes.
 */
import type { Instant } from "../kernel/index.js";
import type { TraceEvent } from "../trace/index.js";
import { congestionPlots } from "./congestion-plots.js";
import { excerpt } from "./excerpt.js";
import { formatInstant } from "./format.js";
import { orderLifelines } from "./lifeline-order.js";
import { drawText } from "./placed-text.js";
import { drawArrow, drawArrowTexts } from "./sequence-arrows.js";
import { BREAK_INSET, dotted, drawAxis, vertical } from "./sequence-axis.js";
import { BAR, SYMBOL_OFFSET } from "./sequence-labels.js";
import { HEAD_HEIGHT, layOutSequence, MARGIN, type SequenceLayout } from "./sequence-layout.js";
import { downBar, legend, pausedBar } from "./sequence-legend.js";
import type { Band, PlacedMark, PlacedNodeSpan } from "./sequence-parts.js";
import { hatching, markSymbol } from "./sequence-symbols.js";
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
   * protocol above instead of the segments and acknowledgements that carried them. `segments`: those frames,
   * and under them the TCP segments.
   */
  readonly level?: Level;
  /** At the level `segments`, plots of the connections' congestion windows beside the diagram. Default true. */
  readonly plots?: boolean;
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
  const whole = readStory(events, options.level ?? "packets");
  // What a node does outside the excerpt decides its place too: a broker stays in the middle.
  const names = orderLifelines(whole, options.lifelines);
  const { story, note } = excerpt(whole, {
    from: options.from ?? 0,
    until: options.until ?? Infinity,
    packetsMax: options.packetsMax ?? 300,
  });
  const shown = options.plots === false ? { ...story, ends: [] } : story;
  let layout = layOutSequence(shown, names, MARGIN);
  const title = wrapText(options.title ?? "", SIZE.title, pageWidth(layout) - 2 * MARGIN, true);
  if (title.length > 0) layout = layOutSequence(shown, names, MARGIN + title.length * 21 + 8);
  const plots = congestionPlots(layout);
  const width = layout.width + plots.width;
  const keyTop = layout.bottom + 14 + plots.foot;
  const key = legend(layout, plots.shown, { left: MARGIN, top: keyTop, width: width - 2 * MARGIN });
  const footTop = keyTop + key.height + (key.height > 0 ? 6 : 0);
  const notes = [options.caption ?? "", note, leftOut(layout), plots.note].filter((line) => line !== "");
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
      ...drawDiagram(layout),
      plots.markup,
      key.markup,
      textLines(foot, MARGIN, footTop + 10, 16, SIZE.legend, COLOR.soft),
    ],
  );
}

function pageWidth(layout: SequenceLayout): number {
  return layout.width + congestionPlots(layout).width;
}

/** What lies below comes first: segments under the frames that they carry. */
function drawDiagram(layout: SequenceLayout): string[] {
  const segments = layout.arrows.filter(({ flight }) => flight.segment !== undefined);
  const others = layout.arrows.filter(({ flight }) => flight.segment === undefined);
  return [
    ...layout.bands.map(drawBand),
    drawAxis(layout),
    ...layout.lifelines.map((lifeline) => drawLifeline(layout, lifeline.x)),
    ...layout.nodeSpans.map(drawNodeSpan),
    ...layout.bands.map((band) => drawText(band.label, COLOR.ink, "start", 0)),
    drawHeads(layout),
    ...[...segments, ...others].map(drawArrow),
    ...layout.marks.map(drawMark),
    ...layout.arrows.map(drawArrowTexts),
  ];
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
  for (const gap of layout.time.breaks) markup += dotted(x, gap.top + BREAK_INSET, gap.bottom - BREAK_INSET);
  return markup;
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

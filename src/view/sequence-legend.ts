/** The legend of a sequence diagram: only what occurs in it. */
import { BAR, CROSS } from "./sequence-labels.js";
import type { SequenceLayout } from "./sequence-layout.js";
import { arrowHead, crossSymbol, hatching, markSymbol } from "./sequence-symbols.js";
import { lineStyle, type LineStyle } from "./sequence-lines.js";
import type { MarkKind } from "./story.js";
import { element, pathData } from "./svg.js";
import { textWidth } from "./text-width.js";
import { COLOR, SIZE } from "./theme.js";

interface Entry {
  readonly text: string;
  readonly sampleWidth: number;
  /** Draws the sample from `x`, centred on `y`. */
  readonly sample: (x: number, y: number) => string;
}

const ROW = 20;
const GAP = 20;

/** Markup of the legend from (left, top) within `width`, and the height that it takes (0: no entries). */
export function legend(
  layout: SequenceLayout,
  left: number,
  top: number,
  width: number,
): { readonly markup: string; readonly height: number } {
  const entries = [...lineEntries(layout), ...markEntries(layout), ...spanEntries(layout)];
  let markup = "";
  let x = left;
  let row = 0;
  for (const entry of entries) {
    const entryWidth = entry.sampleWidth + 6 + textWidth(entry.text, SIZE.legend);
    if (x > left && x + entryWidth > left + width) {
      x = left;
      row++;
    }
    const y = top + row * ROW + ROW / 2;
    markup += entry.sample(x, y);
    const attributes = { x: x + entry.sampleWidth + 6, y: y + SIZE.legend * 0.35, "font-size": SIZE.legend };
    markup += element("text", { ...attributes, fill: COLOR.soft }, entry.text);
    x += entryWidth + GAP;
  }
  return { markup, height: entries.length === 0 ? 0 : (row + 1) * ROW };
}

function lineEntries(layout: SequenceLayout): Entry[] {
  const flights = layout.arrows.map((arrow) => arrow.flight);
  const entries: Entry[] = [];
  const plain = { bare: false, again: false, copy: false } as const;
  if (flights.some((flight) => flight.again && !flight.copy)) {
    entries.push(line("sent again", lineStyle({ ...plain, again: true })));
  }
  if (flights.some((flight) => flight.copy)) {
    entries.push(line("duplicated by the network", lineStyle({ ...plain, copy: true })));
  }
  if (flights.some((flight) => flight.bare && !flight.again)) {
    entries.push(line("acknowledgement only", lineStyle({ ...plain, bare: true })));
  }
  if (flights.some((flight) => flight.outcome === "lost")) {
    entries.push({
      text: "lost",
      sampleWidth: 26,
      sample: (x, y) =>
        element("path", {
          d: pathData("M", x, y, "H", x + 19),
          stroke: COLOR.packet,
          "stroke-width": 1.4,
          fill: "none",
        }) + crossSymbol(x + 20, y, CROSS - 1),
    });
  }
  if (flights.some((flight) => flight.outcome === "in-flight")) {
    entries.push({
      text: "still on its way",
      sampleWidth: 26,
      sample: (x, y) =>
        element("path", {
          d: pathData("M", x, y, "H", x + 20),
          stroke: COLOR.packet,
          "stroke-width": 1.4,
          fill: "none",
        }) + element("circle", { cx: x + 22.5, cy: y, r: 2.5, fill: COLOR.paper, stroke: COLOR.packet }),
    });
  }
  return entries;
}

function line(text: string, style: LineStyle): Entry {
  return {
    text,
    sampleWidth: 28,
    sample: (x, y) =>
      element("line", {
        x1: x,
        y1: y,
        x2: x + 22,
        y2: y,
        stroke: style.color,
        "stroke-width": style.width,
        "stroke-dasharray": style.dash,
      }) + arrowHead(x + 28, y, 1, 0, style.head, style.color),
  };
}

const MARKS: readonly (readonly [MarkKind, string])[] = [
  ["published", "published by the application"],
  ["acknowledged", "acknowledged to the publisher"],
  ["failed", "given up"],
  ["delivered", "delivered to the application"],
  ["delivered-again", "delivered again (duplicate)"],
  ["timer", "timer fires"],
];

function markEntries(layout: SequenceLayout): Entry[] {
  return MARKS.filter(([kind]) => layout.marks.some((placed) => placed.mark.kind === kind)).map(
    ([kind, text]) => ({ text, sampleWidth: 12, sample: (x, y) => markSymbol(kind, x + 6, y, 1) }),
  );
}

function spanEntries(layout: SequenceLayout): Entry[] {
  const entries: Entry[] = [];
  if (layout.nodeSpans.some((placed) => placed.span.kind !== "paused")) {
    entries.push({
      text: "down",
      sampleWidth: 12,
      sample: (x, y) => downBar(x + 2, y - 7, 14),
    });
  }
  if (layout.nodeSpans.some((placed) => placed.span.kind === "paused")) {
    entries.push({ text: "paused", sampleWidth: 12, sample: (x, y) => pausedBar(x + 2, y - 7, 14) });
  }
  if (layout.time.breaks.length > 0) {
    entries.push({
      text: "nothing happens: time shortened",
      sampleWidth: 8,
      sample: (x, y) =>
        element("line", {
          x1: x + 4,
          y1: y - 8,
          x2: x + 4,
          y2: y + 8,
          stroke: COLOR.lifeline,
          "stroke-width": 1.6,
          "stroke-dasharray": "1.5 4",
        }),
    });
  }
  return entries;
}

/** Stands for the lifeline while its node is down. */
export function downBar(x: number, top: number, height: number): string {
  return (
    element("rect", {
      x,
      y: top,
      width: BAR,
      height,
      fill: COLOR.paper,
      stroke: COLOR.crash,
      "stroke-width": 1,
    }) + hatching(x, top, BAR, height, 4.5, COLOR.crash)
  );
}

/** Stands on the lifeline while its node is paused. */
export function pausedBar(x: number, top: number, height: number): string {
  return element("rect", {
    x,
    y: top,
    width: BAR,
    height,
    fill: COLOR.hair,
    stroke: COLOR.crash,
    "stroke-width": 1,
    "stroke-dasharray": "2 2",
  });
}

/** The legend of a sequence diagram: only what occurs in it. */
import type { PlotContents } from "./congestion-plots.js";
import { type Entry, lineEntries } from "./legend-lines.js";
import { plotEntries } from "./legend-plots.js";
import { BAR } from "./sequence-labels.js";
import type { SequenceLayout } from "./sequence-layout.js";
import { hatching, markSymbol } from "./sequence-symbols.js";
import type { MarkKind } from "./story.js";
import { element } from "./svg.js";
import { textWidth } from "./text-width.js";
import { COLOR, SIZE } from "./theme.js";

const ROW = 20;
const GAP = 20;

/** Markup of the legend within `place`, and the height that it takes (0: no entries). */
export function legend(
  layout: SequenceLayout,
  plots: PlotContents,
  place: { readonly left: number; readonly top: number; readonly width: number },
): { readonly markup: string; readonly height: number } {
  const { left, top, width } = place;
  const flights = layout.arrows.map((arrow) => arrow.flight);
  const entries = [
    ...lineEntries(flights),
    ...markEntries(layout),
    ...spanEntries(layout),
    ...plotEntries(plots),
  ];
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

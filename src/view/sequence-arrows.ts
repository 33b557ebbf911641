/** Flights as arrows: received, lost, still on their way. */
import { formatDuration, formatInstant } from "./format.js";
import { drawText } from "./placed-text.js";
import { CROSS } from "./sequence-labels.js";
import { lineStyle } from "./sequence-lines.js";
import type { Arrow } from "./sequence-parts.js";
import { arrowHead, bar, beads, crossSymbol } from "./sequence-symbols.js";
import type { Flight } from "./story.js";
import { element, escapeText } from "./svg.js";
import { COLOR } from "./theme.js";

/** The line of a flight with its end; `title` tells all of it. */
export function drawArrow(arrow: Arrow): string {
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
    beads(from.x, from.y, ux, uy, flight.segment?.blocks ?? 0),
    drawEnd(arrow, ux, uy),
  );
}

function drawEnd({ flight, to }: Arrow, ux: number, uy: number): string {
  const style = lineStyle(flight);
  switch (flight.outcome) {
    case "received":
      return style.head === 0
        ? bar(to.x, to.y, ux, uy, style.color)
        : arrowHead(to.x, to.y, ux, uy, style.head, style.color);
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

/** The label of a flight, and why it was lost. */
export function drawArrowTexts(arrow: Arrow): string {
  const { flight } = arrow;
  return drawText(arrow.label, labelColor(flight), "middle") + drawText(arrow.reason, COLOR.lost, "middle");
}

function labelColor({ copy, again, bare, segment }: Flight): string {
  if (copy) return COLOR.copy;
  if (again) return COLOR.again;
  if (segment?.kind === "data") return COLOR.segmentText;
  return bare ? COLOR.soft : COLOR.ink;
}

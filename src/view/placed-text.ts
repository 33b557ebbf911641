/** Texts that have found their place. */
import type { PlacedText } from "./sequence-parts.js";
import { element, escapeText } from "./svg.js";
import { COLOR } from "./theme.js";

/** A placed text, with a rim of paper so that lines below do not run through it. */
export function drawText(
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

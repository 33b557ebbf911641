/** The small signs of a sequence diagram. Each is drawn around (x, y) and at most 11 wide and high. */
import type { MarkKind } from "./story.js";
import { element, pathData } from "./svg.js";
import { COLOR } from "./theme.js";

/** The sign of a mark; `side` is the direction that points away from the lifeline. */
export function markSymbol(kind: MarkKind, x: number, y: number, side: -1 | 1): string {
  switch (kind) {
    case "published":
      return element("circle", { cx: x, cy: y, r: 4, fill: COLOR.published });
    case "delivered":
      return triangle(x, y, side, COLOR.delivered, COLOR.delivered);
    case "delivered-again":
      return (
        triangle(x - side * 2.5, y, side, COLOR.paper, COLOR.deliveredAgain) +
        triangle(x + side * 2.5, y, side, COLOR.paper, COLOR.deliveredAgain)
      );
    case "acknowledged":
      return stroke(COLOR.delivered, 1.8, "M", x - 4, y, "L", x - 1.2, y + 3, "L", x + 4, y - 3.6);
    case "failed":
      return (
        element("rect", {
          x: x - 4.5,
          y: y - 4.5,
          width: 9,
          height: 9,
          fill: COLOR.paper,
          stroke: COLOR.failed,
          "stroke-width": 1.3,
        }) + stroke(COLOR.failed, 1.3, "M", x - 2.2, y - 2.2, "l 4.4 4.4 m 0 -4.4 l -4.4 4.4")
      );
    case "timer":
      return clock(x, y);
    case "connected":
      return ring(x, y);
    case "disconnected":
      return ring(x, y) + stroke(COLOR.soft, 1.2, "M", x - 4.6, y + 4.6, "L", x + 4.6, y - 4.6);
    case "note":
      return element("path", {
        d: pathData("M", x - 3.5, y - 4.5, "h 4.5 l 2.5 2.5 v 6.5 h -7 z"),
        fill: COLOR.paper,
        stroke: COLOR.soft,
      });
  }
}

/** The cross that ends a lost packet, with `half` its size. */
export function crossSymbol(x: number, y: number, half: number): string {
  return stroke(
    COLOR.lost,
    2.2,
    ...["M", x - half, y - half, "L", x + half, y + half],
    ...["M", x - half, y + half, "L", x + half, y - half],
  );
}

/** An arrow's head with its tip at (x, y), coming along the unit vector (ux, uy). */
export function arrowHead(x: number, y: number, ux: number, uy: number, size: number, color: string): string {
  const half = size * 0.38;
  const backX = x - ux * size;
  const backY = y - uy * size;
  return element("path", {
    d: pathData(
      ...["M", x, y, "L", backX - uy * half, backY + ux * half],
      ...["L", backX + uy * half, backY - ux * half, "Z"],
    ),
    fill: color,
  });
}

/** The end of a reset: a bar across the line that comes along the unit vector (ux, uy). */
export function bar(x: number, y: number, ux: number, uy: number, color: string): string {
  const half = 5;
  return stroke(color, 2.2, "M", x - uy * half, y + ux * half, "L", x + uy * half, y - ux * half);
}

const BEADS_MAX = 4;

/** One for each range that is acknowledged selectively, from (x, y) along the unit vector (ux, uy). */
export function beads(x: number, y: number, ux: number, uy: number, count: number): string {
  let markup = "";
  for (let index = 0; index < Math.min(count, BEADS_MAX); index++) {
    const along = 12 + index * 7;
    const box = { x: x + ux * along - 2, y: y + uy * along - 2, width: 4, height: 4 };
    markup += element("rect", { ...box, fill: COLOR.sack });
  }
  return markup;
}

/** Slanted strokes in a rectangle; drawn as lines, since patterns would need names. */
export function hatching(
  x: number,
  y: number,
  width: number,
  height: number,
  spacing: number,
  color: string,
): string {
  const parts: (string | number)[] = [];
  for (let along = spacing / 2; along < width + height; along += spacing) {
    const startX = Math.max(0, along - height);
    const endX = Math.min(width, along);
    parts.push("M", x + startX, y + along - startX, "L", x + endX, y + along - endX);
  }
  return parts.length === 0 ? "" : stroke(color, 0.8, ...parts);
}

function triangle(x: number, y: number, side: -1 | 1, fill: string, outline: string): string {
  return element("path", {
    d: pathData("M", x - side * 4, y - 4.5, "L", x + side * 4.5, y, "L", x - side * 4, y + 4.5, "Z"),
    fill,
    stroke: outline,
    "stroke-width": 1.2,
    "stroke-linejoin": "round",
  });
}

function clock(x: number, y: number): string {
  return (
    element("circle", { cx: x, cy: y, r: 4.8, fill: COLOR.paper, stroke: COLOR.ink, "stroke-width": 1.1 }) +
    stroke(COLOR.ink, 1.1, "M", x, y - 3.2, "L", x, y, "L", x + 2.4, y + 1.4)
  );
}

function ring(x: number, y: number): string {
  return element("circle", {
    cx: x,
    cy: y,
    r: 3.6,
    fill: COLOR.paper,
    stroke: COLOR.soft,
    "stroke-width": 1.2,
  });
}

function stroke(color: string, width: number, ...data: readonly (string | number)[]): string {
  return element("path", { d: pathData(...data), fill: "none", stroke: color, "stroke-width": width });
}

/** Reads back from a drawing what a person would see: texts with their boxes, flights with their crosses. */
import { type Box, overlap } from "../../src/view/label-placing.js";
import { textWidth } from "../../src/view/text-width.js";

export interface SeenText {
  readonly text: string;
  readonly box: Box;
}

function attribute(markup: string, name: string): string | undefined {
  return new RegExp(` ${name}="([^"]*)"`).exec(markup)?.[1];
}

function unescape(text: string): string {
  return text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");
}

/** All texts. Boxes are as high as the letters, with an advance width measured for each. */
export function seenTexts(svg: string): SeenText[] {
  return [...svg.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)].map(([, attributes = "", inner = ""]) => {
    const text = unescape(inner);
    const size = Number(attribute(attributes, "font-size") ?? 11);
    const bold = attribute(attributes, "font-weight") === "bold";
    const halfWidth = textWidth(text, size, bold) / 2;
    const halfHeight = size * 0.5;
    const turned = /matrix\(([^)]*)\)/.exec(attributes)?.[1];
    if (turned !== undefined) {
      const [ux = 1, uy = 0, , , cx = 0, cy = 0] = turned.split(" ").map(Number);
      return { text, box: { cx, cy, halfWidth, halfHeight, ux, uy } };
    }
    const x = Number(attribute(attributes, "x"));
    const anchor = attribute(attributes, "text-anchor") ?? "start";
    const cx = anchor === "middle" ? x : anchor === "end" ? x - halfWidth : x + halfWidth;
    const cy = Number(attribute(attributes, "y")) - size * 0.35;
    return { text, box: { cx, cy, halfWidth, halfHeight, ux: 1, uy: 0 } };
  });
}

/** The markup of each packet's group. */
export function flightGroups(svg: string): string[] {
  return [...svg.matchAll(/<g class="flight".*?<\/g>/gs)].map(([group]) => group);
}

export function viewBox(svg: string): { readonly width: number; readonly height: number } {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  return { width: Number(width), height: Number(height) };
}

/** Every x and y that lines, boxes, circles and absolute path commands name. */
export function seenPoints(svg: string): { readonly x: number; readonly y: number }[] {
  const points: { x: number; y: number }[] = [];
  for (const [, name = "", attributes = ""] of svg.matchAll(/<(line|rect|circle|path)([^>]*)>/g)) {
    const number = (key: string): number => Number(attribute(attributes, key) ?? 0);
    if (name === "line")
      points.push({ x: number("x1"), y: number("y1") }, { x: number("x2"), y: number("y2") });
    if (name === "circle") points.push({ x: number("cx"), y: number("cy") });
    if (name === "rect") {
      points.push({ x: number("x"), y: number("y") });
      points.push({ x: number("x") + number("width"), y: number("y") + number("height") });
    }
    if (name === "path") {
      for (const [, x, y] of (attribute(attributes, "d") ?? "").matchAll(/[ML] ?(-?[\d.]+) (-?[\d.]+)/g)) {
        points.push({ x: Number(x), y: Number(y) });
      }
    }
  }
  return points;
}

/** Pairs of texts that cover each other. */
export function overlapping(svg: string): string[] {
  const texts = seenTexts(svg);
  return texts.flatMap((one, index) =>
    texts
      .slice(index + 1)
      .filter((other) => overlap(one.box, other.box))
      .map((other) => `${one.text} × ${other.text}`),
  );
}

/** What stands outside the frame: texts, and points of lines and boxes. */
export function outside(svg: string): string[] {
  const { width, height } = viewBox(svg);
  const texts = seenTexts(svg).filter(({ box }) => {
    const x = box.halfWidth * Math.abs(box.ux) + box.halfHeight * Math.abs(box.uy);
    const y = box.halfWidth * Math.abs(box.uy) + box.halfHeight * Math.abs(box.ux);
    return box.cx - x < 0 || box.cy - y < 0 || box.cx + x > width || box.cy + y > height;
  });
  const points = seenPoints(svg).filter(({ x, y }) => !(x >= 0 && y >= 0 && x <= width && y <= height));
  return [...texts.map(({ text }) => text), ...points.map(({ x, y }) => `(${x}, ${y})`)];
}
